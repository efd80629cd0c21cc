"""The house rules as functions: each takes one source file and names what breaks the rule."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

PACKAGES = ("archive", "retention", "ingest", "api")
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 60
NAMELESS = re.compile(r"utils?|helpers?|commons?|managers?|core|misc|shared|stuff")
# Where a product may be imported: paths as regular expressions over the path inside the repository.
HOMES = {
    "fastapi": r"api/.*",
    "starlette": r"api/.*",
    "uvicorn": r"api/.*",
    "apscheduler": r"retention/schedules\.py|api/worker\.py",
    "minio": r"archive/adapters/s3[a-z_]*\.py",
    "openpyxl": r"ingest/register_xlsx\.py",
    "ffmpeg": r"archive/adapters/ffmpeg\.py",
    "archive.adapters": r"api/wiring\.py|archive/adapters/.*",
}
CLOCK = "archive/adapters/clock.py"
# Split so that this file does not hold the marks it looks for.
MARKS = re.compile(
    r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b|type:\s*ig" r"nore|\bno" r"qa\b"
    r"|pytest\.(mark\.)?sk" r"ip|import" r"orskip|\bxf" r"ail|unittest\.mo" r"ck|\bMagic" r"Mock\b"
)


@dataclass(frozen=True)
class Source:
    """One Python file: ``path`` inside the repository, with ``/``, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def is_ours(self) -> bool:
        """In a shipped package, not in tests or scripts."""
        return self.path.split("/")[0] in PACKAGES

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def imports(self) -> Iterator[tuple[int, str]]:
        """(line, dotted name) of everything imported; ``from a import b`` gives ``a.b``."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                prefix = "." * node.level + (node.module or "")
                yield from ((node.lineno, f"{prefix}.{alias.name}") for alias in node.names)


def long_file(source: Source) -> Iterator[str]:
    count = source.text.count("\n")
    if count > MAX_FILE_LINES:
        yield f"{source.path}: {count} lines, at most {MAX_FILE_LINES}"


def long_function(source: Source) -> Iterator[str]:
    for function in source.functions():
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > MAX_FUNCTION_LINES:
            yield f"{source.path}:{function.lineno}: {function.name} has {length} lines"


def nameless_module(source: Source) -> Iterator[str]:
    path = PurePosixPath(source.path)
    for part in (*path.parts[:-1], path.stem):
        if NAMELESS.fullmatch(part):
            yield f"{source.path}: {part!r} says nothing about what is in it"


def missing_docstring(source: Source) -> Iterator[str]:
    docstring = ast.get_docstring(source.tree)
    if source.is_ours and not docstring and source.text.strip():
        yield f"{source.path}: no module docstring"
    elif source.is_ours and docstring and len([line for line in docstring.splitlines() if line.strip()]) > 3:
        yield f"{source.path}: module docstring longer than three lines"


def import_in_function(source: Source) -> Iterator[str]:
    if not source.is_ours:
        return
    for function in source.functions():
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield f"{source.path}:{node.lineno}: import inside {function.name}"


def reads_the_clock(source: Source) -> Iterator[str]:
    if not source.is_ours or source.path == CLOCK:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute):
            dotted = ast.unparse(node)
            if re.search(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns))$", dotted):
                yield f"{source.path}:{node.lineno}: {dotted}; ask the Clock port"


def product_away_from_home(source: Source) -> Iterator[str]:
    if not source.is_ours:
        return
    for line, name in source.imports():
        for product, home in HOMES.items():
            if (name == product or name.startswith(product + ".")) and not re.fullmatch(home, source.path):
                yield f"{source.path}:{line}: imports {name}, allowed only in {home}"


def relative_import(source: Source) -> Iterator[str]:
    for line, name in source.imports():
        if name.startswith("."):
            yield f"{source.path}:{line}: relative import of {name}"


def forbidden_mark(source: Source) -> Iterator[str]:
    for number, line in enumerate(source.text.splitlines(), 1):
        if match := MARKS.search(line):
            yield f"{source.path}:{number}: {match[0]!r}"


def package_among_tests(source: Source) -> Iterator[str]:
    """``tests/<pkg>/__init__.py`` would shadow the package of that name."""
    if source.path.startswith("tests/") and source.path.endswith("__init__.py"):
        yield source.path


Rule = Callable[[Source], Iterator[str]]
RULES: tuple[Rule, ...] = (
    long_file,
    long_function,
    nameless_module,
    missing_docstring,
    import_in_function,
    reads_the_clock,
    product_away_from_home,
    relative_import,
    forbidden_mark,
    package_among_tests,
)
