"""What the last probe of the store's lock came to."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table."""
    op.create_table(
        'lock_state',
        sa.Column('id', sa.String(length=40), nullable=False), sa.Column('store', sa.Text(), nullable=False),
        sa.Column('identity', sa.Text(), nullable=False), sa.Column('held', sa.Boolean(), nullable=False),
        sa.Column('probed_at', sa.String(length=27), nullable=False),
        sa.Column('leaf', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
