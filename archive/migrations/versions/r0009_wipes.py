"""What stations say they wiped from their recorders."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """One table."""
    texts = [sa.Column(name, sa.Text(), nullable=False) for name in (
        'entry', 'recording', 'station', 'statement_digest', 'receipt_digest', 'digest')]
    op.create_table(
        'recording_wipe', sa.Column('id', sa.String(length=40), nullable=False), *texts,
        sa.Column('wiped_at', sa.String(length=27), nullable=False),
        sa.Column('contradictions', sa.Text(), nullable=False),
        sa.Column('stated_at', sa.String(length=27), nullable=False), sa.Column('leaf', BIG, nullable=False),
        sa.PrimaryKeyConstraint('id'))
    op.create_index('ix_recording_wipe_recording', 'recording_wipe', ['recording'], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
