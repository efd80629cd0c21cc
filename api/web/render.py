"""Turns views into HTML pages in Chinese or English."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.web import (
    addresses,
    deadline_words,
    dock_words,
    document_words,
    filters,
    joint_words,
    ledger_words,
    matter_words,
    page_words,
    register_words,
    room_words,
    script_words,
    search_words,
    set_aside_words,
    shift_words,
    step_words,
    transcript_words,
    words,
)
from api.web.catalogue import Catalogue, chinese, english
from api.web.cosigner_views import CosignerView
from api.web.coverage_views import RecordingListsView, bar_path
from api.web.deadline_views import DeadlinesView
from api.web.joint_views import ConsentsView, PartiesView, PartyView
from api.web.ledger_views import LabelsView, RecordersView, RecorderView, SheetView
from api.web.matter_views import MatterCodeView, MattersView, MatterView
from api.web.qr import qr_code
from api.web.register_views import LeavingView, PreviewView, RegistersView, RegisterView
from api.web.room_views import RoomsView, RoomView, SetView
from api.web.search_views import SearchView
from api.web.set_aside_views import SetAsideView
from api.web.shift_views import ShiftView
from api.web.unclaimed import REASON_WORDS, UnclaimedView
from api.web.views import (
    CaseView,
    Language,
    LoginView,
    ProblemView,
    RecordingView,
    StartView,
    StationsView,
)
from api.web.waveform import waveform_path
from archive.deadline_events import ABSENCE_REASONS, LATENESS_REASONS
from archive.set_aside_events import SET_ASIDE_REASONS

_TEMPLATES = Path(__file__).parent / "templates"
_TAGS: Mapping[Language, str] = {"zh": "zh-Hans-CN", "en": "en"}


class Renderer:
    """All pages of the service, compiled once. Values are escaped; an unknown field is an error."""

    def __init__(self) -> None:
        self._environments: Mapping[Language, Environment] = {
            "zh": _environment(chinese(), "zh"),
            "en": _environment(english(), "en"),
        }

    def login(self, view: LoginView, language: Language) -> str:
        """The login page."""
        return self._page("login.html", view, language)

    def start(self, view: StartView, language: Language) -> str:
        """The start page."""
        return self._page("start.html", view, language)

    def search(self, view: SearchView, language: Language) -> str:
        """Search by case number: empty, with results, nothing found."""
        return self._page("search.html", view, language)

    def recording(self, view: RecordingView, language: Language) -> str:
        """A recording's page."""
        return self._page("recording.html", view, language)

    def case(self, view: CaseView, language: Language) -> str:
        """The recordings of one case number."""
        return self._page("case.html", view, language)

    def stations(self, view: StationsView, language: Language) -> str:
        """The stations and whether they count."""
        return self._page("stations.html", view, language)

    def deadlines(self, view: DeadlinesView, language: Language) -> str:
        """What is due, late, unknown or excused."""
        return self._page("deadlines.html", view, language)

    def cosigner(self, view: CosignerView, language: Language) -> str:
        """The one page of a cosigner, which knows nobody and has no forms."""
        return self._page("cosigner.html", view, language)

    def dock(self, language: Language) -> str:
        """A dock's screen, empty: its script fills it."""
        return self._page("dock.html", None, language)

    def recorders(self, view: RecordersView, language: Language) -> str:
        """The device ledger's list."""
        return self._page("recorders.html", view, language)

    def recorder(self, view: RecorderView, language: Language) -> str:
        """One recorder's page."""
        return self._page("recorder.html", view, language)

    def recorder_sheet(self, view: SheetView, language: Language) -> str:
        """A hand-over sheet to print."""
        return self._page("recorder_sheet.html", view, language)

    def recorder_labels(self, view: LabelsView, language: Language) -> str:
        """QR labels to print."""
        return self._page("recorder_labels.html", view, language)

    def shift(self, view: ShiftView, language: Language) -> str:
        """A wearer's last shift."""
        return self._page("shift.html", view, language)

    def set_aside(self, view: SetAsideView, language: Language) -> str:
        """What waits for the head of a unit, and what is set aside."""
        return self._page("set_aside.html", view, language)

    def rooms(self, view: RoomsView, language: Language) -> str:
        """The list of rooms."""
        return self._page("rooms.html", view, language)

    def room(self, view: RoomView, language: Language) -> str:
        """One room's page."""
        return self._page("room.html", view, language)

    def room_set(self, view: SetView, language: Language) -> str:
        """A session's set."""
        return self._page("room_set.html", view, language)
    def recording_lists(self, view: RecordingListsView, language: Language) -> str:
        """The plans' recording lists side by side."""
        return self._page("recording_lists.html", view, language)

    def matter_code(self, view: MatterCodeView, language: Language) -> str:
        """The code of a matter, to be shown to a camera."""
        return self._page("matter_code.html", view, language)

    def matters(self, view: MattersView, language: Language) -> str:
        """The list of matters."""
        return self._page("matters.html", view, language)

    def matter(self, view: MatterView, language: Language) -> str:
        """One matter."""
        return self._page("matter.html", view, language)
    def consents(self, view: ConsentsView, language: Language) -> str:
        """What waits for a head's answer as an owner."""
        return self._page("consents.html", view, language)

    def parties(self, view: PartiesView, language: Language) -> str:
        """Parties of matters."""
        return self._page("parties.html", view, language)

    def party(self, view: PartyView, language: Language) -> str:
        """Everything of one party."""
        return self._page("party.html", view, language)

    def registers(self, view: RegistersView, language: Language) -> str:
        """The registers, and what none of them knows."""
        return self._page("registers.html", view, language)

    def register(self, view: RegisterView, language: Language) -> str:
        """One register."""
        return self._page("register.html", view, language)

    def register_preview(self, view: PreviewView, language: Language) -> str:
        """What pasted lines would change."""
        return self._page("register_preview.html", view, language)

    def leaving(self, view: LeavingView, language: Language) -> str:
        """Everything open in a name."""
        return self._page("leaving.html", view, language)

    def unclaimed(self, view: UnclaimedView, language: Language) -> str:
        """What stands unclaimed in drop folders."""
        return self._page("unclaimed.html", view, language)

    def problem(self, view: ProblemView, language: Language) -> str:
        """A problem as a page."""
        return self._page("problem.html", view, language)

    def _page(self, template: str, view: object, language: Language) -> str:
        return self._environments[language].get_template(template).render(view=view)


def _environment(catalogue: Catalogue, language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # The extension adds this method at run time, where the type checker cannot see it.
    cast(Any, environment).install_gettext_callables(catalogue.gettext, catalogue.ngettext, newstyle=True)
    environment.filters.update(_filters(catalogue))
    environment.globals.update(_globals(catalogue, language))
    return environment


def _filters(catalogue: Catalogue) -> dict[str, Callable[..., object]]:
    """How a template shows a value: ``value|moment``."""
    return {
        "moment": filters.moment,
        "size": filters.size,
        "grouped": filters.grouped,
        "duration": filters.duration,
        "digest_parts": filters.digest_parts,
        "waveform_path": waveform_path,
        "bar_path": bar_path,
        "qr_code": qr_code,
        "ledger_detail": lambda value, name: _ledger_detail(catalogue, value, name),
        "recording_address": addresses.recording_address,
        "case_address": addresses.case_address,
        "matter_address": addresses.matter_address,
        "field_word": lambda name: _word(catalogue, words.FIELDS, name),
        "code_word": lambda code: _word(catalogue, words.CODES, code),
        "detail": lambda value, name: _detail(catalogue, value, name),
        "event_sentence": lambda kind: catalogue.gettext(words.EVENTS.get(kind, words.UNKNOWN_EVENT)),
    }


def _globals(catalogue: Catalogue, language: Language) -> dict[str, object]:
    """What every template may name: the tables of words, the closed lists of forms, the language."""
    return {
        "words": words,
        "deadline_words": deadline_words,
        "dock_words": dock_words,
        "absence_reasons": ABSENCE_REASONS,
        "lateness_reasons": LATENESS_REASONS,
        "set_aside_reasons": SET_ASIDE_REASONS,
        "language": language,
        "language_tag": _TAGS[language],
        "page_words": page_words,
        "register_words": register_words,
        "room_words": room_words,
        "ledger_words": ledger_words,
        "joint_words": joint_words,
        "matter_words": matter_words,
        "script_words": script_words,
        "document_words": document_words,
        "search_words": search_words,
        "set_aside_words": set_aside_words,
        "shift_words": shift_words,
        "step_words": step_words,
        "transcript_words": transcript_words,
        "unclaimed_words": REASON_WORDS,
        "translated": lambda table: {key: catalogue.gettext(text) for key, text in table.items()},
    }


def _detail(catalogue: Catalogue, value: str | int | datetime, name: str) -> str:
    """One value of an event, shown by its type; only fields that hold our own codes are put into words."""
    if isinstance(value, bool):
        return catalogue.gettext(words.YES if value else words.NO)
    if isinstance(value, int):
        if name in ("duration_us", "at_us", "from_us", "to_us"):
            return filters.duration(value)
        if name == "year":
            return str(value)
        return filters.size(value) if name in words.SIZE_FIELDS else filters.grouped(value)
    if isinstance(value, datetime):
        return filters.moment(value)
    return _word(catalogue, words.CODES, value) if name in words.CODED_FIELDS else value


def _ledger_detail(catalogue: Catalogue, value: str, name: str) -> str:
    """A value of a ledger entry; only our own codes are put into words."""
    tables = {"passed": ledger_words.CHECKS, "failed": ledger_words.CHECKS, "condition": ledger_words.CONDITIONS}
    return _word(catalogue, tables[name], value) if name in tables else value


def _word(catalogue: Catalogue, table: Mapping[str, str], code: str) -> str:
    """The word for a code, or the code itself: a later release may write one this release does not know."""
    return catalogue.gettext(table[code]) if code in table else code
