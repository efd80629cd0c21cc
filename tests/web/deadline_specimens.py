"""Filled views of deadlines, with outside text that would break a page that does not escape."""

from datetime import timedelta

from web.specimens import AT, FRAME, HOSTILE, OTHER, RECORDING

from api.web.deadline_lines import ClauseText, DeadlineLine, DeadlineState, ExplanationLine
from api.web.deadline_views import AbsenceLine, DeadlinesView

TOLD = {"zh": "转述", "en": "Retold."}
DEPOSIT = ClauseText("R23", "deposit", "实施方案", "10(2)", "pack 1", ("专用存储器", HOSTILE), TOLD, TOLD)
LABEL = ClauseText("R25", "label", "实施方案", "10(2)", "pack 1", (), TOLD, TOLD)
DAY = timedelta(days=1)


def line(state: DeadlineState, *why: str, explanation: ExplanationLine | None = None, clause: ClauseText = DEPOSIT,
         missing: tuple[str, ...] = ()) -> DeadlineLine:
    """A deadline in a state."""
    due = None if state == "exempt" else (AT, AT + DAY if state == "cannot_know" else AT)
    return DeadlineLine(RECORDING, HOSTILE, state, clause, (AT, AT), due, AT if state == "on_time" else None, missing,
                        why, explanation)


LINES = (
    line("on_time", "archive"),
    line("on_time", "absence_ended", "dedicated_store"),
    line("late", "archive", explanation=ExplanationLine("exp_1", "other", HOSTILE, False)),
    line("late", "labelled", clause=LABEL, explanation=ExplanationLine("exp_2", "forgotten", None, True)),
    line("cannot_know", "clock_reset", "archive"),
    line("cannot_know", "clock_ahead", "clock_wide", "archive"),
    line("pending", "not_done", clause=LABEL, missing=("party", "handling_officer")),
    line("exempt", "absence_open", "not_done", clause=LABEL, missing=("case_no",)),
)


def view(lines: tuple[DeadlineLine, ...] = LINES) -> DeadlinesView:
    """The page with these lines."""
    def of(state: str) -> tuple[DeadlineLine, ...]:
        return tuple(one for one in lines if one.state == state)

    away = (AbsenceLine("abs_1", "remote", HOSTILE, AT, AT), AbsenceLine(OTHER, "away", "", AT, AT)) if lines else ()
    return DeadlinesView(FRAME, of("late"), of("cannot_know"), of("pending"), of("exempt"), away, AT, bool(lines))
