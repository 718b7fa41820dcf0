"""Snapshots: what actors remember after any message, and the messages after it, are as good as all messages."""

import contextlib
import shutil
import sqlite3

import anyio
import msgspec
import pytest
from structlog.testing import capture_logs

import gome
from gome import builtin, snapshot
from gome.actor import Member
from gome.bus import Bus
from gome.errors import JournalDamaged
from gome.messages import MESSAGES, Diagnosed, RunId, TrialFinished
from gome.plugin import Registry, register_all
from gome.replay import load
from gome.replay.stage import Shelf, Stage
from gome.snapshot import Snapshots
from gome.summary import Summary
from gome.testing.journal import MemoryJournal
from gome.testing.model import FakeModel
from gome.testing.quickrun import BROKEN, codes, quick_run, registers, settings, write_task


@pytest.fixture
def log():
    with capture_logs() as lines:
        yield lines


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a run with everything that is folded: repairs, limits, successes, a wider run, and its end."""
    place = tmp_path_factory.mktemp("snapshots")
    run = place / "run"
    programs = [BROKEN if number % 5 == 3 else f"strength={number / 40:.3f}" for number in range(40)]  # ever better
    model = FakeModel(programs)
    ran = anyio.run(lambda: quick_run(write_task(place / "task", 300), run, 14, model=model, max_device_s=60.0))
    assert ran.trials == 14
    return run


class Living:
    """The actors of a run, without the world, who fold its messages."""

    def __init__(self, recording, path):
        registry = Registry()
        register_all(registry, (builtin.register,))
        started = recording.started
        stage = Stage(recording, registry, Shelf(recording.outcomes), started.settings, started.limits)
        bus = Bus(RunId("run"), MemoryJournal(), MESSAGES)
        members = [Member(actor) for actor in stage.actors.values()]
        for member in members:
            member.join(bus)
        course = Summary(RunId("run"))
        bus.fold(course.fold, *Summary.folds)
        self.recording, self.bus = recording, bus
        self.snapshots = Snapshots(path, RunId("run"), members, {"course": course})

    def fold(self, after, until):
        for seq in range(after + 1, until + 1):
            self.bus.refold(self.recording.envelopes[seq])

    def remembers(self, seq):
        taken = self.snapshots.take(seq)
        return repr((msgspec.msgpack.decode(taken.first), taken.settled))  # in order, too


async def test_a_snapshot_and_what_came_after_is_as_good_as_everything(finished, tmp_path):
    """For every message of a real run: restored there and folded from there on, everybody remembers the same."""
    recording = await load(finished / "journal.db")
    kinds = {type(envelope.message) for envelope in recording.envelopes.values()}
    assert {TrialFinished, Diagnosed, gome.SuccessRecorded, gome.BudgetLow, gome.RunFinished} <= kinds
    whole = Living(recording, tmp_path / "whole")
    whole.fold(0, recording.last)
    growing = Living(recording, tmp_path / "snapshot")
    seen = set()
    for seq in range(1, recording.last + 1):
        growing.fold(seq - 1, seq)
        taken = growing.snapshots.take(seq)
        seen.add(taken)
        await growing.snapshots.write(taken)
        later = Living(recording, tmp_path / "snapshot")
        head = await later.snapshots.restore(recording.last)
        assert head.seq == seq
        assert later.remembers(seq) == growing.remembers(seq)
        later.fold(seq, recording.last)
        assert later.remembers(recording.last) == whole.remembers(recording.last)
    assert len(seen) == recording.last


async def test_what_no_longer_changes_is_encoded_while_others_go_on(finished, tmp_path, monkeypatch):
    """A snapshot is of the moment at which it was taken, also where the run has gone on since."""
    monkeypatch.setattr(snapshot, "SLICE", 3)
    recording = await load(finished / "journal.db")
    middle = recording.last // 2
    living, other = Living(recording, tmp_path / "snapshot"), Living(recording, tmp_path / "other")
    living.fold(0, middle)
    other.fold(0, middle)
    taken, then = living.snapshots.take(middle), other.remembers(middle)
    assert sum(map(len, taken.settled)) > 2 * len(taken.settled), "in several slices"
    living.fold(middle, recording.last)
    await living.snapshots.write(taken)
    later = Living(recording, tmp_path / "snapshot")
    assert (await later.snapshots.restore(recording.last)).seq == middle
    assert later.remembers(middle) == then


SPOILT = {
    "damaged": lambda kept: kept[:-1] + bytes([kept[-1] ^ 1]),
    "cut off": lambda kept: kept[:100],
    "empty": lambda _: b"",
    "no snapshot": lambda _: b"x" * 1000,
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
async def test_one_that_is_damaged_is_passed_over(finished, tmp_path, spoil, log):
    """Nothing is restored, and it is said in a line."""
    recording = await load(finished / "journal.db")
    taken = Living(recording, tmp_path / "snapshot")
    taken.fold(0, 50)
    await taken.snapshots.write(taken.snapshots.take(50))
    (tmp_path / "snapshot").write_bytes(spoil((tmp_path / "snapshot").read_bytes()))
    later = Living(recording, tmp_path / "snapshot")
    empty = later.snapshots.take(0)
    assert await later.snapshots.restore(recording.last) is None
    assert later.snapshots.take(0) == empty
    assert [line["event"] for line in log] == ["resume.without_snapshot"]


async def test_one_of_another_run_or_another_gome_is_passed_over(finished, tmp_path, monkeypatch, log):
    """Nor is one used that is ahead of the journal: that was put back from a copy."""
    recording = await load(finished / "journal.db")
    taken = Living(recording, tmp_path / "snapshot")
    taken.fold(0, 50)
    await taken.snapshots.write(taken.snapshots.take(50))
    assert (await Living(recording, tmp_path / "snapshot").snapshots.restore(50)).seq == 50
    assert await Living(recording, tmp_path / "snapshot").snapshots.restore(49) is None
    other = Snapshots(tmp_path / "snapshot", RunId("other"), (), {})
    assert await other.restore(50) is None
    monkeypatch.setattr(snapshot, "__version__", "0.0.0")
    assert await Living(recording, tmp_path / "snapshot").snapshots.restore(50) is None
    assert [line["event"] for line in log] == ["resume.without_snapshot"] * 3


async def test_a_plugin_that_remembers_by_folding_alone_costs_the_snapshots(tmp_path):
    """They would be of no use: all messages must be folded for it. One that can say what it remembers takes part."""

    class Folder:
        name, listens, folds = "folder", (), (TrialFinished,)

        def fold(self, envelope):
            pass

    class State(msgspec.Struct):
        count: int = 0

    class Teller(Folder):
        remembers = State

        def state(self):
            return State()

        def restore(self, state):
            pass

    unable = Snapshots(tmp_path / "s", RunId("run"), [Member(Folder())], {})
    assert (unable.possible, unable.without) == (False, ["folder"])
    able = Snapshots(tmp_path / "s", RunId("run"), [Member(Teller())], {})
    assert able.possible
    assert able.is_due(10**6)
    assert not able.is_due(1)
    member = Member(Teller())
    silenced = Snapshots(tmp_path / "s", RunId("run"), [member], {})
    member.inbox.close()
    assert not silenced.is_due(10**6)


async def test_a_disk_that_is_full_costs_the_snapshot_alone(tmp_path, log):
    """It is said once."""
    snapshots = Snapshots(tmp_path / "gone" / "snapshot", RunId("run"), (), {})
    for _ in range(2):
        await snapshots.write(snapshot.Taken(b"", ()))
    assert [line["event"] for line in log] == ["snapshot.unwritten"]


async def test_a_run_goes_on_from_its_snapshot(tmp_path, monkeypatch):
    """Cut off again and again, each sitting reads only what came after the last snapshot; the run is whole."""
    monkeypatch.setattr(snapshot, "FIRST", 5)
    monkeypatch.setattr("gome.ring.SNAPSHOT_S", 0.02)
    restored = []
    restore = Snapshots.restore

    async def watched(self, last):
        restored.append(await restore(self, last))
        return restored[-1]

    monkeypatch.setattr(Snapshots, "restore", watched)
    task, out = write_task(tmp_path / "task", 300), tmp_path / "run"
    model = FakeModel(codes(40))
    first = True
    for until in (3, 6, 9, None):
        with anyio.CancelScope() as scope:
            async with gome.Runtime(settings(12), plugins=[registers(model)]) as runtime:
                run = await (runtime.start(task, out=out) if first else runtime.resume(out))
                first = False
                trials = run.summary.trials
                async for envelope in run.events(run.before):
                    trials += isinstance(envelope.message, gome.SolutionProposed)
                    if until and trials >= until and (out / "snapshot").exists():
                        scope.cancel()
                        await anyio.sleep_forever()
                result = await run.result()
    assert result.status == "finished"
    assert result.trials == 12
    assert len(restored) == 3
    assert any(head is not None for head in restored)


async def test_damage_before_a_snapshot_does_not_end_a_run(finished, tmp_path):
    """The run goes on from what it remembers; without its snapshot it is refused, and the last good message named."""
    out = tmp_path / "run"
    shutil.copytree(finished, out)
    recording = await load(out / "journal.db")
    living = Living(recording, out / "snapshot")
    living.fold(0, recording.last)
    await living.snapshots.write(living.snapshots.take(recording.last))
    with contextlib.closing(sqlite3.connect(out / "journal.db")) as journal, journal:
        journal.execute("DELETE FROM messages WHERE seq = 30")
    with contextlib.closing(sqlite3.connect(out / "journal.db")) as journal:
        assert journal.execute("SELECT count(*) FROM messages").fetchone()[0] == recording.last - 1
    for name in ("with", "without"):
        shutil.copytree(out, tmp_path / name / "run")
    async with gome.Runtime(settings(16), plugins=[registers(FakeModel(codes(40, 1)))]) as runtime:
        run = await runtime.resume(tmp_path / "with" / "run", max_trials=16)
        assert (await run.result()).trials == 16
    (tmp_path / "without" / "run" / "snapshot").unlink()
    async with gome.Runtime(settings(16), plugins=[registers(FakeModel(codes(40, 1)))]) as runtime:
        with pytest.raises(JournalDamaged, match="29"):
            await runtime.resume(tmp_path / "without" / "run", max_trials=16)


def test_who_costs_a_run_its_snapshots_is_named(tmp_path):
    """In its log, once, with what to mend: whoever wrote the plugin hears of it."""

    class Folder:
        name, listens, folds = "folder", (), (TrialFinished,)

        def fold(self, envelope):
            pass

    with capture_logs() as lines:
        plugin = [lambda registry: registry.add_actor(Folder())]
        anyio.run(lambda: quick_run(write_task(tmp_path / "task"), tmp_path / "run", 2, plugins=plugin))
    [said] = [line for line in lines if line["event"] == "snapshots.none"]
    assert said["because"].startswith("folder folds messages and has no `remembers`")
