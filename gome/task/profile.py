"""The profile: what the tables look like, and what about them may mislead."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from gome.messages import Column, Profile, Suspect, Target
from gome.task.association import association, outcome, shift
from gome.task.columns import as_time, bins, column_kind
from gome.task.tables import label_text
from gome.task.task import Task

MAX_COLUMNS = 300  # told in full; more would not fit a prompt
MAX_FILES = 50
_SAMPLE = 5_000  # rows for associations and shifts
_SHIFT = 0.25


def profile(task: Task, train: pd.DataFrame, test: pd.DataFrame | None) -> Profile:
    """The profile of the cleaned tables. Associations and shifts are judged on samples of rows."""
    features = [str(name) for name in train.columns if name not in task.targets]
    some = train if len(train) <= _SAMPLE else train.sample(_SAMPLE, random_state=0).sort_index()
    others = None if test is None else test if len(test) <= _SAMPLE else test.sample(_SAMPLE, random_state=0)
    goal = outcome(some[list(task.targets)], classes=bool(task.classes))
    columns = [_column(task, train[name], some[name], others, goal) for name in features]
    columns.sort(key=lambda column: -(column.association or 0.0))  # stable: equals keep the table's order
    suspects = [
        *_shifts(columns, len(some), 0 if others is None else len(others)),
        *_times(task, train, test, columns),
        *_groups(task, train, test, columns),
        *_order(task, some, goal),
    ]
    return Profile(
        rows=len(train),
        test_rows=0 if test is None else len(test),
        columns=tuple(columns[:MAX_COLUMNS]),
        targets=tuple(_target(train[name], classes=bool(task.classes)) for name in task.targets),
        suspects=tuple(suspects),
        omitted_columns=max(0, len(columns) - MAX_COLUMNS),
        other_files=tuple(_files(task.path, task.other_files)),
    )


def _column(
    task: Task, full: pd.Series, some: pd.Series, others: pd.DataFrame | None, goal: npt.NDArray[np.float64]
) -> Column:
    name = str(full.name)
    kind = "id" if name == task.id_column else column_kind(full)
    in_test = others is not None and name in others.columns
    number = kind == "numeric"
    compared = in_test and kind not in {"id", "text", "constant"}
    return Column(
        name=name,
        kind=kind,
        missing=round(float(full.isna().mean()), 4),
        distinct=int(full.nunique()),
        examples=tuple(str(value)[:60] for value in full.dropna().unique()[:3]),
        skew=_skew(full) if number else None,
        in_test=in_test or others is None,
        shift=shift(some, others[name], kind) if compared and others is not None else None,
        association=None if kind in {"id", "text"} else association(bins(some, kind), goal),
    )


def _skew(numbers: pd.Series) -> float | None:
    with np.errstate(over="ignore", invalid="ignore"):  # numbers near the largest have none
        return _rounded(numbers.astype("float64").replace([np.inf, -np.inf], np.nan).skew())


def _target(labels: pd.Series, *, classes: bool) -> Target:
    name, distinct = str(labels.name), int(labels.nunique())
    if classes:
        counts = label_text(labels).value_counts().head(50)
        return Target(name=name, distinct=distinct, classes=tuple((str(key), int(n)) for key, n in counts.items()))
    numbers = labels.astype("float64")
    return Target(
        name=name,
        distinct=distinct,
        minimum=float(numbers.min()),
        maximum=float(numbers.max()),
        mean=float(numbers.mean()),
        skew=_skew(numbers),
    )


def _shifts(columns: Sequence[Column], rows: int, test_rows: int) -> list[Suspect]:
    """Distances beyond what so many rows show by chance. Dates are judged by `_times`."""
    if not test_rows:
        return []
    one = np.sqrt(1 / rows + 1 / test_rows)
    found = []
    for column in columns:
        chance = 1.36 * one if column.kind == "numeric" else one * np.sqrt(min(column.distinct, 50) / (2 * np.pi))
        if column.kind != "date" and (column.shift or 0.0) >= _SHIFT + chance:
            evidence = f"train and test differ in {column.name}: distance {column.shift:.2f} of 1"
            found.append(Suspect(kind="shift", column=column.name, evidence=evidence))
    return found


def _times(task: Task, train: pd.DataFrame, test: pd.DataFrame | None, columns: Sequence[Column]) -> list[Suspect]:
    if test is None:
        return []
    found = []
    for column in columns:
        if column.kind != "date" or not column.in_test:
            continue
        past, future = as_time(train[column.name]), as_time(test[column.name])
        if future.min() > past.max():
            held = "" if task.time_column else "; consider split.time"
            found.append(
                Suspect(
                    kind="time-order",
                    column=column.name,
                    evidence=f"every test row is later than all training rows by {column.name}{held}",
                )
            )
    return found


def _groups(task: Task, train: pd.DataFrame, test: pd.DataFrame | None, columns: Sequence[Column]) -> list[Suspect]:
    """Columns whose values repeat within train and within test, and never across."""
    if test is None:
        return []
    found = []
    held = "" if task.group_column else "; consider split.group"
    for column in columns:
        if (
            column.kind not in {"category", "numeric"}
            or not column.in_test
            or not 10 <= column.distinct <= len(train) // 2
        ):
            continue
        if column.kind == "numeric" and not (train[column.name].dropna() % 1 == 0).all():
            continue
        here, there = set(train[column.name].dropna().unique()), set(test[column.name].dropna().unique())
        if len(there) >= 5 and len(there) <= len(test) // 2 and not here & there:
            evidence = f"none of the {len(there)} values of {column.name} in test is in train{held}"
            found.append(Suspect(kind="group", column=column.name, evidence=evidence))
    return found


def _order(task: Task, some: pd.DataFrame, goal: npt.NDArray[np.float64]) -> list[Suspect]:
    """Whether the place of a row, or its id, tells of its label."""
    found = []
    place = association(bins(pd.Series(np.arange(len(some))), "numeric"), goal)
    if place >= 0.3:
        evidence = f"the order of the training rows explains {place:.2f} of 1 of the target; shuffle before folding"
        found.append(Suspect(kind="id-signal", column=None, evidence=evidence))
    name = task.id_column
    if name in some.columns and pd.api.types.is_numeric_dtype(some[name]):
        told = association(bins(some[name], "numeric"), goal)
        if told >= 0.3:
            evidence = f"{name} explains {told:.2f} of 1 of the target"
            found.append(Suspect(kind="id-signal", column=name, evidence=evidence))
    return found


def _files(folder: Path, names: Sequence[str]) -> list[str]:
    """Relative paths of other files; folders are walked until there are enough."""
    found: list[str] = []
    for name in names:
        item = folder / name
        for path in sorted(item.rglob("*")) if item.is_dir() else [item]:
            if path.is_file():
                found.append(path.relative_to(folder).as_posix())
            if len(found) == MAX_FILES:
                return found
    return found


def _rounded(value: object) -> float | None:
    number = float(str(value))
    return round(number, 3) if np.isfinite(number) else None
