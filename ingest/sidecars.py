"""What a dock writes beside a recording (XML or text, also in GBK): read by paths a profile names, and nothing run.

XML goes through expat with every DOCTYPE refused: there are no entities, nothing external, nothing that grows.
"""

import re
from collections.abc import Sequence
from xml.parsers import expat

from ingest.drop_reasons import Unclaimed

MAX_DEPTH = 16
MAX_VALUES = 1000
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


def xml_values(untrusted: bytes, encodings: Sequence[str]) -> dict[str, str]:
    """Text of each element by its path (``Record/Officer/Name``) and of each attribute (``Record@id``).

    The encoding the file declares is tried first if it is one of ``encodings``. An element that is there twice keeps
    the first text, unless the two differ: ``Unclaimed sidecar_unreadable``, as for all that is not plain XML.
    """
    declared = _DECLARED.match(untrusted)
    wanted = declared[1].decode().lower() if declared else ""
    ordered = sorted(encodings, key=lambda name: name != wanted)
    reader = _Reader()
    try:
        reader.read(_decoded(untrusted, ordered))
    except (expat.ExpatError, ValueError) as fault:
        raise Unclaimed("sidecar_unreadable", str(fault)) from fault
    return reader.values


def text_values(untrusted: bytes, encodings: Sequence[str]) -> dict[str, str]:
    """Lines ``key=value`` or ``key: value`` (also with the full-width colon); empty lines and ``#`` are left out."""
    values: dict[str, str] = {}
    for number, line in enumerate(_decoded(untrusted, encodings).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = re.split(r"[=:：]", line, maxsplit=1)
        if len(parts) != 2 or not parts[0].strip():
            raise Unclaimed("sidecar_unreadable", f"line {number} is not key=value")
        key, value = parts[0].strip(), parts[1].strip()
        if values.setdefault(key, value) != value:
            raise Unclaimed("sidecar_unreadable", f"{key} stands twice and differs")
    return values


def _decoded(untrusted: bytes, encodings: Sequence[str]) -> str:
    for encoding in encodings:
        try:
            return untrusted.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    raise Unclaimed("sidecar_unreadable", f"it is not in {' or '.join(encodings)}")


class _Reader:
    """Collects values while expat reads; a fault is a ``ValueError``."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self._path: list[str] = []
        self._text: list[str] = []
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text_part

    def read(self, text: str) -> None:
        self._parser.Parse(text, True)  # given as text, expat takes it as UTF-8 whatever it declares

    def _refuse(self, *_: object) -> None:
        raise ValueError("it holds a DOCTYPE or an entity, which no sidecar needs")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        if len(self._path) > MAX_DEPTH:
            raise ValueError(f"elements stand more than {MAX_DEPTH} deep")
        self._text = []
        for attribute, value in attributes.items():
            self._keep(f"{'/'.join(self._path)}@{attribute}", value)

    def _text_part(self, text: str) -> None:
        self._text.append(text)

    def _end(self, _: str) -> None:
        if value := "".join(self._text).strip():
            self._keep("/".join(self._path), value)
        self._path.pop()
        self._text = []

    def _keep(self, path: str, value: str) -> None:
        if self.values.setdefault(path, value.strip()) != value.strip():
            raise ValueError(f"{path} stands twice and differs")
        if len(self.values) > MAX_VALUES:
            raise ValueError(f"it holds more than {MAX_VALUES} values")
