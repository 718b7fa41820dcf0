"""What durability costs a step: what it stands still for the disk, beside the same run that writes to none.

`just bench durability` runs 60 trials whose programs are numbers, in one trace, twice: on a real journal at
synchronous=FULL, and on one in memory; with a model that costs nothing, and with one whose every call is announced and
kept, as one behind an endpoint does. From one StepChosen on record to the next it adds up the time in which the step
stands still until a commit is done or its predictions are settled: what goes to disk while others work is a
transaction, and no wait. The overhead is the one median less the other. Beside it, in the same rounds: a bare
transaction of one row at FULL, and a write of 8 KiB made durable by the kernel: so many of them as a step has commits
to wait for, no message being heard before it is on disk, are the floor.
Writes bench/results/durability.json. Aim: 2 ms a step.
"""

import argparse
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import anyio

import gome
from gome import runtime as running
from gome.evaluation.harness import Harness
from gome.execution import Outcome, Program, turns
from gome.journal import Batch
from gome.llm import Site
from gome.llm.account import CALLS, Kept
from gome.messages import ModelCalled
from gome.plugin import Registry
from gome.store import SqliteJournal
from gome.testing.journal import MemoryJournal
from gome.testing.model import FakeModel
from gome.testing.quickrun import Programs, codes, settings, write_task

AIM_MS = 2.0
ROUNDS = 5
TRIALS = 60
WRITES = 200
ROW = "x" * 900  # characters, as a message has
PAGE = b"x" * 8192


class Commit(NamedTuple):
    """One transaction of a step."""

    what: tuple[str, ...]
    at: float  # when it was done
    took_s: float
    waits_s: tuple[tuple[float, float], ...]  # when somebody began and ceased to wait for it


class Asking(FakeModel):
    """A model whose calls cost: each is on record before it is made, and what came of it as soon as it has."""

    def __init__(self, programs: list[str], site: Site) -> None:
        super().__init__(programs)
        self._site = site
        for role in ("draft", "diagnose", "propose", "implement"):
            setattr(self, role, partial(self._call, role, getattr(self, role)))

    async def _call(self, role: str, ask: Callable[[Any], Any], question: Any, /) -> Any:
        called = ModelCalled(key=question.key, role=role, model="asking", endpoint="bench", outcome="ok")
        archive, key = self._site.archive, f"{CALLS}{question.key}/1"
        assert archive is not None, "of a run"
        await archive.begin(key, called)
        answer = await ask(question)
        self._site.report(called)
        archive.end(key, Kept(None))
        return answer


class Slow(Programs):
    """Programs that take a moment, as all do that are processes."""

    async def run(self, program: Program, /) -> Outcome:
        """See Programs."""
        await anyio.sleep(0.02)
        return await super().run(program)


class Watch:
    """The transactions of a run, as they come, and who waits."""

    def __init__(self) -> None:
        self.commits: list[Commit] = []
        self.settles: list[tuple[float, float]] = []  # when predictions had a score and were not safe on disk yet
        self.scored_at = 0.0
        self._waits: dict[int, list[tuple[float, float]]] = {}
        self._kept: list[Batch] = []  # so that no id is used twice

    def committed(self, batch: Batch, took_s: float) -> None:
        """Note a transaction."""
        if not batch:
            return
        effects = (
            f"{effect.key.partition('/')[0]} {'ended' if effect.outcome else 'begun'}" for effect in batch.effects
        )
        what = (*(record.tag for record in batch.records), *effects)
        self.commits.append(Commit(what, time.perf_counter(), took_s, self._waits.setdefault(id(batch), [])))
        self._kept.append(batch)

    def waited(self, batch: Batch, began: float) -> None:
        """Note that somebody has waited for one."""
        self._waits.setdefault(id(batch), []).append((began, time.perf_counter()))


@contextmanager
def watched(*, durable: bool) -> Iterator[Watch]:
    """Yield what is seen of the runs; without durability they are on a journal in memory, and nothing is settled."""
    seen = Watch()
    kind: Any = SqliteJournal if durable else MemoryJournal
    commit, wait, opened = kind.commit, Batch.wait, running.open_journal
    settle, score = turns.settle, Harness.score

    async def committing(self: Any, batch: Batch, /) -> None:
        began = time.perf_counter()
        await commit(self, batch)
        seen.committed(batch, time.perf_counter() - began)

    async def waiting(self: Batch) -> None:
        began, there = time.perf_counter(), self.committed.is_set()
        await wait(self)
        if not there:
            seen.waited(self, began)

    @asynccontextmanager
    async def in_memory(*_: object) -> AsyncIterator[MemoryJournal]:
        yield MemoryJournal()

    def settling(path: Path) -> None:
        seen.scored_at = 0.0
        if durable:
            settle(path)
        if seen.scored_at:  # the score was there before
            seen.settles.append((seen.scored_at, time.perf_counter()))

    def scoring(self: Harness, *told: Any) -> Any:
        scored = score(self, *told)
        seen.scored_at = time.perf_counter()
        return scored

    kind.commit, Batch.wait = committing, waiting  # type: ignore[method-assign]
    turns.settle, Harness.score = settling, scoring  # type: ignore[assignment, method-assign]
    running.open_journal = opened if durable else in_memory  # type: ignore[assignment]
    try:
        yield seen
    finally:
        kind.commit, Batch.wait = commit, wait  # type: ignore[method-assign]
        turns.settle, Harness.score = settle, score  # type: ignore[method-assign]
        running.open_journal = opened


class Step(NamedTuple):
    """One way round the ring."""

    commits: list[Commit]
    waited_s: float  # for which it stood still; waits that overlap count once
    took_s: float


def steps(seen: Watch) -> Iterator[Step]:
    """Yield each whole step, from its choice on record to the next; the first drafts."""
    begins = [place for place, commit in enumerate(seen.commits) if "step.chosen" in commit.what]
    for begin, end in list(pairwise(begins))[1:]:
        since, until = seen.commits[begin].at, seen.commits[end].at
        commits = seen.commits[begin + 1 : end + 1]
        spans = [span for commit in commits for span in commit.waits_s]
        spans += [span for span in seen.settles if since <= span[0] < until]
        total = last = 0.0
        for began, ended in sorted(spans):
            total += max(ended - max(began, last), 0.0)
            last = max(last, ended)
        yield Step(commits, total, until - since)


async def run(task: Path, folder: Path, *, costs: bool, durable: bool) -> list[Step]:
    """Run for real; return the steps."""
    programs = codes(2 * TRIALS, broken=0.0)

    def register(registry: Registry) -> None:
        registry.add_model("asking", lambda _, site: Asking(programs, site) if costs else FakeModel(programs))
        registry.add_executor("slow", lambda _: Slow())

    told = settings(TRIALS, traces=1, max_traces=1, model="asking", executor="slow")
    with watched(durable=durable) as seen:
        async with gome.Runtime(told, plugins=[register]) as runtime:
            await (await runtime.start(task, out=folder)).result()
    return list(steps(seen))


def bare_ms(folder: Path) -> dict[str, float]:
    """Return what one row takes at FULL, and what the kernel takes for 8 KiB: medians."""
    connection = sqlite3.connect(folder / "bare.db")
    for pragma in ("page_size = 8192", "journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE IF NOT EXISTS rows (body TEXT)")
    connection.commit()
    row: list[float] = []
    for _ in range(WRITES):
        began = time.perf_counter()
        connection.execute("INSERT INTO rows VALUES (?)", (ROW,))
        connection.commit()
        row.append(time.perf_counter() - began)
    connection.close()
    page: list[float] = []
    with (folder / "bare").open("ab", buffering=0) as file:
        for _ in range(WRITES):
            began = time.perf_counter()
            file.write(PAGE)
            os.fdatasync(file.fileno())
            page.append(time.perf_counter() - began)
    return {"bare_transaction_ms": 1000 * statistics.median(row), "fdatasync_ms": 1000 * statistics.median(page)}


def table(commits: list[Commit]) -> list[dict[str, object]]:
    """Return what a step records, transaction by transaction."""
    return [
        {"records": list(commit.what), "waited_for": bool(commit.waits_s), "took_ms": round(1000 * commit.took_s, 3)}
        for commit in commits
    ]


def median_ms(figures: Iterable[float]) -> float:
    """Return the median of figures in seconds, in milliseconds."""
    return round(1000 * statistics.median(figures), 3)


def main() -> int:
    """Interleave, print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    kinds = {"a model that costs nothing": False, "a model whose calls are kept": True}
    found: dict[tuple[str, bool], list[list[Step]]] = {(kind, on): [] for kind in kinds for on in (True, False)}
    bare: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(dir=".") as place:
        task = write_task(Path(place) / "task")
        for number in range(rounds):
            for (kind, durable), rows in found.items():
                folder = Path(place) / f"{number}-{kind}-{durable}"
                rows.append(anyio.run(partial(run, task, folder, costs=kinds[kind], durable=durable)))
            bare.append(bare_ms(Path(place)))
    document: dict[str, Any] = {"machine": f"{platform.machine()}, Python {platform.python_version()}"}
    document |= {name: round(statistics.median(figures[name] for figures in bare), 3) for name in bare[0]}
    late = False
    for kind in kinds:
        disk, memory = found[kind, True], found[kind, False]
        each = [
            median_ms(step.waited_s for step in on) - median_ms(step.waited_s for step in off)
            for on, off in zip(disk, memory, strict=True)
        ]
        overhead = statistics.median(each)
        late |= overhead > AIM_MS
        every, bare_steps = [step for round_ in disk for step in round_], [step for round_ in memory for step in round_]
        waits = statistics.median(sum(bool(commit.waits_s) for commit in step.commits) for step in every)
        middle = min(every, key=lambda step: abs(1000 * step.waited_s - median_ms(one.waited_s for one in every)))
        document[kind] = {
            "overhead_ms": round(overhead, 3),
            "rounds_ms": [round(one, 3) for one in each],
            "of_the_aim": round(overhead / AIM_MS, 2),
            "of_the_floor": round(overhead / (waits * document["fdatasync_ms"]), 2),
            "waited_ms": median_ms(step.waited_s for step in every),
            "waited_ms_in_memory": median_ms(step.waited_s for step in bare_steps),
            "mean_waited_ms": round(1000 * statistics.fmean(step.waited_s for step in every), 3),
            "took_ms": median_ms(step.took_s for step in every),
            "took_ms_in_memory": median_ms(step.took_s for step in bare_steps),
            "steps": len(every),
            "transactions": statistics.median(len(step.commits) for step in every),
            "waited_for": waits,
            "commit_ms": median_ms(commit.took_s for step in every for commit in step.commits),
            "a step": table(middle.commits),
        }
    print(json.dumps(document, indent=2))
    (Path(__file__).parent / "results" / "durability.json").write_text(json.dumps(document, indent=2) + "\n")
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
