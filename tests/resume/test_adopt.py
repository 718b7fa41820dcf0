"""A trial that ended while nobody was there to hear it is taken as it ended, not run again."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

import gome
from gome.testing.model import FakeModel
from gome.testing.oracle import PROGRAM
from gome.testing.quickrun import write_task

TRIALS = 2
CODES = [PROGRAM.format(weight=weight, nap_s=0.8, number=number) for number, weight in enumerate((0.5, 0.9))]
BEGIN = """
import sys, anyio, gome
from gome.testing.model import FakeModel
codes, trials, warm, task, out = eval(sys.stdin.readline())
def register(registry):
    registry.add_model("scripted", lambda *_: FakeModel(codes))
async def main():
    settings = gome.Settings(model="scripted", traces=1, max_trials=trials, budget_s=120.0, warm_workers=warm)
    async with gome.Runtime(settings, plugins=[register]) as runtime:
        await (await runtime.start(task, out=out)).result()
anyio.run(main)
"""


def wait_for(what):
    """Return what comes, as soon as it is there."""
    ends = time.monotonic() + 60.0
    while time.monotonic() < ends:
        if found := what():
            return found
        time.sleep(0.002)
    raise AssertionError("it never came")


def begun_then_killed(out, task, *, warm, spoil):
    """Begin a run, stop its runtime while a program runs, let the program end, and kill the runtime."""
    process = subprocess.Popen([sys.executable, "-c", BEGIN], stdin=subprocess.PIPE, start_new_session=True)
    with process, contextlib.suppress(ProcessLookupError):
        process.stdin.write(f"{(CODES, TRIALS, warm, str(task), str(out))!r}\n".encode())
        process.stdin.flush()
        wait_for(lambda: list(out.glob("trials/*/stdout.log")))
        os.kill(process.pid, signal.SIGSTOP)
        report = wait_for(lambda: list(out.glob("kept/*.json")))[0]
        spoil(report)
        process.kill()


@pytest.mark.parametrize("warm", [pytest.param(False, id="cold"), pytest.param(True, id="warm")])
async def test_it_is_adopted(tmp_path, warm):
    """Its program ran once, and what it took counts once; the next trials run as ever, and the reports are gone."""
    out, task = tmp_path / "run", write_task(tmp_path / "task")
    begun_then_killed(out, task, warm=warm, spoil=lambda _: None)
    await resumed(out)
    assert [log.read_text() for log in sorted(out.glob("trials/t1-00[12]/ended.log"))] == ["ended\n"] * TRIALS
    stages = outcomes(out)
    assert [stage["adopted"] for stage in stages] == [True, False]
    wall_s = stages[0]["wall_s"]
    assert wall_s >= 0.2
    [lost] = [json.loads(body) for body in read(out, "SELECT body FROM messages WHERE tag = 'lease.lost'")]
    assert lost["device_s"] + stages[0]["device_s"] >= wall_s
    assert stages[0]["device_s"] - max(wall_s - lost["device_s"], 0) < wall_s / 2  # as long as it took to find its end
    assert not list(out.glob("kept/*.json*"))


@pytest.mark.parametrize("content", ["", '{"status": -9}', '{"wall_s"'], ids=["empty", "by a signal", "cut off"])
async def test_what_does_not_tell_its_whole_end_is_no_outcome(tmp_path, content):
    """Then the program runs again."""
    out, task = tmp_path / "run", write_task(tmp_path / "task")
    begun_then_killed(out, task, warm=False, spoil=lambda report: report.write_text(content))
    await resumed(out)
    assert [log.read_text() for log in sorted(out.glob("trials/t1-00[12]/ended.log"))] == ["ended\nended\n", "ended\n"]
    assert [stage["adopted"] for stage in outcomes(out)] == [False, False]


async def resumed(out):
    def register(registry):
        registry.add_model("scripted", lambda *_: FakeModel(CODES[1:]))

    async with gome.Runtime(plugins=[register]) as runtime:
        assert (await (await runtime.resume(out)).result()).trials == TRIALS


def outcomes(out: Path):
    found = read(out, "SELECT outcome FROM effects WHERE key LIKE 'stage/%/full/%' ORDER BY key")
    return [json.loads(outcome) for outcome in found]


def read(out: Path, query):
    with contextlib.closing(sqlite3.connect(out / "journal.db")) as journal:
        return [value for (value,) in journal.execute(query).fetchall()]
