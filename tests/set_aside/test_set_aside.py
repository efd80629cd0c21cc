"""Setting recordings aside: who may, what is left out and what is not, in any order of acts, and after a rebuild."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from deadlines.takes import GULI, PACK, WANG, Takes
from hypothesis import given, settings
from hypothesis import strategies as st
from rebuild.lived_site import Lived, over
from recorders.shelf import Shelf
from specimen_events import AT, PERSON, RECORDER, beginning, ident
from sqlalchemy import select

from archive import recording_search, recordings
from archive.actors import SYSTEM, Actor
from archive.case_numbers import case_key
from archive.entries import CustodyEvent
from archive.errors import ArchiveError
from archive.recordings import PLACE, RECORDING
from archive.set_aside import bring_back, confirm, decline, in_state, of_recordings, propose
from archive.shift import last_shift
from archive.shift_events import PersonNumbered
from ingest.recorder_completeness import completeness
from retention.deadline_list import deadlines_of

WEARER, OTHER = Actor(PERSON), Actor(ident("usr", 2))
HEAD, SECOND = (Actor(ident("usr", n), roles=frozenset({"head"})) for n in (8, 9))
WEARING_HEAD = Actor(PERSON, roles=frozenset({"head"}))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CASE = "吉市监罚〔2026〕6号"
ONE, TWO = ident("rec", 1), ident("rec", 2)


def numbered(lived: Lived, who: Actor, number: str) -> None:
    lived.append([(CustodyEvent.plain(who.id, who.id, PersonNumbered()), {"officer_no": number})])


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    """Two recordings of one case that Wang wore the recorder of; Guli had it the day before."""
    with over(tmp_path / "aside") as made:
        made.clock.at = AT - 2 * DAY
        made.append(beginning())
        numbered(made, WEARER, "650101")
        numbered(made, OTHER, "650102")
        takes = Takes(made)
        takes.issue(AT - DAY, GULI)
        takes.bring_back(AT - DAY + HOUR)
        takes.issue(AT - 2 * HOUR, WANG)
        for n in (1, 2):
            takes.deposit(n, AT + n * MINUTE, AT - HOUR + n * MINUTE, AT - HOUR + (n + 1) * MINUTE, case_no=CASE)
        yield made
        assert Shelf(made).differences() == []


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(ArchiveError) as refusal:
        act()
    return refusal.value.code


def put_aside(lived: Lived, recording: str = ONE) -> str:
    made = propose(lived.site, WEARER, recording, "by_mistake", "误触按键")
    confirm(lived.site, HEAD, recording, made)
    return made


def test_somebody_but_the_wearer_proposes(lived: Lived) -> None:
    for who, code in ((OTHER, "set_aside.not_wearer"), (HEAD, "set_aside.not_wearer"), (SYSTEM, "set_aside.not_wearer"),
                      (Actor("sta_x"), "recording.unknown")):
        assert code_of(partial(propose, lived.site, who, ONE, "by_mistake", "误触按键")) == code
    for reason, remark, code in (("boring", "无事", "set_aside.reason"), ("by_mistake", " ", "recorder.text"),
                                 ("by_mistake", "长" * 501, "recorder.text")):
        assert code_of(partial(propose, lived.site, WEARER, ONE, reason, remark)) == code
    assert of_recordings(lived.site, [ONE, TWO]) == {}


def test_one_person_alone_hides_a_recording(lived: Lived) -> None:
    made = propose(lived.site, WEARING_HEAD, ONE, "not_enforcement", "队内培训")
    for who, code in ((WEARING_HEAD, "set_aside.same_person"), (WEARER, "set_aside.not_head"),
                      (OTHER, "set_aside.not_head"), (SYSTEM, "set_aside.not_head")):
        assert code_of(partial(confirm, lived.site, who, ONE, made)) == code
    assert code_of(partial(confirm, lived.site, HEAD, TWO, made)) == "set_aside.unknown"
    assert code_of(partial(confirm, lived.site, HEAD, ONE, "prp_x")) == "id.malformed"
    assert code_of(partial(bring_back, lived.site, OTHER, ONE, "查阅")) == "set_aside.not_aside"
    assert found(lived) == [ONE, TWO]
    confirm(lived.site, HEAD, ONE, made)
    assert found(lived) == [TWO]


def found(lived: Lived) -> list[str]:
    """What every search finds, which must agree."""
    rows, _ = recording_search.search(lived.site, OTHER, "", 10)
    begun, _ = recording_search.search(lived.site, OTHER, CASE[:4], 10)
    exact, total = recording_search.by_case(lived.site, OTHER, CASE)
    hits = recording_search.case_hits(lived.site, OTHER, [case_key(CASE)])
    ids = sorted(row.id for row in rows)
    assert [sorted(row.id for row in some) for some in (begun, exact)] == [ids, ids]
    count = recording_search.count
    assert {total, sum(hit.recordings for hit in hits), count(lived.site, OTHER),
            count(lived.site, OTHER, CASE)} == {len(ids)}
    left_out = {count(lived.site, OTHER, aside=True), count(lived.site, OTHER, CASE, aside=True),
                count(lived.site, OTHER, CASE, aside=True, exact=True)}
    assert left_out == {2 - len(ids)}
    return ids


def test_what_is_set_aside_can_be_found_or_not_be_reached(lived: Lived) -> None:
    put_aside(lived)
    assert found(lived) == [TWO]
    assert recordings.require_visible(lived.site, OTHER, ONE) == ONE
    assert [row.id for row in recordings.listed(lived.site, OTHER, [ONE, TWO])] == [ONE, TWO]
    assert {take.row.id for one in last_shift(lived.site, WEARER).sessions for take in one.takes} == {ONE, TWO}
    assert recording_search.count(lived.site, OTHER, "别的案号", aside=True) == 0
    listed, more = in_state(lived.site, OTHER, "aside")
    assert [(one.recording, row.id, one.by, one.remark) for one, row in listed] == [(ONE, ONE, "张建国", "误触按键")]
    assert not more
    assert in_state(lived.site, Actor("sta_x"), "aside") == ([], False)


def test_a_lock_a_byte_or_the_completeness_of_a_recorder_changes(lived: Lived) -> None:
    def kept() -> object:
        rows = lived.site.db.read(lambda c: (c.execute(select(RECORDING)).all(), c.execute(select(PLACE)).all()))
        deposits = [one.deadline for one in deadlines_of(lived.site, OTHER, PACK, ONE)
                    if one.deadline.clause.subject == "deposit"]
        return rows, deposits, completeness(lived.site, RECORDER)

    before = kept()
    put_aside(lived)
    assert kept() == before
    bring_back(lived.site, OTHER, ONE, "当事人申请查阅")
    assert kept() == before


def test_what_is_set_aside_owes_a_label_or_never_owes_one_again(lived: Lived) -> None:
    lived.clock.at = AT + 3 * DAY

    def settled() -> bool:
        label = next(one for one in deadlines_of(lived.site, OTHER, PACK, ONE)
                     if one.deadline.clause.subject == "label")
        assert label.deadline.state == "late"
        assert label.unexplained is not label.settled
        return label.settled

    assert not settled()
    made = propose(lived.site, WEARER, ONE, "by_mistake", "误触按键")
    assert not settled()
    confirm(lived.site, HEAD, ONE, made)
    assert settled()
    assert not all(one.settled for one in deadlines_of(lived.site, OTHER, PACK, ONE))
    bring_back(lived.site, OTHER, ONE, "当事人申请查阅")
    assert not settled()


def test_a_proposal_is_decided_twice_or_by_two_at_once(lived: Lived) -> None:
    made = propose(lived.site, WEARER, ONE, "by_mistake", "误触按键")
    assert code_of(partial(propose, lived.site, WEARER, ONE, "by_mistake", "再次")) == "set_aside.waiting"
    outcomes = Shelf(lived).at_once([partial(confirm, lived.site, HEAD, ONE, made),
                                     partial(confirm, lived.site, SECOND, ONE, made),
                                     partial(decline, lived.site, SECOND, ONE, made, "有群众")])
    assert sorted(getattr(one, "code", "done") for one in outcomes) == ["done"] + ["set_aside.decided"] * 2
    both = Shelf(lived).at_once([partial(propose, lived.site, WEARER, TWO, "by_mistake", "误触")] * 2)
    assert sorted(getattr(one, "code", "done") for one in both) == ["done", "set_aside.waiting"]


def test_a_proposal_taken_back_or_declined_hides_or_bars_the_next(lived: Lived) -> None:
    made = propose(lived.site, WEARER, ONE, "by_mistake", "误触按键")
    assert code_of(partial(decline, lived.site, OTHER, ONE, made, "不同意")) == "set_aside.not_head"
    assert code_of(partial(decline, lived.site, HEAD, ONE, made, "")) == "recorder.text"
    decline(lived.site, WEARER, ONE, made, "看错了")
    assert code_of(partial(confirm, lived.site, HEAD, ONE, made)) == "set_aside.decided"
    again = propose(lived.site, WEARER, ONE, "not_enforcement", "队内培训")
    decline(lived.site, HEAD, ONE, again, "有群众在场")
    assert [one.state for one in of_recordings(lived.site, [ONE]).values()] == ["declined"]
    assert found(lived) == [ONE, TWO]


def test_one_person_is_not_enough_to_bring_back(lived: Lived) -> None:
    put_aside(lived)
    assert code_of(partial(propose, lived.site, WEARER, ONE, "by_mistake", "再次")) == "set_aside.already"
    assert code_of(partial(bring_back, lived.site, SYSTEM, ONE, "系统")) == "set_aside.not_person"
    assert code_of(partial(bring_back, lived.site, OTHER, ONE, "\n")) == "recorder.text"
    twice = Shelf(lived).at_once([partial(bring_back, lived.site, OTHER, ONE, "当事人申请查阅")] * 2)
    assert sorted(getattr(one, "code", "done") for one in twice) == ["done", "set_aside.not_aside"]
    assert found(lived) == [ONE, TWO]
    put_aside(lived)
    assert found(lived) == [TWO]


def test_a_remark_outlives_its_erasure_or_that_of_the_recording_bars_bringing_back(lived: Lived) -> None:
    made = put_aside(lived)
    Shelf(lived).erase(ONE)
    assert [one.remark for one in of_recordings(lived.site, [ONE]).values()] == ["误触按键"]
    Shelf(lived).erase(made)
    assert [(one.remark, one.state) for one in of_recordings(lived.site, [ONE]).values()] == [(None, "aside")]
    bring_back(lived.site, OTHER, ONE, "当事人申请查阅")
    assert recording_search.count(lived.site, OTHER) == 2


ACTS = st.lists(st.tuples(st.sampled_from(["propose", "confirm", "decline", "bring_back"]),
                          st.sampled_from([WEARER, WEARING_HEAD, OTHER, HEAD])), max_size=12)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lived, Iterator[int]]]:
    with over(tmp_path_factory.mktemp("any") / "order") as made:
        made.clock.at = AT - 2 * DAY
        made.append(beginning())
        numbered(made, WEARER, "650101")
        Takes(made).issue(AT - 2 * HOUR, WANG)
        yield made, count(1)
        assert Shelf(made).differences() == []


@given(acts=ACTS)
@settings(max_examples=60)
def test_an_order_of_acts_hides_by_one_or_keeps_hidden_from_one(
        many: tuple[Lived, Iterator[int]], acts: Sequence[tuple[str, Actor]]) -> None:
    lived, numbers = many
    n = next(numbers)
    recording, takes = ident("rec", n), Takes(lived)
    takes.deposit(n, lived.clock.at, AT - HOUR, AT - HOUR + MINUTE, case_no=CASE)
    proposer, aside, last = None, False, "prp_" + "0" * 26
    for act, who in acts:
        may = {"propose": who.id == WEARER.id and proposer is None and not aside,
               "confirm": proposer is not None and who.is_head and who.id != proposer,
               "decline": proposer is not None and (who.is_head or who.id == proposer),
               "bring_back": aside}[act]
        made = done(lived, act, who, recording, last)
        assert (made is not None) is may, (act, who)
        if made is not None:
            proposer, aside, last = who.id if act == "propose" else None, act == "confirm", made
        hidden = recording not in {row.id for row in recording_search.search(lived.site, OTHER, CASE, 10_000)[0]}
        state = of_recordings(lived.site, [recording]).get(recording)
        assert (hidden, state is not None and state.state == "aside") == (aside, aside)


def done(lived: Lived, act: str, who: Actor, recording: str, proposal: str) -> str | None:
    """The proposal as it is after the act; None when it was refused."""
    try:
        if act == "propose":
            return propose(lived.site, who, recording, "by_mistake", "误触")
        if act == "confirm":
            confirm(lived.site, who, recording, proposal)
        elif act == "decline":
            decline(lived.site, who, recording, proposal, "否")
        else:
            bring_back(lived.site, who, recording, "查阅")
    except ArchiveError:
        return None
    return proposal
