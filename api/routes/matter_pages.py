"""The page that makes a matter's code, to be shown to a recorder's camera."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import page_answers
from api.deps import Person, ServiceDep, language_of
from api.page_answers import page
from api.web.matter_views import MatterCodeView
from archive.matter_codes import PREFIX, matter_code

router = APIRouter(include_in_schema=False)


@router.get("/matter-code")
def code(request: Request, service: ServiceDep, who: Person, matter: str = "") -> Response:
    """The code of a matter, or only the form to name one; nothing is kept."""
    view = MatterCodeView(page_answers.frame(request, who))
    if matter.strip():
        text = matter_code(matter)
        view = MatterCodeView(view.frame, text.removeprefix(PREFIX), text)
    return page(service.pages.matter_code(view, language_of(request)))
