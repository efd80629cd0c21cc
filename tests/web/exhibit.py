"""A deposited file with a true receipt from a small log, and ways to damage either."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import cast

from archive.proof import merkle
from archive.proof.canonical import Canonical, encode
from archive.proof.checkpoint import Checkpoint
from archive.proof.commitments import Particular, commitment_root
from archive.proof.digest import Hasher, segments_root
from archive.proof.keys import VerificationKey
from archive.proof.note import sign_note
from archive.proof.receipt import Receipt
from archive.proof.signing import SigningKey

SEGMENT = 8 * 1024 * 1024
RECORDING = "rec_04hq9f2m3c7x1zv8s5t6w0k2ny"
ORIGIN = "archive.example.cn/5f2c9a7be01d4433"
PARTICULARS = (
    Particular("case_no", b"\x01" * 16, "乌市监罚〔2026〕118号 \"引号\"\u2028\x7f"),
    Particular("party", b"\x02" * 16, ["张三", 7, True, {"kind": "person"}]),
)
WITHHELD = Particular("wearer", b"\x03" * 16, "王强")


@dataclass(frozen=True)
class Exhibit:
    """What the service would answer: the original's bytes, the receipt file, and the log's key held outside."""

    file: bytes
    receipt: bytes
    key: VerificationKey


def entry(file: bytes, **changes: Canonical) -> bytes:
    """The accession's leaf for these bytes; ``changes`` replace members."""
    hasher = Hasher(("sha256", "sm3"))
    hasher.update(file)
    segments = [sha256(file[start : start + SEGMENT]).digest() for start in range(0, len(file), SEGMENT)]
    fields = {field.name: field.commitment for field in (*PARTICULARS, WITHHELD)}
    members: dict[str, Canonical] = {
        "kind": "recording.accessioned/1",
        "at": "2026-11-21T01:05:09.000000Z",
        "actor": "system",
        "subject": RECORDING,
        "data": {
            "digests": [str(digest) for digest in hasher.digests()],
            "size": len(file),
            "segment_size": SEGMENT,
            "segments_root": str(segments_root(segments)),
        },
        "commitment": str(commitment_root(fields)),
    }
    return encode({name: value for name, value in (members | changes).items() if value != ""})


def exhibit(file: bytes, leaf: bytes | None = None, size: int = 11, index: int = 6) -> Exhibit:
    """The file in a log of ``size`` entries, at ``index``, signed by a fresh key."""
    key = SigningKey.generate(ORIGIN)
    leaf = entry(file) if leaf is None else leaf
    leaves = [merkle.leaf_hash(leaf if at == index else bytes([at % 256, at // 256])) for at in range(size)]

    def node(level: int, number: int) -> bytes:
        return merkle.root(leaves[number << level : (number + 1) << level])

    receipt = Receipt(
        grade="signed",
        leaf=leaf,
        index=index,
        proof=tuple(merkle.inclusion_proof(index, size, node)),
        checkpoint=sign_note(Checkpoint(ORIGIN, size, merkle.root(leaves)).text(), [key]).decode(),
        log_vkey=key.key.text(),
        disclosed=PARTICULARS,
        withheld=((WITHHELD.name, WITHHELD.commitment),),
    )
    return Exhibit(file, receipt.encode(), key.key)


def flip(data: bytes, at: int = 0) -> bytes:
    """The bytes with one bit turned."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def damage_file(whole: Exhibit) -> Exhibit:
    return replace(whole, file=flip(whole.file, len(whole.file) // 2))


def lose_tail(whole: Exhibit) -> Exhibit:
    return replace(whole, file=whole.file[:-1])


def _changed(whole: Exhibit, change: Callable[[dict[str, object]], None]) -> Exhibit:
    receipt = json.loads(whole.receipt)
    change(receipt)
    return replace(whole, receipt=json.dumps(receipt, ensure_ascii=False).encode())


def _flip_base64(text: str, at: int = 0) -> str:
    return base64.b64encode(flip(base64.b64decode(text), at)).decode()


def damage_leaf(whole: Exhibit) -> Exhibit:
    return _changed(whole, lambda r: r.update(leaf_b64=_flip_base64(str(r["leaf_b64"]), 40)))


def damage_proof(whole: Exhibit) -> Exhibit:
    def change(receipt: dict[str, object]) -> None:
        proof = receipt["proof"]
        assert isinstance(proof, list)
        proof[-1] = _flip_base64(proof[-1], 31)

    return _changed(whole, change)


def shorten_proof(whole: Exhibit) -> Exhibit:
    return _changed(whole, lambda r: r.update(proof=cast(list[str], r["proof"])[:-1]))


def move_index(whole: Exhibit) -> Exhibit:
    return _changed(whole, lambda r: r.update(index=7))


def _damage_field(name: str, at: str, make: Callable[[object], object]) -> Callable[[Exhibit], Exhibit]:
    def damage(whole: Exhibit) -> Exhibit:
        def change(receipt: dict[str, object]) -> None:
            fields = receipt[name]
            assert isinstance(fields, list)
            fields[0][at] = make(fields[0][at])

        return _changed(whole, change)

    return damage


def _flip_hex(text: object) -> str:
    return flip(bytes.fromhex(str(text)), 5).hex()


def _note_line(number: int) -> Callable[[Exhibit], Exhibit]:
    """Damages the base64 in one line of the checkpoint: 2 the root, 4 the signature."""

    def damage(whole: Exhibit) -> Exhibit:
        def change(receipt: dict[str, object]) -> None:
            lines = str(receipt["checkpoint"]).split("\n")
            *before, value = lines[number].split(" ")
            lines[number] = " ".join([*before, _flip_base64(value, 20)])
            receipt["checkpoint"] = "\n".join(lines)

        return _changed(whole, change)

    return damage


def grow_checkpoint(whole: Exhibit) -> Exhibit:
    return _changed(whole, lambda r: r.update(checkpoint=str(r["checkpoint"]).replace("\n11\n", "\n12\n")))


def forget_field(whole: Exhibit) -> Exhibit:
    return _changed(whole, lambda r: r.update(withheld=[]))


def add_member(whole: Exhibit) -> Exhibit:
    return _changed(whole, lambda r: r.update(extra=1))


# What is damaged → the step that must refuse it.
DAMAGES: dict[str, tuple[Callable[[Exhibit], Exhibit], str]] = {
    "file_bit": (damage_file, "file"),
    "file_shorter": (lose_tail, "file"),
    "leaf_bit": (damage_leaf, "inclusion"),
    "proof_bit": (damage_proof, "inclusion"),
    "proof_shorter": (shorten_proof, "inclusion"),
    "index_moved": (move_index, "inclusion"),
    "particular_value": (_damage_field("disclosed", "value", lambda value: f"{value}号"), "particulars"),
    "particular_salt": (_damage_field("disclosed", "salt", _flip_hex), "particulars"),
    "particular_name": (_damage_field("disclosed", "name", lambda _: "place"), "particulars"),
    "withheld_bit": (_damage_field("withheld", "commitment", _flip_hex), "particulars"),
    "withheld_missing": (forget_field, "particulars"),
    "checkpoint_root": (_note_line(2), "signature"),
    "checkpoint_size": (grow_checkpoint, "signature"),
    "signature_bit": (_note_line(4), "signature"),
    "member_unknown": (add_member, "receipt"),
}
