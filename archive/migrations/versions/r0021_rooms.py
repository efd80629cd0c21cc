"""Rooms, their names, sessions in them, interruptions."""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WHEN = sa.String(length=27)


def _id() -> sa.Column[str]:
    return sa.Column('id', sa.String(length=40), nullable=False)


def _text(name: str, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _when(name: str, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, WHEN, nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=False)


def upgrade() -> None:
    """Four tables."""
    op.create_table(
        'room', _id(), _text('purpose', False), _text('station'), _text('clock', False), _text('channels', False),
        _when('registered_at', False), _when('closed_at'), _number('leaf'), sa.PrimaryKeyConstraint('id'))
    op.create_table(
        'room_name', _id(), _text('name'), _text('place'), _text('channels'), _number('leaf'),
        sa.PrimaryKeyConstraint('id'))
    op.create_table(
        'room_session', _id(), _text('room', False), _text('station'), _text('channels', False), _text('matter'),
        _text('questioned'), _text('officer_1'), _text('officer_1_no'), _text('officer_2'), _text('officer_2_no'),
        _text('opened_by', False), _when('opened_at', False), _when('rights_at'), _text('ended_by'), _when('ended_at'),
        _when('stated_start'), _when('stated_end'), _number('leaf'), sa.PrimaryKeyConstraint('id'))
    op.create_table(
        'room_interruption', _id(), _text('session', False), _number('channel'), _text('reason', False),
        _when('since', False), _when('until', False), _text('told_by', False), _when('told_at', False),
        _number('leaf'), sa.PrimaryKeyConstraint('id'))
    for table, column in (('room', 'leaf'), ('room', 'station'), ('room_name', 'leaf'), ('room_session', 'leaf'),
                          ('room_session', 'room'), ('room_session', 'station'), ('room_session', 'matter'),
                          ('room_interruption', 'leaf'), ('room_interruption', 'session')):
        op.create_index(f'ix_{table}_{column}', table, [column], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
