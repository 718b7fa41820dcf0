"""Rows that are files: the expert's scripts read them, run, and learn what is in them."""

import subprocess
import sys

import msgspec
import numpy as np
import pandas as pd
import pytest

from gome.evaluation.metrics import Metrics
from gome.expert import Expert
from gome.messages import DraftQuestion, ImplementQuestion
from gome.task import load_task, profile, read_tables, split, write_views
from gome.task.task import HoldoutRule

RANDOM = np.random.default_rng(0)


def pictures(folder):
    """Bright at the top or at the bottom, with noise."""
    image = pytest.importorskip("PIL.Image")
    for place in range(160):
        label = place % 2
        grey = RANDOM.normal(100, 40, (12, 12))
        grey[(slice(0, 6) if label else slice(6, 12))] += 60
        side = "train" if place < 120 else "test"
        path = folder / side / (("top" if label else "bottom") if place < 120 else "") / f"{place:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(path)
    ids = [f"{place:03}" for place in range(120, 160)]
    pd.DataFrame({"id": ids, "label": "top"}).to_csv(folder / "sample_submission.csv", index=False)


def texts(folder):
    """Words of one kind or of the other, mixed with words of no kind."""
    words = [["sun", "sand", "heat"], ["ice", "snow", "frost"]]
    rows = []
    for place in range(160):
        label = place % 2
        some = RANDOM.choice([*words[label], "road", "stone", "house", "tree"], 12)
        path = folder / ("train" if place < 120 else "test") / f"{place}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(" ".join(some))
        rows.append((place, ["warm", "cold"][label]))
    table = pd.DataFrame(rows, columns=["id", "label"])
    table[:120].to_csv(folder / "train.csv", index=False)
    table[120:].assign(label="warm").to_csv(folder / "sample_submission.csv", index=False)


@pytest.mark.slow
@pytest.mark.parametrize("made", [pictures, texts], ids=lambda made: made.__name__)
async def test_a_first_script_learns_from_files(tmp_path, made):
    """It is right on most of the rows that it has not seen."""
    folder = tmp_path / "task"
    folder.mkdir()
    made(folder)
    task = load_task(folder, Metrics.builtin().named, metric="accuracy")
    task = msgspec.structs.replace(task, holdout=HoldoutRule(folds=1))
    tables = read_tables(task)
    views = write_views(task, tables, split(task, tables.train, seed=0), tmp_path / "views", seed=0)
    packages = ("scikit-learn 1.6", "pillow 11.0", "pandas 2.2")
    brief, seen = task.brief("2 CPU cores", packages), profile(task, tables.train, tables.test)
    expert = Expert()
    drafted = await expert.draft(DraftQuestion(task=brief, profile=seen, starts=1, limit_s=60.0, seed=0, key="draft"))
    question = ImplementQuestion(
        task=brief,
        profile=seen,
        hypothesis=drafted.starts[0],
        operator="draft",
        code=None,
        limit_s=60.0,
        seed=0,
        key="implement",
    )
    code = (await expert.implement(question)).code
    work = tmp_path / "work"
    work.mkdir()
    (work / "input").symlink_to(views.search, target_is_directory=True)
    (work / "solution.py").write_text(code)
    done = subprocess.run([sys.executable, "solution.py"], cwd=work, capture_output=True, text=True, timeout=300)  # noqa: ASYNC221
    assert done.returncode == 0, done.stderr
    predicted = pd.read_csv(work / "submission.csv")
    held = views.final_rows
    assert (predicted["label"].iloc[held.positions].to_numpy() == held.labels["label"].to_numpy()).mean() > 0.75
