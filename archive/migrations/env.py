"""Alembic's entry: run migrations on SQLite, guards lifted and made again, as one transaction or not at all."""

from alembic import context
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from archive import (
    account_tables,
    adoption_tables,
    deadline_tables,
    guards,
    import_tables,
    joint_tables,
    leaving_tables,
    link_tables,
    log_tables,
    matter_tables,
    party_tables,
    recorder_key_tables,
    recorder_tables,
    register_tables,
    room_tables,
    search_tables,
    set_aside_tables,
    shift_tables,
    station_tables,
    step_tables,
    tables,
    transcript_tables,
    unit_tables,
    wipe_tables,
)

METADATA = SQLModel.metadata
ONE_OF_EACH = (log_tables.Custody, tables.Station, account_tables.Credential, recorder_tables.LedgerEntry,
               station_tables.StationCode, import_tables.ImportAccount, wipe_tables.RecordingWipe,
               deadline_tables.Absence, recorder_key_tables.RecorderKey, shift_tables.PersonNumber,
               set_aside_tables.SetAsideProposal, matter_tables.ShownMatter, matter_tables.Matter,
               matter_tables.MatterSaid, matter_tables.MatterMember, matter_tables.MatterRecording,
               search_tables.SearchEntry, unit_tables.Unit, register_tables.Party, leaving_tables.Leaving,
               adoption_tables.Adoption, room_tables.Room, step_tables.MatterStep, step_tables.StepStatement,
               joint_tables.MatterUnit, party_tables.MatterParty, transcript_tables.Transcript,
               link_tables.DocumentLink)
assert {row.__tablename__ for row in ONE_OF_EACH} <= METADATA.tables.keys()


def run() -> None:
    """Upgrade, then guards. A run that fails leaves the database as it was."""
    # AUTOCOMMIT keeps the driver from committing at each DDL statement: only our own BEGIN and COMMIT count.
    engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("PRAGMA synchronous=FULL")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
        with context.begin_transaction(), guards.lifted(connection):
            context.run_migrations()
        connection.exec_driver_sql("COMMIT")
    engine.dispose()


run()
