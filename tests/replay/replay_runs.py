"""Whole runs whose programs are functions: real journal, real harness, real scores, no processes."""

import random

import numpy as np
import pandas as pd

import gome
from gome.execution import Outcome
from gome.testing.model import FakeModel


def write_task(folder, rows=600):
    """A binary task whose label follows one column, with noise."""
    draw = random.Random(0)
    table = pd.DataFrame([(n, draw.random(), draw.random()) for n in range(rows)], columns=["id", "x", "z"])
    labels = [int(x + draw.gauss(0, 0.2) > 0.5) for x in table["x"]]
    known = rows * 3 // 4
    folder.mkdir(parents=True, exist_ok=True)
    table[:known].assign(y=labels[:known]).to_csv(folder / "train.csv", index=False)
    table[known:].to_csv(folder / "test.csv", index=False)
    table[known:][["id"]].assign(y=0.5).to_csv(folder / "sample_submission.csv", index=False)
    (folder / "task.toml").write_text('metric = "auc"\ntarget = "y"\n')
    (folder / "description.md").write_text("Will it be one?\n")
    return folder


class Programs:
    """Runs a "program" in no time: its code is a number, how strongly its predictions follow the column."""

    def __init__(self, *_):
        self.ran = 0

    async def run(self, program):
        self.ran += 1
        code = (program.folder / "solution.py").read_text()
        if "broken" in code:
            return Outcome(
                status="failed", exit_code=1, wall_s=0.01, error="KeyError: 'broken'", stderr_tail="KeyError"
            )
        strength = float(code.rpartition("=")[2])
        rows = pd.read_csv(program.input / "test.csv")
        noise = np.random.default_rng(len(rows)).random(len(rows))
        predictions = rows[["id"]].assign(y=(strength * rows["x"] + (1 - strength) * noise).clip(0, 1))
        predictions.to_csv(program.folder / "submission.csv", index=False)
        return Outcome(status="ok", exit_code=0, wall_s=0.01)


def codes(count, seed=0, broken=0.15):
    draw = random.Random(seed)
    return ["broken" if draw.random() < broken else f"strength={draw.random():.3f}" for _ in range(count)]


async def run_it(task, out, count=12, *, plugins=(), seed=0, model=None, **settings):
    """Run to the end. Returns the result."""
    model = model or FakeModel(codes(count, seed))

    def register(registry):
        registry.add_model("scripted", lambda *_: model)
        registry.add_executor("functions", Programs)

    told = gome.Settings(
        **(
            {
                "model": "scripted",
                "executor": "functions",
                "traces": 3,
                "max_trials": count,
                "budget_s": 600.0,
                "devices": "cpu:2",
            }
            | settings
        )
    )
    async with gome.Runtime(told, plugins=[register, *plugins]) as runtime:
        run = await runtime.start(task, out=out)
        return await run.result()
