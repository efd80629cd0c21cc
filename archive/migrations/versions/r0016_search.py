"""Case numbers keyed over traditional and simplified characters and forms of the year; what searches look through."""

import sqlalchemy as sa
from alembic import op

from archive import search_fill
from archive.search_triggers import TABLE

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """One column, two tables, the full-text index, and what stands in them made of the rows there are."""
    op.add_column('label', sa.Column('case_tail', sa.Text(), nullable=True))
    op.create_index('ix_label_case_tail', 'label', ['case_tail'], unique=False)
    op.create_table(
        'search_entry', sa.Column('id', sa.Text(), nullable=False), sa.Column('ref', sa.Text(), nullable=False),
        sa.Column('source', sa.Text(), nullable=False), sa.Column('grams', sa.Text(), nullable=True),
        sa.Column('runs', sa.Text(), nullable=True), sa.Column('words', sa.Text(), nullable=True),
        sa.Column('leaf', BIG, nullable=True), sa.PrimaryKeyConstraint('id'))
    for column in ('leaf', 'ref'):
        op.create_index(f'ix_search_entry_{column}', 'search_entry', [column], unique=False)
    op.create_index('ix_search_entry_referred', 'search_entry', ['ref'], unique=False,
                    sqlite_where=sa.text("words = 'kref'"), postgresql_where=sa.text("words = 'kref'"))
    op.create_table(
        'search_number', sa.Column('number', BIG, nullable=False), sa.Column('ref', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('number'), sa.UniqueConstraint('ref'))
    connection = op.get_bind()
    connection.exec_driver_sql(TABLE)
    search_fill.key_labels(connection)
    search_fill.fill_search(connection)


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
