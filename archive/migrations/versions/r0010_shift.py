"""Officers' numbers of accounts."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """One table."""
    op.create_table(
        'person_number', sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('officer_no', sa.Text(), nullable=True), sa.Column('leaf', BIG, nullable=False),
        sa.PrimaryKeyConstraint('id'))
    for column in ('leaf', 'officer_no'):
        op.create_index(f'ix_person_number_{column}', 'person_number', [column], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
