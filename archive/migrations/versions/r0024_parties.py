"""Parties of matters."""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _text(name: str, nullable: bool = False) -> 'sa.Column[str]':
    return sa.Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    """One table."""
    op.create_table(
        'matter_party', sa.Column('id', sa.String(length=40), nullable=False), _text('matter'), _text('party', True),
        _text('name', True), _text('added_by'), sa.Column('added_at', sa.String(length=27), nullable=False),
        _text('withdrawn_by', True), sa.Column('withdrawn_at', sa.String(length=27), nullable=True),
        sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    for column in ('matter', 'party', 'leaf'):
        op.create_index(f'ix_matter_party_{column}', 'matter_party', [column], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
