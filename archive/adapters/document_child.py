"""Program of its own, run confined: what a document is, and its text as paragraphs. Nothing in it is ever run.

``python -I -S -c … ORDER`` where ORDER is JSON; one line of JSON on stdout, ``{"refused": reason}`` where it cannot.
"""

import importlib
import json
import posixpath
import sys
import zipfile
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from types import ModuleType
from typing import Any

MOST_MEMBERS, MOST_MEMBER, MOST_INFLATED = 10_000, 64 << 20, 128 << 20
"""Members of a zip; bytes of one that is read, and of all that are."""
MOST_PAGES, MOST_PARAGRAPHS, MOST_TEXT = 2_000, 20_000, 8 << 20
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MAIN = (b"wordprocessingml.document.main+xml", b"ms-word.document.macroEnabled.main+xml")
_ENDS = tuple("。！？；：.!?;:")
Paragraph = tuple[int | None, str]


class Libraries:
    """Finds the libraries the order names, by path: of the folder they lie in nothing else can be seen."""

    def __init__(self, places: dict[str, str]) -> None:
        self._places = places

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None,
                  ) -> ModuleSpec | None:
        """The spec of a named package, else None."""
        place = self._places.get(name)
        if place is None:
            return None
        start = f"{place}/__init__.py"
        return spec_from_file_location(name, start, loader=SourceFileLoader(name, start),
                                       submodule_search_locations=[place])


class Refusal(Exception):
    """Why a document cannot be read, as a stable word."""


class Package:
    """A zip of which single members are read, within limits on what they unpack to."""

    def __init__(self, path: str) -> None:
        self._zip = zipfile.ZipFile(path)
        self.names = set(self._zip.namelist())
        self._left = MOST_INFLATED
        if len(self.names) > MOST_MEMBERS:
            raise Refusal("too_large")

    def read(self, name: str) -> bytes:
        """All of a member; ``Refusal`` when it is absent or unpacks to more than it may."""
        if name not in self.names:
            raise Refusal("undecodable")
        most = min(MOST_MEMBER, self._left)
        with self._zip.open(name) as member:
            data = member.read(most + 1)
        if len(data) > most:
            raise Refusal("too_large")
        self._left -= len(data)
        return data

    def tree(self, name: str) -> Any:
        """A member as XML, without document types, entities or anything fetched."""
        return importlib.import_module("defusedxml.ElementTree").fromstring(self.read(name), forbid_dtd=True)


def container(path: str) -> str:
    """``docx`` or ``ofd``; ``Refusal not_media`` for any other zip."""
    try:
        package = Package(path)
        if "word/document.xml" in package.names and any(
                main in package.read("[Content_Types].xml") for main in _MAIN):
            return "docx"
        if "OFD.xml" in package.names:
            return "ofd"
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as fault:
        raise Refusal("not_media") from fault
    raise Refusal("not_media")


def of_docx(path: str) -> tuple[int | None, list[Paragraph]]:
    """The paragraphs of the body in their order, those of tables and boxes too. Word has no fixed pages."""
    body = Package(path).tree("word/document.xml").find(f"{_WORD}body")
    if body is None:
        raise Refusal("undecodable")
    return None, kept((None, text) for text in _word_paragraphs(body))


def _word_paragraphs(body: Any) -> Iterator[str]:
    """Texts of all paragraphs below, one within another as one of its own; the second form of a box is left out."""
    waiting = [(body, [""])]
    while waiting:
        node, line = waiting.pop()
        if not isinstance(node.tag, str):
            yield line[0]
            continue
        if node.tag == _FALLBACK:
            continue
        if node.tag == f"{_WORD}p":
            line = [""]
            done = type(node)("end")
            done.tag = None  # where the paragraph ends
            waiting.append((done, line))
        elif node.tag == f"{_WORD}t":
            line[0] += node.text or ""
        elif node.tag in (f"{_WORD}tab", f"{_WORD}br", f"{_WORD}cr"):
            line[0] += "\t" if node.tag == f"{_WORD}tab" else "\n"
        waiting += [(child, line) for child in reversed(node)]


def of_ofd(path: str) -> tuple[int | None, list[Paragraph]]:
    """The text of each page of the first document, in the order it is drawn (GB/T 33190-2016 7.5, 11.3)."""
    package = Package(path)
    root = _first(package.tree("OFD.xml"), "DocRoot")
    document = posixpath.normpath((root.text or "").strip().lstrip("/"))
    pages = [page for page in package.tree(document).iter() if _local(page) == "Page" and page.get("BaseLoc")]
    if len(pages) > MOST_PAGES:
        raise Refusal("too_large")
    found: list[Paragraph] = []
    for number, page in enumerate(pages, 1):
        place = page.get("BaseLoc").strip()
        name = place.lstrip("/") if place.startswith("/") else posixpath.join(posixpath.dirname(document), place)
        lines = ("".join(code.text or "" for code in node if _local(code) == "TextCode")
                 for node in package.tree(posixpath.normpath(name)).iter() if _local(node) == "TextObject")
        found += [(number, text) for text in joined(lines)]
    return len(pages), kept(found)


def _local(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]


def _first(tree: Any, name: str) -> Any:
    for node in tree.iter():
        if _local(node) == name:
            return node
    raise Refusal("undecodable")


def of_pdf(path: str) -> tuple[int | None, list[Paragraph]]:
    """The text of each page as its fonts give it. What is drawn as a picture has none."""
    pdf = importlib.import_module("pypdf")
    reader = pdf.PdfReader(path, strict=False)
    if reader.is_encrypted:
        raise Refusal("encrypted")
    if len(reader.pages) > MOST_PAGES:
        raise Refusal("too_large")
    found: list[Paragraph] = []
    for number, page in enumerate(reader.pages, 1):
        found += [(number, text) for text in joined(iter(page.extract_text().splitlines()))]
        if sum(len(text) for _, text in found) > MOST_TEXT:
            raise Refusal("too_large")
    return len(reader.pages), kept(found)


def joined(lines: Iterator[str]) -> Iterator[str]:
    """Lines as paragraphs: one ends with an empty line, or with a line that ends a sentence."""
    held = ""
    for line in lines:
        line = line.strip()
        held += (" " if held and line and held[-1].isascii() and line[0].isascii() else "") + line
        if held and (not line or line.endswith(_ENDS)):
            yield held
            held = ""
    if held:
        yield held


def kept(found: Any) -> list[Paragraph]:
    """Those that say something, as text that can be written down; ``Refusal`` when there are too many."""
    said: list[Paragraph] = []
    left = MOST_TEXT
    for page, text in found:
        clean = text.encode("utf-8", "replace").decode().replace("\x00", "").strip()
        if clean:
            said.append((page, clean))
            left -= len(clean)
        if left < 0 or len(said) > MOST_PARAGRAPHS:
            raise Refusal("too_large")
    return said


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """What the order asks for, or why not: whatever a parser raises is a document that does not read."""
    sys.meta_path.insert(0, Libraries(order["libraries"]))
    for name in ("defusedxml.ElementTree", "pypdf"):
        importlib.import_module(name)
    try:
        if order["as"] is None:
            return {"container": container(order["source"])}
        pages, said = {"pdf": of_pdf, "docx": of_docx, "ofd": of_ofd}[order["as"]](order["source"])
        return {"pages": pages, "paragraphs": said}
    except Refusal as refusal:
        return {"refused": str(refusal)}
    except MemoryError:
        return {"refused": "too_large"}
    except Exception:
        return {"refused": "undecodable"}


if __name__ == "__main__":
    print(json.dumps(answer(json.loads(sys.argv[1]))))
