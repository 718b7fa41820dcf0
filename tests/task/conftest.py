"""Small task folders, written by the tests that read them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gome.evaluation.metrics import Metrics
from gome.task import Task, load_task


class Folder:
    """A task folder under construction; starts as a sound one: 60 + 12 rows, binary target, auc."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def sound(self) -> "Folder":
        rows = np.arange(72)
        table = pd.DataFrame({"id": rows, "x": rows * 7 % 13, "c": np.where(rows % 3, "red", "blue"), "y": rows % 2})
        self.table("train.csv", table[:60])
        self.table("test.csv", table[60:].drop(columns="y"))
        self.table("sample_submission.csv", table[60:][["id"]].assign(y=0.5))
        return self.text("task.toml", 'metric = "auc"\ntarget = "y"\nid = "id"\n')

    def table(self, name: str, table: pd.DataFrame | dict, **options) -> "Folder":
        pd.DataFrame(table).to_csv(self.path / name, index=False, **options)
        return self

    def text(self, name: str, text: str) -> "Folder":
        (self.path / name).write_bytes(text.encode())
        return self

    def edit(self, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> "Folder":
        return self.table(name, change(pd.read_csv(self.path / name)))

    def without(self, name: str) -> "Folder":
        (self.path / name).unlink()
        return self

    def load(self, **told) -> Task:
        return load_task(self.path, Metrics.builtin().named, **told)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty task folder."""
    return Folder(tmp_path / "churn")


@pytest.fixture
def sound(folder: Folder) -> Folder:
    """A task folder with nothing wrong."""
    return folder.sound()
