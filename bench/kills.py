"""What `kill -9` costs a run: real runs, killed at random moments and resumed each time, until there were 200 kills.

`just bench kills [--kills N] [--seed S]` writes bench/results/kills.json. The aims: every run completes, 0 paid calls
repeated, 0 finished trials lost, the best never worse, no process left.
"""

import argparse
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from gome.testing.killing import Tally, Victim
from gome.testing.oracle import Oracle
from gome.testing.quickrun import write_task
from gome.testing.server import serve

RESULTS = Path(__file__).parent / "results" / "kills.json"
MOST = 10  # kills of one run
WARM = 4  # one run in so many forks its trials from a warm worker


def campaign(kills: int, seed: int, folder: Path, keep: Callable[[Tally], object]) -> Tally:
    """Kill runs until there were so many kills; keep what came of them after each run."""
    draw, tally = random.Random(seed), Tally()
    os.environ |= {"OPENAI_API_KEY": "sk-none", "HOME": str(folder)}
    task = write_task(folder / "task", rows=400)
    while (left := kills - sum(tally.kills.values())) > 0:
        run = folder / f"run-{tally.runs + 1:03d}"
        os.environ["GOME_WARM_WORKERS"] = str(tally.runs % WARM == 0).lower()
        with serve(Oracle(draw.randrange(1 << 30))) as server:
            told = {"model": "gpt-test", "base-url": server.base_url, "budget": "1h", "traces": "2", "max-trials": "6"}
            options = [part for name, value in told.items() for part in (f"--{name}", value)]
            victim = Victim(["run", str(task), "--out", str(run), "--json", "--no-plugins", *options], run, draw, tally)
            victim.live(min(left, draw.randint(1, MOST)))
            victim.calls(sum(asked.schema != "check" for asked in server.asked))
        keep(tally)
        sys.stderr.write(f"{sum(tally.kills.values())} kills, {tally.completed} of {tally.runs} runs complete\n")
    return tally


def main() -> None:
    """Run the campaign and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    began = time.monotonic()

    def keep(tally: Tally) -> str:
        document = msgspec.to_builtins(tally) | {
            "total_kills": sum(tally.kills.values()),
            "seed": told.seed,
            "took_s": round(time.monotonic() - began),
            "machine": platform.platform(),
        }
        text = json.dumps(document, indent=2)
        RESULTS.write_text(f"{text}\n")
        return text

    RESULTS.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gome-kills-") as folder:
        tally = campaign(told.kills, told.seed, Path(folder), keep)
    print(keep(tally))
    failed = tally.runs - tally.completed + tally.calls_repeated + tally.trials_lost + tally.worse + tally.left
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
