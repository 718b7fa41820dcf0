"""Whole runs in seconds: a real ring on a real journal, scored by the real harness; only the programs are numbers.

A program is one line, `strength=0.7`: how strongly its predictions follow the column that the label follows.
"""

import random
import re
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean
from typing import Any

import anyio.to_thread
import numpy as np
import pandas as pd

from gome.execution import Outcome, Program
from gome.llm import Model
from gome.plugin import Register, Registry
from gome.runtime import Runtime
from gome.settings import Settings
from gome.summary import RunResult
from gome.testing.model import FakeModel

BROKEN = "broken"  # a program that fails


class Programs:
    """A Runner in whose processes nothing runs."""

    async def run(self, program: Program, /) -> Outcome:
        """Write what the program would have predicted."""
        return await anyio.to_thread.run_sync(self._run, program)

    def _run(self, program: Program) -> Outcome:
        code = (program.folder / "solution.py").read_text(encoding="utf-8")
        if code == BROKEN:
            return Outcome(status="failed", exit_code=1, wall_s=0.01, error="KeyError: 'broken'", stderr_tail=code)
        strength = fmean(map(float, re.findall(r"strength=([\d.]+)", code)))  # several in an ensemble's program
        rows = pd.read_csv(program.input / "test.csv")
        noise = np.random.default_rng(len(rows)).random(len(rows))
        predicted = (strength * rows["x"] + (1 - strength) * noise).clip(0, 1)
        rows[["id"]].assign(y=predicted).to_csv(program.folder / "submission.csv", index=False)
        return Outcome(status="ok", exit_code=0, wall_s=0.01)


def write_task(folder: Path, rows: int = 600) -> Path:
    """Write a binary task whose label follows the column x, with noise. Returns its folder."""
    draw = random.Random(0)  # noqa: S311 - a task made up
    table = pd.DataFrame([(n, draw.random(), draw.random()) for n in range(rows)], columns=["id", "x", "z"])
    labels = [int(x + draw.gauss(0, 0.2) > 0.5) for x in table["x"]]
    known = rows * 3 // 4
    folder.mkdir(parents=True, exist_ok=True)
    table[:known].assign(y=labels[:known]).to_csv(folder / "train.csv", index=False)
    table[known:].to_csv(folder / "test.csv", index=False)
    table[known:][["id"]].assign(y=0.5).to_csv(folder / "sample_submission.csv", index=False)
    (folder / "task.toml").write_text('metric = "auc"\ntarget = "y"\n[split]\nfolds = 1\n', encoding="utf-8")
    (folder / "description.md").write_text("Will it be one?\n", encoding="utf-8")
    return folder


def codes(count: int, seed: int = 0, broken: float = 0.15) -> list[str]:
    """Return programs, some of which fail."""
    draw = random.Random(seed)  # noqa: S311 - a script made up
    return [BROKEN if draw.random() < broken else f"strength={draw.random():.3f}" for _ in range(count)]


def settings(count: int, **told: Any) -> Settings:
    """Return the settings of such a run of `count` trials, three traces on two devices."""
    usual: dict[str, Any] = {"traces": 3, "max_trials": count, "budget_s": 600.0, "devices": "cpu:2"}
    return Settings(**(usual | {"model": "scripted", "executor": "numbers"} | told))


def registers(model: Model) -> Register:
    """Return what registers the model and the executor of such a run."""

    def register(registry: Registry) -> None:
        registry.add_model("scripted", lambda *_: model)
        registry.add_executor("numbers", lambda _: Programs())

    return register


async def quick_run(
    task: Path,
    out: Path,
    count: int = 12,
    *,
    model: Model | None = None,
    plugins: Iterable[Register] = (),
    seed: int = 0,
    **told: Any,
) -> RunResult:
    """Run to the end.

    Args:
        task: as `write_task` wrote it.
        out: the run's folder.
        count: trials at most.
        model: writes the programs; None: one that follows a script of `codes`.
        plugins: beside it.
        seed: of the script.
        told: other settings.
    """
    register = registers(model or FakeModel(codes(2 * count, seed)))
    async with Runtime(settings(count, **told), plugins=[register, *plugins]) as runtime:
        run = await runtime.start(task, out=out)
        return await run.result()
