"""The device ledger: codes, entries, what docks observed, files that cannot be read, gaps explained."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _id(name: str = 'id') -> 'sa.Column[str]':
    return sa.Column(name, sa.String(length=40), nullable=False)


def _text(*names: str, nullable: bool = False) -> 'list[sa.Column[str]]':
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _when(name: str, nullable: bool = False) -> 'sa.Column[str]':
    return sa.Column(name, sa.String(length=27), nullable=nullable)


def _big(name: str, nullable: bool = False) -> 'sa.Column[int]':
    return sa.Column(name, BIG, nullable=nullable)


def _ledger() -> None:
    op.create_table(
        'recorder_code', _id(), *_text('code', nullable=True), _when('registered_at'), _big('leaf'),
        sa.PrimaryKeyConstraint('id'), sa.UniqueConstraint('code'))
    op.create_table(
        'ledger_entry', _id('entry'), _id('recorder'), *_text('what'), _when('at'), *_text('actor'),
        *_text('wearer_no', 'wearer', 'giver_no', 'giver', 'passed', 'failed', nullable=True),
        _big('clock_offset_ms', nullable=True), *_text('condition', 'remark', nullable=True), _big('leaf'),
        sa.PrimaryKeyConstraint('entry', 'recorder'))
    op.create_table(
        'gap_explanation', _id(), *_text('recorder', 'finding'), *_text('explanation', nullable=True),
        *_text('explained_by'), _when('explained_at'), *_text('confirmed_by', nullable=True),
        _when('confirmed_at', nullable=True), _big('leaf'), sa.PrimaryKeyConstraint('id'))


def _from_docks() -> None:
    op.create_table(
        'upload_observation', _id(), *_text('recorder'), *_text('provenance', 'previous', nullable=True),
        _when('measured_at', nullable=True), _big('offset_ms', nullable=True), _big('error_ms', nullable=True),
        sa.Column('reset_suspected', sa.Boolean(), nullable=True), sa.PrimaryKeyConstraint('id'))
    op.create_table(
        'unreadable_file', _id(), *_text('recorder', 'station', 'nonce', 'manifest_digest', 'reason'), _big('size'),
        *_text('session', nullable=True), _big('sequence', nullable=True),
        *_text('previous', 'file_name', nullable=True), _when('stated_at'), _big('leaf'),
        sa.PrimaryKeyConstraint('id'), sa.UniqueConstraint('nonce'))


def upgrade() -> None:
    """Five tables, and an index where the deposits of one recorder are looked for."""
    _ledger()
    _from_docks()
    for table, column in (('recorder_code', 'leaf'), ('ledger_entry', 'leaf'), ('ledger_entry', 'recorder'),
                          ('gap_explanation', 'leaf'), ('gap_explanation', 'recorder'),
                          ('upload_observation', 'recorder'),
                          ('unreadable_file', 'leaf'), ('unreadable_file', 'recorder'),
                          ('upload', 'recorder')):
        op.create_index(f'ix_{table}_{column}', table, [column], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
