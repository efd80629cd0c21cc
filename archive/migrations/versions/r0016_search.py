"""Case numbers keyed over traditional and simplified characters and forms of the year, and their tails."""

import sqlalchemy as sa
from alembic import op

from archive import search_fill

revision = '0016'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column, and keys made again."""
    op.add_column('label', sa.Column('case_tail', sa.Text(), nullable=True))
    op.create_index('ix_label_case_tail', 'label', ['case_tail'], unique=False)
    search_fill.key_labels(op.get_bind())


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
