"""Watching GPUs from a thread: whose memory is whose, and a driver that hangs holds up nobody."""

import os
import subprocess
import sys
import threading

import anyio
import anyio.lowlevel
import pytest

from gome.execution import monitor as module
from gome.execution.environment import LEASE
from gome.execution.monitor import Monitor, attribute
from gome.execution.nvml import Process, Reading


@pytest.fixture
def anyio_backend():
    """Threads need real time."""
    return "asyncio"


@pytest.fixture
def child():
    """Return a function that starts a process under a lease, with one of its own below it. Returns both."""
    started = []

    def start(lease):
        below = "import sys; sys.stdin.read()"
        code = (
            f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {below!r}], stdin=0);"
            "print(p.pid, flush=True); p.wait()"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {LEASE: lease},
            text=True,
        )
        started.append(process)
        return process.pid, int(process.stdout.readline())

    yield start
    for process in started:
        process.communicate()


def test_whose_memory_it_is(child):
    """Memory is put down to the lease of the process that uses it, or is foreign where we did not start it."""
    first, second = child("t1-001 full"), child("t2-001 full")
    unseen = 4_000_000  # above any pid
    reading = Reading(
        gpu="g",
        processes=(
            Process(first[0], 100.0),
            Process(first[1], 20.0),
            Process(second[1], 300.0),
            Process(os.getppid(), 5000.0),
            Process(os.getpid(), 7.0),
            Process(unseen, 11.0),
        ),
    )

    seen = attribute(reading)

    assert seen.ours == {"t1-001 full": 120.0, "t2-001 full": 300.0}
    assert seen.foreign_mib == 5000.0


def test_what_is_not_said(child):
    """A driver that does not say how much a process uses, or which there are, leaves it open."""
    pid, _ = child("t1-001 full")
    assert attribute(Reading(gpu="g", processes=(Process(pid, None),))).ours == {"t1-001 full": 0.0}
    assert attribute(Reading(gpu="g", processes=None)).ours == {}


async def test_a_hanging_driver(monkeypatch):
    """While the driver hangs nobody waits for it longer than they want to, and old readings are no news."""
    monkeypatch.setattr(module, "FRESH_S", 0.05)
    hangs, asked, closed = threading.Event(), threading.Event(), threading.Event()
    answers = [(Reading(gpu="g", busy=0.5),)]

    def read():
        if answers:
            return answers.pop()
        asked.set()
        hangs.wait()
        return (Reading(gpu="g", busy=0.9),)

    with Monitor(read, close=closed.set, every_s=0.0) as watching:
        while not asked.is_set():
            await anyio.lowlevel.checkpoint()
        began = anyio.current_time()
        assert (await watching.fresh())[0].busy == 0.5
        assert anyio.current_time() - began < 5  # it hangs for ever
        monkeypatch.setattr(module, "STALE_S", 0.0)
        assert watching.latest == ()
        monkeypatch.undo()
        hangs.set()
        assert (await watching.fresh())[0].busy == 0.9
        assert not closed.is_set()
    assert await anyio.to_thread.run_sync(closed.wait, 10)  # by its own thread, when nothing is read any more
