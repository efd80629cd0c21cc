"""Proposals to set recordings aside, and what became of them."""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WHEN = sa.String(length=27)


def upgrade() -> None:
    """One table."""
    op.create_table(
        'set_aside_proposal', sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('recording', sa.Text(), nullable=False), sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('remark', sa.Text(), nullable=True), sa.Column('proposed_by', sa.Text(), nullable=False),
        sa.Column('proposed_at', WHEN, nullable=False), sa.Column('decision', sa.Text(), nullable=True),
        sa.Column('decided_by', sa.Text(), nullable=True), sa.Column('decided_at', WHEN, nullable=True),
        sa.Column('back_by', sa.Text(), nullable=True), sa.Column('back_at', WHEN, nullable=True),
        sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    for column in ('leaf', 'recording'):
        op.create_index(f'ix_set_aside_proposal_{column}', 'set_aside_proposal', [column], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
