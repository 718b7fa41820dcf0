"""A disk that fails: nothing that was acknowledged is lost, nothing that is not on record is delivered or done."""

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from random import Random

import anyio
import pytest
from fault_world import FAILED
from store_batches import batch

from gome.bus import Bus
from gome.errors import StoreError
from gome.messages import Message, RunId, TraceId
from gome.store import open_journal, read_journal
from gome.testing.killing import Tally, Victim
from gome.testing.oracle import Oracle
from gome.testing.quickrun import write_task
from gome.testing.server import serve

HERE = Path(__file__).parent


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    """A library that makes the disk fail."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    library = tmp_path_factory.mktemp("shim") / "faults.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, HERE / "faults.c", "-ldl"], check=True)
    return library


def world(folder, messages=60, *, file_bytes=None, before=(), **environment):
    """Run the ring in a process of its own. Returns its exit code, and what it said, by its first word."""
    command = [*before, sys.executable, HERE / "fault_world.py", folder, str(messages)]
    command += [str(file_bytes)] if file_bytes else []
    ran = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=120)
    said = {"acknowledged": [], "heard": [], "paid": [], "done": [], "failed": []}
    for line in ran.stdout.splitlines():
        word, _, rest = line.partition(" ")
        said[word].append(rest if word == "failed" else int(rest))
    assert ran.returncode in (0, FAILED), ran.stderr
    return ran.returncode, said


def assert_kept(path, said):
    """Hold what was said against what the journal holds now that the disk works again."""
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    asked = {json.loads(body)["number"] for (body,) in connection.execute("SELECT body FROM messages WHERE actor = ''")}
    seqs = {seq for (seq,) in connection.execute("SELECT seq FROM messages")}
    effects = dict(connection.execute("SELECT key, outcome FROM effects"))
    answered = {seq for (seq,) in connection.execute("SELECT heard FROM answers")}
    causes = {cause for (cause,) in connection.execute("SELECT cause FROM messages WHERE cause IS NOT NULL")}
    connection.close()
    assert set(said["acknowledged"]) <= asked, "nothing that was acknowledged is lost"
    assert set(said["heard"]) <= seqs, "nothing that is not on record was delivered"
    assert len(said["heard"]) == len(set(said["heard"]))
    assert {f"pay/{number}" for number in said["paid"]} <= set(effects), (
        "nothing was done without being on record first"
    )
    assert all(effects[f"pay/{number}"] for number in said["done"]), "what was said to have been done is on record"
    assert len(said["paid"]) == len(set(said["paid"]))
    assert answered == causes, "replies and acknowledgements stand together"


FAULTS = [
    pytest.param(call, number, code, id=f"{call} {number} {errno.errorcode.get(code, 'half')}")
    for call, numbers in (("write", (1, 9, 40, 150, 400)), ("sync", (1, 4, 20, 55)))
    for number in numbers
    for code in ((errno.EIO, errno.ENOSPC, 0) if call == "write" and number in (40, 150) else (errno.EIO,))
]


@pytest.mark.parametrize(("call", "number", "code"), FAULTS)
def test_a_disk_that_fails_at_any_moment_loses_nothing(shim, tmp_path, call, number, code):
    """The run ends with a StoreError at the first failure; on a mended disk the journal holds all that was said."""
    returned, said = world(tmp_path, LD_PRELOAD=str(shim), FAULT=f"{call} {number} {code}")
    assert returned == FAILED
    assert "journal" in said["failed"][0]
    path = tmp_path / "journal.db"
    if not said["acknowledged"]:
        return  # it failed before the first commit
    assert_kept(path, said)

    async def go_on():
        async with open_journal(path, RunId("r"), "0.1") as journal:
            last = await journal.last()
            await journal.commit(batch(last + 1, 1))
            return await journal.last() - last

    assert anyio.run(go_on) == 1


def test_the_shim_lets_a_healthy_disk_be(shim, tmp_path):
    """The same ring to its end: without this, the tests above could pass by failing for another reason."""
    returned, said = world(tmp_path, LD_PRELOAD=str(shim), FAULT=f"write 1000000 {errno.EIO}")
    assert (returned, len(said["acknowledged"]), len(said["heard"]), len(said["done"])) == (0, 60, 120, 60)
    assert_kept(tmp_path / "journal.db", said)


def test_a_file_that_may_not_grow_ends_the_run_and_loses_nothing(tmp_path):
    """A quota, for real: the kernel refuses to lengthen the file."""
    returned, said = world(tmp_path, file_bytes=400_000)
    assert returned == FAILED
    assert 5 < len(said["acknowledged"]) < 60
    assert_kept(tmp_path / "journal.db", said)


def test_a_full_disk_ends_the_run_and_loses_nothing(tmp_path):
    """A file system of 700 KB, for real, in a namespace of its own."""
    small, saved = tmp_path / "small", tmp_path / "saved"
    small.mkdir()
    saved.mkdir()
    script = 'mount -t tmpfs -o size=700k none "$0" && shift 0; "$@"; code=$?; cp "$0"/* "$SAVED"; exit $code'
    before = ["unshare", "-rm", "sh", "-c", script, small]
    probe = subprocess.run(["unshare", "-rm", "sh", "-c", 'mount -t tmpfs none "$0"', small], capture_output=True)
    if probe.returncode:
        pytest.skip("no file system may be mounted here")
    returned, said = world(small, before=before, SAVED=str(saved))
    assert returned == FAILED
    assert "full" in said["failed"][0]
    assert 5 < len(said["acknowledged"]) < 60
    assert_kept(saved / "journal.db", said)


class Note(Message, frozen=True, kw_only=True, tag="busy/note"):
    trace: TraceId = TraceId("t1")
    number: int


async def test_a_commit_waits_for_somebody_elses_lock(tmp_path):
    """A backup, or someone at a prompt, holds the file for a while: nobody hears anything until it is on disk."""
    path = tmp_path / "journal.db"
    async with open_journal(path, RunId("r"), "0.1") as journal:
        bus = Bus(RunId("r"), journal, (Note,))
        inbox = bus.subscribe(Note)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(bus.run)
            batches = [bus.post((Note(number=number),)) for number in range(5)]
            with anyio.move_on_after(0.3):
                await batches[0].wait()
            assert not inbox._ready, "not committed, not heard"
            other.execute("ROLLBACK")
            await batches[-1].wait()
            lane = await inbox.lane()
            heard = [inbox.take(lane).message.number for _ in range(5)]
            tasks.cancel_scope.cancel()
        other.close()
        assert heard == [0, 1, 2, 3, 4]
        assert await journal.last() == 5


async def test_a_lock_that_is_never_released_ends_the_run(tmp_path, monkeypatch):
    """Whoever waits is told, nobody hears anything, and nothing of it is on record."""
    monkeypatch.setattr("gome.store.sqlite.BUSY_S", 0.2)
    path = tmp_path / "journal.db"
    other = sqlite3.connect(path, isolation_level=None)
    async with open_journal(path, RunId("r"), "0.1") as journal:
        bus = Bus(RunId("r"), journal, (Note,))
        inbox = bus.subscribe(Note)
        other.execute("BEGIN IMMEDIATE")
        batch = bus.post((Note(number=1),))
        with pytest.raises(StoreError, match="locked"):
            await bus.run()
        with pytest.raises(StoreError):
            await batch.wait()
        with pytest.raises(StoreError):
            await bus.publish(Note(number=2))
        assert not inbox._ready
        other.execute("ROLLBACK")
    other.close()
    async with read_journal(path) as journal:
        assert await journal.last() == 0


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["sync 14 5", "sync 22 5", "write 150 5"])
def test_a_real_run_whose_disk_fails_ends_in_one_line_and_goes_on_when_it_is_mended(shim, tmp_path, monkeypatch, fault):
    """What it had found is there to hand in; resumed, it makes no call again that it paid for, and loses no trial."""
    for name, value in {"HOME": str(tmp_path), "OPENAI_API_KEY": "sk-none", "GOME_WARM_WORKERS": "false"}.items():
        monkeypatch.setenv(name, value)
    task, run, tally = write_task(tmp_path / "task", rows=400), tmp_path / "run", Tally()
    with serve(Oracle(0, latency_s=0.1, nap_s=0.1)) as server:
        options = ["--model", "gpt-test", "--base-url", server.base_url, "--budget", "1h", "--max-trials", "3"]
        command = ["run", str(task), "--out", str(run), "--json", "--no-plugins", "--traces", "1", *options]
        ended = subprocess.run(
            [sys.executable, "-m", "gome", *command],
            env=os.environ | {"LD_PRELOAD": str(shim), "FAULT": fault},
            capture_output=True,
            text=True,
            timeout=120,
        )
        said = json.loads(ended.stdout.splitlines()[-1])
        assert (said["status"], "cannot write the journal" in said["stop_reason"]) == ("failed", True), ended.stderr
        assert ended.returncode == (0 if said["submission"] else 3)
        assert "Traceback" not in ended.stderr
        victim = Victim(command, run, Random(0), tally)
        victim.live(kills=0)
        victim.calls(sum(asked.schema != "check" for asked in server.asked))
    assert tally.trouble == []
    assert (tally.completed, tally.trials, tally.calls_repeated, tally.programs_repeated) == (1, 3, 0, 0)
