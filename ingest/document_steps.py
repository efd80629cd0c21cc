"""The derivative job's steps for a document: its text as numbered paragraphs, and why it has no copy of other kinds."""

import json

from archive.ports import DocumentText, MediaFacts, MediaRefused
from ingest.logged_copies import Bench, Made, log_made
from ingest.still_steps import Steps

_NAME = "paragraphs.json"


def paragraphs_json(text: DocumentText) -> bytes:
    """``{"pages":n,"paragraphs":[{"n":1,"page":1,"text":"…"}],"v":1}``, canonical; without pages where there are none.

    ``n`` counts from 1. The bytes are kept under a lock, so a number means the same text for as long as they are.
    """
    said = [{"n": number, "text": words} | ({} if page is None else {"page": page})
            for number, (page, words) in enumerate(text.paragraphs, 1)]
    body = {"paragraphs": said, "v": 1} | ({} if text.pages is None else {"pages": text.pages})
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _paragraphs(bench: Bench, facts: MediaFacts) -> None:
    text = bench.intake.site.ports.media.document(bench.source, facts.container)
    path = bench.folder / _NAME
    path.write_bytes(paragraphs_json(text))
    log_made(bench, Made("paragraphs", path, "extracted", "application/json", text.arguments, 1, text.sandbox,
                         tools=text.tools))


def _none(_bench: Bench, _facts: MediaFacts) -> None:
    raise MediaRefused("document")


DOCUMENT_STEPS: Steps = (("paragraphs", _paragraphs), *((purpose, _none) for purpose in (
    "access_copy", "poster", "waveform", "pts_table")))
"""Text first: when the others have their reason there is nothing left to do."""
