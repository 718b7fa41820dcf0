"""Views: the folders that solutions see as ./input; no label of a row that a view hides is in it."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from msgspec import Struct

from gome.task.attached import hidden_names, sources
from gome.task.columns import as_time
from gome.task.folders import Shelf, close, discard, place_others
from gome.task.rows import few, first_number, official_order, row_ids, submission
from gome.task.split import Rows, Split
from gome.task.tables import Tables, label_text
from gome.task.task import Task
from gome.task.writing import plain_lines, write_rows, write_table

TRAIN, TEST, SUBMISSION = "train.csv", "test.csv", "sample_submission.csv"
SAMPLE_TRAIN = 300  # rows; enough for every line of a program to run, in seconds
SAMPLE_TEST = 100


class Held(Struct, frozen=True, kw_only=True):
    """Held-out rows: their labels, and where they are among all unlabelled rows."""

    labels: pd.DataFrame  # target columns alone; row i belongs to positions[i]
    positions: Rows  # rows of `Views.view_sample`


class View(Struct, frozen=True, kw_only=True):
    """One folder that trials see: train without what it hides; test with real test rows and the hidden ones, mixed."""

    path: Path
    sample: pd.DataFrame  # its sample_submission.csv as pandas reads it
    rows: Rows  # rows of `Views.view_sample` that its test table holds, in its order


class Views(Struct, frozen=True, kw_only=True):
    """The folders, and what the harness needs to score what comes out of them."""

    searches: tuple[View, ...]  # a trial runs in each; several where rows are hidden in turns
    sample: Path  # a few rows of the first
    full: Path  # all labelled rows; the real test table
    view_sample: pd.DataFrame  # a submission of every row that is unlabelled in some view, real test rows included
    search_rows: Held
    final_rows: Held
    test_positions: Rows  # rows of `view_sample` that are real test rows, in official order; empty without a test table
    official_sample: pd.DataFrame | None  # a submission of the real test rows; None without a test table
    held: View | None = None  # rows that programs hold out by themselves, and predict in a second file

    @property
    def search(self) -> Path:
        """The first folder that trials see."""
        return self.searches[0].path


def write_views(task: Task, tables: Tables, split: Split, folder: Path, *, seed: int) -> Views:
    """Write `search/` (where rows are hidden in turns also `search-2/`, ...), `sample/` and `full/` below `folder`.

    Older ones are replaced; all are read-only. Each holds train.csv, test.csv, sample_submission.csv (UTF-8,
    commas), description.md and the task's other files. Ids of held-out rows are their own where these cannot be
    mistaken for a test row's, else fresh.
    """
    random = np.random.default_rng([seed, 1])
    held = np.concatenate([split.search, split.final])
    stacked, ids = _stack(task, tables, held, random)
    order = random.permutation(len(stacked))
    if task.time_column in stacked.columns:
        order = order[np.argsort(as_time(stacked[task.time_column]).to_numpy()[order], kind="stable")]
    position = np.empty(len(order), dtype=np.intp)  # of each stacked row, in the view
    position[order] = np.arange(len(order))
    searched, finals = np.split(position[len(stacked) - len(held) :], [len(split.search)])
    official, test_positions = _official(task, tables, position)

    shown = _shown(split, searched, len(order))
    searches = [folder / (f"search-{number}" if number > 1 else "search") for number in range(1, len(shown) + 1)]
    sample, full = folder / "sample", folder / "full"
    paths = [*searches, sample, full]
    for path in paths:
        discard(path)
        path.mkdir(parents=True)
    lines = plain_lines(task.path / task.train_file, list(tables.train.columns), len(tables.train))
    learned = [split.learned(fold) for fold in range(len(shown))]
    some = learned[0][few(task, tables.train.iloc[learned[0]], SAMPLE_TRAIN, random)]
    for path, rows in zip(paths, (*learned, some, np.arange(len(tables.train))), strict=True):
        write_rows(path / TRAIN, tables.train, lines, rows)

    merged = submission(task, tables, _in_order(task, tables, ids, order), len(order))
    submissions = [submission(task, tables, _in_order(task, tables, ids, order[rows]), len(rows)) for rows in shown]
    for path, rows, answers in zip(searches, shown, submissions, strict=True):
        write_table(path / TEST, stacked.iloc[order[rows]])
        write_table(path / SUBMISSION, answers)
    first = np.sort(random.permutation(len(shown[0]))[:SAMPLE_TEST])
    write_table(sample / TEST, stacked.iloc[order[shown[0][first]]])
    write_table(sample / SUBMISSION, submissions[0].iloc[first])
    write_table(full / TEST, stacked.iloc[order] if tables.test is None else tables.test)
    write_table(full / SUBMISSION, merged if official is None else official)
    if task.row_files is not None:
        tested = [*(order[rows] for rows in shown), order[shown[0][first]]]
        whole = np.arange(len(stacked) if tables.test is None else len(tables.test))
        _place_files(
            task, tables, stacked, held, folder, paths, [*learned, some, np.arange(len(tables.train))], [*tested, whole]
        )
    place_others(task, paths)
    for path in paths:
        (path / "description.md").write_text(task.description + "\n", encoding="utf-8")
        close(path)

    labels = tables.train[list(task.targets)]
    return Views(
        searches=tuple(
            View(path=path, sample=pd.read_csv(path / SUBMISSION), rows=rows)
            for path, rows in zip(searches, shown, strict=True)
        ),
        sample=sample,
        full=full,
        view_sample=_as_read(merged),
        search_rows=Held(labels=labels.iloc[split.search].reset_index(drop=True), positions=searched),
        final_rows=Held(labels=labels.iloc[split.final].reset_index(drop=True), positions=finals),
        test_positions=test_positions,
        official_sample=official,
    )


def _place_files(
    task: Task,
    tables: Tables,
    stacked: pd.DataFrame,
    held: Rows,
    folder: Path,
    paths: Sequence[Path],
    trained: Sequence[Rows],
    tested: Sequence[Rows],
) -> None:
    """Put the rows' files into the views: of `trained`, rows of train, and of `tested`, rows of `stacked`."""
    files = task.row_files
    assert files is not None, "asked for where there are"
    own, given = sources(task, tables.train, tables.test)
    origin = [*given, *(own[row] for row in held)]
    known, named = (label_text(table[files.column]).tolist() for table in (tables.train, stacked))
    with Shelf(folder / "files", files) as shelf:
        for path, some, others in zip(paths, trained, tested, strict=True):
            shelf.place(path, files.train, [(known[row], own[row]) for row in some])
            shelf.place(path, files.test, [(named[row], origin[row]) for row in others])


def _shown(split: Split, searched: Rows, rows: int) -> list[Rows]:
    """For each view, which of all unlabelled rows its test table holds: those that other views hide stay out."""
    folds = np.full(rows, -1)  # of each row; -1: in every view
    for number, hidden in enumerate(split.folds):
        folds[searched[np.searchsorted(split.search, hidden)]] = number
    return [np.flatnonzero((folds == -1) | (folds == number)) for number in range(len(split.folds))]


def _as_read(table: pd.DataFrame) -> pd.DataFrame:
    """The table as it would be read from its file."""
    written = io.StringIO()
    table.to_csv(written, index=False)
    written.seek(0)
    return pd.read_csv(written)


def _stack(
    task: Task, tables: Tables, held: Rows, random: np.random.Generator
) -> tuple[pd.DataFrame, pd.Series | None]:
    """Real test rows, then held-out rows without labels; and the ids of all."""
    rows = tables.train.drop(columns=list(task.targets)).iloc[held]
    ids = row_ids(task, tables, held, random)
    files = task.row_files
    if files is not None and not files.train:  # the column holds whole paths
        labels = [label_text(tables.train[name]).iloc[held] for name in task.targets if task.classes]
        test = [] if tables.test is None else label_text(tables.test[files.column]).tolist()
        names = hidden_names(label_text(rows[files.column]), test, labels, random)
        rows = rows.assign(**{files.column: names})
        if files.column == task.id_column:
            ids = pd.Series([*test, *names])
    if tables.test is None:
        return rows.reset_index(drop=True), ids
    real = tables.test
    shared = [name for name in real.columns if name in rows.columns]
    stacked = pd.concat([real, rows[shared]], ignore_index=True)
    if ids is not None and task.id_column in real.columns:
        stacked[task.id_column] = ids
    return stacked[list(real.columns)], ids


def _in_order(task: Task, tables: Tables, ids: pd.Series | None, order: Rows) -> pd.Series | None:
    """Ids as the view's rows come. Ids that are no column of the test table and only count rows count the view's."""
    if ids is None:
        return None
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
