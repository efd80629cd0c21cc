"""Words about matters, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "recording.matter_shown/1": _("A matter's code was shown to the camera at the start of the take; it is a proposal, "
                                  "no label."),
    "matter.opened/1": _("The matter was opened."),
    "matter.retitled/1": _("The matter is called otherwise from here on."),
    "matter.case_number_given/1": _("The matter was given a case number."),
    "matter.filed/1": _("The matter was filed as a case."),
    "act.ended/1": _("The act of enforcement is over: the days to file it count."),
    "act.end_withdrawn/1": _("The end of the act was taken back: the matter goes on."),
    "matter.merged/1": _("The matter was merged into another and goes on as part of it."),
    "matter.member_added/1": _("A person was put in a relation to the matter."),
    "matter.member_removed/1": _("A person's relation to the matter ended."),
    "recording.assigned/1": _("The recording, or a span of it, was assigned to a matter."),
    "recording.assignment_withdrawn/1": _("The recording was taken out of a matter: its members see it no more."),
}
FIELDS: Mapping[str, str] = {
    "at_us": _("Where in the recording"),
    "assignment": _("Assignment"),
    "basis": _("Ended by"),
    "corrects": _("In the place of the assignment"),
    "decided_on": _("Decided on"),
    "ended_on": _("Ended on"),
    "from_us": _("From"),
    "into": _("Merged into"),
    "membership": _("Relation"),
    "number": _("Number"),
    "relation": _("Relation"),
    "split_from": _("Split off"),
    "to_us": _("To"),
    "year": _("Year"),
}
KINDS: Mapping[str, str] = {
    "inspection": _("inspection"),
    "permit": _("permit"),
    "clue": _("clue"),
    "case": _("case"),
    "measure": _("enforcement measure"),
}
BASES: Mapping[str, str] = {
    "case_closed": _("closing of the case approved"),
    "not_filed": _("not filed as a case"),
    "inspection_ended": _("inspection ended"),
    "enforced": _("enforcement completed"),
}
RELATIONS: Mapping[str, str] = {
    "lead": _("handling officer, lead"),
    "second": _("handling officer, second"),
    "taking_part": _("taking part"),
    "recused": _("recused"),
    "complained_against": _("complained against"),
}
STATES: Mapping[str, str] = {
    "going_on": _("going on"),
    "ended": _("act ended"),
    "merged": _("merged into another matter"),
}
CODES: Mapping[str, str] = {**KINDS, **BASES, **RELATIONS}
