"""One writer per upload, and when its last byte came."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Four columns; an upload that is open now has all its time still before it."""
    op.add_column('upload_progress', sa.Column('fence', BIG, nullable=False, server_default='0'))
    op.add_column('upload_progress', sa.Column('lease_until', sa.String(length=27), nullable=True))
    op.add_column('upload_progress', sa.Column('tail_fence', BIG, nullable=False, server_default='0'))
    op.add_column('upload_progress', sa.Column('last_byte_at', sa.String(length=27), nullable=True))
    op.execute("UPDATE upload_progress SET last_byte_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')")


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
