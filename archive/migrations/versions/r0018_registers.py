"""What sources say of things in the registers; certificates and parties."""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WHEN = sa.String(length=27)


def upgrade() -> None:
    """Three tables."""
    op.create_table(
        'register_field', sa.Column('id', sa.Text(), nullable=False), sa.Column('thing', sa.Text(), nullable=False),
        sa.Column('register_name', sa.Text(), nullable=False), sa.Column('field', sa.Text(), nullable=False),
        sa.Column('source', sa.Text(), nullable=False), sa.Column('account', sa.Text(), nullable=True),
        sa.Column('value', sa.Text(), nullable=True), sa.Column('actor', sa.Text(), nullable=False),
        sa.Column('at', WHEN, nullable=False), sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    op.create_table(
        'certificate', sa.Column('id', sa.String(length=40), nullable=False),
        sa.Column('number', sa.Text(), nullable=True), sa.Column('holder', sa.Text(), nullable=False),
        sa.Column('valid_from', WHEN, nullable=False), sa.Column('valid_until', WHEN, nullable=True),
        sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    op.create_table(
        'party', sa.Column('id', sa.String(length=40), nullable=False), sa.Column('name', sa.Text(), nullable=True),
        sa.Column('credit_code', sa.Text(), nullable=True), sa.Column('id_number', sa.Text(), nullable=True),
        sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'))
    for table, columns in (('register_field', ('leaf', 'register_name', 'thing')),
                           ('certificate', ('holder', 'leaf', 'number')),
                           ('party', ('credit_code', 'id_number', 'leaf'))):
        for column in columns:
            op.create_index(f'ix_{table}_{column}', table, [column], unique=False)
