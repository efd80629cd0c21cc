"""Searching and case pages: every spelling finds, nothing else is shown, nothing typed is run."""

import re
from urllib.parse import quote

import httpx2
import pytest
from pages.conftest import CASE, LONGER_CASE, Deposited

pytestmark = pytest.mark.xdist_group("pages")


def found(answer: httpx2.Response) -> list[str]:
    """Ids of the recordings a list links to, in order."""
    assert answer.status_code == 200
    return re.findall(r'href="/recordings/(rec_\w+)"', answer.text)


@pytest.mark.parametrize("spelling", [
    "吉市监罚〔2026〕12号", "吉市监罚（２０２６）１２号", " 吉市监罚[2026] 12 号 ", "吉市监罚【2026】１２号",
])
def test_another_spelling_of_a_case_number_finds_its_recordings(
        zhang: httpx2.Client, shown: Deposited, spelling: str) -> None:
    answer = zhang.get("/search", params={"case": spelling})
    assert sorted(found(answer)) == sorted([shown.video, shown.twin])
    assert "完全一致" in answer.text


def test_the_beginning_of_a_number_finds_all_and_counts_each_case(zhang: httpx2.Client, shown: Deposited) -> None:
    answer = zhang.get("/search", params={"case": "吉市监罚〔2026〕12"})
    assert set(found(answer)) == {shown.video, shown.twin, shown.sound}
    counts = re.findall(r'<li><a href="/cases/[^"]*">([^<]*)</a> <span class="faint">(\d+)', answer.text)
    assert dict(counts) == {CASE: "2", LONGER_CASE: "1"}
    assert "完全一致" not in answer.text


@pytest.mark.parametrize("nothing", ["吉市监罚〔2027〕", "%", "_", "吉%12号", "' or 1=1 --"])
def test_a_search_finds_nothing_that_does_not_begin_so(zhang: httpx2.Client, nothing: str) -> None:
    assert found(zhang.get("/search", params={"case": nothing})) == []


@pytest.mark.parametrize("empty", ["", "   ", "\u3000", "\u200b"])
def test_an_empty_search_does_not_list_everything(zhang: httpx2.Client, empty: str) -> None:
    assert found(zhang.get("/search", params={"case": empty})) == []


def test_a_recording_is_not_found_by_its_file_or_the_page_does_not_say_why(
        zhang: httpx2.Client, shown: Deposited) -> None:
    label = zhang.get(f"/api/v1/recordings/{shown.video}").json()["labels"][0]
    answer = zhang.get("/search", params={"case": label["file_name"][:6]})
    assert shown.video in found(answer)
    assert f"<mark>{label['file_name'][:6]}</mark>" in answer.text
    told = zhang.get("/api/v1/recordings", params={"q": label["file_name"][:6]}).json()
    assert shown.video in [hit["recording"] for hit in told["hits"]]
    assert [hit["recording"] for hit in told["hits"]] == [row["id"] for row in told["recordings"]]
    hit = next(hit for hit in told["hits"] if hit["recording"] == shown.video)
    assert (hit["why"], hit["marks"][-1]["field"], hit["marks"][-1]["spans"]) == ("text", "file_name", [[0, 6]])


def test_the_same_number_of_another_unit_passes_for_the_one_typed(zhang: httpx2.Client, shown: Deposited) -> None:
    answer = zhang.get("/search", params={"case": CASE.replace("吉市监", "某某局")})
    assert set(found(answer)) == {shown.video, shown.twin}
    assert "单位字头写法不同的同一编号" in answer.text
    assert "完全一致" not in answer.text


def test_too_little_is_looked_for_or_answered_with_nothing(zhang: httpx2.Client, shown: Deposited) -> None:
    answer = zhang.get("/search", params={"case": "7"})
    assert found(answer) == []
    assert "过短" in answer.text
    problem = zhang.get("/api/v1/recordings", params={"q": "7"})
    assert (problem.status_code, problem.json()["type"]) == (422, "urn:liuhen:error:search.too_short")


def test_what_was_typed_is_shown_as_text(zhang: httpx2.Client) -> None:
    for path in ("/search?case=", "/cases/"):
        answer = zhang.get(path + quote("<script>alert(1)</script>", safe=""))
        assert "<script>alert" not in answer.text
        assert "&lt;script&gt;" in answer.text


def test_a_case_page_lists_its_recordings_and_no_others(zhang: httpx2.Client, shown: Deposited) -> None:
    assert sorted(found(zhang.get("/cases/" + quote(CASE, safe="")))) == sorted([shown.video, shown.twin])
    assert found(zhang.get("/cases/" + quote("吉市监罚（2026）１２３号", safe=""))) == [shown.sound]
    assert found(zhang.get("/cases/" + quote("no/such case?", safe=""))) == []


def test_the_start_page_counts_what_there_is_and_says_where_the_log_stands(
        zhang: httpx2.Client, shown: Deposited) -> None:
    answer = zhang.get("/")
    assert set(found(answer)) == {shown.video, shown.twin, shown.sound, shown.unreadable}
    assert "共 4 件" in answer.text
    checkpoint = zhang.get("/log/checkpoint").text.splitlines()
    assert checkpoint[0] in answer.text
    states = re.findall(r'href="/recordings/(rec_\w+)"|class="state state-(\w+)"', answer.text)
    assert ("", "unavailable") in states
    assert states.count(("", "ready")) == 3
