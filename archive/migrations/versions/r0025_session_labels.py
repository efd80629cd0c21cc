"""Labels and looks of sessions in rooms, uploads found by their session, transcripts."""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _text(name: str, nullable: bool = False) -> 'sa.Column[str]':
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str, nullable: bool = False) -> 'sa.Column[str]':
    return sa.Column(name, sa.String(length=27), nullable=nullable)


def _number(name: str) -> 'sa.Column[int]':
    return sa.Column(name, BIG, nullable=False)


def _id() -> 'sa.Column[str]':
    return sa.Column('id', sa.String(length=40), nullable=False)


def upgrade() -> None:
    """Three tables and an index."""
    op.create_table(
        'room_label', _id(), _text('session'), _text('case_no', True), _text('matter', True), _text('party', True),
        _text('handling_officer', True), _text('assigned', True), _text('labelled_by'), _time('labelled_at'),
        sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    op.create_table(
        'room_playback', _id(), _text('session'), _text('actor'), _text('copies'), _time('opened_at'),
        sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    op.create_table(
        'transcript', _id(), _text('of'), _text('form'), _text('encoding'), _text('language'), _number('size'),
        _number('cues'), _time('zero'), _time('starts', True), _time('ends', True), _text('said', True),
        _text('digest', True), _text('added_by'), _time('added_at'), _text('replaced_by', True),
        _text('withdrawn_by', True), _time('withdrawn_at', True), _number('leaf'), sa.PrimaryKeyConstraint('id'))
    for table, column in (('room_label', 'session'), ('room_label', 'leaf'), ('room_playback', 'session'),
                          ('upload', 'session'), ('transcript', 'of'), ('transcript', 'leaf')):
        op.create_index(f'ix_{table}_{column}', table, [column], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
