"""Old shares that were adopted."""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WHEN = sa.String(length=27)


def upgrade() -> None:
    """One table."""
    op.create_table(
        'adoption', sa.Column('id', sa.String(length=40), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=name == 'holder')
          for name in ('account', 'holder', 'holder_key', 'listed', 'sheet')),
        sa.Column('files', BIG, nullable=False), sa.Column('size', BIG, nullable=False),
        sa.Column('began_at', WHEN, nullable=False),
        *(sa.Column(name, BIG, nullable=True) for name in ('taken', 'already_held', 'skipped')),
        sa.Column('ended_at', WHEN, nullable=True), sa.Column('leaf', BIG, nullable=False),
        sa.PrimaryKeyConstraint('id'))
    for column in ('account', 'listed', 'leaf'):
        op.create_index(f'ix_adoption_{column}', 'adoption', [column], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
