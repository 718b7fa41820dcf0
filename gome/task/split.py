"""The split: which labelled rows may be learned from, which score the search, which confirm its winner."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from msgspec import Struct

from gome.errors import TaskInvalid
from gome.task.columns import as_time
from gome.task.deal import NEVER, deal, keep_classes
from gome.task.tables import label_text
from gome.task.task import Task

MIN_ROWS = 30  # below, a holdout of a few rows measures nothing but luck
MAX_HOLDOUT = 20_000  # rows; the noise of most metrics is below 0.3 % there
FOLDS = 5  # in which rows are hidden in turns, where a holdout alone would be too noisy
ENOUGH = 150  # search rows: a mean over them has a standard error of 8 % of a row's spread; with fewer, turns are taken
_SMALL = 2_000  # rows; below, noise costs more than the rows that are not trained on
_SHARES = {True: (0.25, 0.15), False: (0.20, 0.12)}  # search, final; by "small"
_FEW_CLASSES = 20  # with so many at most, each holdout shows every class that has three rows
_DRAWS = 64  # random assignments of groups, of which the most even is taken

Rows = npt.NDArray[np.intp]  # positions in the cleaned training table, ascending


class Split(Struct, frozen=True, kw_only=True):
    """Three disjoint sets of rows that together are the training table."""

    train: Rows  # learned from, always
    search: Rows  # scores trials
    final: Rows  # scores finalists, once
    rule: str  # how rows were held out, in words
    folds: tuple[Rows, ...]  # the search rows in parts that are hidden one at a time; one part: all at once

    def learned(self, fold: int) -> Rows:
        """Rows that may be learned from while a fold is hidden."""
        others = [rows for number, rows in enumerate(self.folds) if number != fold]
        return np.sort(np.concatenate([self.train, *others]))


def split(task: Task, train: pd.DataFrame, *, seed: int, units: Rows | None = None) -> Split:
    """The one split of a run; the same for the same rows and seed.

    Stratified by the labels; by whole groups, or the latest rows, where the task says so. Every class keeps a
    row to learn from, even where that takes a row (or group) back from a holdout. Where the search rows would
    be few, the rows are dealt into folds and hidden in turns: then all but the final ones score every trial,
    at the cost of running its program once a fold.

    Args:
        task: says how.
        train: the cleaned training table.
        seed: of the run.
        units: for each row the set, numbered from 0, that must not be parted (copies of a row); None: each may be.
            Groups and time, where the task has them, go before.

    Raises:
        TaskInvalid: too few rows, groups or moments; holdouts that leave too little to learn from.
    """
    rows = len(train)
    if rows < MIN_ROWS:
        raise TaskInvalid(
            f"{task.path}: {rows} labelled rows are too few to hold some out; at least {MIN_ROWS} are needed"
        )
    search, final = _sizes(task, rows)
    folds = turns(task, rows)
    random = np.random.default_rng(seed)
    if folds > 1:
        return _in_turns(task, train, folds, random, units)
    strata = strata_of(task, train)
    together, units = units, np.arange(rows)
    if task.time_column is not None:
        sides, rule = _by_time(task, train, search, final), f"the latest rows by {task.time_column}"
    elif task.group_column is not None:
        units = _units(train[task.group_column])
        sides, rule = _by_group(task, units, strata, search, final, random), f"whole groups of {task.group_column}"
    else:
        units, rule = _units_of(together, rows)
        first = np.unique(units, return_index=True)[1]  # a row of each set stands for it
        share = len(first) / rows
        sides = _by_stratum(strata[first], round(search * share), round(final * share), random)
        for labels in _labels(task, train):
            _show_classes(sides, labels[first])
        sides = sides[units]
    for labels in _labels(task, train):
        _keep_classes(sides, labels, units)
    train_rows, search_rows, final_rows = (np.flatnonzero(sides == side) for side in range(3))
    _check_held(task, search_rows, final_rows)
    return Split(train=train_rows, search=search_rows, final=final_rows, rule=rule, folds=(search_rows,))


def _sizes(task: Task, rows: int) -> tuple[int, int]:
    """Rows of the search and the final holdout: those told, as shares or counts, else by the size of the table."""
    usual = _SHARES[rows < _SMALL]
    told = (task.holdout.search, task.holdout.final)
    sizes = [
        min(round(share * rows), MAX_HOLDOUT) if size is None else round(size * rows) if size < 1 else round(size)
        for share, size in zip(usual, told, strict=True)
    ]
    if told != (None, None) and (sum(sizes) > rows - MIN_ROWS // 3 or min(sizes) < 2):
        raise TaskInvalid(
            f"{task.path}: holdouts of {sizes[0]} (split.search) and {sizes[1]} (split.final) of {rows} labelled rows "
            f"{'leave too little to learn from' if min(sizes) >= 2 else 'are too small'}; choose others"
        )
    return sizes[0], sizes[1]


def turns(task: Task, rows: int, *, most: float = np.inf) -> int:
    """In how many parts the rows are hidden one after the other: as told, else by how few would score a trial.

    Args:
        task: says how much to hold out, or nothing.
        rows: labelled ones.
        most: that there is time for; where all cannot be afforded, rows are hidden at once.
    """
    if task.holdout.folds is not None:
        return task.holdout.folds
    told = task.holdout.search is not None or task.holdout.final is not None or task.time_column is not None
    return 1 if told or most < FOLDS or _sizes(task, rows)[0] >= ENOUGH else FOLDS


def _in_turns(task: Task, train: pd.DataFrame, folds: int, random: np.random.Generator, together: Rows | None) -> Split:
    """Rows dealt evenly into so many folds and the final holdout."""
    grouped = task.group_column is not None
    units, what = _units_of(together, len(train))
    if grouped:
        units, what = _units(train[str(task.group_column)]), f"whole groups of {task.group_column}"
        groups = int(units.max()) + 1
        if groups < 3:
            raise TaskInvalid(
                f"{task.path}: {task.group_column!r} has {groups} groups; at least 3 are needed to split by it"
            )
        folds = min(folds, groups - 1)
    sides = deal(units, strata_of(task, train), folds + 1, random)
    for labels in _labels(task, train):
        keep_classes(sides, labels, units, folds)
    parts = [np.flatnonzero(sides == side) for side in range(folds)]
    final, searched = np.flatnonzero(sides == folds), np.flatnonzero((sides != folds) & (sides != NEVER))
    _check_held(task, searched, final)
    return Split(
        train=np.flatnonzero(sides == NEVER),
        search=searched,
        final=final,
        rule=f"{what}, hidden in {folds} turns",
        folds=tuple(rows for rows in parts if len(rows)),
    )


def _check_held(task: Task, search: Rows, final: Rows) -> None:
    if not len(search) or not len(final):
        raise TaskInvalid(f"{task.path}: every class or group is needed to learn from; nothing is left to hold out")


def _units_of(together: Rows | None, rows: int) -> tuple[Rows, str]:
    """What must not be parted where neither groups nor time decide, and the rule in words."""
    if together is None:
        return np.arange(rows), "rows at random, stratified by the target"
    return together, "rows at random, copies of a row together, stratified by the target"


def _units(groups: pd.Series) -> Rows:
    """A code for each row's group; a missing group is a group of its own."""
    units = pd.factorize(groups)[0].astype(np.intp)
    units[units < 0] = units.max() + 1 + np.arange((units < 0).sum())
    return units


def _labels(task: Task, train: pd.DataFrame) -> list[Rows]:
    """A code for each row's class, one array per target; none for regression."""
    if not task.classes:
        return []
    return [pd.factorize(label_text(train[name]))[0].astype(np.intp) for name in task.targets]


def strata_of(task: Task, train: pd.DataFrame) -> Rows:
    """A code for each row: its combination of classes, or its slice of the targets' ranks."""
    if task.classes:
        combined = np.zeros(len(train), dtype=np.intp)
        for codes in _labels(task, train):
            combined = np.unique(combined * (codes.max() + 1) + codes, return_inverse=True)[1].astype(np.intp)
        return combined
    ranks = sum(train[name].astype("float64").rank(pct=True) for name in task.targets)
    slices = max(1, min(50, len(train) // 10))
    order = np.argsort(np.asarray(ranks), kind="stable")
    codes = np.empty(len(train), dtype=np.intp)
    codes[order] = np.arange(len(train)) * slices // len(train)
    return codes


def _by_stratum(strata: Rows, search: int, final: int, random: np.random.Generator) -> Rows:
    """Every so-manyth row of an order by stratum: each stratum's share is right to within one row."""
    sides = np.zeros(len(strata), dtype=np.intp)
    held = np.lexsort((random.random(len(strata)), strata))
    for side, wanted in ((1, search + final), (2, final)):
        marks = np.floor(np.arange(len(held) + 1) * (wanted / len(held)) + random.random())
        held = held[np.diff(marks) > 0]
        sides[held] = side
    return sides


def _by_group(task: Task, units: Rows, strata: Rows, search: int, final: int, random: np.random.Generator) -> Rows:
    """Of some random assignments of groups, the one whose sides are most alike in size and labels."""
    sizes = np.bincount(units)
    if len(sizes) < 3:
        raise TaskInvalid(
            f"{task.path}: {task.group_column!r} has {len(sizes)} groups; at least 3 are needed to split by it"
        )
    coarse = strata * min(10, strata.max() + 1) // (strata.max() + 1)
    table = np.zeros((len(sizes), coarse.max() + 1))  # (groups, strata): rows
    np.add.at(table, (units, coarse), 1)
    wanted = np.array([len(units) - search - final, search, final])
    ideal = wanted[:, None] * table.sum(0) / len(units)  # (sides, strata)
    best, least = _smallest_held(sizes), np.inf
    for _ in range(_DRAWS):
        order = random.permutation(len(sizes))
        middle = np.cumsum(sizes[order]) - sizes[order] / 2  # rows before the middle of each group
        drawn = np.empty(len(sizes), dtype=np.intp)
        drawn[order] = (middle < search + final).astype(np.intp) + (middle < final)
        got = np.zeros_like(ideal)
        np.add.at(got, drawn, table)
        off = float((((got - ideal) ** 2) / (ideal + 1)).sum())
        if off < least and len(np.unique(drawn)) == 3:
            best, least = drawn, off
    return best[units]


def _smallest_held(sizes: Rows) -> Rows:
    """The fallback when every draw left a side empty: the two smallest groups are held out."""
    sides = np.zeros(len(sizes), dtype=np.intp)
    second, first = np.argsort(sizes, kind="stable")[[1, 0]]
    sides[second], sides[first] = 1, 2
    return sides


def _by_time(task: Task, train: pd.DataFrame, search: int, final: int) -> Rows:
    """Train, then search, then final in time; rows of one moment stay together."""
    moments, codes, counts = np.unique(as_time(train[str(task.time_column)]), return_inverse=True, return_counts=True)
    if len(moments) < 3:
        raise TaskInvalid(
            f"{task.path}: {task.time_column!r} has {len(moments)} moments; at least 3 are needed to split by it"
        )
    before = np.concatenate(([0], np.cumsum(counts)))  # rows earlier than each moment
    rows = len(train)
    last = int(np.clip(np.abs(before - (rows - final)).argmin(), 2, len(moments) - 1))
    first = int(np.clip(np.abs(before - (rows - final - search)).argmin(), 1, last - 1))
    return (codes >= first).astype(np.intp) + (codes >= last)


def _keep_classes(sides: Rows, labels: Rows, units: Rows) -> None:
    """Give back to train one unit of each class that train lacks."""
    for label in np.setdiff1d(labels, labels[sides == 0]):
        sides[units == units[np.flatnonzero(labels == label)[0]]] = 0


def _show_classes(sides: Rows, labels: Rows) -> None:
    """Give each holdout a row of every class that can spare one, when classes are few."""
    if labels.max() >= _FEW_CLASSES:
        return
    for label in range(int(labels.max()) + 1):
        mine = np.flatnonzero(labels == label)
        for side in (1, 2):
            counts = np.bincount(sides[mine], minlength=3)
            if not counts[side] and counts.max() >= 2:
                sides[mine[sides[mine] == counts.argmax()][-1]] = side
