"""The verifier as one self-contained HTML file: its modules inlined, the same bytes from the same sources."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from api.web.catalogue import Catalogue, chinese, english
from api.web.script_words import VERIFY_WORDS
from api.web.verifier_words import FAULT_WORDS, LIMIT_WORDS, STEP_WORDS, VERIFIER_WORDS
from archive.proof.report import TITLES

SOURCES = Path(__file__).parent / "verifier"
STATIC = Path(__file__).parent / "static"
# 'unsafe-inline' because the file has nothing else to load from; nothing may be fetched or sent anywhere.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; worker-src blob:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)
_IMPORT = re.compile(r'^import (?:(\{[^}]*\}|\* as \w+) from )?"\./([\w/.-]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
_EXPORT_LIST = re.compile(r"^export \{([^}]*)\};$", re.MULTILINE)
_TOP_AWAIT = re.compile(r"^\w.*\bawait\b", re.MULTILINE)
_PLACE = re.compile(r"\{\{(\w+)\}\}")


def build() -> bytes:
    """The page, UTF-8, with the libraries ``scripts/assets.sh`` fetched. ``ValueError`` for an import of nothing."""
    parts = {
        "policy": POLICY,
        "style": (SOURCES / "page.css").read_text("utf-8").strip(),
        "words": json.dumps(words(), ensure_ascii=False, sort_keys=True),
        "worker": bundle("file_worker.js"),
        "script": bundle("main.js"),
    }
    for name in ("worker", "script", "words"):
        if re.search(r"</script|<!--", parts[name], re.IGNORECASE):
            raise ValueError(f"the {name} would end its own element")
    page = (SOURCES / "page.html").read_text("utf-8")
    head, _, body = page.partition("\n")
    return (head + "\n" + _licences() + _PLACE.sub(lambda place: parts[place[1]], body)).encode("utf-8")


def bundle(entry: str, folders: tuple[Path, ...] = (SOURCES, STATIC)) -> str:
    """The module ``entry`` and all it imports as one script, each module once, after what it needs."""
    done: dict[str, str] = {}
    exports: dict[str, tuple[str, ...]] = {}
    _inline(entry, folders, done, exports, ())
    return "\n".join(done.values())


def _inline(
    name: str, folders: tuple[Path, ...], done: dict[str, str], exports: dict[str, tuple[str, ...]],
    within: tuple[str, ...],
) -> None:
    if name in done:
        return
    if name in within:
        raise ValueError(f"{name} imports itself by way of {' and '.join(within)}")
    text = _source(name, folders)
    for match in _IMPORT.finditer(text):
        _inline(match[2], folders, done, exports, (*within, name))
    exports[name] = _exported(text)
    body = _IMPORT.sub(lambda match: _binding(name, match, exports), text)
    body = _EXPORT_LIST.sub("", _EXPORT.sub("", body)).strip()
    if re.search(r"^(?:import\b.*\"\./|export )", body, re.MULTILINE):
        raise ValueError(f"{name} imports or exports in a form that is not known here")
    waits = _TOP_AWAIT.search(body) is not None and not name.startswith("vendor/")
    start, end = ("await (async () => {", "})()") if waits else ("(() => {", "})()")
    done[name] = (
        f"// --- {name} ---\nconst {_variable(name)} = {start}\n{body}\n"
        f"return {{ {', '.join(exports[name])} }};\n{end};"
    )


def _source(name: str, folders: tuple[Path, ...]) -> str:
    for folder in folders:
        if (folder / name).is_file():
            return (folder / name).read_text("utf-8")
    raise ValueError(f"there is no module {name}")


def _variable(name: str) -> str:
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))


def _exported(text: str) -> tuple[str, ...]:
    listed = [name.strip() for match in _EXPORT_LIST.finditer(text) for name in match[1].split(",")]
    return (*(match[1] for match in _EXPORT.finditer(text)), *(name for name in listed if name))


def _binding(name: str, match: re.Match[str], exports: Mapping[str, tuple[str, ...]]) -> str:
    taken, source = match[1], match[2]
    if taken is None:
        return ""
    if taken.startswith("*"):
        return f"const {taken.removeprefix('* as ')} = {_variable(source)};"
    wanted = [one.strip() for one in taken.strip("{}").split(",") if one.strip()]
    if missing := [one for one in wanted if one.split(" ")[0] not in exports[source]]:
        raise ValueError(f"{name} imports {', '.join(missing)}, which {source} does not export")
    return f"const {{ {', '.join(one.replace(' as ', ': ') for one in wanted)} }} = {_variable(source)};"


def words() -> dict[str, dict[str, str]]:
    """Every sentence by language and code; the steps are called what the command calls them."""
    titles = {f"step_{name}": title for name, title in TITLES.items()}
    return {
        "zh": _words(chinese()) | {code: title[1] for code, title in titles.items()},
        "en": _words(english()) | {code: title[0] for code, title in titles.items()},
    }


def _words(catalogue: Catalogue) -> dict[str, str]:
    faults = {code: text for code, text in VERIFY_WORDS.items() if code.startswith("fault_")}
    every = {**faults, **VERIFIER_WORDS, **STEP_WORDS, **LIMIT_WORDS, **FAULT_WORDS}
    return {code: catalogue.gettext(text) for code, text in every.items()}


def _licences() -> str:
    texts = [path.read_text("utf-8").strip() for path in sorted((STATIC / "vendor").glob("*.LICENSE"))]
    own = "Liuhen verifier. Licensed under the Apache License, Version 2.0 (apache.org/licenses/LICENSE-2.0)."
    said = "\n\n".join([own, "It contains hash-wasm and noble-ed25519, under these licences:", *texts])
    if "-->" in said:
        raise ValueError("a licence would end its comment")
    return f"<!--\n{said}\n-->\n"
