"""How exactly a budget by the wall is used: whole `gome run` commands with --budget 60s, timed from outside.

`just bench sixty` writes bench/results/sixty.json. A run should end between 55 and 61 s, its process included, with a
valid submission on disk; the load of the machine is given beside each, as it moves both.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gome.task.examples import write_example

BUDGET_S = 60
LEAST_S, MOST_S = 55.0, 61.0


def once(task: Path, out: Path, seed: int) -> dict[str, object]:
    """Run once. Returns what was measured."""
    load, began = os.getloadavg()[0], time.monotonic()
    options = ["--traces", "2", "--budget", f"{BUDGET_S}s", "--seed", str(seed), "--out", str(out), "--json"]
    done = subprocess.run([sys.executable, "-m", "gome", "run", str(task), *options], capture_output=True, text=True)
    took_s = time.monotonic() - began
    told = json.loads(done.stdout.splitlines()[-1])
    return {
        "seed": seed,
        "exit": done.returncode,
        "outside_s": round(took_s, 2),
        "wall_s": told["wall_s"],
        "trials": told["trials"],
        "submission": bool(told["submission"]) and Path(told["submission"]).is_file(),
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--runs", type=int, default=10)
    told = options.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        task = write_example("digits", Path(folder) / "task")
        for seed in range(told.runs):
            rows.append(once(task, Path(folder) / f"run{seed}", seed))
            print(json.dumps(rows[-1]), flush=True)
    took = [float(str(row["outside_s"])) for row in rows]
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "budget_s": BUDGET_S,
        "aim_s": [LEAST_S, MOST_S],
        "within": sum(LEAST_S <= one <= MOST_S for one in took),
        "median_s": statistics.median(took),
        "range_s": [min(took), max(took)],
        "rows": rows,
    }
    print(
        f"{result['within']} of {len(took)} within {LEAST_S:.0f} to {MOST_S:.0f} s; median {result['median_s']:.1f} s"
    )
    Path(__file__).with_name("results").joinpath("sixty.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
