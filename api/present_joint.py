"""From units, consents and parties to what pages show of them."""

from api.present_matters import assigned_lines, line
from api.web.joint_lines import ConsentLine, Joint, OwnerLine, PartyLine, UnitPartLine
from api.web.joint_views import ConsentsView, PartiesView, PartyView
from api.web.views import Frame
from archive import consents, joint_matters, matter_parties, owners, units
from archive.actors import Actor
from archive.consents import Consent
from archive.matter_parties import PartyRow
from archive.matter_views import rows_of
from archive.sight import MATTER
from archive.site import Site


def joint_of(site: Site, actor: Actor, untrusted_matter: str) -> Joint:
    """What a matter's page shows of them; ``NotFound matter.unknown``."""
    parts = joint_matters.units_of(site, actor, untrusted_matter)
    there = {one.unit for one in parts}
    choices = tuple((one.id, one.name or one.id) for one in units.units(site, actor)
                    if one.closed_at is None and one.id not in there)
    parties = tuple(PartyLine(one.id, one.party, one.name, one.credit_code, one.identified)
                    for one in matter_parties.parties_of(site, actor, untrusted_matter))
    return Joint(tuple(UnitPartLine(one.id, one.name, one.part, one.added_at) for one in parts), choices,
                 _consents(site, actor, consents.of_matter(site, actor, untrusted_matter)), parties)


def owner_of(site: Site, actor: Actor, recording: str) -> OwnerLine:
    """The unit a recording is of, with the units a head may give it to."""
    owner, may = site.db.read(lambda c: owners.owner_for(c, actor, recording))
    known = units.units(site, actor) if owner is not None or may else ()
    names: dict[str, str] = {one.id: one.name or one.id for one in known}
    choices = tuple((one.id, one.name or one.id) for one in known if one.closed_at is None and one.id != owner)
    return OwnerLine(None if owner is None else names.get(owner, owner), choices if may else ())


def consents_view(site: Site, actor: Actor, frame: Frame) -> ConsentsView:
    """What waits for this person's answer."""
    return ConsentsView(frame, _consents(site, actor, consents.to_answer(site, actor)))


def parties_view(site: Site, actor: Actor, frame: Frame, query: str) -> PartiesView:
    """Parties of matters this person may know of."""
    found, cut = matter_parties.find_parties(site, actor, query)
    return PartiesView(frame, query, tuple(map(_party, found)), cut)


def party_view(site: Site, actor: Actor, frame: Frame, untrusted_party: str) -> PartyView:
    """A party's page; ``NotFound party.unknown``."""
    found = matter_parties.find_party(site, actor, untrusted_party)
    left = found.left_out
    return PartyView(frame, _party(found.row), tuple(map(line, found.matters)),
                     assigned_lines(found.recordings, {one.id: one.number for one in found.matters}),
                     left.hidden, left.aside, left.beyond)


def _party(row: PartyRow) -> PartyLine:
    return PartyLine(row.id, row.id, row.name, row.credit_code, row.identified)


def _consents(site: Site, actor: Actor, found: tuple[Consent, ...]) -> tuple[ConsentLine, ...]:
    known = {row.id: (row.id, row.number)
             for row in rows_of(site, actor, MATTER.c.id.in_([one.matter for one in found]), None)}
    return tuple(ConsentLine(one.id, one.unit_name, len(one.recordings), one.recipient, one.purpose, one.by,
                             one.asked_at, one.state, one.answered_at, one.may_answer, known.get(one.matter))
                 for one in found)
