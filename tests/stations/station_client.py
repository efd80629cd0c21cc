"""A station that signs its requests, driven by hand; and fresh stations of the run's shared service."""

import dataclasses
import itertools
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

import httpx2
from flows.dock import Dock, dock_of, shared_service

from api.settings import load_settings
from api.wiring import beside, station_clock
from archive.proof.signing import SigningKey
from ingest import revocation
from ingest.request_signatures import Request, sign
from ingest.revocation import Revoked
from ingest.station_client import SignsRequests

_NUMBERS = itertools.count(1)


@contextmanager
def fresh_station(signed: bool = True) -> Iterator[Dock]:
    """A station nobody else uses, enrolled by hand; its client signs every request unless told not to."""
    plain = dock_of(shared_service(), f"单用采集站 {next(_NUMBERS):02d}")
    if not signed:
        with closing(plain.client):
            yield plain
        return
    plain.client.close()
    client = httpx2.Client(base_url=plain.service.address, timeout=60.0,
                           auth=SignsRequests(plain.key, station_clock()))
    with closing(client):
        yield dataclasses.replace(plain, client=client)


def bare(location: str) -> str:
    """An upload's address without its token."""
    return location.rpartition("/")[0]


def signature(dock: Dock, method: str, target: str, fields: dict[str, str], *, key: SigningKey | None = None,
              at: datetime | None = None, nonce: str) -> dict[str, str]:
    """The fields of a request together with its signature, made once: to be sent as often as one likes."""
    made = sign(Request(method, target, tuple(fields.items())), key or dock.key, at or station_clock()(), nonce)
    return {**fields, **made}


def plain_client(dock: Dock) -> httpx2.Client:
    """A client of the same service that signs nothing by itself."""
    return dock.service.client()


def revoke(dock: Dock, reason: str = "lost") -> Revoked:
    """As the administrator's command does, beside the serving process."""
    with beside(dock.service.data, load_settings(dock.service.data)) as archive:
        return revocation.revoke(archive.site, dock.key.key.name, reason)
