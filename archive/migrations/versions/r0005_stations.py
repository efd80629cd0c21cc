"""What becomes of a station, codes to enrol by, nonces of signed requests, and how an upload's bytes came."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WHEN = sa.String(length=27)


def _station_code() -> None:
    op.create_table(
        'station_code',
        sa.Column('id', sa.String(length=40), nullable=False), sa.Column('lookup', sa.Text(), nullable=False),
        sa.Column('code_hash', sa.LargeBinary(length=32), nullable=False),
        sa.Column('title', sa.Text(), nullable=False),
        sa.Column('kind', sa.Text(), nullable=False), sa.Column('expires_at', WHEN, nullable=False),
        sa.Column('tries', BIG, nullable=False), sa.Column('station', sa.Text(), nullable=True),
        sa.Column('station_key', sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint('id'), sa.UniqueConstraint('lookup'),
    )


def _request_nonce() -> None:
    op.create_table(
        'request_nonce',
        sa.Column('station', sa.Text(), nullable=False), sa.Column('nonce', sa.Text(), nullable=False),
        sa.Column('until', WHEN, nullable=False), sa.PrimaryKeyConstraint('station', 'nonce'),
    )
    op.create_index('ix_request_nonce_until', 'request_nonce', ['until'], unique=False)


def upgrade() -> None:
    """Two tables, and columns where rows that stand already have nothing to say.

    Of an upload that was open when this ran it is not known how its bytes came: the lower grade.
    """
    _station_code()
    _request_nonce()
    for name, kind in (('kind', sa.Text()), ('previous_key', sa.Text()), ('revoked_at', WHEN),
                       ('revoked_reason', sa.Text())):
        op.add_column('station', sa.Column(name, kind, nullable=True))
    op.add_column('upload_progress', sa.Column('unsigned', sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
