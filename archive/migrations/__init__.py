"""Schema migrations, in the package: every one ends by making the append-only guards again."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from archive import guards
from archive.errors import Contradiction


def _config(path: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("sqlalchemy.url", f"sqlite:///{path}".replace("%", "%%"))
    return config


def migrate(path: Path, revision: str = "head") -> None:
    """Bring the database at ``path`` to a revision, making it if absent; guards are made again after each step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(_config(path), revision)


def revisions() -> list[str]:
    """All revision ids, oldest first."""
    script = ScriptDirectory.from_config(_config(Path("unused")))
    return [revision.revision for revision in script.walk_revisions()][::-1]


def require_current(path: Path) -> None:
    """``Contradiction database.not_migrated`` unless at the newest revision; ``database.unguarded`` without guards."""
    if not path.exists():
        raise Contradiction("database.not_migrated", f"there is no database at {path}; run `liuhen migrate`")
    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
            if found != revisions()[-1]:
                raise Contradiction("database.not_migrated", f"the database is at revision {found or 'none'}; "
                                    "stop the service and run `liuhen migrate`")
            guards.require(connection)
    finally:
        engine.dispose()
