"""Officers' numbers of accounts; recordings by recorder and by the wearer on a label."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """One table, two indexes."""
    op.create_table(
        'person_number', sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('officer_no', sa.Text(), nullable=True), sa.Column('leaf', BIG, nullable=False),
        sa.PrimaryKeyConstraint('id'))
    for column in ('leaf', 'officer_no'):
        op.create_index(f'ix_person_number_{column}', 'person_number', [column], unique=False)
    op.create_index('ix_recording_recorder', 'recording', ['recorder'], unique=False)
    op.create_index('ix_label_wearer_no', 'label', ['wearer_no'], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
