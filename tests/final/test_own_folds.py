"""Tasks whose rows gome cannot hide: the program's own out-of-fold file is scored, and everything says so."""

import numpy as np
import pandas as pd
import pytest

import gome
from gome import builtin
from gome.errors import TaskInvalid
from gome.evaluation.metrics import Metrics
from gome.plugin import Registry
from gome.prepare import read_task
from gome.task import load_task
from gome.testing.model import FakeModel

ROWS, TEST = 400, 150
PROGRAM = """
import numpy as np, pandas as pd
from pathlib import Path
train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
read = lambda side, ids: np.array([float(Path(f"input/{side}/{i}_a.txt").read_text()) for i in ids])
a, b = read("train", train["id"]), read("test", test["id"])
held = np.empty(len(train))
for fold in range(5):
    out = np.arange(len(train)) % 5 == fold
    held[out] = np.polyval(np.polyfit(a[~out], train["y"][~out], 1), a[out])
test["y"] = np.polyval(np.polyfit(a, train["y"], 1), b)
test[["id", "y"]].to_csv("submission.csv", index=False)
"""
HELD = 'train.assign(y=held)[["id", "y"]].to_csv("oof.csv", index=False)\n'


@pytest.fixture
def anyio_backend():
    """The journal runs on asyncio."""
    return "asyncio"


@pytest.fixture
def task(tmp_path):
    """Two files a row, those of training rows in train/, those of test rows in test/."""
    random, folder = np.random.default_rng(0), tmp_path / "task"
    values = random.normal(size=ROWS + TEST).round(4)
    labels = (2 * values + random.normal(0, 0.5, ROWS + TEST)).round(4)
    for place, value in enumerate(values):
        side = folder / ("train" if place < ROWS else "test")
        side.mkdir(parents=True, exist_ok=True)
        (side / f"{place}_a.txt").write_text(str(value))
        (side / f"{place}_b.txt").write_text("0")
    table = pd.DataFrame({"id": np.arange(ROWS + TEST), "y": labels})
    table[:ROWS].to_csv(folder / "train.csv", index=False)
    table[ROWS:][["id"]].to_csv(folder / "test.csv", index=False)
    table[ROWS:][["id"]].assign(y=0.0).to_csv(folder / "sample_submission.csv", index=False)
    (folder / "task.toml").write_text('metric = "rmse"\ntarget = "y"\nid = "id"\n')
    table[ROWS:].to_csv(tmp_path / "answers.csv", index=False)
    return folder


async def work(task, out, codes, **told):
    def register(registry):
        registry.add_model("fake", lambda _, __: FakeModel(codes))

    settings = gome.Settings(model="fake", traces=1, max_trials=len(codes), budget_s=120.0, **told)
    async with gome.Runtime(settings, plugins=[register]) as runtime:
        run = await runtime.start(task, out=out)
        messages = [envelope.message async for envelope in run.events()]
        return await run.result(), messages


async def test_what_the_program_held_out_is_scored(task, tmp_path):
    """Near the score on the test rows; suspect, with a warning in the result; without the file there is no score."""
    result, messages = await work(task, tmp_path / "run", [PROGRAM + HELD, PROGRAM])
    answers, handed = pd.read_csv(tmp_path / "answers.csv"), pd.read_csv(result.submission)
    assert handed["id"].tolist() == answers["id"].tolist()
    on_test = float(np.sqrt(((handed["y"] - answers["y"]) ** 2).mean()))
    assert result.best.score == pytest.approx(on_test, abs=0.1)
    assert result.best.final_score == pytest.approx(on_test, abs=0.1)
    assert "own out-of-fold predictions" in result.warnings[0]
    first, second = (m for m in messages if isinstance(m, gome.TrialFinished))
    assert [check.status for check in first.checks if check.name == "own-folds"] == ["warned"]
    assert "no oof.csv" in second.error
    judged = next(m for m in messages if isinstance(m, gome.Diagnosed))
    assert (judged.verdict, judged.believed) == ("suspect", True)


def test_only_where_it_must(task):
    """Files that lie together need not be moved; one a row can be. It can be told, or told off."""
    assert load_task(task, Metrics.builtin().named).own_folds
    toml = task / "task.toml"
    toml.write_text(toml.read_text() + "[split]\nown = false\n")
    assert not load_task(task, Metrics.builtin().named).own_folds
    toml.write_text('metric = "rmse"\ntarget = "y"\nid = "id"\n')
    for path in (task / "test").iterdir():
        path.rename(task / "train" / path.name)
    assert not load_task(task, Metrics.builtin().named).own_folds
    for path in (task / "train").glob("*_a.txt"):
        path.rename(task / "train" / path.name.replace("_a", ""))
    toml.write_text('metric = "rmse"\ntarget = "y"\nid = "id"\n[split]\nown = true\n')
    with pytest.raises(TaskInvalid, match="each row has its file"):
        load_task(task, Metrics.builtin().named)


@pytest.mark.slow
async def test_the_expert_writes_the_file(tmp_path):
    """A plain table that is told to be such a task: its programs hold out by themselves."""
    random, folder = np.random.default_rng(0), tmp_path / "plain"
    folder.mkdir()
    table = pd.DataFrame(random.normal(size=(500, 4)), columns=list("abcd"))
    table["y"] = np.where(table["a"] + random.normal(0, 0.5, 500) > 0, "yes", "no")
    table.insert(0, "id", np.arange(500))
    table[:400].to_csv(folder / "train.csv", index=False)
    table[400:].drop(columns="y").to_csv(folder / "test.csv", index=False)
    (folder / "task.toml").write_text('metric = "auc"\ntarget = "y"\nid = "id"\n[split]\nown = true\n')
    registry = Registry()
    builtin.register(registry)
    assert read_task(folder, registry.metrics).own_folds
    async with gome.Runtime(gome.Settings(traces=2, max_trials=2, budget_s=120.0)) as runtime:
        run = await runtime.start(folder, out=tmp_path / "run")
        result = await run.result()
    assert result.best.score > 0.8
    assert len(pd.read_csv(result.submission)) == 100
