"""Giveaways: what explains the target too well, and what the test table says of it."""

import numpy as np
import pandas as pd
import pytest

from gome.task import profile, read_tables
from gome.task.giveaways import Giveaway, giveaways

ROWS, KNOWN = 1200, 800


def found(folder, table, target="y", metric="rmse", **told) -> tuple[Giveaway, ...]:
    """What gives the target away in a task whose last third is the test table."""
    table = pd.DataFrame({"id": np.arange(ROWS)}) .assign(**table)  # fmt: skip
    folder.table("train.csv", table[:KNOWN]).table("test.csv", table[KNOWN:].drop(columns=target))
    task = folder.load(target=target, metric=metric, **told)
    tables = read_tables(task)
    return giveaways(task, tables.train, tables.test, profile(task, tables.train, tables.test).columns)


@pytest.fixture
def random():
    return np.random.default_rng(3)


@pytest.fixture
def honest(random):
    """Three columns that explain a quantity in part."""
    columns = {name: random.normal(size=ROWS).round(3) for name in "abc"}
    return columns | {"y": (sum(columns.values()) + random.normal(0, 1, ROWS)).round(3)}


def in_test(values, random):
    """The same values, shuffled among the test rows."""
    values = np.array(values)
    return np.concatenate([values[:KNOWN], random.permutation(values[KNOWN:])])


def test_honest_columns_are_none(folder, honest):
    assert found(folder, honest) == ()


def test_a_copy_that_means_nothing_in_test_is_broken(folder, honest, random):
    """Its values look the same there; what the other columns say of it has gone."""
    copy = honest["y"] + random.normal(0, 0.2, ROWS)
    [one] = found(folder, honest | {"copy": in_test(copy, random)})
    assert (one.columns, one.state) == (("copy",), "broken")
    assert "lost its relation to the other columns" in one.evidence
    assert len(one.codes) == ROWS - KNOWN


def test_a_copy_that_is_one_in_test_too_is_an_easy_task(folder, honest, random):
    [one] = found(folder, honest | {"copy": honest["y"] + random.normal(0, 0.2, ROWS)})
    assert one.state == "kept"
    assert "as in training" in one.evidence


def test_times_change_relations_without_wiping_them_out(folder, honest, random):
    """What the column goes with has changed in part: no leak, and said."""
    copy = honest["y"] + random.normal(0, 0.2, ROWS)
    for name in "abc":
        honest[name] = np.where(np.arange(ROWS) < KNOWN, honest[name], honest[name] + random.normal(0, 2.5, ROWS))
    [one] = found(folder, honest | {"copy": copy})
    assert one.state == "weaker"


def test_a_class_is_given_away_like_a_quantity(folder, honest, random):
    label = np.where(honest["y"] > 0, "yes", "no")
    word = np.where(random.random(ROWS) < 0.01, "?", np.where(label == "yes", "paid", "due"))
    [one] = found(folder, honest | {"y": label, "word": in_test(word, random)}, metric="accuracy")
    assert (one.columns, one.state) == (("word",), "broken")


def test_where_nothing_is_related_it_cannot_be_known(folder, random):
    y = random.normal(size=ROWS)
    table = {"noise": random.normal(size=ROWS), "copy": y + random.normal(0, 0.05, ROWS), "y": y}
    [one] = found(folder, table)
    assert one.state == "unknown"
    assert "cannot be seen" in one.evidence


@pytest.mark.parametrize("there", [np.nan, 0.0, -9.0], ids=["missing", "known", "new"])
def test_what_explains_much_and_says_nothing_in_test(folder, honest, random, there):
    """It is told of though it is no copy: what is learnt of it is worth nothing in test."""
    half = (honest["y"] + random.normal(0, 2, ROWS)).clip(0)
    [one] = found(folder, honest | {"half": np.where(np.arange(ROWS) < KNOWN, half, there)})
    assert (one.columns, one.state) == (("half",), "mute")
    assert 0.5 < one.strength < 0.9
    assert "says nothing in the test table" in one.evidence


def test_new_words_in_test(folder, honest):
    """Levels that training rows lack say nothing, unless the rows are parted by groups or by time anyway."""
    level = np.char.add("L", np.digitize(honest["y"], [-2, -1, 0, 1, 2]).astype(str))
    table = honest | {"level": np.where(np.arange(ROWS) < KNOWN, level, np.char.add("new ", level))}
    [one] = found(folder, table)
    assert (one.columns, one.state) == (("level",), "mute")


def test_what_is_as_rare_in_training_or_is_later_is_not_mute(folder, honest, random):
    """A column that hardly varies in both tables; a year that goes on."""
    rare = np.where(random.random(ROWS) < 0.005, 1.0, 0.0)
    late = np.where(np.arange(ROWS) < KNOWN, np.round(honest["y"] + random.normal(0, 1.5, ROWS)) + 2000, 2030)
    assert not found(folder, honest | {"rare": rare, "year": late})


def test_other_values_in_test(folder, honest):
    copy = np.where(np.arange(ROWS) < KNOWN, honest["y"], np.where(np.arange(ROWS) % 20, 9.0, honest["y"]))
    [one] = found(folder, honest | {"copy": copy})
    assert one.state == "unlike"


def test_a_strong_column_that_is_shifted_in_test_is_no_leak(folder, honest, random):
    """Its level has risen, as levels do; what goes with it still does, or cannot be compared: never rejected."""
    copy = honest["y"] + random.normal(0, 0.2, ROWS)
    late = np.arange(ROWS) >= KNOWN
    for rise, states in ((2.5, {"kept", "weaker", "unknown"}), (50.0, {"unknown"})):
        told = found(folder, honest | {"copy": copy + rise * late})
        assert {one.state for one in told} <= states


def test_a_strong_column_with_the_same_relation_is_kept_whatever_the_seed(folder):
    """An honest column of 0.98 AUC and more, among others that explain the class in part: not once broken or unlike."""
    for seed in range(12):
        random = np.random.default_rng(seed)
        risk = random.normal(size=ROWS)
        table = {
            "near": (risk + random.normal(0, 0.15, ROWS)).round(2),
            "far": (risk + random.normal(0, 1.5, ROWS)).round(2),
            "group": np.where(risk + random.normal(0, 1, ROWS) > 0, "a", "b"),
            "y": (risk > 0).astype(int),
        }
        told = found(folder, table, metric="auc")
        assert {one.state for one in told} <= {"kept", "unknown", "weaker"}


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (lambda y, r: {"before": r * 50, "after": r * 50 + y}, "before - after"),
        (lambda y, r: {"part": np.exp(r) * np.exp(y), "whole": np.exp(r)}, "part / whole"),
    ],
    ids=["difference", "ratio"],
)
def test_pairs_of_columns_for_quantities(folder, honest, random, columns, words):
    """Neither tells alone; how many pairs were tried is told too."""
    made = columns(honest["y"], random.normal(size=ROWS))
    [one] = found(folder, honest | made)
    assert one.columns == tuple(made) or one.columns == tuple(made)[::-1]
    assert one.state == "kept"
    assert "10 pairs were tried" in one.evidence
    broken = {name: in_test(values, np.random.default_rng(1)) for name, values in made.items()}
    one, *_ = found(folder, honest | broken)  # a part of it may tell, and be broken, alone
    assert set(one.columns) == set(made)
    assert one.state == "broken"


def test_pairs_of_levels(folder, honest, random):
    """The label is where two switches differ."""
    one, label = random.integers(0, 2, ROWS), (honest["y"] > 0).astype(int)
    [pair] = found(folder, honest | {"y": label, "one": one, "other": one ^ label}, metric="auc")
    assert set(pair.columns) == {"one", "other"}


@pytest.mark.parametrize("word", [False, True], ids=["number", "word"])
def test_ids_that_hold_the_label(folder, honest, random, word):
    """In test they hold a label by chance."""
    label = (honest["y"] > 0).astype(int)
    written = in_test(label, random)
    ids = [
        f"{'ab'[bit]}_{n}" if word else bit * 100_000 + n
        for n, bit in zip(random.permutation(ROWS), written, strict=True)
    ]
    told = found(folder, honest | {"id": ids, "y": label}, metric="auc")
    assert [(one.columns, one.state) for one in told] == [(("id",), "broken")]
