"""What tells test rows from training rows, time or groups: holdouts must lie apart in the same way, or they flatter."""

from collections.abc import Mapping

import pandas as pd

from gome.messages import ColumnKind
from gome.task.columns import as_time

_LEAST_GROUPS = 10  # in train; and half as many in test
_ROWS_A_GROUP = 2.0  # on average, at least: with fewer, values that never meet are ids
_MANY = 0.5  # of the rows' number; more groups are no groups


def by_time(train: pd.DataFrame, test: pd.DataFrame | None, kinds: Mapping[str, ColumnKind]) -> str | None:
    """A date column whose every test value is later than any training value."""
    for name in (name for name, kind in kinds.items() if kind == "date" and test is not None and name in test.columns):
        assert test is not None
        past, future = as_time(train[name]), as_time(test[name])
        if past.notna().all() and past.nunique() >= 10 and future.notna().all() and future.min() > past.max():
            return name
    return None


def by_group(train: pd.DataFrame, test: pd.DataFrame | None, kinds: Mapping[str, ColumnKind]) -> str | None:
    """The column of fewest values that repeat within train and within test, and never across.

    If rows had been dealt by chance, nearly every group would have rows in both.
    """
    if test is None:
        return None
    found = [name for name, kind in kinds.items() if name in test.columns and _apart(train[name], test[name], kind)]
    return min(found, key=lambda name: train[name].nunique(), default=None)


def _apart(here: pd.Series, there: pd.Series, kind: ColumnKind) -> bool:
    if kind not in {"category", "numeric"}:
        return False
    for column, least in ((here, _LEAST_GROUPS), (there, _LEAST_GROUPS // 2)):
        groups = column.nunique()
        if not least <= groups <= _MANY * column.notna().sum() or column.notna().sum() < _ROWS_A_GROUP * groups:
            return False
    numbers = [pd.api.types.is_numeric_dtype(column) for column in (here, there)]
    if numbers[0] != numbers[1]:
        return False
    if all(numbers):
        if not all((column.dropna() % 1 == 0).all() for column in (here, there)):
            return False
        if here.max() < there.min() or there.max() < here.min():  # ranges that follow each other: time, or a shift
            return False
    return not set(here.dropna()) & set(there.dropna())
