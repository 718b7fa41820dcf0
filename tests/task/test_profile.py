"""Profiles: what a table looks like, and what about it is suspect."""

import time

import numpy as np
import pandas as pd
import pytest

from gome.messages import Profile
from gome.task import profile, read_tables
from gome.task.columns import as_time

N = np.arange(400)
RANDOM = np.random.default_rng(0)


def profiled(folder, **told) -> Profile:
    """The profile of the task in `folder`."""
    task = folder.load(**told)
    tables = read_tables(task)
    return profile(task, tables.train, tables.test)


def columns(told: Profile) -> dict:
    return {column.name: column for column in told.columns}


def suspects(told: Profile) -> set:
    return {(suspect.kind, suspect.column) for suspect in told.suspects}


@pytest.fixture
def wide(folder):
    """A table with a column of every kind."""
    folder.table(
        "train.csv",
        {
            "id": N,
            "number": np.where(N % 10, np.exp(RANDOM.normal(0, 1, 400)), np.nan),
            "colour": np.array(["red", "green", None], dtype=object)[N % 3],
            "flag": N % 2 == 0,
            "note": [f"a b c {i} d" for i in N],
            "when": pd.date_range("2024-01-01", periods=400).astype(str)[RANDOM.permutation(400)],
            "code": [f"x{i * 7919 % 1009}" for i in N],
            "same": 1,
            "empty": np.nan,
            "y": np.where(N % 3, "no", "yes"),
        },
    )
    return folder


def test_kinds(wide):
    """Each kind of column is told."""
    kinds = {name: column.kind for name, column in columns(profiled(wide, metric="auc", target="y")).items()}
    assert kinds == {
        "id": "id", "number": "numeric", "colour": "category", "flag": "category", "note": "text", "when": "date",
        "code": "id", "same": "constant", "empty": "constant",
    }  # fmt: skip


def test_figures(wide):
    """Missing shares, distinct values, examples and the target's shape."""
    told = profiled(wide, metric="auc", target="y")
    colour, number = columns(told)["colour"], columns(told)["number"]
    assert (colour.missing, colour.distinct, colour.examples) == (0.3325, 2, ("red", "green"))
    assert (number.missing, number.distinct) == (0.1, 360)
    assert number.skew > 1
    assert told.columns[0].name == "colour"  # it makes the target
    assert told.targets[0].classes == (("no", 266), ("yes", 134))
    assert (told.rows, told.test_rows, told.omitted_columns) == (400, 0, 0)


def test_regression_target(folder):
    """A quantity has its range and skew."""
    told = profiled(folder.table("train.csv", {"x": N, "y": np.exp(N / 50)}), metric="rmsle", target="y").targets[0]
    assert (told.minimum, told.classes) == (1.0, ())
    assert told.skew > 1


def test_associations_see_bends(folder):
    """A column that matters at both ends, as a correlation would not see."""
    x = RANDOM.normal(0, 1, 400)
    folder.table("train.csv", {"x": x, "y": x**2 + RANDOM.normal(0, 0.2, 400)})
    assert columns(profiled(folder, metric="rmse", target="y"))["x"].association > 0.8


def both(folder, train, test):
    """A task with a test table and nothing odd but what is given."""
    plain = {"a": RANDOM.normal(0, 1, 400), "b": RANDOM.normal(0, 1, 400), "y": RANDOM.permutation(N % 2)}
    other = {"a": RANDOM.normal(0, 1, 200), "b": RANDOM.normal(0, 1, 200)}
    return folder.table("train.csv", plain | train).table("test.csv", other | test)


def test_nothing_to_suspect(folder):
    """Honest tables rouse no suspicion."""
    assert profiled(both(folder, {}, {}), metric="auc", target="y").suspects == ()


@pytest.mark.parametrize(
    ("train", "test", "suspect"),
    [
        pytest.param({"s": RANDOM.normal(0, 1, 400)}, {"s": RANDOM.normal(2, 1, 200)}, ("shift", "s"), id="shifted"),
        pytest.param({"s": ["a", "b"] * 200}, {"s": ["b", "c"] * 100}, ("shift", "s"), id="other categories"),
        pytest.param(
            {"g": [f"p{i % 80}" for i in N]},
            {"g": [f"p{100 + i % 40}" for i in range(200)]},
            ("group", "g"),
            id="groups",
        ),
        pytest.param({"g": N % 80}, {"g": 100 + np.arange(200) % 40}, ("group", "g"), id="numbered groups"),
        pytest.param({"y": N // 200}, {}, ("id-signal", None), id="sorted by label"),
        pytest.param(
            {"when": ["2024-01-02", "2024-02-03"] * 200}, {"when": "2024-03-01"}, ("time-order", "when"), id="later"
        ),
        pytest.param({"c": "k"}, {"c": "k"}, None, id="constant"),
    ],
)
def test_suspects_between_tables(folder, train, test, suspect):
    """Shifts, groups, order and time are reported."""
    found = suspects(profiled(both(folder, train, test), metric="auc", target="y"))
    assert suspect in found if suspect else not found


def test_ids_that_tell(folder):
    """An id that grows with the target is reported."""
    order = RANDOM.permutation(400)
    folder.table("train.csv", {"id": N[order], "x": N % 7, "y": (N // 200)[order]})
    assert ("id-signal", "id") in suspects(profiled(folder, metric="auc", target="y"))


def test_only_some_columns_are_told(folder):
    """Of very many columns the most associated are told."""
    noise = {f"n{k}": RANDOM.normal(0, 1, 60).round(3) for k in range(310)}
    folder.table("train.csv", noise | {"strong": N[:60] % 2 * 5, "y": N[:60] % 2})
    told = profiled(folder, metric="auc", target="y")
    assert (len(told.columns), told.omitted_columns, told.columns[0].name) == (300, 11, "strong")


def test_other_files_are_listed(wide):
    """Other files are told by their relative path, fifty at most."""
    (wide.path / "images").mkdir()
    for number in range(60):
        wide.text(f"images/{number:02}.png", "")
    files = profiled(wide, metric="auc", target="y").other_files
    assert (len(files), files[0]) == (50, "images/00.png")


@pytest.mark.slow
def test_large_tables_are_profiled_quickly(sound):
    """A hundred thousand rows of fifty columns take about a second; the limit is loose for busy machines."""
    task = sound.load()
    random = np.random.default_rng(0)
    table = {f"n{k}": random.normal(0, 1, 100_000) for k in range(40)}
    table |= {f"c{k}": random.choice(list("abcdefgh"), 100_000) for k in range(9)}
    train = pd.DataFrame(
        table | {"t": [f"some words of a text {i}" for i in range(100_000)], "y": N[:1].repeat(100_000)}
    )
    train["y"] = np.arange(100_000) % 2
    began = time.perf_counter()
    profile(task, train, train.drop(columns="y"))
    assert time.perf_counter() - began < 8


def test_dates_beyond_what_nanoseconds_hold_are_moments_too():
    """9999-12-31 stands for "never" in many tables."""
    moments = as_time(pd.Series(["2020-01-01", "9999-12-31", "no date", None]))
    assert moments[0] < moments[1]
    assert moments[2:].isna().all()
