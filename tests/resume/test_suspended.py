"""A machine that sleeps, a process that is stopped, a clock that leaps: the run goes on, or ends in good order."""

import asyncio
import random

import anyio
import pytest

from gome.testing.killing import Tally, Victim
from gome.testing.model import FakeModel
from gome.testing.oracle import Oracle
from gome.testing.quickrun import codes, quick_run, write_task
from gome.testing.server import serve

TRIALS = 4


class Leaping(FakeModel):
    """A model during one of whose answers the loop's clock leaps, as it has when a stopped process goes on."""

    def __init__(self, programs, leap_s):
        super().__init__(programs)
        self._leap_s = leap_s

    async def propose(self, question, /):
        loop, leap_s = asyncio.get_running_loop(), self._leap_s
        if leap_s:
            time, self._leap_s = loop.time, 0.0
            loop.time = lambda: time() + leap_s
        return await super().propose(question)


@pytest.mark.parametrize(
    ("leap_s", "reason"),
    [
        pytest.param(300.0, "trials are used", id="half of its budget"),
        pytest.param(7000.0, "the time is used", id="more than its budget"),
    ],
)
def test_time_in_which_the_process_was_stopped_counts(tmp_path, leap_s, reason):
    """It is time by the wall: with some left the run goes on, with none it ends at once, with what it has."""
    run = tmp_path / "run"
    model = Leaping(codes(30, broken=0.0), leap_s)
    result = anyio.run(lambda: quick_run(write_task(tmp_path / "task"), run, 12, model=model, traces=1, max_traces=1))
    assert (result.status, reason in result.stop_reason) == ("finished", True), result.stop_reason
    assert result.best is not None
    assert (run / "best" / "submission.csv").is_file()
    assert (result.trials == 12) == (leap_s < 600)


@pytest.mark.slow
def test_a_run_that_is_stopped_and_goes_on_completes(tmp_path, monkeypatch):
    """All its processes, in the middle of calls and of trials: no call is made twice, nothing is lost, none is left."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    monkeypatch.setenv("GOME_WARM_WORKERS", "false")
    task, run, tally = write_task(tmp_path / "task", rows=400), tmp_path / "run", Tally()
    with serve(Oracle(0, latency_s=0.3, nap_s=0.5)) as server:
        options = ["--model", "gpt-test", "--base-url", server.base_url, "--budget", "1h", "--traces", "2"]
        command = ["run", str(task), "--out", str(run), "--json", "--no-plugins", "--max-trials", str(TRIALS), *options]
        victim = Victim(command, run, random.Random(3), tally)
        victim.suspend(3)
        victim.calls(sum(asked.schema != "check" for asked in server.asked))
    assert tally.trouble == []
    assert (tally.completed, tally.trials, tally.suspended) == (1, TRIALS, 3)
    assert (tally.calls_in_doubt, tally.calls_repeated, tally.programs_repeated, tally.left) == (0, 0, 0, 0)
