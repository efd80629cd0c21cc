"""What matters go by: an own number, a case number in any spelling, a title."""

from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from archive.actors import Actor
from archive.case_numbers import case_key
from archive.errors import Conflict, NotFound
from archive.identifiers import MatterId
from archive.matter_tables import MatterSaid
from archive.sight import MATTER, sees_matter
from archive.site import Site
from archive.tables import table

SAID = table(MatterSaid)


def named(site: Site, actor: Actor, untrusted_text: str) -> MatterId:
    """The one matter that goes by this id, own number, case number in any spelling, or title, in this order.

    ``NotFound matter.unknown`` when there is none this actor may know of, ``Conflict matter.several``.
    """
    text, found = untrusted_text.strip(), list[str]()
    for condition in (MATTER.c.id == text, _numbered(text), _said("case_no", SAID.c.case_key == case_key(text)),
                      _said("title", SAID.c.text == text)):
        if text and not found and condition is not None:
            found = _two(site, sees_matter(actor) & condition)
    if not found:
        raise NotFound("matter.unknown", "no such matter, or you may not see it")
    if len(found) > 1:
        raise Conflict("matter.several", "several matters go by this; name one by its own number")
    return MatterId(found[0])


def _two(site: Site, condition: ColumnElement[bool]) -> list[str]:
    return list(site.db.read(lambda c: c.execute(select(MATTER.c.id).where(condition).limit(2)).scalars().all()))


def called(text: str) -> ColumnElement[bool]:
    """By own number, by the beginning of a case number, by part of a title."""
    key, numbered = case_key(text), _numbered(text)
    found = (_said("case_no", SAID.c.case_key.startswith(key, autoescape=True))
             | _said("title", SAID.c.text.contains(text, autoescape=True)))
    return found if numbered is None else found | numbered


def _numbered(text: str) -> ColumnElement[bool] | None:
    """The matter of an own number as typed, with or without its M; None when the text is none."""
    year, _, number = text.upper().removeprefix("M").partition("-")
    plain = (year + number).isascii() and (year + number).isdecimal()
    if len(year) != 4 or not 0 < len(number) < 9 or not plain:
        return None
    return (MATTER.c.year == int(year)) & (MATTER.c.number == int(number))


def _said(what: str, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(SAID.c.matter == MATTER.c.id, SAID.c.leaf == latest(what), condition)


def latest(what: str) -> Any:
    """The leaf that gave the matter of the row its title or its case number (``what``) last."""
    newest = SAID.alias()
    return select(func.max(newest.c.leaf)).where(
        newest.c.matter == MATTER.c.id, newest.c.what == what).correlate(MATTER).scalar_subquery()
