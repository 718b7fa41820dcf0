"""What durability costs a step: the transactions that it takes, who waits for them, and for how long.

`just bench durability` runs 20 trials whose programs are numbers, in one trace, on a real journal at synchronous=FULL,
with a model that costs nothing and with one whose every call is announced and kept, as one behind an endpoint does.
From one StepChosen on disk to the next it adds up the time in which the step stands still until a commit is on disk:
what is recorded while others work is a transaction, and no wait. Beside it, in the same rounds: a bare transaction of
one row at FULL, and a write of 8 KiB made durable by the kernel, which is the limit.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import anyio

import gome
from gome.execution import Outcome, Program
from gome.journal import Batch
from gome.llm import Site
from gome.llm.account import CALLS, Kept
from gome.messages import ModelCalled
from gome.plugin import Registry
from gome.store import SqliteJournal
from gome.testing.model import FakeModel
from gome.testing.quickrun import Programs, codes, settings, write_task

AIM_MS = 2.0
ROUNDS = 5
TRIALS = 20
WRITES = 200
ROW = "x" * 900  # characters, as a message has
PAGE = b"x" * 8192


class Commit(NamedTuple):
    """One transaction of a step."""

    what: tuple[str, ...]
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


@contextmanager
def watched() -> Iterator[list[Commit]]:
    """Yield the transactions, as they come."""
    commits: list[Commit] = []
    commit, wait = SqliteJournal.commit, Batch.wait
    waits: dict[int, list[tuple[float, float]]] = {}

    async def committing(self: SqliteJournal, batch: Batch, /) -> None:
        began = time.perf_counter()
        await commit(self, batch)
        if batch:
            effects = (
                f"{effect.key.partition('/')[0]} {'ended' if effect.outcome else 'begun'}" for effect in batch.effects
            )
            spans = waits.setdefault(id(batch), [])
            what = (*(record.tag for record in batch.records), *effects)
            commits.append(Commit(what, time.perf_counter() - began, spans))  # type: ignore[arg-type]
            kept.append(batch)

    async def waiting(self: Batch) -> None:
        began, there = time.perf_counter(), self.committed.is_set()
        await wait(self)
        if not there:
            waits.setdefault(id(self), []).append((began, time.perf_counter()))

    kept: list[Batch] = []  # so that no id is used twice
    SqliteJournal.commit, Batch.wait = committing, waiting  # type: ignore[method-assign]
    try:
        yield commits
    finally:
        SqliteJournal.commit, Batch.wait = commit, wait  # type: ignore[method-assign]


def steps(commits: list[Commit]) -> list[list[Commit]]:
    """Return the transactions of each whole step, from its choice to before the next."""
    begins = [place for place, commit in enumerate(commits) if "step.chosen" in commit.what]
    return [commits[begin:end] for begin, end in pairwise(begins)][1:]  # the first drafts


def waited_s(step: list[Commit]) -> float:
    """Return for how long a step stood still; waits that overlap count once."""
    total = until = 0.0
    for began, ended in sorted(span for commit in step for span in commit.waits_s):
        total += max(ended - max(began, until), 0.0)
        until = max(until, ended)
    return total


async def run(task: Path, folder: Path, *, costs: bool) -> list[list[Commit]]:
    """Run for real; return the transactions of each step."""
    programs = codes(2 * TRIALS, broken=0.0)

    def register(registry: Registry) -> None:
        registry.add_model("asking", lambda _, site: Asking(programs, site) if costs else FakeModel(programs))
        registry.add_executor("slow", lambda _: Slow())

    told = settings(TRIALS, traces=1, max_traces=1, model="asking", executor="slow")
    with watched() as commits:
        async with gome.Runtime(told, plugins=[register]) as runtime:
            await (await runtime.start(task, out=folder)).result()
    return steps(commits)


def bare_ms(folder: Path) -> dict[str, float]:
    """Return what one row takes at FULL, and what the kernel takes for 8 KiB: medians."""
    connection = sqlite3.connect(folder / "bare.db")
    for pragma in ("page_size = 8192", "journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE rows (body TEXT)")
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


def table(step: list[Commit]) -> list[dict[str, object]]:
    """Return what a step records, transaction by transaction."""
    return [
        {"records": list(commit.what), "waited_for": bool(commit.waits_s), "took_ms": round(1000 * commit.took_s, 3)}
        for commit in step
    ]


def main() -> int:
    """Interleave, print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    kinds = {"a model that costs nothing": False, "a model whose calls are kept": True}
    found: dict[str, list[list[Commit]]] = {kind: [] for kind in kinds}
    bare: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(dir=".") as place:
        task = write_task(Path(place) / "task")
        for number in range(rounds):
            folder = Path(place) / str(number)
            folder.mkdir()
            for kind, costs in kinds.items():
                found[kind] += anyio.run(partial(run, task, folder / str(costs), costs=costs))
            bare.append(bare_ms(folder))
    document: dict[str, Any] = {"machine": f"{platform.machine()}, Python {platform.python_version()}"}
    late = False
    for kind, all_steps in found.items():
        waits = sorted(1000 * waited_s(step) for step in all_steps)
        late |= statistics.median(waits) > AIM_MS
        middle = min(all_steps, key=lambda step: abs(1000 * waited_s(step) - statistics.median(waits)))
        document[kind] = {
            "waited_ms": round(statistics.median(waits), 3),
            "quartiles_ms": [round(waits[len(waits) // 4], 3), round(waits[3 * len(waits) // 4], 3)],
            "steps": len(waits),
            "transactions": statistics.median(len(step) for step in all_steps),
            "waited_for": statistics.median(sum(bool(commit.waits_s) for commit in step) for step in all_steps),
            "commit_ms": round(1000 * statistics.median(commit.took_s for step in all_steps for commit in step), 3),
            "a step": table(middle),
        }
    document |= {name: round(statistics.median(figures[name] for figures in bare), 3) for name in bare[0]}
    print(json.dumps(document, indent=2))
    (Path(__file__).parent / "results" / "durability.json").write_text(json.dumps(document, indent=2) + "\n")
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
