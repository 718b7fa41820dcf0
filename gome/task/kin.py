"""Kin: training rows that share a combination of columns which test rows do not: several looks at one thing.

No column names the thing (the same bottle, the same flat), yet two or three together do. If test has other things, a
holdout that shares them with the rows that are learnt from flatters. Had rows been dealt by chance, training and test
would share the combination as often as training rows do among themselves; each column by itself is alike in both.
"""

from collections.abc import Sequence
from itertools import chain, combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
from msgspec import Struct

from gome.messages import Suspect
from gome.task.association import shift
from gome.task.columns import column_kind
from gome.task.task import Task

Codes = npt.NDArray[np.intp]

ROWS = 10_000  # of each table that are looked at
COLUMNS = 12  # that look most like it; their 298 combinations take some tenths of a second
REPEATED = 0.7  # distinct values by rows, above which a column repeats too little
ALIKE = 0.25  # distance of a column's distributions in train and test; what drifts is apart by time
LEAST = 30  # test rows, and training rows with kin
SHARE = 0.1  # of the training rows that have kin
ACROSS = 0.1  # of the pairs that chance would deal across the tables
EXPECTED = 30  # such pairs, for their lack to mean something
SETS = 20  # of kin
LARGEST = 0.05  # of the rows in one set; larger ones are what tables repeat by nature


class Kin(Struct, frozen=True, kw_only=True, eq=False):
    """Sets of training rows that are kin."""

    columns: tuple[str, ...]
    units: Codes  # of each training row, the set that it is in
    rows: int  # with kin
    sets: int

    @property
    def evidence(self) -> str:
        """What was seen, in plain words."""
        return (
            f"{self.rows} training rows share {', '.join(self.columns)} with others ({self.sets} sets) and hardly with "
            "test rows: they look like several rows of one thing"
        )

    def suspect(self) -> Suspect:
        """Return them as a profile tells them."""
        return Suspect(kind="group", column=self.columns[0], evidence=f"{self.evidence}; a split keeps them together")

    def told(self) -> str:
        """Return what a user is told of the split."""
        return f"{self.evidence}, and stay on one side of the split (split.copies = false in task.toml parts them)."


def kin(task: Task, train: pd.DataFrame, test: pd.DataFrame | None, copies: Codes) -> Kin | None:
    """Return the kin among training rows; None where there is none, or time or groups part the rows anyway.

    Args:
        task: names the targets, the id, groups and time.
        train: the cleaned training table.
        test: the test table.
        copies: of each training row the set of copies that it is in; copies count once.
    """
    if test is None or len(test) < LEAST or task.group_column is not None or task.time_column is not None:
        return None
    first = np.unique(copies, return_index=True)[1][:ROWS]
    here, there = train.iloc[np.sort(first)], test.head(ROWS)
    codes = {}
    for name in (str(name) for name in here.columns if name not in task.targets and name != task.id_column):
        if name in there.columns and _usable(here[name], there[name]):
            codes[name] = _codes(here[name], there[name])
    likely = sorted(codes, key=lambda name: _across(codes[name], len(here)))[:COLUMNS]
    best: tuple[float, int, tuple[str, ...]] | None = None
    for names in chain(*(combinations(likely, size) for size in (1, 2, 3))):
        joined = _joined([codes[name] for name in names])
        sizes = np.bincount(joined[: len(here)])
        having = int(sizes[sizes > 1].sum())
        across = _across(joined, len(here))
        if (
            across > ACROSS
            or having < max(LEAST, SHARE * len(here))
            or (sizes > 1).sum() < SETS
            or sizes.max() > max(20, LARGEST * len(here))
            or _pairs(sizes) * 2 / len(here) * len(there) < EXPECTED
        ):
            continue
        if best is None or (across, -having) < best[:2]:
            best = across, -having, names
    if best is None:
        return None
    names = best[2]
    units = _joined([_codes(train[name], there[name])[: len(train)] for name in names])
    units = np.unique(units, return_inverse=True)[1].astype(np.intp)
    sizes = np.bincount(units)
    return Kin(columns=names, units=units, rows=int(sizes[sizes > 1].sum()), sets=int((sizes > 1).sum()))


def _usable(here: pd.Series, there: pd.Series) -> bool:
    kind = column_kind(here)
    if kind not in {"numeric", "category"} or here.nunique() > REPEATED * len(here):
        return False
    numbers = {pd.api.types.is_numeric_dtype(column) for column in (here, there)}
    return len(numbers) == 1 and shift(here, there, kind) <= ALIKE


def _codes(here: pd.Series, there: pd.Series) -> Codes:
    """A code for each value of both; what is missing is like nothing."""
    codes = pd.factorize(pd.concat([here, there], ignore_index=True))[0].astype(np.intp)
    gaps = codes < 0
    codes[gaps] = codes.max() + 1 + np.arange(gaps.sum())
    return codes


def _joined(codes: Sequence[Codes]) -> Codes:
    """A code for each combination."""
    joined = codes[0]
    for each in codes[1:]:
        joined = np.unique(joined * (each.max() + 1) + each, return_inverse=True)[1].astype(np.intp)
    return joined


def _pairs(sizes: npt.NDArray[np.intp]) -> float:
    counts = sizes.astype(np.float64)
    return float((counts * (counts - 1)).sum() / 2)


def _across(codes: Codes, rows: int) -> float:
    """Pairs of equal rows across the tables, by those that as many of training would make among themselves."""
    most = int(codes.max()) + 1
    here, there = np.bincount(codes[:rows], minlength=most), np.bincount(codes[rows:], minlength=most)
    within = _pairs(here) / (rows * (rows - 1) / 2)
    across = float(here.astype(np.float64) @ there) / (rows * (len(codes) - rows))
    return across / within if within else np.inf
