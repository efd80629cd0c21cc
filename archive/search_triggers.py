"""SQL of the full-text index over ``search_entry``: FTS5 without content; triggers bring every write into it."""

TABLE = ("CREATE VIRTUAL TABLE search_index USING fts5(grams, runs, words, content='', columnsize=0, "
         "tokenize=\"ascii\")")
"""The ASCII tokenizer parts at spaces and takes every other sign as it is, in each version of SQLite alike."""
COLUMNS = ("grams", "runs", "words")

_TAKE_OUT = "'delete', "


def _all_of(ref: str, of_one: str = "{c}", where: str = "") -> str:
    """The three texts of a thing, its sources in their order."""
    return ", ".join(
        f"(SELECT coalesce(group_concat(x, ' ¦ '), '') FROM (SELECT {of_one.format(c=c)} AS x FROM search_entry "
        f"WHERE ref = {ref}{where} ORDER BY source))" for c in COLUMNS)


def _write(ref: str, texts: str, *, taken_out: bool = False) -> str:
    columns = f"{'search_index, ' if taken_out else ''}rowid, {', '.join(COLUMNS)}"
    values = f"{_TAKE_OUT if taken_out else ''}number, {texts}"
    return f"INSERT INTO search_index({columns}) SELECT {values} FROM search_number WHERE ref = {ref}"


_OTHERS = " AND id <> NEW.id"
_CHANGED = " OR ".join(f"OLD.{c} IS NOT NEW.{c}" for c in COLUMNS)
TRIGGERS: dict[str, str] = {
    "search_entry_added":
        "CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN "
        f"{_write('NEW.ref', _all_of('NEW.ref', where=_OTHERS), taken_out=True)}; "
        "INSERT INTO search_number(ref) SELECT NEW.ref WHERE NOT EXISTS "
        "(SELECT 1 FROM search_number WHERE ref = NEW.ref); "
        f"{_write('NEW.ref', _all_of('NEW.ref'))}; END",
    "search_entry_changed":
        f"CREATE TRIGGER search_entry_changed AFTER UPDATE ON search_entry WHEN {_CHANGED} BEGIN "
        f"{_write('NEW.ref', _all_of('NEW.ref', 'CASE id WHEN NEW.id THEN OLD.{c} ELSE {c} END'), taken_out=True)}; "
        f"{_write('NEW.ref', _all_of('NEW.ref'))}; END",
}
FILL = (
    "INSERT INTO search_index(search_index) VALUES ('delete-all')",
    "INSERT INTO search_number(ref) SELECT ref FROM search_entry e WHERE NOT EXISTS "
    "(SELECT 1 FROM search_number n WHERE n.ref = e.ref) GROUP BY ref ORDER BY min(rowid)",
    f"INSERT INTO search_index(rowid, {', '.join(COLUMNS)}) SELECT number, "
    f"{_all_of('search_number.ref')} FROM search_number ORDER BY number")
"""The index again, from all entries."""
