"""Trials on small data: the program runs once for each part that is hidden, and no run learns of another."""

import json

import pandas as pd
import pytest

import gome
from gome.testing.model import FakeModel

NOSY = """
import csv, json, os, pathlib
rows = list(csv.DictReader(open("input/test.csv")))
labelled = {row["id"]: row["y"] for row in csv.DictReader(open("input/train.csv"))}
known = {}
for place in pathlib.Path("..").rglob("labels.json"):
    known |= json.loads(place.read_text())
for place in pathlib.Path("../../folds").rglob("labels.json"):
    known |= json.loads(place.read_text())
pathlib.Path("labels.json").write_text(json.dumps(labelled))
with open("submission.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["id", "y"])
    for row in rows:
        writer.writerow([row["id"], known.get(row["id"], 0.5 + 0.1 * (int(row["id"]) % 2))])
print("score: 0.5")
"""


@pytest.fixture
def anyio_backend():
    """The journal runs on asyncio."""
    return "asyncio"


async def test_what_one_turn_learns_from_no_other_turn_can_read(tmp_path):
    """A program that leaves its labels for its next run finds nothing: its score is chance."""
    task = tmp_path / "task"
    task.mkdir()
    rows = range(120)
    pd.DataFrame({"id": rows, "x": 1, "y": [i * 7 % 3 % 2 for i in rows]}).to_csv(task / "train.csv", index=False)
    pd.DataFrame({"id": range(500, 520), "x": 1}).to_csv(task / "test.csv", index=False)
    (task / "task.toml").write_text('metric = "auc"\ntarget = "y"\n')

    def register(registry):
        registry.add_model("fake", lambda _, __: FakeModel([NOSY]))

    settings = gome.Settings(model="fake", warm_workers=False, traces=1, max_trials=1, budget_s=300.0)
    async with gome.Runtime(settings, plugins=[register]) as runtime:
        run = await runtime.start(task, out=tmp_path / "run")
        messages = [envelope.message async for envelope in run.events()]
        result = await run.result()
    [started] = [message for message in messages if isinstance(message, gome.RunStarted)]
    assert started.search_rows == 100
    assert any("hidden in 5 turns" in sentence for sentence in started.inferred)
    [finished] = [message for message in messages if isinstance(message, gome.TrialFinished)]
    assert finished.status == "ok"
    assert abs(finished.score - 0.5) < 0.2
    assert finished.noise < 0.06
    assert len(list((tmp_path / "run" / "folds" / "t1-001").iterdir())) == 4
    assert json.loads((tmp_path / "run" / "run.json").read_text())["best"]["score"] == result.best.score
