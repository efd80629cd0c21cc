"""Words about steps of a matter and statements about what was not recorded, chosen by code."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

EVENTS: Mapping[str, str] = {
    "matter.step_taken/1": _("A step of the matter was entered."),
    "matter.step_withdrawn/1": _("A step had been entered wrongly and was withdrawn."),
    "matter.stated/1": _("Somebody stated why a step was not recorded; it counts once a head has confirmed it."),
    "matter.statement_confirmed/1": _("A head confirmed a statement about what was not recorded."),
    "matter.statement_declined/1": _("A statement about what was not recorded was declined or taken back."),
}
FIELDS: Mapping[str, str] = {
    "item": _("Step"),
    "step": _("Id of the step"),
    "text": _("What was stated"),
}
ITEMS: Mapping[str, str] = {
    "seizure": _("Sealing and seizure"),
    "demolition": _("Compulsory demolition"),
    "coercion": _("Administrative coercion"),
    "evidence_preservation": _("Preservation of evidence"),
    "personal_liberty": _("Acts on personal liberty"),
    "life_health": _("Acts on life and health"),
    "major_property": _("Acts on major property rights"),
    "premises": _("Premises of enforcement"),
    "on_site_enforcement": _("Enforcement on site"),
    "on_site_inspection": _("Inspection on site"),
    "random_check": _("Random check"),
    "investigation": _("Investigation and taking of evidence"),
    "hearing": _("Hearing"),
    "service": _("Service of documents"),
    "service_by_leaving": _("Service by leaving"),
    "service_by_notice": _("Service by public notice"),
}
STATEMENTS: Mapping[str, str] = {
    "waiver": _("text suffices, recording was waived"),
    "no_recording": _("nothing could be recorded"),
    "gap": _("a span could not be recorded"),
}
CODES: Mapping[str, str] = {**ITEMS, **STATEMENTS}
MODES: Mapping[str, str] = {
    "whole": _("to be recorded as a whole process"),
    "must": _("to be recorded"),
    "should": _("to be recorded as the case requires"),
}
STATES: Mapping[str, str] = {
    "covered": _("recorded"),
    "short": _("begins late or ends early"),
    "gapped": _("recorded with gaps"),
    "missing": _("not recorded"),
    "waived": _("waived"),
    "explained": _("explained"),
    "cannot_know": _("the clocks do not tell"),
    "not_named": _("not named by this list"),
}
WHERE: Mapping[str, str] = {
    "begin": _("Unrecorded at the begin"),
    "end": _("Unrecorded at the end"),
    "between": _("Unrecorded in between"),
    "all": _("Nothing of it is recorded"),
}
DECISIONS: Mapping[str, str] = {
    "waiting": _("waits for a head to confirm it"),
    "confirmed": _("confirmed by a head"),
    "declined": _("declined or taken back"),
}
