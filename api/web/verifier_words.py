"""Sentences of the one-file verifier, put into it when it is built; its scripts hold none of their own."""

from collections.abc import Mapping

from api.web.catalogue import marked as _

VERIFIER_WORDS: Mapping[str, str] = {
    "title": _("Liuhen verifier"),
    "about": _("Checks a recording and its receipt on this computer. It needs no network and sends nothing."),
    "limit": _("Trust comes from what you bring: get the trust policy, and the digest of this page, by a way that does "
               "not lead through the archive. A policy found in the receipt is the archive's own claim."),
    "language": _("Language"),
    "receipt": _("Receipt"),
    "receipt_hint": _("The file *.receipt.json. Choose it or drop it here."),
    "media": _("Recording"),
    "media_hint": _("The file as you have it, of any size. Without it the check stays incomplete."),
    "policy": _("The trust policy you choose"),
    "policy_hint": _("A policy (C2SP tlog-policy) or one log key, from paper, a notary or another source outside the "
                     "archive. Left empty, the outcome is at best “consistent”, never “proven”."),
    "policy_file": _("or a file"),
    "more": _("Checkpoints you saved earlier"),
    "saved": _("Saved checkpoints"),
    "saved_hint": _("Checkpoints of the same log you kept from earlier, or got from others."),
    "consistency": _("Consistency proofs"),
    "consistency_hint": _("Files that link two checkpoints of different sizes."),
    "start": _("Verify"),
    "print": _("Print the result"),
    "progress_label": _("Progress of reading the file"),
    "progress": _("{done} of {total} read"),
    "running": _("Checking…"),
    "proven": _("proven"),
    "consistent": _("consistent with the archive's own claim"),
    "refused": _("refused"),
    "unchecked": _("not checked"),
    "verdict_proven": _("Proven under the policy you chose, within the limits below."),
    "verdict_consistent": _("Consistent, not proven: the keys come from the receipt and are the archive's own claim."),
    "verdict_incomplete": _("Incomplete: no fault found, but not everything could be checked."),
    "verdict_refused": _("Refused: step {step} does not hold. Keep the files and this page, and report it."),
    "verdict_stopped": _("The check could not be carried out: {detail}"),
    "lines": _("Independent lines that cosigned: {count} ({lines}). Grade found: {grade}."),
    "lines_none": _("Independent lines that cosigned: 0 (operator's word only). Grade found: {grade}."),
    "signed": _("signed"),
    "cosigned": _("cosigned"),
    "anchored": _("anchored"),
    "fields_title": _("Particulars shown"),
    "not_proven": _("Not proven"),
    "inputs": _("What was given"),
    "input_receipt": _("Receipt: {name}, {size} bytes"),
    "input_media": _("Recording: {name}, {size} bytes"),
    "input_saved": _("Saved checkpoint: {name}, {size} bytes"),
    "input_consistency": _("Consistency proof: {name}, {size} bytes"),
    "input_policy": _("Policy chosen by the reader: {text}"),
    "input_no_policy": _("No policy was given; the receipt's own claim was used."),
    "receipt_missing": _("choose a receipt first"),
    "file_long": _("{name} is too long for a file of this kind"),
    "file_unreadable": _("{name} cannot be read"),
    "file_broken": _("{name} could not be read to its end ({detail})"),
    "unexpected": _("an error in the verifier itself ({detail})"),
}
STEP_WORDS: Mapping[str, str] = {
    "at_entry": _("entry {index}, {size} bytes"),
    "signed_by": _("log {log}, {size} entries, key {key}"),
    "no_cosigner": _("no cosigner that this policy knows has signed; operator's word only"),
    "quorum_open": _("{signed} of {known} cosigners ({cosigners}); the archive's own policy is not met"),
    "cosigned_by": _("{signed} of {known} cosigners ({cosigners}); policy met; independent lines: {count} ({lines})"),
    "cosigned_by_own": _("{signed} of {known} cosigners ({cosigners}); policy met; none of an independent line: "
                         "operator's word only"),
    "by_hashes": _("{count} hashes lead from entry {index} to the signed root of {size} entries"),
    "no_stamp": _("the receipt holds no time-stamp"),
    "stamped": _("over exactly this checkpoint: {times}. The authorities' signatures are not checked here"),
    "grades": _("found {found}, claimed {claimed}"),
    "grades_open": _("found {found}, claimed {claimed}; the rest of the claim cannot be checked here"),
    "at_time": _("{kind}, time claimed {at}"),
    "at_time_recorder_signed": _("{kind}, time claimed {at}; signed by the recorder"),
    "at_time_dock_signed": _("{kind}, time claimed {at}; signed by the docking station, not by the recorder"),
    "at_time_named_only": _("{kind}, time claimed {at}; named by file only: neither recorder nor docking station "
                            "signed it"),
    "at_time_adopted": _("{kind}, time claimed {at}; adopted from an old share: its integrity is known only since "
                         "adoption"),
    "fields": _("{shown} shown, {withheld} withheld"),
    "no_fields": _("the entry commits to no particulars"),
    "no_file": _("no file was given"),
    "bytes": _("{size} bytes, {digests}"),
    "segments_equal": _("{count} segments of 8 MiB"),
    "saved_agrees": _("saved at size {saved}, the receipt's at {size}: the same history"),
    "saved_open": _("sizes {saved} and {size} need a consistency proof (/log/consistency)"),
}
LIMIT_WORDS: Mapping[str, str] = {
    "limit_refused": _("Anything: a step was refused. Nor who caused the fault."),
    "limit_before": _("What happened before the recorder signed."),
    "limit_never": _("What was never deposited."),
    "limit_later": _("That the archive still has the file."),
    "limit_named": _("That a recorder or docking station handed over these bytes: the archive found them in a drop "
                     "folder under this name, and cannot tell a file cut in transfer from a whole one."),
    "limit_adopted": _("That it was not changed before adoption: it came from an old share, and the hash list its old "
                       "holder signed says only what the file was at that signature; claimed times, people and case "
                       "numbers are of an old sheet."),
    "limit_claim": _("The policy or key came with the receipt: the archive's own claim, and anybody could have made "
                     "all of it. Get one by another way."),
    "limit_file": _("That the recording is the one deposited: no file was given."),
    "limit_operator": _("That others are not shown another log. Operator's word only: no independent cosigner was "
                        "checked."),
    "limit_lines": _("That the log cannot be rewritten if all {count} independent lines obey the operator: {lines}. "
                     "One honest line is enough."),
    "limit_time": _("The time in the entry is a claim; no outside clock vouches for it."),
    "limit_stamp": _("When the entry was written: the time-stamps' signatures are not checked here; liuhen verify "
                     "checks them."),
    "limit_withheld": _("What the particulars that were withheld say: {names}."),
    "limit_page": _("That this page is the published one: compare its SHA-256 with one from another source."),
}
FAULT_WORDS: Mapping[str, str] = {
    "fault_receipt_long": _("longer than a receipt may be"),
    "fault_quorum": _("the quorum {quorum} of your policy is not met: {signed} of {known} cosigners have signed "
                      "({cosigners})"),
    "fault_grade_cosigned": _("it claims {claimed}, but the cosignatures in it do not meet even the policy in it"),
    "fault_grade_anchored": _("it claims to be anchored but holds no time-stamp"),
    "fault_policy_size": _("a policy has at most 64 KiB"),
    "fault_policy_control": _("line {line} of the policy: a control character"),
    "fault_policy_word": _("line {line} of the policy: it must begin with log, witness, group, quorum or #"),
    "fault_policy_form": _("line {line} of the policy: too few or too many items"),
    "fault_policy_name": _("line {line} of the policy: a name is 1 to 255 printable characters"),
    "fault_policy_taken": _("line {line} of the policy: the name {name} is taken"),
    "fault_policy_unknown": _("line {line} of the policy: no witness or group {name} stands above"),
    "fault_policy_member": _("line {line} of the policy: {name} is a member of a group already"),
    "fault_policy_threshold": _("line {line} of the policy: the threshold is all, any, or 1 to the number of members"),
    "fault_policy_key": _("line {line} of the policy: this is not a verification key"),
    "fault_policy_key_kind": _("line {line} of the policy: a key of the wrong kind"),
    "fault_policy_key_twice": _("line {line} of the policy: the same key stands above"),
    "fault_policy_quorum_twice": _("line {line} of the policy: a second quorum line"),
    "fault_policy_quorum_missing": _("line {line} of the policy: it ends without a quorum line"),
    "fault_stamp_form": _("a time-stamp is not a response of the known form"),
    "fault_stamp_status": _("a time-stamp's authority has not granted what was asked for"),
    "fault_stamp_digest": _("a time-stamp is not over SHA-256"),
    "fault_stamp_other": _("a time-stamp is over another checkpoint"),
    "fault_consistency_file": _("a consistency file is not of the known form"),
    "fault_consistency_form": _("the consistency proof has the wrong number of hashes"),
    "fault_consistency_order": _("the older checkpoint of a consistency proof is the larger one"),
    "fault_consistency_differs": _("the newer log does not begin with the older one"),
    "fault_saved_origin": _("a saved checkpoint is of another log: {origin}"),
    "fault_saved_fork": _("two checkpoints of size {size} contradict each other: the log has forked. Keep both and run "
                          "liuhen log compare"),
}
