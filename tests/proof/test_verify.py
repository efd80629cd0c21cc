"""Offline verification: each single fault is refused at the step that failed, and the limits are always stated."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proof.deposit import FIELDS, SIGNER, Deposit, flipped, make_deposit, pseudo_random, receipt_for, withhold
from proof.known_keys import known_key

from archive.proof import verify
from archive.proof.canonical import encode
from archive.proof.commitments import Particular
from archive.proof.digest import SEGMENT_SIZE
from archive.proof.receipt import Receipt
from archive.proof.report import TITLES, Report
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt

CONTENT = pseudo_random(3000)
TRUST = Trust.of_log(SIGNER.key)
STEPS = [name for name in TITLES if name != "saved"]


@pytest.fixture(scope="module")
def deposit(tmp_path_factory: pytest.TempPathFactory) -> Deposit:
    return make_deposit(tmp_path_factory.mktemp("deposit") / "clip.mp4", CONTENT)


def check(receipt: Receipt, file: Path | None) -> Report:
    return verify_receipt(receipt.encode(), TRUST, file)


def refused_step(report: Report) -> str:
    """The refused step's name; it must be the last one, and none before it refused."""
    assert report.verdict == "refused"
    assert [step.outcome for step in report.steps].index("refused") == len(report.steps) - 1
    assert [step.number for step in report.steps] == list(range(1, len(report.steps) + 1))
    assert report.steps[-1].detail
    assert report.steps[-1].detail_zh
    return report.steps[-1].name


@pytest.mark.parametrize("kind", ["recording.accessioned/1", "upload.repeated/1"])
def test_a_true_receipt_is_refused(tmp_path: Path, kind: str) -> None:
    deposit = make_deposit(tmp_path / "clip.mp4", CONTENT, kind)
    report = check(deposit.receipt, deposit.file)
    assert report.verdict == "proven"
    assert [(step.number, step.name) for step in report.steps] == list(enumerate(STEPS, 1))
    assert {step.name for step in report.steps if step.outcome != "proven"} == {"cosigners", "time"}
    assert (report.grade, report.lines, report.no_later) == ("signed", (), None)
    assert all(step.title_en and step.title_zh and step.detail and step.detail_zh for step in report.steps)


@pytest.mark.parametrize(("grade", "english", "chinese"), [
    ("recorder_signed", "signed by the recorder", "由录制设备签名"),
    ("dock_signed", "not by the recorder", "录制设备未签名"),
    ("named_only", "neither recorder nor docking station signed it", "录制设备和采集站均未签名"),
    ("adopted", "its integrity is known only since adoption", "完整性仅自接收之时起可知")])
def test_a_receipt_does_not_say_how_far_back_a_signature_reaches(
        deposit: Deposit, grade: str, english: str, chinese: str) -> None:
    entry = {**deposit.entry, "data": {**deposit.entry["data"], "trust": grade}}
    report = check(receipt_for(encode(entry)), deposit.file)
    assert report.verdict == "proven"
    leaf = next(step for step in report.steps if step.name == "leaf")
    assert english in leaf.detail
    assert chinese in leaf.detail_zh
    warned = [limit for limit in report.not_proven if "cut in transfer" in limit[1] and "被截断" in limit[0]]
    assert len(warned) == (grade == "named_only")
    old = [limit for limit in report.not_proven if "before adoption" in limit[1] and "接收之前" in limit[0]]
    assert len(old) == (grade == "adopted")


@pytest.mark.parametrize("grade", ["best", 1, True, ["named_only"]])
def test_a_trust_grade_nobody_knows_is_passed_over(deposit: Deposit, grade: Any) -> None:
    entry = {**deposit.entry, "data": {**deposit.entry["data"], "trust": grade}}
    assert refused_step(check(receipt_for(encode(entry)), deposit.file)) == "leaf"


def test_a_file_of_several_segments_is_refused(tmp_path: Path) -> None:
    deposit = make_deposit(tmp_path / "clip.mp4", pseudo_random(1000) * (2 * SEGMENT_SIZE // 1000 + 7))
    assert check(deposit.receipt, deposit.file).verdict == "proven"


def test_no_file_counts_as_proven(deposit: Deposit) -> None:
    report = check(deposit.receipt, None)
    assert report.verdict == "incomplete"
    assert [step.outcome for step in report.steps[-2:]] == ["not checked"] * 2


def test_the_limits_are_left_out(deposit: Deposit) -> None:
    for file in (deposit.file, None):
        report = check(deposit.receipt, file)
        english = " ".join(sentence for _, sentence in report.not_proven)
        for limit in ("before the recorder signed", "still has the file", "no independent cosigner", "time"):
            assert limit in english
        assert all(chinese for chinese, _ in report.not_proven)
        assert "operator's word only, no independent cosigner" in report.steps[2].detail


@pytest.mark.parametrize("bit", range(0, 3000 * 8, 997))
def test_a_flipped_bit_in_the_file_passes(deposit: Deposit, tmp_path: Path, bit: int) -> None:
    (tmp_path / "changed").write_bytes(flipped(CONTENT, bit))
    assert refused_step(check(deposit.receipt, tmp_path / "changed")) == "file"


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT + b"\x00"], ids=len)
def test_a_cut_or_lengthened_file_passes(deposit: Deposit, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "changed").write_bytes(content)
    report = check(deposit.receipt, tmp_path / "changed")
    assert refused_step(report) == "file"
    assert "bytes" in report.steps[-1].detail


def test_a_missing_file_looks_like_bad_evidence(deposit: Deposit, tmp_path: Path) -> None:
    with pytest.raises(OSError):
        check(deposit.receipt, tmp_path / "absent")


@settings(max_examples=60)
@given(st.data())
def test_a_flipped_bit_in_the_leaf_passes(deposit: Deposit, data: st.DataObject) -> None:
    leaf = deposit.receipt.leaf
    changed = flipped(leaf, data.draw(st.integers(0, len(leaf) * 8 - 1)))
    assert refused_step(check(replace(deposit.receipt, leaf=changed), deposit.file)) == "inclusion"


@settings(max_examples=60)
@given(st.data())
def test_a_flipped_bit_in_the_proof_passes(deposit: Deposit, data: st.DataObject) -> None:
    proof = list(deposit.receipt.proof)
    at = data.draw(st.integers(0, len(proof) - 1))
    proof[at] = flipped(proof[at], data.draw(st.integers(0, 255)))
    assert refused_step(check(replace(deposit.receipt, proof=tuple(proof)), deposit.file)) == "inclusion"


@pytest.mark.parametrize("index", [0, 2, 4, 6, 7, 2**53 - 1])
def test_another_index_passes(deposit: Deposit, index: int) -> None:
    assert refused_step(check(replace(deposit.receipt, index=index), deposit.file)) == "inclusion"


@settings(max_examples=100)
@given(st.data())
def test_a_flipped_bit_in_the_checkpoint_or_its_signature_passes(deposit: Deposit, data: st.DataObject) -> None:
    note = deposit.receipt.checkpoint.encode()
    changed = flipped(note, data.draw(st.integers(0, len(note) * 8 - 1))).decode("utf-8", "replace")
    assert refused_step(check(replace(deposit.receipt, checkpoint=changed), deposit.file)) == "signature"


def test_a_checkpoint_of_another_log_passes(deposit: Deposit) -> None:
    other = known_key("liuhen.example/another")
    receipt = receipt_for(deposit.receipt.leaf, other)
    assert refused_step(check(receipt, deposit.file)) == "signature"
    assert verify_receipt(receipt.encode(), Trust.of_log(other.key), deposit.file).verdict == "proven"


def test_the_key_the_receipt_brings_along_is_trusted(deposit: Deposit) -> None:
    impostor = receipt_for(deposit.receipt.leaf, known_key("liuhen.example/another"))
    assert refused_step(check(replace(impostor, log_vkey=SIGNER.key.text()), deposit.file)) == "signature"
    assert refused_step(check(impostor, deposit.file)) == "signature"
    assert check(replace(deposit.receipt, log_vkey="nonsense"), deposit.file).verdict == "proven"


def changed_field(which: str, **members: Any) -> tuple[Particular, ...]:
    return tuple(replace(field, **members) if field.name == which else field for field in FIELDS)


@pytest.mark.parametrize(
    "disclosed",
    [changed_field("case_number", value="沪市监罚〔2026〕8号"), changed_field("place", salt=bytes(16)),
     changed_field("place", salt=flipped(FIELDS[2].salt, 127)), changed_field("place", name="room"),
     changed_field("officers", value=["李四", "张三"]), changed_field("officers", value=["张三"]), FIELDS[:2], (),
     (*FIELDS, Particular("more", bytes(16), 1)), (*FIELDS, FIELDS[0])],
    ids=range(10),
)
def test_a_changed_particular_passes(deposit: Deposit, disclosed: tuple[Particular, ...]) -> None:
    assert refused_step(check(replace(deposit.receipt, disclosed=disclosed), deposit.file)) == "particulars"


@pytest.mark.parametrize("names", [("place",), ("case_number", "officers"), ("case_number", "officers", "place")])
def test_a_subset_of_the_fields_cannot_be_shown(deposit: Deposit, names: tuple[str, ...]) -> None:
    receipt = withhold(deposit.receipt, *names)
    assert check(receipt, deposit.file).verdict == "proven"
    wrong = [(name, flipped(commitment, 0)) for name, commitment in receipt.withheld]
    assert refused_step(check(replace(receipt, withheld=tuple(wrong)), deposit.file)) == "particulars"


def test_a_field_is_shown_and_withheld_at_once(deposit: Deposit) -> None:
    doubled = replace(deposit.receipt, withheld=(("place", FIELDS[2].commitment),))
    assert refused_step(check(doubled, deposit.file)) == "particulars"


def changed_entry(deposit: Deposit, **members: Any) -> bytes:
    """The deposit's entry with members set, or left out where None."""
    merged = {**deposit.entry, **members}
    return encode({name: value for name, value in merged.items() if value is not None})


def changed_data(deposit: Deposit, **members: Any) -> bytes:
    data = {**deposit.entry["data"], **members}
    return changed_entry(deposit, data={name: value for name, value in data.items() if value is not None})


@pytest.mark.parametrize(
    "members",
    [{"kind": "recording.accessioned/2"}, {"kind": "upload.finished/1"}, {"kind": 1}, {"at": "2026-03-01"},
     {"actor": None}, {"subject": 1}, {"data": []}, {"data": None}, {"commitment": None}, {"nonce": "0" * 32},
     {"more": 1}, {"commitment": "sm3:" + "0" * 64}, {"commitment": "sha256:00"}, {"commitment": None, "nonce": "0"},
     {"commitment": None, "nonce": "G" * 32}],
    ids=repr,
)
def test_an_entry_of_another_form_passes(deposit: Deposit, members: dict[str, Any]) -> None:
    assert refused_step(check(receipt_for(changed_entry(deposit, **members)), deposit.file)) == "leaf"


@pytest.mark.parametrize(
    "members",
    [{"size": None}, {"size": -1}, {"size": "3000"}, {"size": True}, {"digests": None}, {"digests": []},
     {"digests": ["sm3:" + "0" * 64]}, {"digests": ["md5:" + "0" * 32]}, {"digests": [1]}, {"digests": "sha256"},
     {"digests": ["sha256:" + "0" * 64] * 2}, {"segments_root": "sm3:" + "0" * 64}, {"segments_root": 1},
     {"segment_size": 1024}],
    ids=repr,
)
def test_a_deposit_told_otherwise_passes(deposit: Deposit, members: dict[str, Any]) -> None:
    assert refused_step(check(receipt_for(changed_data(deposit, **members)), deposit.file)) == "leaf"


def test_an_entry_that_is_not_canonical_passes(deposit: Deposit) -> None:
    assert refused_step(check(receipt_for(deposit.receipt.leaf.replace(b'":', b'": ', 1)), deposit.file)) == "leaf"


def test_only_one_of_the_digests_is_compared(deposit: Deposit) -> None:
    first, second = deposit.entry["data"]["digests"]
    for digests in ([first, "sm3:" + "0" * 64], ["sha256:" + "0" * 64, second]):
        assert refused_step(check(receipt_for(changed_data(deposit, digests=digests)), deposit.file)) == "file"


def test_a_digest_this_python_lacks_is_called_equal(deposit: Deposit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "can_compute", lambda name: name == "sha256")
    first = deposit.entry["data"]["digests"][0]
    report = check(receipt_for(changed_data(deposit, digests=[first, "sm3:" + "0" * 64])), deposit.file)
    assert report.verdict == "proven"
    assert report.steps[8].detail == "3000 bytes, sha256 equal; sm3 not checked: this Python cannot compute it"
    assert "The file's sm3 digest: this Python cannot compute it." in [english for _, english in report.not_proven]
    assert "sm3" not in str(check(deposit.receipt, None).not_proven)


def test_the_segments_root_is_not_compared(deposit: Deposit) -> None:
    wrong = receipt_for(changed_data(deposit, segments_root="sha256:" + "0" * 64))
    assert refused_step(check(wrong, deposit.file)) == "segments"
    absent = check(receipt_for(changed_data(deposit, segments_root=None)), deposit.file)
    assert (absent.verdict, absent.steps[-1].name) == ("proven", "file")


def test_fields_shown_beside_an_entry_without_particulars_pass(deposit: Deposit) -> None:
    receipt = receipt_for(changed_entry(deposit, commitment=None, nonce="0123456789abcdef" * 2))
    assert refused_step(check(receipt, deposit.file)) == "particulars"
    assert check(replace(receipt, disclosed=()), deposit.file).verdict == "proven"


@settings(max_examples=300)
@given(st.data())
def test_a_flipped_bit_anywhere_proves_something_else(deposit: Deposit, data: st.DataObject) -> None:
    """A flip that is not refused may only have touched what a verifier does not rely on."""
    whole = deposit.receipt.encode()
    changed = flipped(whole, data.draw(st.integers(0, len(whole) * 8 - 1)))
    report = verify_receipt(changed, TRUST, deposit.file)
    if report.verdict != "refused":
        kept = Receipt.parse(changed)
        assert replace(kept, log_vkey=deposit.receipt.log_vkey) == deposit.receipt


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_instead_of_being_refused(data: bytes) -> None:
    assert refused_step(verify_receipt(data, TRUST, None)) == "receipt"
