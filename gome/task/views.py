"""Views: the folders that solutions see as ./input; no label of a held-out row is in the first two."""

from pathlib import Path

import numpy as np
import pandas as pd
from msgspec import Struct

from gome.task.columns import as_time
from gome.task.folders import close, discard, place_others
from gome.task.rows import few, first_number, official_order, row_ids, submission
from gome.task.split import Rows, Split
from gome.task.tables import Tables
from gome.task.task import Task
from gome.task.writing import plain_lines, write_rows, write_table

TRAIN, TEST, SUBMISSION = "train.csv", "test.csv", "sample_submission.csv"
SAMPLE_TRAIN = 300  # rows; enough for every line of a program to run, in seconds
SAMPLE_TEST = 100


class Held(Struct, frozen=True, kw_only=True):
    """Held-out rows: their labels, and where they are in the view."""

    labels: pd.DataFrame  # target columns alone; row i belongs to positions[i]
    positions: Rows  # rows of the view's test table, and of `Views.view_sample`


class Views(Struct, frozen=True, kw_only=True):
    """The folders, and what the harness needs to score what comes out of them."""

    search: Path  # train without holdouts; test with real test rows and both holdouts, mixed
    sample: Path  # a few rows of `search`
    full: Path  # all labelled rows; the real test table
    view_sample: pd.DataFrame  # search/sample_submission.csv as pandas reads it: one row per test row, in order
    search_rows: Held
    final_rows: Held
    test_positions: Rows  # rows of the view that are real test rows, in official order; empty without a test table
    official_sample: pd.DataFrame | None  # a submission of the real test rows; None without a test table


def write_views(task: Task, tables: Tables, split: Split, folder: Path, *, seed: int) -> Views:
    """Write `search/`, `sample/` and `full/` below `folder`, replacing older ones, read-only.

    Each holds train.csv, test.csv, sample_submission.csv (UTF-8, commas), description.md and the task's other
    files. Ids of held-out rows are their own where these cannot be mistaken for a test row's, else fresh.
    """
    random = np.random.default_rng([seed, 1])
    held = np.concatenate([split.search, split.final])
    stacked, ids = _stack(task, tables, held)
    order = random.permutation(len(stacked))
    if task.time_column in stacked.columns:
        order = order[np.argsort(as_time(stacked[task.time_column]).to_numpy()[order], kind="stable")]
    position = np.empty(len(order), dtype=np.intp)  # of each stacked row, in the view
    position[order] = np.arange(len(order))
    test = stacked.iloc[order].reset_index(drop=True)
    ids = None if ids is None else _in_order(task, tables, ids, order)
    sample = submission(task, tables, ids, len(test))
    official, test_positions = _official(task, tables, position)
    few_rows = np.sort(random.permutation(len(test))[:SAMPLE_TEST])

    paths = [folder / name for name in ("search", "sample", "full")]
    for path in paths:
        discard(path)
        path.mkdir(parents=True)
    lines = plain_lines(task.path / task.train_file, list(tables.train.columns), len(tables.train))
    some = split.train[few(task, tables.train.iloc[split.train], SAMPLE_TRAIN, random)]
    for path, rows in zip(paths, (split.train, some, np.arange(len(tables.train))), strict=True):
        write_rows(path / TRAIN, tables.train, lines, rows)
    for name, table, shown in ((TEST, test, tables.test), (SUBMISSION, sample, official)):
        write_table(paths[0] / name, table)
        write_table(paths[1] / name, table.iloc[few_rows])
        write_table(paths[2] / name, table if shown is None else shown)
    place_others(task, paths)
    for path in paths:
        (path / "description.md").write_text(task.description + "\n", encoding="utf-8")
        close(path)

    labels = tables.train[list(task.targets)]
    searched, finals = np.split(position[len(stacked) - len(held) :], [len(split.search)])
    return Views(
        search=paths[0],
        sample=paths[1],
        full=paths[2],
        view_sample=pd.read_csv(paths[0] / SUBMISSION),
        search_rows=Held(labels=labels.iloc[split.search].reset_index(drop=True), positions=searched),
        final_rows=Held(labels=labels.iloc[split.final].reset_index(drop=True), positions=finals),
        test_positions=test_positions,
        official_sample=official,
    )


def _stack(task: Task, tables: Tables, held: Rows) -> tuple[pd.DataFrame, pd.Series | None]:
    """Real test rows, then held-out rows without labels; and the ids of all."""
    rows = tables.train.drop(columns=list(task.targets)).iloc[held]
    ids = row_ids(task, tables, held)
    if tables.test is None:
        return rows.reset_index(drop=True), ids
    real = tables.test
    shared = [name for name in real.columns if name in rows.columns]
    stacked = pd.concat([real, rows[shared]], ignore_index=True)
    if ids is not None and task.id_column in real.columns:
        stacked[task.id_column] = ids
    return stacked[list(real.columns)], ids


def _in_order(task: Task, tables: Tables, ids: pd.Series, order: Rows) -> pd.Series:
    """Ids as the view's rows come. Ids that are no column of the test table and only count rows count the view's."""
    if tables.test is not None and tables.sample is not None and task.id_column not in tables.test.columns:
        first = first_number(tables.sample[task.id_column])
        if first is not None:
            return pd.Series(first + np.arange(len(order)))
    return ids.iloc[order].reset_index(drop=True)


def _official(task: Task, tables: Tables, position: Rows) -> tuple[pd.DataFrame | None, Rows]:
    """What a submission of the real test rows looks like, and where in the view its rows are."""
    real, sample = tables.test, tables.sample
    if real is None:
        return None, position[:0]
    if sample is None:
        sample = submission(task, tables, None if task.id_column is None else real[task.id_column], len(real))
    return sample, position[official_order(task, real, sample)]
