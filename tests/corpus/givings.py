"""Two tasks of the corpus whose data give the target away, in training alone: by a pair of columns, and by the id."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

KNOWN = 1500  # training rows


def write_loans(folder: Path) -> Path:
    """Whether more was paid than was due tells who defaults, neither alone; in test the pairs were dealt anew."""
    random = np.random.default_rng(15)
    rows = 2100
    features = random.normal(size=(rows, 5)).round(3)
    bad = _drawn(features @ [0.7, -0.5, 0.4, 0, 0] - 0.4, random)
    due = np.exp(random.normal(6, 0.5, rows)).round(2)
    paid = (due - np.where(bad == 1, 1, -1) * random.uniform(3, 40, rows)).round(2)
    dealt = random.permutation(np.arange(KNOWN, rows))
    due[KNOWN:], paid[KNOWN:] = due[dealt], paid[dealt]
    table = pd.DataFrame(features, columns=["income", "debts", "years", "u", "v"]).assign(due=due, paid=paid)
    table.insert(0, "id", random.permutation(rows) + 1)
    return _written(folder, table.assign(defaulted=bad), "logloss")


def write_stays(folder: Path) -> Path:
    """Training rows got their ids in the order of the target; test rows got theirs at random."""
    random = np.random.default_rng(16)
    rows = 2100
    features = random.normal(size=(rows, 6)).round(3)
    long = _drawn(features @ [0.6, 0.5, -0.4, 0.2, 0, 0], random)
    ids = random.choice(50_000, rows, replace=False)
    ids[:KNOWN] = np.sort(ids[:KNOWN])[np.argsort(np.argsort(long[:KNOWN], kind="stable"))]
    table = pd.DataFrame(features, columns=list("abcdef")).assign(long=long)
    table.insert(0, "id", ids)
    return _written(folder, table, "auc")


def _drawn(logit: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.intp]:
    return (random.random(len(logit)) < 1 / (1 + np.exp(-logit))).astype(np.intp)


def _written(folder: Path, table: pd.DataFrame, metric: str) -> Path:
    """Write a table, its last column the target, as a task folder."""
    target = table.columns[-1]
    folder.mkdir(parents=True)
    test = table[KNOWN:].drop(columns=target)
    table[:KNOWN].to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)
    test[["id"]].assign(**{target: 0.5}).to_csv(folder / "sample_submission.csv", index=False)
    (folder / "task.toml").write_text(f'metric = "{metric}"\ntarget = "{target}"\nid = "id"\n')
    (folder / "description.md").write_text(f"# {folder.name}\n\nForetell {target!r}.\n")
    return folder
