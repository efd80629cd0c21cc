"""The receipt file: what an outsider needs, beside the log's key, to check that one deposit is in the log."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from archive.proof.base64strict import decode_base64, encode_base64
from archive.proof.canonical import MAX_ENTRY, MAX_INTEGER, Canonical, CanonicalError, encode, read
from archive.proof.commitments import Particular, check_field_name
from archive.proof.errors import VerificationError

MAX_RECEIPT = 256 * 1024
VERSION = 1
GRADES = ("signed", "cosigned", "anchored")
_LIMITS_ZH = "它不证明录制设备签名之前发生过什么，也不保证档案馆日后仍保存该文件。"
_LIMITS_EN = (
    "It shows nothing of what happened before the recorder signed, nor that the archive will keep what it took."
)
# (Chinese, English) by grade: what the file is. A claim like the grade itself; a verifier reads neither as proof.
TEXTS = {
    "signed": (
        "本回执是追究档案馆责任的凭据：其中的登记项已写入该日志，且日志密钥已对该日志签名。"
        "等级为“已签名”：仅为运营者一方之言，不得据此清除采集设备。" + _LIMITS_ZH,
        "This receipt is evidence to hold the archive to account: the entry in it stands in the log its key has "
        "signed. Grade signed: the operator's word only, no licence to wipe a recorder. " + _LIMITS_EN,
    ),
    "cosigned": (
        "本回执是追究档案馆责任的凭据：其中的登记项已写入该日志，日志密钥已对该日志签名，检查点所列联署方已核对其未被改写。"
        "等级为“已联署”：其分量取决于联署方是否独立于运营者；可否清除采集设备，由接收方自己选定的策略决定。"
        + _LIMITS_ZH,
        "This receipt is evidence to hold the archive to account: the entry in it stands in the log its key has "
        "signed, and the cosigners on the checkpoint have seen that log grow without a rewrite. Grade cosigned: "
        "worth as much as they are independent of the operator; whether a recorder may be wiped is for the policy "
        "its dock has chosen. " + _LIMITS_EN,
    ),
    "anchored": (
        "本回执是追究档案馆责任的凭据：其中的登记项已写入该日志，日志密钥已签名，检查点所列联署方已核对其未被改写，"
        "时间戳机构已对该检查点加盖时间戳。等级为“已锚定”：登记项最迟在该时间已在日志中。" + _LIMITS_ZH,
        "This receipt is evidence to hold the archive to account: the entry in it stands in the log its key has "
        "signed, the cosigners on the checkpoint have seen that log grow without a rewrite, and an authority has "
        "time-stamped exactly this checkpoint. Grade anchored: the entry was in the log at that time at the latest. "
        + _LIMITS_EN,
    ),
}
_KEYS = frozenset(
    {"v", "grade", "leaf_b64", "index", "proof", "checkpoint", "log_vkey", "policy", "timestamps", "disclosed",
     "withheld", "text"}
)
_MAX_PROOF = 64
_MAX_TIMESTAMPS = 16
_MAX_POLICY = 64 * 1024
_MAX_AUTHORITY = 255
_MAX_FIELDS = 256
_HEX = re.compile(r"(?:[0-9a-f]{2})*").fullmatch
_T = TypeVar("_T")


@dataclass(frozen=True)
class Receipt:
    """One leaf, its path to a signed checkpoint, and the particulars shown with it.

    ``leaf``: the entry's canonical bytes. ``proof``: 32-byte hashes, leaf side first. ``checkpoint``: the signed
    note with the cosignatures it has. ``policy``: the archive's trust policy (C2SP tlog-policy), "" if none.
    ``timestamps``: (authority's name, whole DER TimeStampResp) over SHA-256 of the UTF-8 bytes of ``checkpoint``.
    ``withheld``: (name, 32-byte commitment) of the fields kept back, so that ``disclosed`` can be checked against
    the root over all. ``grade``, ``log_vkey``, ``policy`` and all names are claims of whoever made the file.
    ``erased_by``: the leaf by whose order the particulars were erased; said in the text, and read back by nobody.
    """

    grade: str
    leaf: bytes
    index: int
    proof: tuple[bytes, ...]
    checkpoint: str
    log_vkey: str
    disclosed: tuple[Particular, ...] = ()
    withheld: tuple[tuple[str, bytes], ...] = ()
    policy: str = ""
    timestamps: tuple[tuple[str, bytes], ...] = ()
    erased_by: int | None = None

    def encode(self) -> bytes:
        """The receipt file: canonical JSON and a newline. ``ValueError`` beyond 256 KiB or for no known grade."""
        if self.grade not in GRADES:
            raise ValueError("unknown grade")
        text_zh, text_en = TEXTS[self.grade]
        if self.erased_by is not None:
            text_zh += f"其要素已依令抹除,见登记项 {self.erased_by}。"
            text_en += f" Its particulars were erased by order, see leaf {self.erased_by}."
        data = encode(
            {
                "v": VERSION,
                "grade": self.grade,
                "leaf_b64": encode_base64(self.leaf),
                "index": self.index,
                "proof": [encode_base64(value) for value in self.proof],
                "checkpoint": self.checkpoint,
                "log_vkey": self.log_vkey,
                "policy": self.policy,
                "timestamps": [
                    {"authority": name, "response_b64": encode_base64(response)} for name, response in self.timestamps
                ],
                "disclosed": [
                    {"name": field.name, "salt": field.salt.hex(), "value": field.value}
                    for field in self.disclosed
                ],
                "withheld": [
                    {"name": name, "commitment": commitment.hex()} for name, commitment in self.withheld
                ],
                "text": {"zh": text_zh, "en": text_en},
            }
        )
        if len(data) >= MAX_RECEIPT:
            raise ValueError("a receipt has at most 256 KiB")
        return data + b"\n"

    @classmethod
    def parse(cls, untrusted_receipt: bytes) -> Receipt:
        """From a receipt file in any JSON spelling but with exactly the known members.

        Checks the form only: nothing in it is proven before ``verify_receipt`` has said so.
        Raises ``VerificationError("receipt")``.
        """
        try:
            members = _members(read(untrusted_receipt, MAX_RECEIPT), _KEYS)
            if type(members["v"]) is not int or members["v"] != VERSION:
                raise ValueError("not a receipt of version 1")
            return _receipt(members)
        except CanonicalError as error:
            raise VerificationError("receipt", f"not the JSON of a receipt: {error}") from error
        except ValueError as error:
            raise VerificationError("receipt", str(error)) from error


def _receipt(members: dict[str, Canonical]) -> Receipt:
    for text in _members(members["text"], frozenset({"zh", "en"})).values():
        _text(text)
    grade, index = _text(members["grade"]), members["index"]
    if grade not in GRADES:
        raise ValueError("unknown grade")
    if type(index) is not int or not 0 <= index <= MAX_INTEGER:
        raise ValueError("the index is no leaf number")
    leaf, policy = decode_base64(_text(members["leaf_b64"])), _text(members["policy"])
    if not 0 < len(leaf) <= MAX_ENTRY:
        raise ValueError("the leaf is empty or longer than 65,535 bytes")
    if len(policy.encode("utf-8")) > _MAX_POLICY:
        raise ValueError("the policy is longer than 64 KiB")
    return Receipt(
        grade=grade,
        leaf=leaf,
        index=index,
        proof=_each(members["proof"], _hash, _MAX_PROOF),
        checkpoint=_text(members["checkpoint"]),
        log_vkey=_text(members["log_vkey"]),
        disclosed=_each(members["disclosed"], _particular, _MAX_FIELDS),
        withheld=_each(members["withheld"], _withheld, _MAX_FIELDS),
        policy=policy,
        timestamps=_each(members["timestamps"], _timestamp, _MAX_TIMESTAMPS),
    )


def _members(value: Canonical, names: frozenset[str]) -> dict[str, Canonical]:
    if not isinstance(value, dict) or value.keys() != names:
        raise ValueError(f"not an object with exactly the members {', '.join(sorted(names))}")
    return value


def _text(value: Canonical) -> str:
    if not isinstance(value, str):
        raise ValueError("a member that must be text is not")
    return value


def _each(value: Canonical, parse: Callable[[Canonical], _T], most: int) -> tuple[_T, ...]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"a member that must be a list of at most {most} is not")
    return tuple(parse(item) for item in value)


def _hash(value: Canonical) -> bytes:
    data = decode_base64(_text(value))
    if len(data) != 32:
        raise ValueError("a hash in the proof is not 32 bytes")
    return data


def _unhex(value: Canonical) -> bytes:
    text = _text(value)
    if _HEX(text) is None:
        raise ValueError("a salt or commitment is not lower-case hex")
    return bytes.fromhex(text)


def _particular(value: Canonical) -> Particular:
    members = _members(value, frozenset({"name", "salt", "value"}))
    return Particular(_text(members["name"]), _unhex(members["salt"]), members["value"])


def _withheld(value: Canonical) -> tuple[str, bytes]:
    members = _members(value, frozenset({"name", "commitment"}))
    commitment = _unhex(members["commitment"])
    if len(commitment) != 32:
        raise ValueError("a commitment is not 32 bytes")
    return check_field_name(_text(members["name"])), commitment


def _timestamp(value: Canonical) -> tuple[str, bytes]:
    members = _members(value, frozenset({"authority", "response_b64"}))
    name, response = _text(members["authority"]), decode_base64(_text(members["response_b64"]))
    if not 0 < len(name) <= _MAX_AUTHORITY or not name.isprintable() or not response:
        raise ValueError("a time-stamp lacks its authority's name or its response")
    return name, response
