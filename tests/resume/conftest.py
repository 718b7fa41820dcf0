"""A small task, and a world to run it in."""

import random

import pandas as pd
import pytest
from resume_world import World


@pytest.fixture
def anyio_backend():
    """The journal runs on asyncio."""
    return "asyncio"


@pytest.fixture
def task_folder(tmp_path):
    """A binary task whose label follows one column, with noise."""
    folder = tmp_path / "task"
    folder.mkdir()
    draw = random.Random(0)
    rows = [(n, draw.random(), draw.random()) for n in range(600)]
    train = pd.DataFrame(rows[:450], columns=["id", "x", "z"])
    train["y"] = [int(x + draw.gauss(0, 0.2) > 0.5) for x in train["x"]]
    train.to_csv(folder / "train.csv", index=False)
    test = pd.DataFrame(rows[450:], columns=["id", "x", "z"])
    test.to_csv(folder / "test.csv", index=False)
    test[["id"]].assign(y=0.5).to_csv(folder / "sample_submission.csv", index=False)
    (folder / "task.toml").write_text('metric = "auc"\ntarget = "y"\n')
    (folder / "description.md").write_text("Will it be one?\n")
    return folder


@pytest.fixture
def world(task_folder, tmp_path):
    """See World."""
    return World(task_folder, tmp_path / "run")
