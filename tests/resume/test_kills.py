"""Whole runs, killed with SIGKILL and resumed: the campaign of `just bench kills`, a few kills long."""

import random

import pytest

from gome.testing.killing import Tally, Victim
from gome.testing.oracle import Oracle
from gome.testing.quickrun import write_task
from gome.testing.server import serve

KILLS, RUNS = 3, 12


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_completes(tmp_path, monkeypatch):
    """No paid call is repeated, no finished trial is lost, the best is never worse, and no process is left."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    monkeypatch.setenv("GOME_WARM_WORKERS", "false")
    task, draw, tally = write_task(tmp_path / "task", rows=400), random.Random(5), Tally()
    while (
        sum(tally.kills.values()) < KILLS and tally.runs < RUNS
    ):  # where a run ends before all its kills, another begins
        run = tmp_path / f"run{tally.runs}"
        with serve(Oracle(0, latency_s=0.3, nap_s=1.5)) as server:
            options = ["--model", "gpt-test", "--base-url", server.base_url, "--budget", "1h", "--traces", "2"]
            command = ["run", str(task), "--out", str(run), "--json", "--no-plugins", "--max-trials", "3", *options]
            victim = Victim(command, run, draw, tally)
            victim.live(kills=KILLS - sum(tally.kills.values()))
            victim.calls(sum(asked.schema != "check" for asked in server.asked))
    assert tally.trouble == []
    assert (tally.completed, tally.trials) == (tally.runs, 3 * tally.runs)
    assert (tally.calls_repeated, tally.trials_lost, tally.worse, tally.left) == (0, 0, 0, 0)
    assert sum(tally.kills.values()) == KILLS


@pytest.mark.slow
@pytest.mark.parametrize(("aim", "warm"), [("supervisor", False), ("trial", False), ("worker", True)])
def test_a_run_goes_on_when_one_of_its_processes_alone_is_killed(tmp_path, monkeypatch, aim, warm):
    """A supervisor, a trial, a warm worker: the trial it was at fails or runs elsewhere, and all else is as ever."""
    for name, value in {"HOME": str(tmp_path), "OPENAI_API_KEY": "sk-none", "GOME_WARM_WORKERS": str(warm)}.items():
        monkeypatch.setenv(name, value.lower() if name == "GOME_WARM_WORKERS" else value)
    task, run, tally = write_task(tmp_path / "task", rows=400), tmp_path / "run", Tally()
    with serve(Oracle(0, latency_s=0.1, nap_s=2.0)) as server:
        options = ["--model", "gpt-test", "--base-url", server.base_url, "--budget", "1h", "--traces", "2"]
        command = ["run", str(task), "--out", str(run), "--json", "--no-plugins", "--max-trials", "4", *options]
        victim = Victim(command, run, random.Random(1), tally, aims=[aim])
        victim.live(kills=1)
        victim.calls(sum(asked.schema != "check" for asked in server.asked))
    assert tally.trouble == []
    assert (tally.completed, tally.trials, sum(tally.kills.values())) == (1, 4, 1)
    assert (tally.calls_in_doubt, tally.calls_repeated, tally.trials_lost, tally.left) == (0, 0, 0, 0)
