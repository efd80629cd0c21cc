"""Recordings by leaf: lists of deadlines are read page by page, the newest first."""

from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index."""
    op.create_index('ix_recording_leaf', 'recording', ['leaf'], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
