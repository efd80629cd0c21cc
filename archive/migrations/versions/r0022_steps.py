"""Steps of matters, and statements about what was not recorded of them."""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _text(name: str, nullable: bool = False) -> 'sa.Column[str]':
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str, nullable: bool = False) -> 'sa.Column[str]':
    return sa.Column(name, sa.String(length=27), nullable=nullable)


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        'matter_step', sa.Column('id', sa.String(length=40), nullable=False), _text('matter'), _text('item'),
        _time('began'), _time('ended'), _text('taken_by'), _time('taken_at'), _text('withdrawn_by', True),
        _time('withdrawn_at', True), sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    op.create_table(
        'step_statement', sa.Column('id', sa.String(length=40), nullable=False), _text('step'), _text('what'),
        _time('began', True), _time('ended', True), _text('text', True), _text('stated_by'), _time('stated_at'),
        _text('decision', True), _text('decided_by', True), _time('decided_at', True),
        sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    for table, column in (('matter_step', 'matter'), ('step_statement', 'step'), ('step_statement', 'leaf')):
        op.create_index(f'ix_{table}_{column}', table, [column], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
