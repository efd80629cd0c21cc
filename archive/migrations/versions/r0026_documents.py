"""Links between documents and recordings."""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _text(name: str, nullable: bool = False) -> 'sa.Column[str]':
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str, nullable: bool = False) -> 'sa.Column[str]':
    return sa.Column(name, sa.String(length=27), nullable=nullable)


def _number(name: str) -> 'sa.Column[int]':
    return sa.Column(name, BIG, nullable=True)


def upgrade() -> None:
    """One table."""
    op.create_table(
        'document_link', sa.Column('id', sa.String(length=40), nullable=False), _text('document'), _text('derivative'),
        _number('paragraph'), _number('page'), _text('recording'), _number('from_us'), _number('to_us'),
        _text('made_by'), _time('made_at'), _text('withdrawn_by', True), _time('withdrawn_at', True),
        sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    for column in ('document', 'recording'):
        op.create_index(f'ix_document_link_{column}', 'document_link', [column], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
