"""Listings of multipart uploads and their parts, page by page."""

from collections.abc import Iterator

from minio import Minio
from minio.datatypes import Part

from archive.adapters.s3_wire import store_errors
from archive.errors import Contradiction
from archive.ports import UnfinishedUpload


def listed_parts(client: Minio, bucket: str, key: str, multipart_id: str, name: str) -> list[Part]:
    """Every part the store lists of an upload, replaced ones too; ``name`` is the store's, for errors."""
    held: list[Part] = []
    marker: str | None = None
    while True:
        with store_errors(name, key):
            page = client._list_parts(bucket, key, multipart_id, part_number_marker=marker)
        held += page.parts
        if not page.is_truncated or not page.parts:
            return held
        marker = str(page.parts[-1].part_number)


def unfinished_uploads(client: Minio, bucket: str, prefix: str, name: str) -> Iterator[UnfinishedUpload]:
    """Every multipart upload open under ``prefix``; ``Contradiction store.listing`` when a page comes again."""
    key_marker: str | None = None
    upload_marker: str | None = None
    seen: set[str] = set()
    while True:
        with store_errors(name, prefix):
            page = client._list_multipart_uploads(
                bucket, prefix=prefix, key_marker=key_marker, upload_id_marker=upload_marker)
        fresh = [upload for upload in page.uploads if upload.upload_id not in seen]
        for upload in fresh:
            seen.add(upload.upload_id or "")
            yield UnfinishedUpload(upload.object_name, upload.upload_id or "")
        if not page.is_truncated:
            return
        if not fresh:
            raise Contradiction("store.listing", "the store repeats a page of unfinished uploads")
        # SeaweedFS 4.48 names no next marker; it lists in the order of upload ids and goes on after one.
        key_marker = page.next_key_marker
        upload_marker = page.next_upload_id_marker or fresh[-1].upload_id
