"""Rows of a view: their ids, the submission that covers them, and the few that a first test run needs."""

import numpy as np
import pandas as pd

from gome.task.attached import tells
from gome.task.split import Rows
from gome.task.tables import Tables, label_text
from gome.task.task import Task


def row_ids(task: Task, tables: Tables, held: Rows, random: np.random.Generator) -> pd.Series | None:
    """Ids of the real test rows, then of the held-out rows; None where rows have none.

    Held-out rows keep their own ids unless they have none, one of them is also a test row's, theirs are words
    and the test's are numbers, or they name files and tell the labels: then all get fresh ones of the test's type.
    """
    name, train, real = task.id_column, tables.train, tables.test
    if name is None:
        return None
    own = train[name].iloc[held] if name in train.columns else None
    if real is None:
        return None if own is None else own.reset_index(drop=True)
    given = real[name] if name in real.columns or tables.sample is None else tables.sample[name]
    numbers = [pd.api.types.is_numeric_dtype(ids) for ids in (own, given) if ids is not None]
    if (
        own is None
        or len(set(numbers)) > 1
        or _telling(task, train)
        or label_text(own).isin(set(label_text(given))).any()
    ):
        known = given if own is None else pd.concat([given, train[name]], ignore_index=True)
        fresh = _fresh(known, len(held), like=given).to_numpy()
        own = pd.Series(random.permutation(fresh))  # in order they would tell the table's
    return pd.concat([given, own], ignore_index=True)


def first_number(ids: pd.Series) -> int | None:
    """Where ids merely count rows: the number they begin with."""
    if not pd.api.types.is_integer_dtype(ids):
        return None
    first = int(ids.iloc[0])
    return first if (ids.to_numpy() == first + np.arange(len(ids))).all() else None


def submission(task: Task, tables: Tables, ids: pd.Series | None, rows: int) -> pd.DataFrame:
    """A submission of `rows` rows that says nothing: the same neutral prediction everywhere."""
    columns: dict[str, object] = {}
    if task.id_column is not None and ids is not None:
        columns[task.id_column] = ids.to_numpy()
    for place, name in enumerate(task.prediction_columns):
        columns[name] = _neutral(task, tables, name, place)
    table = pd.DataFrame(columns, index=pd.RangeIndex(rows))
    return table[[name for name in task.submission_columns if name in table.columns]]


def official_order(task: Task, real: pd.DataFrame, sample: pd.DataFrame) -> Rows:
    """For each row of the official submission, the row of the test table that it is about."""
    if task.id_column is None or task.id_column not in real.columns:
        return np.arange(len(real))
    places = pd.Series(np.arange(len(real)), index=label_text(real[task.id_column]))
    return places.loc[label_text(sample[task.id_column])].to_numpy()


def few(task: Task, train: pd.DataFrame, limit: int, random: np.random.Generator) -> Rows:
    """Positions of about `limit` rows; of every class some, so that folds of five can be made where rows allow."""
    order = random.permutation(len(train))
    if not task.classes:
        return np.sort(order[:limit])
    first: list[Rows] = []
    for name in task.targets:
        labels = label_text(train[name]).iloc[order]
        each = max(1, min(5, limit // max(1, labels.nunique() * len(task.targets))))
        first.append(order[(labels.groupby(labels.to_numpy()).cumcount() < each).to_numpy()])
    picked = pd.unique(np.concatenate([*first, order]))
    return np.sort(picked[: max(limit, len(np.unique(np.concatenate(first))))])


def _fresh(known: pd.Series, count: int, like: pd.Series) -> pd.Series:
    """Ids that are not among `known`."""
    if pd.api.types.is_numeric_dtype(like):
        known = pd.to_numeric(known, errors="coerce").dropna()
        highest = known.max()
        if highest < 2**53:
            return pd.Series(int(highest) + 1 + np.arange(count))
        return pd.Series(np.setdiff1d(np.arange(len(known) + count), known.to_numpy())[:count])
    taken, prefix = set(label_text(known)), "row"
    ending = _ending(label_text(like))
    while any(text.startswith(prefix) for text in taken):
        prefix += "_"
    return pd.Series([f"{prefix}{number}{ending}" for number in range(count)])


def _neutral(task: Task, tables: Tables, name: str, place: int) -> object:
    if task.wanted == "probability":
        return 1 / len(task.classes) if task.wide else 0.5
    if tables.sample is not None and name in tables.sample.columns and pd.notna(tables.sample[name].iloc[0]):
        return tables.sample[name].iloc[0]
    if task.classes:
        return label_text(tables.train[task.targets[place]]).min()
    return 0.0


def _telling(task: Task, train: pd.DataFrame) -> bool:
    """Whether the ids name files, and say of each to which class it belongs."""
    if task.row_files is None or task.row_files.column != task.id_column or not task.classes:
        return False
    return any(tells(label_text(train[str(task.id_column)]), label_text(train[name])) for name in task.targets)


def _ending(names: pd.Series) -> str:
    """The ending that all names share, such as .png; empty where they do not."""
    endings = names.str.extract(r"(\.\w+)$")[0].unique()
    return str(endings[0]) if len(endings) == 1 and pd.notna(endings[0]) else ""
