"""People who leave or move, and what they hand over."""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WHEN = sa.String(length=27)


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        'leaving', sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('person', sa.Text(), nullable=False), sa.Column('how', sa.Text(), nullable=False),
        sa.Column('began_at', WHEN, nullable=False),
        sa.Column('began_by', sa.Text(), nullable=False), sa.Column('outcome', sa.Text(), nullable=True),
        sa.Column('closed_at', WHEN, nullable=True), sa.Column('closed_by', sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint('id'))
    op.create_index('ix_leaving_person', 'leaving', ['person'], unique=False)
    op.create_table(
        'leaving_handed_over', sa.Column('id', sa.Text(), nullable=False),
        sa.Column('leaving', sa.Text(), nullable=False), sa.Column('what', sa.Text(), nullable=False),
        sa.Column('thing', sa.Text(), nullable=False), sa.Column('successor', sa.Text(), nullable=True),
        sa.Column('remark', sa.Text(), nullable=True), sa.Column('at', WHEN, nullable=False),
        sa.Column('by', sa.Text(), nullable=False), sa.Column('leaf', BIG, nullable=False),
        sa.PrimaryKeyConstraint('id'))
    for column in ('leaf', 'leaving'):
        op.create_index(f'ix_leaving_handed_over_{column}', 'leaving_handed_over', [column], unique=False)
