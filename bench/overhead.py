"""What a short trial costs beside the script's own work, from SolutionProposed to TrialFinished: warm and cold.

`just bench overhead` runs whole runs of one trace on one core, in the sandbox that was found to hold here; before each
trial the same script runs as plain `python script.py`, which is what the trial is measured against. The overhead
of a trial is the time between its two messages in the journal, less the time that the script took for anything but
its imports, as it says itself. Writes bench/results/overhead.json. With `--gpu` the script begins CUDA on a real GPU,
whose start counts as its own work, on all cores; writes bench/results/overhead_gpu.json.
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
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread

from gome.messages import Implementation, ImplementQuestion, SolutionProposed, TrialFinished
from gome.plugin import Registry
from gome.runtime import Runtime
from gome.settings import Settings
from gome.testing.model import FakeModel
from gome.testing.quickrun import write_task

ROUNDS = 15
SKIPPED = 2  # the first trials fill caches, and wait for the worker's imports
AIM = 0.05
TABLES = """
import lightgbm
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
"""
SCRIPTS = {"tables": TABLES, "tables and torch": TABLES + "import torch\nfrom torch.utils.data import DataLoader\n"}
GPU = {"torch on a GPU": TABLES + "import torch\nfrom torch.utils.data import DataLoader\n"}
BEGIN = 'torch.ones(1 << 20, device="cuda").sum().item()'
WORK = """
began = time.perf_counter()
{begin}
rows = pd.read_csv("input/test.csv")
rows[["id"]].assign(y=rows["x"] * {share} + rows["z"] * {rest}).to_csv("submission.csv", index=False)
print("work_s:", time.perf_counter() - began)
"""


def script(imports: str, number: int, begin: str) -> str:
    """A program that does next to nothing, and says how long that took."""
    share = 0.5 + 0.4 * number / 100
    return "import time\n" + imports + WORK.format(share=share, rest=1 - share, begin=begin)


class Writer(FakeModel):
    """Writes the next script, after it has run it as anybody would."""

    def __init__(self, codes: list[str], folder: Path, cores: int) -> None:
        super().__init__(codes)
        self.folder, self.cores, self.bare_s = folder, cores, list[float]()

    async def implement(self, question: ImplementQuestion, /) -> Implementation:
        """Run the next script, then hand it over."""
        (self.folder / "script.py").write_text(self.codes[0])
        self.bare_s.append(await anyio.to_thread.run_sync(bare, self.folder, self.cores))
        return await super().implement(question)


def bare(folder: Path, cores: int) -> float:
    """Seconds of `python script.py`, on as many cores as a trial has, with as many threads."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(cores))
    taken = ",".join(map(str, sorted(os.sched_getaffinity(0))[:cores]))
    command = ["taskset", "-c", taken, sys.executable, "script.py"]
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env=os.environ | threads, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


async def measure(
    task: Path, out: Path, imports: str, *, rounds: int, warm: bool, gpu: bool
) -> tuple[list[float], list[float], str]:
    """Seconds of overhead of every trial, of the bare script before it, and which tier held them."""
    count = rounds + SKIPPED
    folder = out.with_suffix(".bare")
    folder.mkdir()
    (folder / "input").symlink_to(task)
    codes = [script(imports, number, BEGIN if gpu else "") for number in range(count)]
    model = Writer(codes, folder, len(os.sched_getaffinity(0)) if gpu else 1)

    def register(registry: Registry) -> None:
        registry.add_model("writer", lambda *_: model)

    settings = Settings(
        model="writer",
        traces=1,
        max_trials=count,
        budget_s=1800.0,
        devices="0" if gpu else "cpu:1",
        warm_workers=warm,
        trial_memory_mib=8192 if gpu else 1024,
    )
    proposed, overheads, tier = {}, [], ""
    async with Runtime(settings, plugins=[register]) as runtime:
        run = await runtime.start(task, out=out)
        async for envelope in run.events():
            match envelope.message:
                case SolutionProposed(trial=trial):
                    proposed[trial] = envelope.at
                case TrialFinished() as finished:
                    assert (finished.status, finished.warm) == ("ok", warm), finished
                    work_s = float(finished.stdout_tail.rpartition("work_s:")[2])
                    overheads.append(envelope.at - proposed[finished.trial] - work_s)
                    tier = finished.sandbox[0].reason
    return overheads[SKIPPED:], model.bare_s[SKIPPED : len(overheads)], tier


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--gpu", action="store_true")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    told = options.parse_args()
    gpu = told.gpu
    result: dict[str, object] = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}, {platform.release().split('-')[0]}",
        "rounds": told.rounds,
        "aim": AIM,
    }
    with tempfile.TemporaryDirectory(prefix="gome-bench-") as name:
        task = write_task(Path(name) / "task")
        for title, imports in (GPU if gpu else SCRIPTS).items():
            for warm in (True, False):
                out = Path(name) / f"{title.replace(' ', '-')}-{'warm' if warm else 'cold'}"
                taken, bare_s, tier = anyio.run(
                    partial(measure, task, out, imports, rounds=told.rounds, warm=warm, gpu=gpu)
                )
                ratios = [mine / other for mine, other in zip(taken, bare_s, strict=True)]
                got = {
                    "overhead_ms": statistics.median(taken) * 1000,
                    "python_ms": statistics.median(bare_s) * 1000,
                    "ratio": statistics.median(ratios),
                    "worst_ratio": max(ratios),
                }
                said = "  ".join(f"{key} {value:.3f}" for key, value in got.items())
                print(f"{out.name:22} {said}  ({tier})", flush=True)
                result[out.name] = got | {"sandbox": tier}
    written = "overhead_gpu.json" if gpu else "overhead.json"
    Path(__file__).with_name("results").joinpath(written).write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
