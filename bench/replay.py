"""Replay of a whole run, from its journal alone, beside reading that journal.

`just bench replay` makes a run of 200 trials in four traces, copies its journal away from everything else, takes all
its decisions again, and writes bench/results/replay.json. The aim: 5 s, with identical decisions.
"""

import json
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import anyio

from gome import builtin
from gome.plugin import Registry, register_all
from gome.replay import Replayed, load, replay
from gome.store import read_journal, reading
from gome.testing.quickrun import quick_run, write_task

TRIALS, TRACES, ROUNDS = 200, 4, 5
AIM_S = 5.0


async def read(path: Path) -> int:
    """Read every message of a journal, decoded."""
    decoder = reading.Decoder()
    async with read_journal(path) as journal:
        records = await reading.records(journal)
        return sum(decoder.envelope(record, journal.run) is not None for record in records)


def play(path: Path) -> Replayed:
    """Replay a journal."""
    registry = Registry()
    register_all(registry, (builtin.register,))
    return replay(anyio.run(load, path), registry)


def main() -> int:
    """Make the run, replay it, print and keep the figures."""
    with tempfile.TemporaryDirectory(dir=".") as place:
        folder = Path(place)
        task = write_task(folder / "task")
        result = anyio.run(lambda: quick_run(task, folder / "run", TRIALS, traces=TRACES))
        journal = folder / "alone" / "journal.db"
        journal.parent.mkdir()
        shutil.copy(folder / "run" / "journal.db", journal)
        shutil.rmtree(folder / "run")
        shutil.rmtree(task)
        times: dict[str, list[float]] = {"replay_s": [], "read_s": []}
        for _ in range(ROUNDS):
            began = time.perf_counter()
            replayed = play(journal)
            times["replay_s"].append(time.perf_counter() - began)
            began = time.perf_counter()
            messages = anyio.run(read, journal)
            times["read_s"].append(time.perf_counter() - began)
    medians = {name: statistics.median(found) for name, found in times.items()}
    document = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "rounds": ROUNDS,
        "trials": result.trials,
        "messages": messages,
        "answers": replayed.answers,
        "identical": replayed.identical,
        "seconds": {name: round(median, 3) for name, median in medians.items()},
        "spread": {name: [round(min(found), 3), round(max(found), 3)] for name, found in times.items()},
    }
    print(json.dumps(document, indent=2))
    (Path(__file__).parent / "results" / "replay.json").write_text(json.dumps(document, indent=2) + "\n")
    return 0 if replayed.identical and medians["replay_s"] <= AIM_S else 1


if __name__ == "__main__":
    sys.exit(main())
