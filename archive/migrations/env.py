"""Alembic's entry: run migrations on SQLite and make the guards again in the same transaction."""

from alembic import context
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from archive import account_tables, guards, tables

METADATA = SQLModel.metadata
assert {tables.Custody.__tablename__, account_tables.Credential.__tablename__} <= METADATA.tables.keys()


def run() -> None:
    """Upgrade or downgrade, then guards."""
    engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("PRAGMA synchronous=FULL")
        context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
            guards.create(connection)
        connection.commit()
    engine.dispose()


run()
