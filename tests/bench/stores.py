"""An embedded store of the bench's own, ended and removed afterwards, and the peers' way into one."""

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from archive.adapters.s3 import S3Store
from archive.adapters.seaweedfs import EmbeddedStore
from archive.adapters.seaweedfs_setup import StoreKeys


@dataclass(frozen=True)
class BenchStore:
    """A running store: the service's client of it, and root's for what a peer needs."""

    service: S3Store
    root: S3Store
    keys: StoreKeys


@contextlib.contextmanager
def bench_store(data: Path) -> Iterator[BenchStore]:
    """A store as ``liuhen serve`` starts it, in the folder ``data``, which goes with it."""
    data.mkdir(parents=True)
    supervisor = EmbeddedStore()
    keys = supervisor.prepare(data)
    running = supervisor.start(data)

    def client(access: str, secret: str) -> S3Store:
        return S3Store(endpoint=running.endpoint, bucket=running.bucket, access_key=access, secret_key=secret)

    try:
        yield BenchStore(client(keys.service_access, keys.service_secret),
                         client(keys.root_access, keys.root_secret), keys)
    finally:
        supervisor.stop()
        shutil.rmtree(data, ignore_errors=True)


def aws_environment(keys: StoreKeys, folder: Path) -> Mapping[str, str]:
    """For ``aws``: the store's root credential, and no configuration of whoever runs the bench."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ACCESS_KEY_ID": keys.root_access, "AWS_SECRET_ACCESS_KEY": keys.root_secret,
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": str(folder / "no-aws-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "no-aws-credentials"), "AWS_EC2_METADATA_DISABLED": "true"}
