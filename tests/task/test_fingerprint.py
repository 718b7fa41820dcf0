"""The fingerprint: the same for the same data and split, whatever the folder; another for any other."""

import shutil

import msgspec
import pandas as pd
import pytest

from gome.evaluation.metrics import Metrics
from gome.task.fingerprint import fingerprint
from gome.task.load import load_task, read_tables
from gome.task.split import split
from gome.task.task import Task


def of(folder, seed=0):
    task = load_task(folder, Metrics.builtin().named)
    return fingerprint(task, split(task, read_tables(task).train, seed=seed))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "one"
    (folder / "notes").mkdir(parents=True)
    table = pd.DataFrame({"id": range(80), "x": [n % 7 for n in range(80)], "y": [n % 2 for n in range(80)]})
    table.to_csv(folder / "train.csv", index=False)
    (folder / "notes" / "legend.txt").write_text("x is a weekday")
    (folder / "task.toml").write_text('metric = "auc"\ntarget = "y"\n')
    return folder


def test_it_follows_the_data_and_not_the_folder(folder, tmp_path):
    """A copy elsewhere has the same one; another row, another file beside it or another seed has not."""
    first = of(folder)
    copy = shutil.copytree(folder, tmp_path / "two")
    assert of(copy) == first
    assert of(copy, seed=1) != first
    (copy / "notes" / "legend.txt").write_text("x is a weekday, y is not")
    assert of(copy) != first
    with (folder / "train.csv").open("a") as file:
        file.write("80,1,1\n")
    assert of(folder) != first


def test_a_task_survives_its_own_json(folder):
    """What a run keeps of a task is the task, with the whole path of its folder."""
    task = load_task(folder, Metrics.builtin().named)
    assert Task.of(task.json()) == msgspec.structs.replace(task, path=folder.resolve())
