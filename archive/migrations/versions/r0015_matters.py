"""Matters: what became of them, what they are called, who works on them, which recordings are theirs."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _key(name: str) -> 'sa.Column[str]':
    return sa.Column(name, sa.String(length=40), nullable=False)


def _text(name: str, nullable: bool = False) -> 'sa.Column[str]':
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, nullable: bool = False) -> 'sa.Column[int]':
    return sa.Column(name, BIG, nullable=nullable)


def _time(name: str, nullable: bool = False) -> 'sa.Column[str]':
    return sa.Column(name, sa.String(length=27), nullable=nullable)


def upgrade() -> None:
    """Four tables."""
    op.create_table(
        'matter', _key('id'), _text('kind'), _number('year'), _number('number'), _text('split_from', True),
        _text('merged_into', True), _text('filed_on', True), _text('basis', True), _text('ended_on', True),
        _text('opened_by'), _time('opened_at'), _number('leaf'), sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('year', 'number'))
    op.create_table(
        'matter_said', _number('leaf'), _text('matter'), _text('what'), _text('text', True), _text('case_key', True),
        sa.PrimaryKeyConstraint('leaf'))
    op.create_table(
        'matter_member', _key('id'), _text('matter'), _text('person'), _text('relation'), _text('added_by'),
        _time('added_at'), _text('removed_by', True), _time('removed_at', True), _number('leaf'),
        sa.PrimaryKeyConstraint('id'))
    op.create_table(
        'matter_recording', _key('id'), _text('recording'), _text('matter'), _number('from_us', True),
        _number('to_us', True), _text('corrects', True), _text('assigned_by'), _time('assigned_at'),
        _text('withdrawn_by', True), _time('withdrawn_at', True), _number('leaf'), sa.PrimaryKeyConstraint('id'))
    for table, columns in (('matter', ('split_from', 'merged_into', 'ended_on', 'leaf')),
                           ('matter_said', ('matter', 'case_key')), ('matter_member', ('matter', 'person')),
                           ('matter_recording', ('recording', 'matter'))):
        for column in columns:
            op.create_index(f'ix_{table}_{column}', table, [column], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
