"""Each put of the commit protocol × {lost, reported lost but kept, EIO in the store}: the log waits and goes on, and
what was answered before still holds."""

import time
from pathlib import Path

import ledger
import pytest
import store_fixture
from faults.faulty_door import Fault, door
from faults.real_log import GROUPS, RealLog, answer_line, require_sound

from archive.adapters.s3 import S3Store

PLACES = ("/staged/", "/tile/0/", "/tile/entries/", "/particulars/")


def through(address: str, store: S3Store) -> S3Store:
    keys = store_fixture.shared_store().keys
    return S3Store(endpoint=address, bucket=store.bucket, access_key=keys.service_access,
                   secret_key=keys.service_secret)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("fault", ["lost", "kept", "eio"])
@pytest.mark.parametrize("restarts", [False, True])
def test_a_failed_put_takes_an_answer_back(tmp_path: Path, place: str, fault: Fault, restarts: bool) -> None:
    """Five times: more than the client itself repeats; ``restarts``: the service ends before it could go on."""
    store = store_fixture.fresh_bucket()
    ledger.migrated(tmp_path)
    with door(store_fixture.shared_store().endpoint) as way:
        log = RealLog(tmp_path, through(way.address, store))
        sequencer = log.start()
        answers = []
        for number, count in enumerate(GROUPS[:2]):
            if number == 1:
                way.fail(place, fault, 1000 if restarts else 5)
            index = log.db.write(log.appending(count))
            waiting = sequencer.wait_signed(index)
            if not (number and restarts):
                answers.append(answer_line(index, waiting.result(60)))
        if restarts:
            while way.suffered < 3:
                assert not waiting.done()
                time.sleep(0.02)
            assert sequencer.signed is not None
            assert sequencer.signed.size == GROUPS[0], "it answered what is not locked"
        log.close()
        assert way.suffered >= 3
    require_sound(tmp_path, store, answers)
