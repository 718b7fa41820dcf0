"""Kin: several rows of one thing that no column names, kept on one side where test has other things."""

import numpy as np
import pandas as pd
import pytest

from gome.folder import RunFolder
from gome.plugin import Registry
from gome.prepare import prepare
from gome.settings import Settings
from gome.task import read_tables
from gome.task.copies import copies, joined
from gome.task.kin import Kin, kin

THINGS = 400


@pytest.fixture
def flats():
    """Three looks at each of 400 flats: floor, size and year stay; what is measured differs."""
    random = np.random.default_rng(8)
    things = pd.DataFrame(
        {
            "floor": random.integers(0, 12, THINGS),
            "size": random.integers(200, 1400, THINGS) / 10,
            "year": random.integers(1900, 2020, THINGS),
            "town": random.choice(list("abcde"), THINGS),
        }
    )
    rows = things.loc[np.repeat(np.arange(THINGS), 3)].reset_index(names="thing")
    return rows.assign(noise=random.normal(0, 3, len(rows)).round(1), price=random.normal(0, 1, len(rows)).round(3))


def found(folder, train, test, toml="") -> Kin | None:
    folder.table("train.csv", train.assign(id=np.arange(len(train))))
    folder.table("test.csv", test.drop(columns="price").assign(id=np.arange(len(test)) + 10_000))
    folder.text("task.toml", f'metric = "rmse"\ntarget = "price"\nid = "id"\n{toml}')
    task = folder.load()
    tables = read_tables(task)
    return kin(task, tables.train, tables.test, copies(task, tables.train, tables.test).units)


def test_rows_of_one_thing_are_found_where_test_has_other_things(folder, flats):
    """Its combination of columns tells it; sets are the things."""
    known = flats.thing < 260
    things = flats.thing[known].to_numpy()
    told = found(folder, flats[known].drop(columns="thing"), flats[~known].drop(columns="thing"))
    assert told is not None
    assert {"size", "year"} <= set(told.columns) or len(told.columns) > 1
    assert pd.Series(told.units).groupby(things).nunique().eq(1).all()
    assert len(np.unique(told.units)) > 0.95 * 260
    assert told.rows >= 3 * 255
    assert "hardly with test rows" in told.told()
    assert "one side of the split" in told.told()


def test_where_rows_were_dealt_by_chance_there_is_none(folder, flats):
    """Test has the same things, so that knowing them is worth in test what it is worth in a holdout."""
    rows = flats.drop(columns="thing").sample(frac=1, random_state=0)
    assert found(folder, rows[:800], rows[800:]) is None


def test_ordinary_tables_and_tables_that_drift_have_none(folder, flats):
    """One row of each thing; and columns of which every value in test is a later one."""
    once = flats.groupby("thing").first()
    assert found(folder, once[:260], once[260:]) is None
    random = np.random.default_rng(2)
    days = pd.DataFrame({"day": np.repeat(np.arange(300), 8), "shop": random.integers(0, 5, 2400)})
    days = days.assign(price=random.normal(size=2400))
    assert found(folder, days[:1800], days[1800:]) is None


def test_groups_and_time_go_before(folder, flats):
    known = flats.thing < 260
    assert found(folder, flats[known], flats[~known], '[split]\ngroup = "thing"\n') is None


@pytest.mark.parametrize("kept", [True, False])
def test_a_run_keeps_them_on_one_side_and_says_so(folder, tmp_path, flats, kept):
    """Unless the task says that rows may be parted."""
    train, test = (flats[side].drop(columns="thing") for side in (flats.thing < 260, flats.thing >= 260))
    found(folder, train, test, "" if kept else "[split]\ncopies = false\n")
    run = RunFolder(tmp_path / "run")
    run.create()
    prepared = prepare(folder.load(), run, Settings(), Registry())
    shown, hidden = (pd.read_csv(prepared.inputs.searches[0] / f"{name}.csv") for name in ("train", "test"))
    hidden = hidden[hidden.id < 10_000]  # real test rows are among them
    both = shown.merge(hidden, on=["floor", "size", "year", "town"])
    assert bool(len(both)) != kept
    assert any("one side of the split" in line for line in prepared.inferred) == kept
    assert any("rows of one thing" in one.evidence for one in prepared.profile.suspects) == kept


def test_sets_that_share_a_row_are_one():
    """Copies and kin together."""
    one, other = np.array([0, 0, 1, 2, 3]), np.array([0, 1, 1, 2, 3])
    units = joined([one, other])
    assert (units == np.array([0, 0, 0, 1, 2])).all()
    assert (joined([one]) == one).all()
