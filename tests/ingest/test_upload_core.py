"""The upload core under cuts, repeats, reorderings, wrong checksums, two writers in two processes, expiry, termination
and restarts, in any order: the stored bytes are the sent bytes, or there is no finish and no receipt."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from upload_machine import UploadMachine

PATIENT = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def test_a_story_of_an_upload_ends_with_other_bytes_than_were_sent() -> None:
    run_state_machine_as_test(UploadMachine, settings=settings(
        max_examples=24, stateful_step_count=25, derandomize=True, **PATIENT))


@pytest.mark.long
def test_one_of_many_stories_ends_with_other_bytes_than_were_sent() -> None:
    run_state_machine_as_test(UploadMachine, settings=settings(max_examples=600, stateful_step_count=50, **PATIENT))
