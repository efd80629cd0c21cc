"""The log as outsiders read it: checkpoint, tiles and bundles of C2SP tlog-tiles."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.deps import Person, Service, ServiceDep
from api.schemas import Responses, content
from archive.consistency import prove_growth
from archive.errors import NotFound
from archive.proof.errors import VerificationError
from archive.proof.merkle import MAX_SIZE
from archive.proof.tiles import TILE_HEIGHT, TILE_WIDTH, TileName, parse_tile_path
from archive.publication import shown

router = APIRouter(prefix="/log", tags=["log"])
BYTES: Responses = {200: content("application/octet-stream")}
Size = Annotated[int, Query(ge=0, le=MAX_SIZE, description="size of a signed checkpoint")]
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}


@router.get("/checkpoint", response_class=Response, responses={200: content("text/plain")})
def checkpoint(service: ServiceDep) -> Response:
    """The latest checkpoint, with its cosignatures while cosigners keep up; no login: it holds a size and a hash."""
    tree = shown(service.archive.site)
    if tree is None:
        raise NotFound("log.empty", "nothing is signed yet")
    return Response(tree.note, media_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-cache"})


@router.get("/vkey", response_class=Response, responses={200: content("text/plain")})
def vkey(service: ServiceDep) -> Response:
    """The log's verification key. A claim only: pin it from paper or another channel."""
    return Response(service.archive.site.ports.signer.key.text() + "\n", media_type="text/plain; charset=utf-8")


@router.get("/consistency", response_class=Response, responses={200: content("application/json")})
def consistency(service: ServiceDep, old: Size, new: Size | None = None) -> Response:
    """The proof file from the checkpoint signed at size ``old`` to the one at ``new`` (default: the latest); no login,
    it holds only notes and hashes."""
    site = service.archive.site
    tree = site.sequencer.signed
    proof = prove_growth(site, old, new, 0 if tree is None else tree.checkpoint.size)
    return Response(proof.encode(), media_type="application/json", headers={"Cache-Control": "no-cache"})


@router.get("/tile/entries/{rest:path}", response_class=Response, responses=BYTES)
def entries(service: ServiceDep, who: Person, rest: str) -> Response:
    """An entry bundle, for signed-in auditors; entries hold no particulars."""
    name = _within(service, f"tile/entries/{rest}")
    return Response(service.archive.site.log_tiles.bundle(name.number, name.width),
                    media_type="application/octet-stream", headers={"Cache-Control": "private, max-age=31536000"})


@router.get("/tile/{rest:path}", response_class=Response, responses=BYTES)
def tile(service: ServiceDep, rest: str) -> Response:
    """A hash tile; no login, it holds only hashes."""
    name = _within(service, f"tile/{rest}")
    data = service.archive.site.log_tiles.tile(name.level or 0, name.number, name.width)
    return Response(data, media_type="application/octet-stream", headers=IMMUTABLE)


def _within(service: Service, untrusted_path: str) -> TileName:
    """The tile's name when the signed tree holds it; nothing beyond the signed size is ever served."""
    try:
        name = parse_tile_path(untrusted_path)
    except (ValueError, VerificationError) as fault:
        raise NotFound("log.no_tile", "no such tile") from fault
    tree = service.archive.site.sequencer.signed
    size = 0 if tree is None else tree.checkpoint.size
    level = name.level or 0
    hashes = size >> (TILE_HEIGHT * level)
    end = name.number * TILE_WIDTH + name.width
    if end > hashes:
        raise NotFound("log.no_tile", "the signed log does not reach that far")
    return name
