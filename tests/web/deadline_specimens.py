"""Filled views of deadlines, with outside text that would break a page that does not escape."""

from datetime import timedelta

from web.specimens import AT, FRAME, HOSTILE, OTHER, RECORDING

from api.web.deadline_lines import AnnouncedLine, ClauseText, DeadlineLine, DeadlineState, ExplanationLine, NamedBy
from api.web.deadline_views import AbsenceLine, DeadlinesView

TOLD = {"zh": "转述", "en": "Retold."}
DEPOSIT = ClauseText("R23", "deposit", "实施方案", "10(2)", "pack 1", ("专用存储器", HOSTILE), TOLD, TOLD)
LABEL = ClauseText("R25", "label", "实施方案", "10(2)", "pack 1", (), TOLD, TOLD)
DAY = timedelta(days=1)


def line(state: DeadlineState, *why: str, explanation: ExplanationLine | None = None, clause: ClauseText = DEPOSIT,
         missing: tuple[str, ...] = (), named_by: NamedBy = "ledger") -> DeadlineLine:
    """A deadline in a state."""
    due = None if state in ("exempt", "adopted", "text_record") else (AT, AT + DAY if state == "cannot_know" else AT)
    return DeadlineLine(RECORDING, HOSTILE, state, clause, (AT, AT), due, AT if state == "on_time" else None, missing,
                        why, named_by, explanation)


LINES = (
    line("on_time", "archive"),
    line("on_time", "clock_measured", "absence_ended", "archive", named_by="label"),
    line("late", "clock_before_issue", "no_store_register", "archive",
         explanation=ExplanationLine("exp_1", "other", HOSTILE, False)),
    line("late", "labelled", clause=LABEL, explanation=ExplanationLine("exp_2", "forgotten", None, True)),
    line("cannot_know", "clock_reset", "since_issue", "archive", named_by="nobody"),
    line("cannot_know", "clock_ahead", "clock_wide", "archive"),
    line("pending", "not_done", clause=LABEL, missing=("party", "handling_officer")),
    line("exempt", "absence_open", "several_makers", "not_done", clause=LABEL, missing=("case_no",),
         named_by="handling_officer"),
    line("adopted", "adopted"),
    line("text_record", "text_record"),
)

ANNOUNCED = tuple(
    AnnouncedLine(f"upl_{n}", None if how == "unreadable" else RECORDING, OTHER, how, reason, AT, "late", DEPOSIT,
                  None if n else (AT, AT), ("not_done",), "nobody",
                  ExplanationLine("exp_3", "other", HOSTILE, False) if n == 1 else None)
    for n, (how, reason) in enumerate((
        ("open", None), ("finished", None), ("quarantined", None), ("aborted", None), ("expired", None),
        ("unreadable", "empty"))))


def view(lines: tuple[DeadlineLine, ...] = LINES) -> DeadlinesView:
    """The page with these lines."""
    def of(state: str) -> tuple[DeadlineLine, ...]:
        return tuple(one for one in lines if one.state == state)

    away = (AbsenceLine("abs_1", "remote", HOSTILE, AT, AT), AbsenceLine(OTHER, "away", "", AT, AT)) if lines else ()
    announced = ANNOUNCED if lines else ()
    return DeadlinesView(FRAME, announced, of("late"), of("cannot_know"), of("pending"), of("exempt"), away, AT,
                         bool(lines))
