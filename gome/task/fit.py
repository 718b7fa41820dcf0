"""Fit: whether the tables of a task belong together, checked before anything is spent."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gome.errors import TaskInvalid
from gome.messages import TaskKind
from gome.task.columns import as_time
from gome.task.files import Found
from gome.task.tables import label_text, tidy_labels
from gome.task.toml import nearest


def predicted_columns(sample: pd.DataFrame | None, id_name: str | None) -> tuple[str, ...]:
    """The sample submission's columns without the id."""
    return () if sample is None else tuple(str(name) for name in sample.columns if name != id_name)


def without_carried(
    sample: pd.DataFrame | None, test: pd.DataFrame | None, id_name: str | None, targets: Sequence[str]
) -> pd.DataFrame | None:
    """The sample submission without columns that only repeat the test table: nothing is predicted in them."""
    if sample is None or test is None:
        return sample
    others = [name for name in sample.columns if name != id_name and name not in targets]
    carried = [name for name in others if name in test.columns and test[name].notna().any()]
    return sample.drop(columns=carried) if len(carried) < len(sample.columns) - (id_name in sample.columns) else sample


def clean(
    path: Path, train: pd.DataFrame, test: pd.DataFrame | None, targets: Sequence[str], notes: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Labelled rows only, and a test table without target columns.

    Raises:
        TaskInvalid: no row has a label, or the test table holds values of a target.
    """
    columns = list(targets)
    missing = train[columns].isna().any(axis=1)
    if missing.all():
        raise TaskInvalid(f"{path}: target {columns[0]!r} is empty; no row has a label")
    if missing.any():
        notes.append(f"{int(missing.sum())} of {len(train)} training rows have no label and are left out.")
        kept = train[~missing].reset_index(drop=True)
        for name in columns:
            kept[name] = tidy_labels(train[name]).loc[train.index[~missing]].to_numpy()
        train = kept
    for name in columns:
        if not pd.api.types.is_numeric_dtype(train[name]):
            train = train.assign(**{name: train[name].infer_objects()})
    held = [name for name in columns if test is not None and name in test.columns]
    if test is not None and held:
        filled = [name for name in held if test[name].notna().any()]
        if filled:
            raise TaskInvalid(f"the test table holds values of target {filled[0]!r}; remove that column from it")
        notes.append(f"The test table's empty column {held[0]} is left out.")
        test = test.drop(columns=held)
    if test is not None and not set(test.columns) & set(train.columns) and len(test.columns):
        raise TaskInvalid(f"{path}: has no column in common with the test table")
    return train, test


def check_labels(path: Path, train: pd.DataFrame, targets: Sequence[str], kind: TaskKind, metric: str) -> None:
    """Whether labels suit the kind of task.

    Raises:
        TaskInvalid: one value only; text or infinity where numbers are wanted; as many classes as rows.
    """
    for name in targets:
        labels = train[name]
        distinct = labels.nunique()
        if distinct < 2:
            raise TaskInvalid(f"{path}: target {name!r} has one value only ({labels.iloc[0]!s}); nothing to learn")
        numeric = pd.api.types.is_numeric_dtype(labels)
        if kind == "regression":
            if not numeric:
                odd = labels[pd.to_numeric(labels, errors="coerce").isna()].iloc[0]
                raise TaskInvalid(f"{path}: {metric} needs numbers, but target {name!r} holds {str(odd)!r}")
            if not np.isfinite(labels.astype("float64")).all():
                raise TaskInvalid(f"{path}: target {name!r} holds infinite values; remove those rows")
            if "rmsle" in metric and (labels < 0).any():
                raise TaskInvalid(
                    f"{path}: {metric} needs targets of 0 or more, but {name!r} goes down to {labels.min():g}"
                )
        elif kind != "ranking" and distinct > max(20, len(labels) // 2):
            what = "numbers" if numeric else "labels"
            raise TaskInvalid(
                f"{path}: {metric} needs classes, but target {name!r} has {distinct} different {what} "
                f"in {len(labels)} rows; name another target or metric"
            )


def check_ids(
    folder: Path,
    found: Found,
    train: pd.DataFrame,
    test: pd.DataFrame | None,
    sample: pd.DataFrame | None,
    id_name: str | None,
) -> None:
    """Whether every id names one row.

    Raises:
        TaskInvalid: an id is missing, or is there twice within one table.
    """
    if id_name is None:
        return
    if test is not None and id_name not in test.columns and (sample is None or id_name not in sample.columns):
        raise TaskInvalid(
            f"{folder / (found.test or '')}: lacks the id column {id_name!r}; {nearest(id_name, test.columns)}"
        )
    for name, table in ((found.train, train), (found.test, test), (found.sample, sample)):
        if table is None or name is None or id_name not in table.columns:
            continue
        ids = table[id_name]
        if ids.isna().any():
            raise TaskInvalid(f"{folder / name}: {int(ids.isna().sum())} rows have no {id_name!r}; every row needs one")
        twice = ids[ids.duplicated()]
        if len(twice):
            raise TaskInvalid(
                f"{folder / name}: {len(twice)} duplicate ids in {id_name!r}, first {str(twice.iloc[0])!r}; "
                "ids must be unique (id = '' in task.toml says that there are none)"
            )


def check_sample(
    folder: Path,
    found: Found,
    sample: pd.DataFrame | None,
    test: pd.DataFrame | None,
    id_name: str | None,
    targets: tuple[str, ...],
    wide: Sequence[str],
) -> tuple[str, ...]:
    """The submission's columns, as the sample shows them; empty without a sample.

    Raises:
        TaskInvalid: its columns, rows or ids do not fit the targets and the test table.
    """
    if sample is None or test is None or found.sample is None:
        return ()
    path = folder / found.sample
    if id_name is not None and id_name not in sample.columns:
        raise TaskInvalid(f"{path}: lacks the id column {id_name!r}; {nearest(id_name, sample.columns)}")
    predicted = predicted_columns(sample, id_name)
    if not wide and set(predicted) != set(targets) and (len(predicted), len(targets)) != (1, 1):
        asked = ", ".join(predicted[:6]) or "nothing"
        raise TaskInvalid(
            f"{path}: asks for {asked}{', ...' if len(predicted) > 6 else ''}, which are neither the targets "
            f"({', '.join(targets[:6])}) nor one column per class"
        )
    if len(sample) != len(test):
        raise TaskInvalid(f"{path}: has {len(sample)} rows, but the test table has {len(test)}; they must match")
    if id_name is not None and id_name in test.columns:
        known, listed = set(label_text(test[id_name])), label_text(sample[id_name])
        strange = listed[~listed.isin(known)]
        if len(strange):
            raise TaskInvalid(
                f"{path}: {id_name} {strange.iloc[0]!r} is not in the test table ({len(strange)} such ids)"
            )
    return tuple(map(str, sample.columns))


def check_split(path: Path, train: pd.DataFrame, group: str | None, time: str | None) -> None:
    """Whether rows can be held out as told.

    Raises:
        TaskInvalid: the column is not there, or holds values that are no moments.
    """
    for role, name in (("split.group", group), ("split.time", time)):
        if name is not None and name not in train.columns:
            raise TaskInvalid(f"{path}: no {role} column {name!r}; {nearest(name, train.columns)}")
    if time is not None:
        odd = train[time][as_time(train[time]).isna()]
        if len(odd):
            shown = "nothing" if pd.isna(odd.iloc[0]) else repr(str(odd.iloc[0]))
            raise TaskInvalid(f"{path}: split.time column {time!r} holds {shown} in {len(odd)} rows; it needs moments")
