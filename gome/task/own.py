"""Own folds: tasks whose labelled rows gome cannot hide, so that programs hold rows out by themselves.

What such a program writes beside its submission, oof.csv, has a prediction for every labelled row, made without that
row's label. gome scores it: labels that went where they must not are not kept from it, and every result says so.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from gome.task.deal import deal
from gome.task.folders import close, discard, place_others
from gome.task.rows import few, submission
from gome.task.split import Split, strata_of
from gome.task.tables import Tables, label_text
from gome.task.task import Task
from gome.task.views import SAMPLE_TEST, SAMPLE_TRAIN, SUBMISSION, TEST, TRAIN, Held, View, Views
from gome.task.writing import plain_lines, write_rows, write_table

OOF_SAMPLE = "sample_oof.csv"  # what oof.csv looks like
PARTS, SEARCHED = 5, 3  # of five parts of the rows three score trials, and two the finalists
MOST = 0.9  # of the ids, that have files in a folder
WARNING = (
    "gome cannot hold rows of this task out: scores are those of the programs' own out-of-fold predictions (oof.csv), "
    "and nothing keeps a program from having seen their labels"
)


def several_files(folder: Path, train: pd.DataFrame, test: pd.DataFrame | None, id_name: str | None) -> str:
    """Where each row has files of its own, several or in a folder of its own, training and test rows' apart: which.

    Files that lie together need not be moved: a program finds those of a held-out row by its id.
    """
    if id_name is None or test is None or id_name not in train.columns or id_name not in test.columns:
        return ""
    known, asked = (set(label_text(table[id_name].dropna())) for table in (train, test))
    found = {}
    for item in sorted(folder.iterdir()):
        if item.is_dir() and not item.name.startswith(".") and not (item / "journal.db").exists():
            names = set(_names(path.relative_to(item) for path in item.rglob("*") if path.is_file()))
            found[item.name] = (len(known & names) / len(known), len(asked & names) / len(asked))
    own = [name for name, (here, there) in found.items() if here >= MOST > there]
    other = [name for name, (here, there) in found.items() if there >= MOST > here]
    if not own or not other:
        return ""
    return f"Files of training rows lie in {own[0]}/, of test rows in {other[0]}/, not one for each row."


def _names(paths: Iterable[Path]) -> Iterable[str]:
    """The beginnings of what paths are made of: those that may be ids."""
    for path in paths:
        for part in path.parts:
            yield part
            yield from (part[: cut.start()] for cut in re.finditer(r"[._\- ]", part))


def own_split(task: Task, train: pd.DataFrame, *, seed: int) -> Split:
    """Rows that score trials and rows that score finalists; all are learnt from, each program holding out its own."""
    units = np.arange(len(train))
    sides = deal(units, strata_of(task, train), PARTS, np.random.default_rng(seed))
    search = np.flatnonzero(sides < SEARCHED)
    return Split(
        train=units[:0],
        search=search,
        final=np.flatnonzero(sides >= SEARCHED),
        rule="by the programs themselves: their out-of-fold predictions are scored",
        folds=(search,),
    )


def write_own_views(task: Task, tables: Tables, split: Split, folder: Path, *, seed: int) -> Views:
    """Write `search/` and `sample/`, with all labelled rows and some, and what the harness needs to score them."""
    random = np.random.default_rng([seed, 1])
    test = tables.train.head(0) if tables.test is None else tables.test
    official = tables.sample
    if official is None:
        official = submission(task, tables, test.get(task.id_column), len(test))
    ids = tables.train[task.id_column] if task.id_column in tables.train.columns else None
    rows, tested = len(tables.train), len(official)
    held = submission(task, tables, pd.Series(np.arange(rows)) if ids is None else ids, rows)
    lines = plain_lines(task.path / task.train_file, list(tables.train.columns), rows)
    some = few(task, tables.train, SAMPLE_TRAIN, random)
    search, sample = folder / "search", folder / "sample"
    for path, mine, shown in ((search, np.arange(rows), tested), (sample, some, min(SAMPLE_TEST, tested))):
        discard(path)
        path.mkdir(parents=True)
        write_rows(path / TRAIN, tables.train, lines, mine)
        write_table(path / TEST, test.head(shown))
        write_table(path / SUBMISSION, official.head(shown))
        write_table(path / OOF_SAMPLE, held.iloc[mine])
    place_others(task, (search, sample))
    for path in (search, sample):
        (path / "description.md").write_text(task.description + "\n", encoding="utf-8")
        close(path)
    merged = pd.concat([official, held], ignore_index=True)
    if task.id_column is not None and label_text(merged[task.id_column]).duplicated().any():
        merged[task.id_column] = np.arange(len(merged))  # in the kept copy alone: programs write their own
    labels = tables.train[list(task.targets)]
    whole = np.arange(len(merged))
    return Views(
        searches=(View(path=search, sample=pd.read_csv(search / SUBMISSION), rows=whole[:tested]),),
        sample=sample,
        full=search,
        view_sample=merged,
        search_rows=Held(labels=labels.iloc[split.search].reset_index(drop=True), positions=tested + split.search),
        final_rows=Held(labels=labels.iloc[split.final].reset_index(drop=True), positions=tested + split.final),
        test_positions=whole[:tested],
        official_sample=official,
        held=View(path=search, sample=pd.read_csv(search / OOF_SAMPLE), rows=whole[tested:]),
    )
