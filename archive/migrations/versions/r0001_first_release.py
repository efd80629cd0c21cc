"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _anchor() -> None:
    op.create_table(
        'anchor',
        sa.Column('size', BIG, autoincrement=False, nullable=False),
        sa.Column('at', sa.String(length=27), nullable=False),
        sa.Column('stamped_at', sa.String(length=27), nullable=True),
        sa.Column('object_key', sa.Text(), nullable=False), sa.Column('version_id', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('size'),
    )


def _cosigned_checkpoint() -> None:
    op.create_table(
        'cosigned_checkpoint',
        sa.Column('size', BIG, autoincrement=False, nullable=False),
        sa.Column('note', sa.LargeBinary(), nullable=False), sa.Column('at', sa.String(length=27), nullable=False),
        sa.Column('met', sa.Boolean(), nullable=False), sa.PrimaryKeyConstraint('size'),
    )


def _credential() -> None:
    op.create_table(
        'credential',
        sa.Column('person', sa.String(length=40), nullable=False),
        sa.Column('password_hash', sa.Text(), nullable=False), sa.PrimaryKeyConstraint('person'),
    )


def _custody() -> None:
    op.create_table(
        'custody',
        sa.Column('idx', BIG, autoincrement=False, nullable=False), sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('at', sa.String(length=27), nullable=False), sa.Column('actor', sa.Text(), nullable=False),
        sa.Column('subject', sa.Text(), nullable=False), sa.Column('entry', sa.LargeBinary(), nullable=False),
        sa.Column('leaf_hash', sa.LargeBinary(), nullable=False), sa.PrimaryKeyConstraint('idx'),
    )
    op.create_index('ix_custody_subject', 'custody', ['subject'], unique=False)


def _derivative() -> None:
    op.create_table(
        'derivative',
        sa.Column('id', sa.String(length=40), nullable=False), sa.Column('recording', sa.Text(), nullable=False),
        sa.Column('purpose', sa.Text(), nullable=False), sa.Column('method', sa.Text(), nullable=False),
        sa.Column('media_type', sa.Text(), nullable=False), sa.Column('digest', sa.Text(), nullable=False),
        sa.Column('size', BIG, nullable=False), sa.Column('object_key', sa.Text(), nullable=False),
        sa.Column('made_at', sa.String(length=27), nullable=False), sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_derivative_recording', 'derivative', ['recording'], unique=False)


def _derivative_missing() -> None:
    op.create_table(
        'derivative_missing',
        sa.Column('recording', sa.String(length=40), nullable=False),
        sa.Column('purpose', sa.String(length=40), nullable=False), sa.Column('reason', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('recording', 'purpose'),
    )


def _job() -> None:
    op.create_table(
        'job',
        sa.Column('id', sa.String(length=40), nullable=False), sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('key', sa.Text(), nullable=False), sa.Column('state', sa.Text(), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False), sa.Column('crashes', sa.Integer(), nullable=False),
        sa.Column('ready_at', sa.String(length=27), nullable=False),
        sa.Column('lease_until', sa.String(length=27), nullable=True), sa.Column('fence', BIG, nullable=False),
        sa.Column('payload', sa.Text(), nullable=False), sa.Column('last_error', sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint('id'), sa.UniqueConstraint('key'),
    )
    op.create_index('ix_job_state', 'job', ['state'], unique=False)


def _label() -> None:
    op.create_table(
        'label',
        sa.Column('id', sa.String(length=40), nullable=False), sa.Column('recording', sa.Text(), nullable=False),
        sa.Column('source', sa.Text(), nullable=False), sa.Column('case_no', sa.Text(), nullable=True),
        sa.Column('case_key', sa.Text(), nullable=True), sa.Column('party', sa.Text(), nullable=True),
        sa.Column('handling_officer', sa.Text(), nullable=True), sa.Column('wearer', sa.Text(), nullable=True),
        sa.Column('wearer_no', sa.Text(), nullable=True), sa.Column('place', sa.Text(), nullable=True),
        sa.Column('file_name', sa.Text(), nullable=True),
        sa.Column('labelled_at', sa.String(length=27), nullable=False), sa.Column('leaf', BIG, nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_label_case_key', 'label', ['case_key'], unique=False)
    op.create_index('ix_label_recording', 'label', ['recording'], unique=False)


def _log_progress() -> None:
    op.create_table(
        'log_progress',
        sa.Column('name', sa.String(length=40), nullable=False), sa.Column('size', BIG, nullable=False),
        sa.PrimaryKeyConstraint('name'),
    )


def _login_attempt() -> None:
    op.create_table(
        'login_attempt',
        sa.Column('login_hash', sa.LargeBinary(length=32), nullable=False),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('last_at', sa.String(length=27), nullable=False),
        sa.Column('blocked_until', sa.String(length=27), nullable=True), sa.PrimaryKeyConstraint('login_hash'),
    )


def _object_place() -> None:
    op.create_table(
        'object_place',
        sa.Column('object_key', sa.Text(), nullable=False), sa.Column('store', sa.Text(), nullable=False),
        sa.Column('version_id', sa.Text(), nullable=False), sa.Column('subject', sa.Text(), nullable=False),
        sa.Column('size', BIG, nullable=False), sa.Column('lock_until', sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint('object_key', 'store', 'version_id'),
    )
    op.create_index('ix_object_place_subject', 'object_place', ['subject'], unique=False)


def _person() -> None:
    op.create_table(
        'person',
        sa.Column('id', sa.String(length=40), nullable=False), sa.Column('login', sa.Text(), nullable=True),
        sa.Column('display_name', sa.Text(), nullable=True), sa.Column('roles', sa.Text(), nullable=False),
        sa.Column('active', sa.Boolean(), nullable=False), sa.Column('leaf', BIG, nullable=False),
        sa.Column('added_at', sa.String(length=27), nullable=False), sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('login'),
    )


def _playback() -> None:
    op.create_table(
        'playback',
        sa.Column('id', sa.String(length=40), nullable=False), sa.Column('recording', sa.Text(), nullable=False),
        sa.Column('actor', sa.Text(), nullable=False), sa.Column('what', sa.Text(), nullable=False),
        sa.Column('object_key', sa.Text(), nullable=False), sa.Column('version_id', sa.Text(), nullable=False),
        sa.Column('opened_at', sa.String(length=27), nullable=False), sa.Column('leaf', BIG, nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_playback_recording', 'playback', ['recording'], unique=False)


def _recorder() -> None:
    op.create_table(
        'recorder',
        sa.Column('id', sa.String(length=40), nullable=False), sa.Column('vendor', sa.Text(), nullable=True),
        sa.Column('serial', sa.Text(), nullable=True), sa.Column('kind', sa.Text(), nullable=True),
        sa.Column('leaf', BIG, nullable=False), sa.PrimaryKeyConstraint('id'), sa.UniqueConstraint('vendor', 'serial'),
    )


def _recording() -> None:
    op.create_table(
        'recording',
        sa.Column('id', sa.String(length=40), nullable=False), sa.Column('upload', sa.Text(), nullable=False),
        sa.Column('station', sa.Text(), nullable=False), sa.Column('recorder', sa.Text(), nullable=False),
        sa.Column('digest', sa.Text(), nullable=False), sa.Column('digests', sa.Text(), nullable=False),
        sa.Column('size', BIG, nullable=False), sa.Column('trust', sa.Text(), nullable=False),
        sa.Column('object_key', sa.Text(), nullable=False), sa.Column('stored_form', sa.Text(), nullable=False),
        sa.Column('lock_until', sa.String(length=27), nullable=False),
        sa.Column('started_earliest', sa.String(length=27), nullable=False),
        sa.Column('started_latest', sa.String(length=27), nullable=False),
        sa.Column('ended_earliest', sa.String(length=27), nullable=False),
        sa.Column('ended_latest', sa.String(length=27), nullable=False),
        sa.Column('probe', sa.Text(), nullable=False), sa.Column('container', sa.Text(), nullable=True),
        sa.Column('duration_us', BIG, nullable=True), sa.Column('streams', sa.Text(), nullable=False),
        sa.Column('accessioned_at', sa.String(length=27), nullable=False), sa.Column('leaf', BIG, nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('ix_recording_digest', 'recording', ['digest'], unique=False)


def _recording_index() -> None:
    op.create_table(
        'recording_index',
        sa.Column('recording', sa.String(length=40), nullable=False),
        sa.Column('streams', sa.Text(), nullable=False), sa.Column('gops', BIG, nullable=False),
        sa.Column('gop_root', sa.Text(), nullable=True), sa.Column('gop_reason', sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint('recording'),
    )


def _same_bytes() -> None:
    op.create_table(
        'same_bytes',
        sa.Column('recording', sa.String(length=40), nullable=False),
        sa.Column('other', sa.String(length=40), nullable=False), sa.Column('digest', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('recording', 'other'),
    )


def _sealed_particulars() -> None:
    op.create_table(
        'sealed_particulars',
        sa.Column('idx', BIG, autoincrement=False, nullable=False), sa.Column('scope', sa.Text(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False), sa.PrimaryKeyConstraint('idx'),
    )
    op.create_index('ix_sealed_particulars_scope', 'sealed_particulars', ['scope'], unique=False)


def _signed_checkpoint() -> None:
    op.create_table(
        'signed_checkpoint',
        sa.Column('size', BIG, autoincrement=False, nullable=False),
        sa.Column('root', sa.LargeBinary(), nullable=False), sa.Column('note', sa.LargeBinary(), nullable=False),
        sa.Column('at', sa.String(length=27), nullable=False), sa.Column('staged_key', sa.Text(), nullable=False),
        sa.Column('staged_version', sa.Text(), nullable=False), sa.PrimaryKeyConstraint('size'),
    )


def _station() -> None:
    op.create_table(
        'station',
        sa.Column('id', sa.String(length=40), nullable=False), sa.Column('station_key', sa.Text(), nullable=False),
        sa.Column('title', sa.Text(), nullable=True), sa.Column('leaf', BIG, nullable=False),
        sa.Column('enrolled_at', sa.String(length=27), nullable=False), sa.PrimaryKeyConstraint('id'),
    )


def _upload() -> None:
    op.create_table(
        'upload',
        sa.Column('id', sa.String(length=40), nullable=False), sa.Column('recording', sa.Text(), nullable=False),
        sa.Column('station', sa.Text(), nullable=False), sa.Column('station_key', sa.Text(), nullable=False),
        sa.Column('recorder', sa.Text(), nullable=False), sa.Column('nonce', sa.Text(), nullable=False),
        sa.Column('manifest_digest', sa.Text(), nullable=False), sa.Column('digest', sa.Text(), nullable=False),
        sa.Column('size', BIG, nullable=False), sa.Column('session', sa.Text(), nullable=True),
        sa.Column('sequence', BIG, nullable=True),
        sa.Column('started_earliest', sa.String(length=27), nullable=False),
        sa.Column('started_latest', sa.String(length=27), nullable=False),
        sa.Column('ended_earliest', sa.String(length=27), nullable=False),
        sa.Column('ended_latest', sa.String(length=27), nullable=False),
        sa.Column('opened_at', sa.String(length=27), nullable=False), sa.Column('opened_leaf', BIG, nullable=False),
        sa.Column('state', sa.Text(), nullable=False), sa.Column('object_key', sa.Text(), nullable=True),
        sa.Column('store', sa.Text(), nullable=True), sa.Column('version_id', sa.Text(), nullable=True),
        sa.Column('segments_root', sa.Text(), nullable=True), sa.Column('outcome_leaf', BIG, nullable=True),
        sa.Column('first_recording', sa.Text(), nullable=True), sa.Column('differences', sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint('id'), sa.UniqueConstraint('nonce'), sa.UniqueConstraint('recording'),
    )
    op.create_index('ix_upload_state', 'upload', ['state'], unique=False)


def _upload_progress() -> None:
    op.create_table(
        'upload_progress',
        sa.Column('upload', sa.String(length=40), nullable=False),
        sa.Column('multipart_id', sa.Text(), nullable=False), sa.Column('segments', BIG, nullable=False),
        sa.Column('tail_length', BIG, nullable=False), sa.PrimaryKeyConstraint('upload'),
    )


def _upload_segment() -> None:
    op.create_table(
        'upload_segment',
        sa.Column('upload', sa.String(length=40), nullable=False), sa.Column('number', BIG, nullable=False),
        sa.Column('sha256', sa.LargeBinary(), nullable=False), sa.Column('size', BIG, nullable=False),
        sa.Column('etag', sa.Text(), nullable=False), sa.PrimaryKeyConstraint('upload', 'number'),
    )


def _web_session() -> None:
    op.create_table(
        'web_session',
        sa.Column('token_hash', sa.LargeBinary(length=32), nullable=False),
        sa.Column('person', sa.Text(), nullable=False), sa.Column('csrf', sa.Text(), nullable=False),
        sa.Column('opened_at', sa.String(length=27), nullable=False),
        sa.Column('expires_at', sa.String(length=27), nullable=False), sa.PrimaryKeyConstraint('token_hash'),
    )


def upgrade() -> None:
    """Every table of the first release. The guards are made by env.py after each run."""
    for make in (
        _anchor, _cosigned_checkpoint, _credential, _custody, _derivative,
        _derivative_missing, _job, _label, _log_progress, _login_attempt,
        _object_place, _person, _playback, _recorder, _recording,
        _recording_index, _same_bytes, _sealed_particulars, _signed_checkpoint, _station,
        _upload, _upload_progress, _upload_segment, _web_session,
    ):
        make()


def downgrade() -> None:
    """Not offered: a leaf is never unmade."""
    raise RuntimeError("migrations go forward only")
