"""Copies: found where they are exact or near, kept on one side of a split, told of."""

import numpy as np
import pandas as pd
import pytest

from gome.task import read_tables, split
from gome.task.copies import Copies, copies

ROWS = 700


@pytest.fixture
def random():
    return np.random.default_rng(5)


@pytest.fixture
def table(random):
    """Numbers, counts, a colour and a label that none of them knows."""
    return pd.DataFrame(
        {f"x{k}": random.normal(size=ROWS) * 10.0**k for k in range(4)}
        | {"n": random.integers(0, 50, ROWS), "c": random.choice(["red", "blue"], ROWS)}
        | {"y": random.permutation(np.arange(ROWS) % 2)}
    )


def found(folder, train, test=None, toml="") -> Copies:
    folder.table("train.csv", train.assign(id=np.arange(len(train))))
    if test is not None:
        folder.table("test.csv", test.drop(columns="y").assign(id=np.arange(len(test)) + 10_000))
    folder.text("task.toml", f'metric = "auc"\ntarget = "y"\nid = "id"\n{toml}')
    task = folder.load()
    tables = read_tables(task)
    return copies(task, tables.train, tables.test)


def doubled(table, change):
    """The table, and a fifth of its rows once more, changed."""
    return pd.concat([table, change(table[: ROWS // 5].copy())], ignore_index=True)


def noisy(table):
    numbers = [name for name in table if name.startswith("x")]
    scale = table[numbers].std()
    table[numbers] += np.random.default_rng(0).normal(0, 0.002, table[numbers].shape) * scale.to_numpy()
    return table


CHANGES = {"exact": lambda t: t, "rounded": lambda t: t.round({"x0": 3, "x1": 2, "x2": 1, "x3": 0}), "noisy": noisy}


@pytest.mark.parametrize("name", CHANGES)
def test_copies_are_found_and_kept_together(folder, table, name):
    """Copies that are exact, rounded or noisy: each lies with its original."""
    told = found(folder, doubled(table, CHANGES[name]))
    assert told.exact + told.near >= 0.95 * ROWS // 5
    assert (told.near > 0) == (name == "noisy") or name == "rounded"
    assert told.kept_together
    assert {suspect.kind for suspect in told.suspects()} == {"duplicate-rows"}
    task = folder.load()
    parts = split(task, read_tables(task).train, seed=0, units=told.units)
    sides = np.zeros(len(told.units), dtype=int)
    for number, rows in enumerate((*parts.folds, parts.final), start=1):
        sides[rows] = number
    assert (np.bincount(sides)[1:] > 50).all()
    assert (pd.Series(sides).groupby(told.units).nunique() == 1).all()
    assert "copies of a row together" in parts.rule


def test_honest_rows_are_no_copies(folder, table):
    told = found(folder, table)
    assert (told.exact, told.near, told.kept_together, list(told.suspects())) == (0, 0, False, [])


def test_texts_but_for_a_word(folder, random):
    """Some words are other ones; numbers and ids do not matter."""
    words = np.array([f"w{k}" for k in range(800)])
    texts = [" ".join(random.choice(words, 30)) for _ in range(ROWS)]
    near = [text.replace(" ", " just ", 1) for text in texts[:150]]
    table = pd.DataFrame({"text": texts + near, "x": random.normal(size=ROWS + 150), "y": np.arange(ROWS + 150) % 2})
    told = found(folder, table)
    assert (told.exact, told.near, told.kept_together) == (0, 150, True)


def test_where_test_rows_have_copies_too_they_are_left(folder, table):
    """The score is then what it will be: test rows are known as often."""
    train, test = doubled(table[:600], lambda t: t), table[:50]
    told = found(folder, train, pd.concat([test, table[600:]]))
    assert told.shared == 50
    assert not told.kept_together
    assert {suspect.kind for suspect in told.suspects()} == {"duplicate-rows", "train-test-overlap"}
    apart = found(folder, train, table[600:])
    assert (apart.shared, apart.kept_together) == (0, True)


def test_tables_that_repeat_themselves_by_nature(folder, random):
    """Three columns of two levels: every row is there a hundred times, and may be parted."""
    table = pd.DataFrame({name: random.integers(0, 2, ROWS) for name in "abc"} | {"y": random.integers(0, 2, ROWS)})
    told = found(folder, table)
    assert told.exact > 600
    assert not told.kept_together


def test_overlap_whatever_type_pandas_chose(folder):
    """Test rows that are also training rows are counted."""
    train = pd.DataFrame({"n": np.arange(400), "w": "k", "a": np.arange(400) * 0.37, "y": np.arange(400) % 2})
    told = found(folder, train, train[:200].assign(n=lambda t: t.n.where(t.n != 7)))
    assert told.shared == 199
    assert "199 of 200" in next(s.evidence for s in told.suspects() if s.kind == "train-test-overlap")
