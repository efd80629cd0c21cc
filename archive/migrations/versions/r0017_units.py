"""Units, and who belongs to which."""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WHEN = sa.String(length=27)


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        'unit', sa.Column('id', sa.String(length=40), nullable=False), sa.Column('number', sa.Text(), nullable=True),
        sa.Column('name', sa.Text(), nullable=True), sa.Column('parent', sa.Text(), nullable=True),
        sa.Column('registered_at', WHEN, nullable=False), sa.Column('closed_at', WHEN, nullable=True),
        sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    for column in ('leaf', 'number', 'parent'):
        op.create_index(f'ix_unit_{column}', 'unit', [column], unique=False)
    op.create_table(
        'person_unit', sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('unit', sa.Text(), nullable=True), sa.Column('heads', sa.Text(), nullable=False),
        sa.Column('since', WHEN, nullable=False), sa.PrimaryKeyConstraint('id'))
    op.create_index('ix_person_unit_unit', 'person_unit', ['unit'], unique=False)
