"""Absences that move a deadline, explanations of lateness, and the matter on a label."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _id() -> 'sa.Column[str]':
    return sa.Column('id', sa.String(length=40), nullable=False)


def _text(*names: str, nullable: bool = False) -> 'list[sa.Column[str]]':
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _when(name: str, nullable: bool = False) -> 'sa.Column[str]':
    return sa.Column(name, sa.String(length=27), nullable=nullable)


def upgrade() -> None:
    """Two tables, one column."""
    op.create_table(
        'absence', _id(), *_text('reason'), *_text('person', 'officer', 'officer_no', 'remark', nullable=True),
        _when('began'), *_text('declared_by'), _when('declared_at'), _when('returned', nullable=True),
        *_text('ended_by', nullable=True), _when('ended_at', nullable=True),
        sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    op.create_table(
        'lateness_explanation', _id(), *_text('recording', 'clause', 'reason'), *_text('explanation', nullable=True),
        *_text('explained_by'), _when('explained_at'), *_text('confirmed_by', nullable=True),
        _when('confirmed_at', nullable=True), sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    for table, column in (('absence', 'leaf'), ('lateness_explanation', 'leaf'), ('lateness_explanation', 'recording')):
        op.create_index(f'ix_{table}_{column}', table, [column], unique=False)
    op.add_column('label', sa.Column('matter', sa.Text(), nullable=True))


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
