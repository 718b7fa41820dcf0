"""How long a run takes to be ready again after kill -9, by the length of its history.

`just bench resume` takes a real run of 20 trials, repeats its messages under new trials until the journal holds
1,000, 100,000 and 1,000,000 of them, in 64 traces, and resumes each: from opening the folder to the moment at which
the actors run again. Once with the snapshot that such a run has, as old as it gets before the next is due, and once
without any. Beside it, in the same round: reading and decoding the same messages, and nothing else; and for how long
nothing else can run while a snapshot is taken, and at most at one time while it is written.
Writes bench/results/resume.json. Aims: 100,000 in 1 s, 1,000,000 in 5 s.
"""

import argparse
import json
import platform
import re
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import anyio

import gome
from gome import builtin
from gome.actor import Member
from gome.bus import Bus
from gome.journal import Batch, Record
from gome.messages import MESSAGES, RunId
from gome.plugin import Registry, register_all
from gome.replay.recording import Recording
from gome.replay.stage import Shelf, Stage
from gome.snapshot import GROWTH, Snapshots
from gome.store import open_journal, read_journal, reading
from gome.summary import Summary
from gome.testing.model import FakeModel
from gome.testing.quickrun import codes, quick_run, registers, settings, write_task

LENGTHS = (1_000, 100_000, 1_000_000)
AIMS_S = {100_000: 1.0, 1_000_000: 5.0}
ROUNDS = 3
TRIALS, TRACES = 20, 64
BATCH = 1000
LOOK_S = 0.001  # between looks whether anything else can run
STEP = ("step.chosen", "solution.proposed", "trial.finished", "trial.diagnosed", "success.recorded", "momentum.ready")
TRIAL = re.compile(r"\bt(\d+)-(\d{3,})\b")


class Measured(Exception):
    """Raised to leave a run at once."""

    def __init__(self, took_s: float) -> None:
        self.took_s = took_s


async def read(path: Path) -> int:
    """Read every message of a journal, decoded."""
    decoder, after, read = reading.Decoder(), 0, 0
    async with read_journal(path) as journal:
        while page := await journal.read(after, BATCH):
            read += sum(decoder.envelope(record, journal.run) is not None for record in page)
            after = page[-1].seq
    return read


async def resume(run: Path) -> float:
    """Return how long it takes until the actors of a run are at work again."""
    plugins = [registers(FakeModel(codes(10)))]
    began = time.perf_counter()
    try:
        async with gome.Runtime(settings(10), plugins=plugins) as runtime:
            await runtime.resume(run, max_trials=10**9)
            raise Measured(time.perf_counter() - began)  # noqa: TRY301 - what would follow is the run itself
    except Measured as measured:
        return measured.took_s


async def remember(run: Path, seq: int) -> dict[str, float]:
    """Write the snapshot that a run takes at message `seq`; return its size, and for how long nothing else can run."""
    decoder, registry = reading.Decoder(), Registry()
    register_all(registry, (builtin.register,))
    async with read_journal(run / "journal.db") as journal:
        [first] = await journal.read(0, 1)
        began = decoder.envelope(first, journal.run)
        assert began is not None, "run.started is gome's own"
        recording = Recording(
            run=journal.run,
            records={1: first},
            envelopes={1: began},
            answers=(),
            outcomes={},
            until=None,
            begun={},
            cursors={},
        )
        stage = Stage(recording, registry, Shelf({}), recording.started.settings, recording.started.limits)
        run_id = RunId("again")  # the folder in which it will be resumed
        bus, course = Bus(run_id, journal, MESSAGES), Summary(run_id)
        members = [Member(actor) for actor in stage.actors.values()]
        for member in members:
            member.join(bus)
        bus.fold(course.fold, *Summary.folds)
        after = 0
        while after < seq and (page := await journal.read(after, min(BATCH, seq - after))):
            for record in page:
                bus.refold(bus.decode(record))
            after = page[-1].seq
        snapshots = Snapshots(run / "snapshot", run_id, members, {"course": course})
        start = time.perf_counter()
        taken = snapshots.take(seq)
        took_s = time.perf_counter() - start
        blocked_s = 0.0

        async def look() -> None:
            nonlocal blocked_s
            while True:
                before = time.perf_counter()
                await anyio.sleep(LOOK_S)
                blocked_s = max(blocked_s, time.perf_counter() - before - LOOK_S)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(look)
            await snapshots.write(taken)
            tasks.cancel_scope.cancel()
    figures = {"take_s": round(took_s, 4), "blocked_s": round(blocked_s, 4)}
    return figures | {"seq": seq, "megabytes": round((run / "snapshot").stat().st_size / 2**20, 1)}


async def lengthen(source: Path, target: Path, length: int) -> None:
    """Write a journal of so many messages: the steps of a real run, over and over, under new trials."""
    async with read_journal(source) as journal:
        records = await reading.records(journal)
        about = {name: await journal.about(name) or "" for name in ("settings", "source")}
    async with open_journal(target, RunId("long"), "bench", about) as journal:
        batch = Batch()
        for record in _history(records, length):
            batch.records.append(record)
            if len(batch.records) == BATCH:
                await journal.commit(batch)
                batch = Batch()
        names = ("updater", "executor", "reasoner", "memory_keeper", "budget_guard")
        batch.cursors = {("", "*"): 1} | dict.fromkeys(((name, "*") for name in names), 0)
        batch.cursors |= {(name, f"t{lane}"): length for name in names for lane in range(TRACES + 1)}
        batch.cursors |= {(name, ""): length for name in names}
        await journal.commit(batch)


def _history(records: list[Record], length: int) -> Iterator[Record]:
    """Yield records numbered from 1: the run's beginning, its traces, and its steps again and again."""
    first = next(record for record in records if record.tag == "run.started")
    opened = next(record for record in records if record.tag == "trace.opened")
    steps = [record for record in records if record.tag in STEP]
    yield first._replace(seq=1, cause=None)
    for lane in range(1, TRACES + 1):
        body = json.dumps(json.loads(opened.body) | {"trace": f"t{lane}"})
        yield opened._replace(seq=1 + lane, cause=1, trace=f"t{lane}", body=body)
    seq, turn = 1 + TRACES, 0
    while seq < length:
        lane = turn % TRACES + 1
        for record in steps:
            seq += 1
            if seq > length:
                return
            yield _renamed(record, seq, lane, turn // TRACES * TRIALS)
        turn += 1


def _renamed(record: Record, seq: int, lane: int, shift: int) -> Record:
    old = record.trace or "t1"  # said for the whole run, of the only trace
    trace = f"t{lane}"

    def trial(found: re.Match[str]) -> str:
        return f"{trace}-{int(found[2]) + shift:03d}"

    body = TRIAL.sub(trial, record.body).replace(f'"trace":"{old}"', f'"trace":"{trace}"')
    return record._replace(seq=seq, cause=seq - 1, trace=trace if record.trace else "", body=body)


def main() -> int:
    """Interleave, print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--most", type=int, default=LENGTHS[-1], help="longest history")
    most = parser.parse_args().most
    lengths = [length for length in LENGTHS if length <= most]
    document: dict[str, object] = {"machine": f"{platform.machine()}, Python {platform.python_version()}"}
    late = False
    with tempfile.TemporaryDirectory(dir=".") as place:
        folder = Path(place)
        task = write_task(folder / "task")
        anyio.run(lambda: quick_run(task, folder / "run", TRIALS, traces=1))
        for length in lengths:
            long = folder / f"long-{length}"
            shutil.copytree(folder / "run", long, ignore=shutil.ignore_patterns("journal.db*", "lock", "run.json"))
            anyio.run(lengthen, folder / "run" / "journal.db", long / "journal.db", length)
            size = (long / "journal.db").stat().st_size
            snapshot = anyio.run(remember, long, int(length / GROWTH))
            resumed, reads, folded = [], [], []
            for _ in range(ROUNDS):
                again = folder / "again"
                shutil.copytree(long, again)
                began = time.perf_counter()
                anyio.run(read, again / "journal.db")
                reads.append(time.perf_counter() - began)
                resumed.append(anyio.run(resume, again))
                shutil.rmtree(again)
                shutil.copytree(long, again, ignore=shutil.ignore_patterns("snapshot"))
                folded.append(anyio.run(resume, again))
                shutil.rmtree(again)
            shutil.rmtree(long)
            document[f"{length:,} messages"] = found = {
                "resume_s": round(statistics.median(resumed), 3),
                "without_snapshot_s": round(statistics.median(folded), 3),
                "snapshot": snapshot,
                "read_s": round(statistics.median(reads), 3),
                "spread_s": [round(min(resumed), 3), round(max(resumed), 3)],
                "megabytes": round(size / 2**20, 1),
                "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
            print(f"{length:>10,} messages: {found}", flush=True)
            late |= statistics.median(resumed) > AIMS_S.get(length, float("inf"))
    print(json.dumps(document, indent=2))
    (Path(__file__).parent / "results" / "resume.json").write_text(json.dumps(document, indent=2) + "\n")
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
