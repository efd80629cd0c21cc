"""Keys recorders hold, and which uploads' manifests they signed."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WHEN = sa.String(length=27)


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        'recorder_key', sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('recorder', sa.Text(), nullable=False), sa.Column('recorder_key', sa.Text(), nullable=False),
        sa.Column('registered_at', WHEN, nullable=False), sa.Column('revoked_at', WHEN, nullable=True),
        sa.Column('revoked_reason', sa.Text(), nullable=True), sa.Column('leaf', BIG, nullable=False),
        sa.PrimaryKeyConstraint('id'))
    op.create_index('ix_recorder_key_recorder', 'recorder_key', ['recorder'], unique=False)
    op.create_table(
        'recorder_signature', sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('recorder', sa.Text(), nullable=False), sa.Column('recorder_key', sa.Text(), nullable=False),
        sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
