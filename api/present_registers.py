"""From registers and leavers to what pages show of them."""

from api.web.register_views import (
    HandedLine,
    LeavingView,
    OpenLine,
    PlannedLine,
    PreviewView,
    RegisterLine,
    RegistersView,
    RegisterView,
    ThingLine,
    UnmatchedLine,
    WordLine,
)
from api.web.views import Frame
from archive import registers
from archive.actors import Actor
from archive.leaving import run_of
from archive.people import names_of
from archive.register_kinds import REGISTERS, register_of
from archive.register_plan import VERDICTS
from archive.site import Site
from archive.unmatched import unmatched
from ingest.register_files import read_lines
from ingest.register_sheet import write_csv


def registers_view(site: Site, actor: Actor, frame: Frame) -> RegistersView:
    """The list, and what no register knows."""
    found, more = unmatched(site, actor)
    lines = tuple(RegisterLine(name, len(registers.listed(site, actor, register)))
                  for name, register in REGISTERS.items())
    return RegistersView(frame, lines, tuple(
        UnmatchedLine(one.of, one.text, one.where, one.count, one.last) for one in found), more)


def register_view(site: Site, actor: Actor, untrusted_name: str, frame: Frame) -> RegisterView:
    """One register. ``NotFound register.unknown``."""
    register = register_of(untrusted_name)
    return RegisterView(frame, register.name, tuple(field.name for field in register.fields), tuple(
        ThingLine(one.thing, tuple(WordLine(word.value, word.source, word.at, word.kept) for word in one.words),
                  register.name == "person") for one in registers.listed(site, actor, register)))


def preview_view(site: Site, actor: Actor, untrusted_name: str, untrusted_text: str, frame: Frame) -> PreviewView:
    """What pasted lines would change. Sound ones are written anew before they are shown, so that what the page gives
    back holds no id number of a person, but its HMAC. Errors as ``register_files.read_lines``, ``registers.preview``.
    """
    register, text = register_of(untrusted_name), ""
    lines = read_lines(site, register, untrusted_text.encode("utf-8", "replace"))
    if not any(line.faults for line in lines):
        text = write_csv(register, [line.values for line in lines]).decode("utf-8-sig")
        lines = read_lines(site, register, text.encode())
    shown = registers.preview(site, actor, register, lines)
    planned = tuple(PlannedLine(
        one.line, one.verdict, tuple((c.field, c.before, c.after, c.counts) for c in one.changes),
        tuple((f.field, f.code, f.message) for f in one.faults)) for one in shown.lines if one.verdict != "unchanged")
    counts = tuple((verdict, shown.count(verdict)) for verdict in VERDICTS)
    return PreviewView(frame, register.name, planned, counts, len(shown.unmatched),
                       "" if shown.count("refused") else text, shown.digest)


def leaving_view(site: Site, actor: Actor, untrusted_person: str, frame: Frame) -> LeavingView:
    """Everything open in a name. Errors as ``leaving.run_of``."""
    run = run_of(site, actor, untrusted_person)
    names = names_of(site, [one.successor for one in run.handed if one.successor])
    waiting = set(run.left)
    return LeavingView(
        frame, run.person, run.name or run.person, run.active, run.how, run.began_at, run.outcome,
        tuple(OpenLine(one.what, one.thing, one.text, one.since, one not in waiting) for one in run.open),
        tuple(HandedLine(one.what, one.thing, one.successor and names.get(one.successor, one.successor), one.remark,
                         one.at) for one in run.handed),
        tuple(dict.fromkeys(one.what for one in run.left)))
