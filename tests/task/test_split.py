"""Splits: laws that hold for any table."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gome.errors import TaskInvalid
from gome.task import Task, split
from gome.task.split import ENOUGH, FOLDS, MAX_HOLDOUT
from gome.task.task import HoldoutRule


def task_of(labels: pd.DataFrame, *, classes: bool = True, **told) -> Task:
    """A task about these labels."""
    told.setdefault("holdout", HoldoutRule(folds=1))
    names = sorted({str(value) for name in labels for value in labels[name]}) if classes else []
    return Task(
        path="t", name="t", description="", kind="multiclass" if classes else "regression", metric="m",
        higher_is_better=True, wanted="label" if classes else "value", id_column=None, targets=tuple(labels.columns),
        classes=tuple(names), submission_columns=tuple(labels.columns), train_file="train.csv", **told,
    )  # fmt: skip


def sides_of(parts, rows: int) -> np.ndarray:
    """The side of each row; fails unless every row has exactly one."""
    together = np.concatenate([parts.train, parts.search, parts.final])
    assert sorted(together) == list(range(rows))
    assert all((np.diff(part) > 0).all() for part in (parts.train, parts.search, parts.final))
    side = np.empty(rows, dtype=int)
    for number, part in enumerate((parts.train, parts.search, parts.final)):
        side[part] = number
    return side


labels = st.lists(st.integers(0, 6), min_size=30, max_size=300).filter(lambda y: len(set(y)) > 1)


@given(y=labels, seed=st.integers(0, 99))
@settings(deadline=None)
def test_stratified(y, seed):
    """Disjoint, exhaustive, repeatable; each class is in train, and in a holdout by its share to within two rows."""
    table = pd.DataFrame({"y": y})
    task = task_of(table)
    parts = split(task, table, seed=seed)
    side = sides_of(parts, len(y))
    again = split(task, table, seed=seed)
    assert all((getattr(parts, name) == getattr(again, name)).all() for name in ("train", "search", "final"))
    for label in set(y):
        mine = side[table["y"] == label]
        assert (mine == 0).any()
        for number, share in ((1, 0.25), (2, 0.15)):
            assert abs((mine == number).sum() - share * len(mine)) <= 2
            assert len(mine) < 3 or (mine == number).any()


@given(y=st.lists(st.floats(-1e6, 1e6), min_size=30, max_size=300), seed=st.integers(0, 99))
@settings(deadline=None)
def test_quantiles_of_a_quantity(y, seed):
    """A quantity's low and high halves are held out alike."""
    table = pd.DataFrame({"y": y})
    side = sides_of(split(task_of(table, classes=False), table, seed=seed), len(y))
    assert (side == 1).sum() == round(0.25 * len(y))
    assert (side == 2).sum() == round(0.15 * len(y))
    low = np.argsort(y, kind="stable")[: len(y) // 2]
    assert abs((side[low] == 1).mean() - 0.25) < 0.25


@given(
    groups=st.lists(st.one_of(st.integers(0, 20), st.none()), min_size=30, max_size=200),
    data=st.data(),
    seed=st.integers(0, 99),
)
@settings(deadline=None)
def test_groups_stay_whole(groups, data, seed):
    """No group is on two sides; every class is in train; a missing group is a group of its own."""
    assume(len(set(groups)) >= 4)
    y = data.draw(
        st.lists(st.integers(0, 2), min_size=len(groups), max_size=len(groups)).filter(lambda y: len(set(y)) > 1)
    )
    table = pd.DataFrame({"y": y, "g": pd.Series(groups, dtype="Int64")})
    try:
        parts = split(task_of(table[["y"]], group_column="g"), table, seed=seed)
    except TaskInvalid as refused:
        assert "nothing is left to hold out" in str(refused)  # noqa: PT017 - refusing is the other lawful end
        return
    side = sides_of(parts, len(y))
    for group in set(groups) - {None}:
        assert len(set(side[(table["g"] == group).fillna(value=False).to_numpy(dtype=bool)])) == 1
    assert set(np.array(y)[side == 0]) == set(y)
    assert len(set(side)) == 3


@given(
    moments=st.lists(st.integers(0, 50), min_size=30, max_size=200).filter(lambda m: len(set(m)) >= 3),
    seed=st.integers(0, 9),
)
@settings(deadline=None)
def test_time_goes_one_way(moments, seed):
    """Train lies before the search holdout, that before the final one; rows of one moment stay together."""
    table = pd.DataFrame({"y": np.arange(len(moments)) * 1.5, "t": moments})
    side = sides_of(split(task_of(table[["y"]], classes=False, time_column="t"), table, seed=seed), len(moments))
    last = [(min(np.array(moments)[side == number]), max(np.array(moments)[side == number])) for number in range(3)]
    assert last[0][1] < last[1][0] <= last[1][1] < last[2][0]


def test_time_sizes():
    """With distinct moments the holdouts have their usual size."""
    table = pd.DataFrame({"y": np.arange(200) * 1.5, "t": pd.date_range("2024-01-01", periods=200).astype(str)[::-1]})
    parts = split(task_of(table[["y"]], classes=False, time_column="t"), table, seed=0)
    assert (len(parts.search), len(parts.final)) == (50, 30)
    assert parts.final.max() == 29  # the table runs backwards
    assert parts.rule == "the latest rows by t"


def test_a_class_that_only_comes_late_is_learned_from():
    """By time, too, each class keeps a row in train."""
    table = pd.DataFrame({"y": [0, 1] * 45 + [2] * 10, "t": range(100)})
    side = sides_of(split(task_of(table[["y"]], time_column="t"), table, seed=0), 100)
    assert (side[90:] == 0).sum() == 1


def test_group_sizes_are_near_what_is_wanted():
    """Many small groups fill the sides as rows would, and labels are spread."""
    random = np.random.default_rng(0)
    table = pd.DataFrame({"g": random.integers(0, 200, 1000)})
    table["y"] = (table["g"] % 5 == 0).astype(int)
    parts = split(task_of(table[["y"]], group_column="g"), table, seed=0)
    assert abs(len(parts.search) - 250) < 25
    assert abs(len(parts.final) - 150) < 25
    assert abs(table["y"].iloc[parts.search].mean() - table["y"].mean()) < 0.05


def test_one_giant_group_stays_in_train():
    """A group that is nearly all of the table is not held out."""
    table = pd.DataFrame({"g": [0] * 97 + [1, 2, 3], "y": [0, 1] * 50})
    parts = split(task_of(table[["y"]], group_column="g"), table, seed=0)
    assert 0 in parts.train
    assert len(parts.train) >= 97


def test_holdouts_are_capped():
    """Large tables lose no more rows than low noise needs."""
    table = pd.DataFrame({"y": np.arange(200_000) % 2})
    parts = split(task_of(table), table, seed=0)
    assert len(parts.search) == len(parts.final) == MAX_HOLDOUT


def test_several_targets_each_keep_their_classes():
    """With several targets every class of each is in train and in both holdouts."""
    random = np.random.default_rng(1)
    table = pd.DataFrame(
        {name: (random.random(300) < share).astype(int) for name, share in {"a": 0.5, "b": 0.1, "c": 0.03}.items()}
    )
    side = sides_of(split(task_of(table), table, seed=3), 300)
    for name in table:
        for number in range(3):
            assert table[name][side == number].nunique() == 2


def test_seeds_differ():
    """Another seed holds out other rows."""
    table = pd.DataFrame({"y": np.arange(100) % 2})
    one, other = (split(task_of(table), table, seed=seed) for seed in (0, 1))
    assert (one.search != other.search).any()


@pytest.mark.parametrize("rare", [1, 2, 3])
def test_rare_classes(rare):
    """One row of a class is learned from; of three, each side has one."""
    table = pd.DataFrame({"y": [0, 1] * 50 + [2] * rare})
    for seed in range(20):
        side = sides_of(split(task_of(table), table, seed=seed), len(table))[100:]
        assert 0 in side
        assert rare < 3 or sorted(side) == [0, 1, 2]


def turns_of(parts, rows: int) -> np.ndarray:
    """The fold of each row, -1 for those never hidden, FOLDS and above for final; fails unless every row has one."""
    together = np.concatenate([parts.train, *parts.folds, parts.final])
    assert sorted(together) == list(range(rows))
    assert (parts.search == np.sort(np.concatenate(parts.folds))).all()
    side = np.full(rows, -1)
    for number, fold in enumerate((*parts.folds, parts.final)):
        side[fold] = number
    return side


@given(y=labels, seed=st.integers(0, 99), folds=st.integers(2, 6))
@settings(deadline=None)
def test_turns_are_even_and_every_view_learns_every_class(y, seed, folds):
    """Folds and final holdout have one size and each class's share; what is hidden in one turn is learned in others."""
    table = pd.DataFrame({"y": y})
    parts = split(task_of(table, holdout=HoldoutRule(folds=folds)), table, seed=seed)
    side = turns_of(parts, len(y))
    for number in range(folds):
        learned = parts.learned(number)
        assert not set(learned) & (set(parts.folds[number]) | set(parts.final))
        assert set(table["y"].iloc[learned]) == set(y)
    for label in set(y):
        mine = side[table["y"] == label]
        counts = np.bincount(mine[mine >= 0], minlength=folds + 1)
        assert counts.max() - counts.min() <= 3


@given(
    groups=st.lists(st.integers(0, 20), min_size=30, max_size=200).filter(lambda g: len(set(g)) > 3),
    seed=st.integers(0, 9),
)
@settings(deadline=None)
def test_groups_stay_whole_in_turns(groups, seed):
    """No group is on two sides, however many turns were asked for."""
    table = pd.DataFrame({"y": np.arange(len(groups)) * 1.5, "g": groups})
    task = task_of(table[["y"]], classes=False, group_column="g", holdout=HoldoutRule(folds=5))
    side = turns_of(split(task, table, seed=seed), len(groups))
    assert all(len(set(side[table["g"] == group])) == 1 for group in set(groups))
    assert len(set(side) - {-1}) == min(5, len(set(groups)) - 1) + 1


def test_few_rows_are_hidden_in_turns_and_many_at_once():
    """What decides is how many rows would score a trial otherwise; sizes that were told, and time, go before."""
    few, many = (pd.DataFrame({"y": np.arange(rows) % 2}) for rows in (4 * ENOUGH - 4, 4 * ENOUGH))
    parts = split(task_of(few, holdout=HoldoutRule()), few, seed=0)
    assert len(parts.folds) == FOLDS
    assert f"hidden in {FOLDS} turns" in parts.rule
    assert len(split(task_of(many, holdout=HoldoutRule()), many, seed=0).folds) == 1
    assert len(split(task_of(few, holdout=HoldoutRule(search=0.3)), few, seed=0).search) == round(0.3 * len(few))
    dated = few.assign(t=range(len(few)))
    assert len(split(task_of(few, holdout=HoldoutRule(), time_column="t"), dated, seed=0).folds) == 1


@pytest.mark.parametrize("told", [{"search": 90, "final": 10}, {"search": 0.9, "final": 0.2}, {"final": 100}], ids=str)
def test_holdouts_larger_than_the_data_are_refused(told):
    """The sizes are named in one line."""
    table = pd.DataFrame({"y": np.arange(100) % 2})
    with pytest.raises(TaskInvalid, match=r"holdouts of \d+ \(split.search\) and \d+ \(split.final\) of 100 labelled"):
        split(task_of(table, holdout=HoldoutRule(**told)), table, seed=0)


def test_a_rare_class_is_never_hidden():
    """A class of one row is learned from in every turn; a final holdout shows classes that can spare a row."""
    table = pd.DataFrame({"y": [0, 1] * 50 + [2]})
    for seed in range(10):
        parts = split(task_of(table, holdout=HoldoutRule(folds=5)), table, seed=seed)
        assert 100 in parts.train
