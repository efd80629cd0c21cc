"""Erasures of particulars, copies of their keys, and the leaf each row with particulars came from."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
OF_A_LEAF = ("label", "person", "recorder", "station")


def _erased_particulars() -> None:
    op.create_table(
        'erased_particulars',
        sa.Column('idx', BIG, autoincrement=False, nullable=False), sa.Column('scope', sa.Text(), nullable=False),
        sa.Column('by_leaf', BIG, nullable=False), sa.Column('authority', sa.Text(), nullable=False),
        sa.Column('complete_at', sa.String(length=27), nullable=False), sa.PrimaryKeyConstraint('idx'),
    )
    op.create_index('ix_erased_particulars_scope', 'erased_particulars', ['scope'], unique=False)


def _key_copy() -> None:
    op.create_table(
        'key_copy',
        sa.Column('scope', sa.Text(), nullable=False), sa.Column('object_key', sa.Text(), nullable=False),
        sa.Column('version_id', sa.Text(), nullable=False),
        sa.Column('lock_until', sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint('scope', 'object_key'),
    )
    op.create_index('ix_key_copy_object_key', 'key_copy', ['object_key'], unique=False)


def upgrade() -> None:
    """Two tables, and an index by leaf where an erasure clears columns."""
    _erased_particulars()
    _key_copy()
    for table in OF_A_LEAF:
        op.create_index(f'ix_{table}_leaf', table, ['leaf'], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
