"""Import accounts, what was taken in from drop folders, and what stands there unclaimed."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Three tables."""
    op.create_table(
        'import_account',
        sa.Column('id', sa.String(length=40), nullable=False), sa.Column('profile', sa.Text(), nullable=False),
        sa.Column('leaf', _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_import_account_leaf', 'import_account', ['leaf'])
    op.create_table(
        'drop_file',
        sa.Column('account', sa.String(length=40), nullable=False), sa.Column('path', sa.Text(), nullable=False),
        sa.Column('size', _NUMBER, nullable=False), sa.Column('mtime_ns', _NUMBER, nullable=False),
        sa.Column('digest', sa.Text(), nullable=False), sa.Column('note', sa.Text(), nullable=False),
        sa.Column('openings', sa.Text(), nullable=False), sa.Column('upload', sa.Text(), nullable=True),
        sa.Column('state', sa.Text(), nullable=False), sa.Column('taken_at', sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint('account', 'path', 'size', 'mtime_ns'),
    )
    op.create_table(
        'unclaimed_file',
        sa.Column('id', sa.String(length=40), nullable=False), sa.Column('account', sa.Text(), nullable=False),
        sa.Column('path', sa.Text(), nullable=False), sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('detail', sa.Text(), nullable=False), sa.Column('size', _NUMBER, nullable=False),
        sa.Column('since', sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint('id'), sa.UniqueConstraint('account', 'path'),
    )


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
