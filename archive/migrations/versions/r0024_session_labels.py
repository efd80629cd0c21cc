"""Labels and looks of sessions in rooms, and uploads found by their session."""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0022'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _text(name: str, nullable: bool = False) -> 'sa.Column[str]':
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str) -> 'sa.Column[str]':
    return sa.Column(name, sa.String(length=27), nullable=False)


def _id() -> 'sa.Column[str]':
    return sa.Column('id', sa.String(length=40), nullable=False)


def upgrade() -> None:
    """Two tables and an index."""
    op.create_table(
        'room_label', _id(), _text('session'), _text('case_no', True), _text('matter', True), _text('party', True),
        _text('handling_officer', True), _text('assigned', True), _text('labelled_by'), _time('labelled_at'),
        sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    op.create_table(
        'room_playback', _id(), _text('session'), _text('actor'), _text('copies'), _time('opened_at'),
        sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    for table, column in (('room_label', 'session'), ('room_label', 'leaf'), ('room_playback', 'session'),
                          ('upload', 'session')):
        op.create_index(f'ix_{table}_{column}', table, [column], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
