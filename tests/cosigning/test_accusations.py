"""What a cosigner says against the log stops it, if the quorum counts on that cosigner; what it makes up does not."""

import base64
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import ledger
import pytest
from cosigning.cosigned_log import cosigning, neighbours, policy, signed, until
from cosigning.hostile import Script, hostile, in_turn, says, size
from ledger import SIGNER
from log_site import FaultyDatabase, Site

from archive import custody
from archive.adapters.cosigner_http import HttpCosigner
from archive.cosigner_state import CosignerState
from archive.errors import Contradiction
from archive.proof.checkpoint import Checkpoint
from archive.proof.signing import CosigningKey

ACCUSER, STRANGER = CosigningKey.generate("accuser.example"), CosigningKey.generate("stranger.example")
AT = 1_700_000_000
OTHER = Checkpoint(SIGNER.key.name, 3, bytes(32)).text()


def new_site(folder: Path) -> Site:
    return Site(folder, FaultyDatabase(ledger.migrated(folder), custody.flush))


def close(site: Site) -> None:
    site.stop()
    site.db.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = new_site(tmp_path / "site")
    yield made
    close(made)


def line(key: CosigningKey, raw: bytes) -> bytes:
    return f"— {key.key.name} {base64.b64encode(key.key.id + raw).decode()}\n".encode()


LIES: dict[str, Callable[[str], bytes]] = {
    "of_another_key": lambda text: line(STRANGER, STRANGER.cosign(text, AT)),
    "of_another_key_under_its_own_name": lambda text: line(ACCUSER, STRANGER.cosign(text, AT)),
    "over_another_text": lambda text: line(ACCUSER, ACCUSER.cosign(OTHER, AT)),
    "at_another_time": lambda text: line(ACCUSER, bytes(8) + ACCUSER.cosign(text, AT)[8:]),
    "zeros": lambda text: line(ACCUSER, bytes(72)),
    "too_short": lambda text: line(ACCUSER, ACCUSER.cosign(text, AT)[:-1]),
    "twice": lambda text: line(ACCUSER, ACCUSER.cosign(text, AT)) * 2,
    "no_line_end": lambda text: line(ACCUSER, ACCUSER.cosign(text, AT))[:-1],
    "more_than_lines": lambda text: b"thank you\n" + line(ACCUSER, ACCUSER.cosign(text, AT)),
    "garbage": lambda text: b"\xff\x00",
    "nothing": lambda text: b"",
}


@pytest.mark.parametrize("name", LIES)
def test_what_is_no_cosignature_of_its_own_is_counted(site: Site, name: str) -> None:
    answer = LIES[name](signed(site, 3).checkpoint.text())
    with hostile(says(200, answer)) as liar:
        rule = policy("quorum accuser.example", ACCUSER.key, STRANGER.key)
        with cosigning(site, rule, HttpCosigner(ACCUSER.key, liar.url)) as log:
            until(lambda: log.summary().cosigners[0].fault != "")
            assert (log.cosigned, log.latest, log.alarm) == (None, None, None)


def test_lines_of_unknown_keys_beside_its_own_spoil_it(site: Site) -> None:
    text = signed(site, 3).checkpoint.text()
    answer = line(STRANGER, STRANGER.cosign(text, AT)) + line(ACCUSER, ACCUSER.cosign(text, AT))
    with hostile(says(200, answer)) as honest:
        rule = policy("quorum accuser.example", ACCUSER.key)
        with cosigning(site, rule, HttpCosigner(ACCUSER.key, honest.url)) as log:
            assert STRANGER.key.name not in log.wait_cosigned(2).result(20).note.decode()


ALARMS: dict[str, tuple[str, Callable[[], Script]]] = {
    "larger_size": ("log.rolled_back", lambda: size(99)), "bad_proof": ("log.forked", lambda: says(422)),
    "empty_409_at_the_same_size": ("log.forked", lambda: in_turn(size(3), says(409)))}


@pytest.mark.parametrize("name", ALARMS)
@pytest.mark.parametrize("needed", [True, False])
def test_an_alarm_is_passed_over_or_an_optional_cosigner_stops_the_log(
        site: Site, name: str, needed: bool, tmp_path: Path) -> None:
    signed(site, 3)
    code, script = ALARMS[name]
    with neighbours(tmp_path, "a.example") as (a,), hostile(script()) as accuser:
        rule = policy("quorum accuser.example" if needed else "quorum a.example", a.key, ACCUSER.key)
        with cosigning(site, rule, a.asked(), HttpCosigner(ACCUSER.key, accuser.url)) as log:
            until(lambda: log.summary().cosigners[1].fault != "")
            if needed:
                until(lambda: log.alarm is not None)
                with pytest.raises(Contradiction) as alarm:
                    log.wait_cosigned(50).result(20)
                assert alarm.value.code == code
                assert log.summary().alarm == alarm.value.message
            else:
                assert log.wait_cosigned(2).result(20).size == 3
                assert log.alarm is None


def test_a_database_put_back_goes_on_as_the_log(site: Site, tmp_path: Path) -> None:
    other = new_site(tmp_path / "other")
    with neighbours(tmp_path, "a.example") as (a,):
        rule = policy("quorum a.example", a.key)
        with cosigning(site, rule, a.asked()) as log:
            assert log.largest_known_size() == 0  # nothing signed, nothing to ask about
            log.signed(signed(site, 7))
            log.wait_cosigned(6).result(20)
            assert log.largest_known_size() == 7
        signed(other, 3)
        with cosigning(other, rule, a.asked()) as log:
            assert log.largest_known_size() == 7
            until(lambda: log.alarm is not None)
            assert log.alarm is not None
            assert log.alarm.code == "log.rolled_back"
        signed(other, 4)  # as many leaves again, but others
        with cosigning(other, rule, a.asked()) as log:
            until(lambda: log.alarm is not None)
            assert log.alarm is not None
            assert log.alarm.code == "log.forked"
            with pytest.raises(Contradiction):
                log.largest_known_size()
        with contextlib.closing(CosignerState(a.folder / "state.db", a.key.text())) as state:
            assert [one.certain for one in state.refused()] == [True]
    close(other)


def test_nobody_answers_and_the_log_counts_as_confirmed(site: Site) -> None:
    signed(site, 3)
    with hostile(says(500)) as silent, hostile(size(2)) as optional:
        rule = policy("quorum accuser.example", ACCUSER.key, STRANGER.key)
        asked = HttpCosigner(ACCUSER.key, silent.url), HttpCosigner(STRANGER.key, optional.url)
        with cosigning(site, rule, *asked) as log:
            assert log.largest_known_size() is None


def test_a_cosigner_that_lost_its_state_is_believed(site: Site, tmp_path: Path) -> None:
    with neighbours(tmp_path, "a.example") as (a,):
        with cosigning(site, policy("quorum a.example", a.key), a.asked()) as log:
            log.signed(signed(site, 3))
            log.wait_cosigned(2).result(20)
            a.stop()
            (a.folder / "state.db").unlink()
            CosignerState.create(a.folder / "state.db", a.key.text())  # what its operator was told never to do
            a.start()
            tree = signed(site, 2)
            log.signed(tree)
            until(lambda: "retired" in log.summary().cosigners[0].fault)
            assert not log.wait_cosigned(4).done()
            assert log.alarm is None  # its fault, not the log's


def test_a_cosigner_that_changes_its_mind_is_followed_for_ever(site: Site) -> None:
    signed(site, 9)
    with hostile(in_turn(*(size(1 + n % 7) for n in range(60)))) as flapping:
        rule = policy("quorum accuser.example", ACCUSER.key)
        with cosigning(site, rule, HttpCosigner(ACCUSER.key, flapping.url)) as log:
            until(lambda: log.summary().cosigners[0].fault != "")
            assert len(flapping.requests) == 3
