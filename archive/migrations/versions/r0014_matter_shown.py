"""Matters shown to a recorder's camera."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """One table."""
    op.create_table(
        'matter_shown', sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('matter', sa.Text(), nullable=True), sa.Column('at_us', BIG, nullable=False),
        sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    op.create_index('ix_matter_shown_leaf', 'matter_shown', ['leaf'], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
