"""Units that take part in matters, owners of recordings, and consents asked of them."""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _text(name: str, nullable: bool = False) -> 'sa.Column[str]':
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str, nullable: bool = False) -> 'sa.Column[str]':
    return sa.Column(name, sa.String(length=27), nullable=nullable)


def _id() -> 'sa.Column[str]':
    return sa.Column('id', sa.String(length=40), nullable=False)


def _leaf() -> 'sa.Column[int]':
    return sa.Column('leaf', BIG, nullable=False)


def upgrade() -> None:
    """Three tables."""
    op.create_table(
        'matter_unit', _id(), _text('matter'), _text('unit'), _text('part'), _text('added_by'), _time('added_at'),
        _text('left_by', True), _time('left_at', True), _leaf(), sa.PrimaryKeyConstraint('id'))
    op.create_table('recording_owner', _id(), _text('unit'), _leaf(), sa.PrimaryKeyConstraint('id'))
    op.create_table(
        'owner_consent', _id(), _text('matter'), _text('unit'), _text('recordings'), _text('recipient', True),
        _text('purpose', True), _text('asked_by'), _time('asked_at'), sa.Column('given', sa.Boolean(), nullable=True),
        _text('answered_by', True), _time('answered_at', True), _leaf(), sa.PrimaryKeyConstraint('id'))
    for table, column in (('matter_unit', 'matter'), ('matter_unit', 'unit'), ('recording_owner', 'unit'),
                          ('owner_consent', 'matter'), ('owner_consent', 'unit'), ('owner_consent', 'leaf')):
        op.create_index(f'ix_{table}_{column}', table, [column], unique=False)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
