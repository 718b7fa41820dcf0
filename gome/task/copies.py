"""Copies: rows that are there twice, or nearly: the same numbers but for noise, the same text but for a word.

A copy that is learnt from while the other scores flatters the score, unless test rows have such copies too.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from msgspec import Struct
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gome.messages import Suspect
from gome.task.columns import column_kind
from gome.task.task import Task

Codes = npt.NDArray[np.intp]

LEAST_COLUMNS = 3  # tables of one or two columns repeat themselves by nature
HASHED = 50_000  # rows looked at for copies that are exact, or exact but for rounding
COMPARED = 5_000  # and for those that are merely near: all pairs of so many are compared, in a few seconds at most
ROUNDED = 3  # significant digits in which copies agree
NEAR = 0.05  # of the usual distance between neighbours; in three dimensions 1 in 10,000 comes so near by chance
ALIKE = 0.9  # cosine of the words and pairs of words of two texts, rare ones weighing more
LETTERS = 400  # of a text that are compared
COMMON = 0.05  # of the texts; words in more say nothing of two of them, and would make every pair worth a look
WORDS = 10  # in a text, for its likeness to mean something
FEW = 0.01  # of the rows; fewer copies are left alone
LARGEST = 0.05  # of the rows in one set of copies; with larger ones the table repeats itself by nature
MIRRORED = 0.5  # of the share of copies in training, from which test rows have copies in training as well


class Copies(Struct, frozen=True, kw_only=True, eq=False):
    """Sets of rows that are copies of each other."""

    units: Codes  # of each training row, the set that it is in; most are alone in theirs
    exact: int  # training rows that repeat an earlier one
    near: int  # and that nearly do
    shared: int  # test rows with a copy in training, near ones included
    rows: int
    test_rows: int
    natural: bool  # the table repeats itself, so that sets say nothing

    @property
    def kept_together(self) -> bool:
        """Whether a split must keep them on one side: they are many, and test rows have not as many in training."""
        twice = self.exact + self.near
        mirrored = self.test_rows and self.shared / self.test_rows >= MIRRORED * twice / self.rows
        return twice >= max(2, FEW * self.rows) and not self.natural and not mirrored

    def suspects(self) -> Iterator[Suspect]:
        """What a profile tells of them."""
        twice = self.exact + self.near
        if twice >= max(2, FEW * self.rows):
            nearly = f" ({self.near} of them nearly)" if self.near else ""
            evidence = f"{twice} of {self.rows} training rows repeat an earlier one{nearly} ({twice / self.rows:.1%})"
            evidence += "; a split keeps them together" if self.kept_together else ""
            yield Suspect(kind="duplicate-rows", column=None, evidence=evidence)
        if self.test_rows and self.shared >= max(2, FEW * self.test_rows):
            share = self.shared / self.test_rows
            evidence = f"{self.shared} of {self.test_rows} test rows are also training rows, or nearly ({share:.1%})"
            yield Suspect(kind="train-test-overlap", column=None, evidence=evidence)

    def told(self) -> tuple[str, ...]:
        """Return what a user is told of the split."""
        if not self.kept_together:
            return ()
        return (
            f"{self.exact + self.near} training rows repeat others, or nearly: copies stay on one side of the split "
            "(split.copies = false in task.toml parts them).",
        )


def copies(task: Task, train: pd.DataFrame, test: pd.DataFrame | None) -> Copies:
    """Return the copies among training rows, and between them and test rows; ids and targets aside."""
    names = [str(name) for name in train.columns if name not in task.targets and name != task.id_column]
    if test is not None:
        names = [name for name in names if name in test.columns]
    tables = [train[names]] + ([] if test is None else [test[names]])
    both, rows = pd.concat(tables, ignore_index=True), len(train)
    pairs: list[Codes] = []
    if both.shape[1] >= LEAST_COLUMNS:
        pairs.append(_equal(both, rows))
    exact = _repeats(_sets(pairs, len(both)), rows)
    pairs += _near(both, rows)
    units = _sets(pairs, len(both))
    here, there = units[:rows], units[rows:]
    sizes = np.bincount(here)
    return Copies(
        units=np.unique(here, return_inverse=True)[1].astype(np.intp),
        exact=exact,
        near=_repeats(units, rows) - exact,
        shared=int(np.isin(there, here).sum()),
        rows=rows,
        test_rows=len(there),
        natural=bool(sizes.max() > max(20, LARGEST * rows)),
    )


def joined(sets: Sequence[Codes]) -> Codes:
    """Return for each row the set that it is in once those that share a row are one."""
    pairs = [np.stack([np.arange(len(units)), np.unique(units, return_index=True)[1][units]], axis=1) for units in sets]
    return _sets(pairs, len(sets[0]))


def _equal(both: pd.DataFrame, rows: int) -> Codes:
    """Pairs of rows that are equal, numbers in their first digits; (n, 2)."""
    alike = {
        name: _digits(both[name]) if pd.api.types.is_numeric_dtype(both[name]) else both[name].map(str)
        for name in both.columns
    }
    looked = _first(rows, len(both), HASHED)
    hashed = pd.util.hash_pandas_object(pd.DataFrame(alike).iloc[looked], index=False).to_numpy()
    order = np.argsort(hashed, kind="stable")
    same = np.flatnonzero(hashed[order][1:] == hashed[order][:-1])
    return looked[np.stack([order[same], order[same + 1]], axis=1)]


def _first(rows: int, total: int, most: int) -> Codes:
    """Return the first rows of training and of test, so many of each at most."""
    return np.concatenate([np.arange(min(rows, most)), np.arange(rows, min(total, rows + most))]).astype(np.intp)


def _digits(column: pd.Series) -> npt.NDArray[np.float64]:
    """Numbers to so many significant digits of the column's usual size."""
    values = column.to_numpy(np.float64, na_value=np.nan)
    finite = np.abs(values[np.isfinite(values)])
    size = float(np.median(finite)) if len(finite) else 0.0
    if size == 0 or (column.dropna() % 1 == 0).all():
        return values
    return np.round(values, ROUNDED - 1 - int(np.floor(np.log10(size))))


def _near(both: pd.DataFrame, rows: int) -> Iterator[Codes]:
    """Pairs that are near in their numbers and equal in the rest, and pairs of texts that are alike."""
    looked = _first(rows, len(both), COMPARED)
    some = both.iloc[looked]
    kinds = {name: column_kind(some[name]) for name in some.columns}
    for name in (name for name, kind in kinds.items() if kind == "text"):
        yield looked[_alike(some[name].fillna("").map(str))]
    # what only counts is equal or not
    numbers = [name for name, kind in kinds.items() if kind == "numeric" and not (some[name].dropna() % 1 == 0).all()]
    if len(numbers) >= LEAST_COLUMNS:
        rest = some[[name for name in some.columns if name not in numbers and kinds[name] != "id"]]
        # pandas before 3.1 cannot hash rows without columns
        same = pd.util.hash_pandas_object(rest.map(str), index=False) if len(rest.columns) else np.zeros(len(rest))
        yield looked[_neighbours(some[numbers], np.asarray(same))]


def _neighbours(numbers: pd.DataFrame, rest: npt.NDArray[Any]) -> Codes:
    from sklearn.neighbors import NearestNeighbors  # as below, half a second and only here

    values = numbers.replace([np.inf, -np.inf], np.nan)
    scaled = ((values - values.mean()) / values.std().replace(0, 1)).fillna(0.0).to_numpy()
    if len(scaled) < 30:
        return np.empty((0, 2), dtype=np.intp)
    distance, other = NearestNeighbors(n_neighbors=2).fit(scaled).kneighbors(scaled)
    # of rows that stand there twice each may come first, and is no neighbour of its own
    own = other[:, 1] == np.arange(len(scaled))
    other, distance = np.where(own, other[:, 0], other[:, 1]), distance[:, 1]
    usual = float(np.median(distance[distance > 0])) if (distance > 0).any() else 0.0
    near = np.flatnonzero((distance < NEAR * usual) & (rest == rest[other]))
    return np.stack([near, other[near]], axis=1)


def _alike(texts: pd.Series) -> Codes:
    """Pairs that are alike in their rare words, and then in all."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    texts = texts.str.slice(0, LETTERS)
    long = np.flatnonzero((texts.str.count(r"\w+") >= WORDS).to_numpy())
    if len(long) < 2:
        return np.empty((0, 2), dtype=np.intp)
    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), dtype=np.float32).fit_transform(texts.iloc[long])
    rare = normalize(words[:, np.bincount(words.indices, minlength=words.shape[1]) <= max(10, COMMON * len(long))])
    found = []
    steps = [*range(0, len(long), 500), len(long)]
    for start, stop in pairwise(steps):
        likeness = (rare[start:stop] @ rare.T).tocoo()
        close = (likeness.data >= ALIKE) & (likeness.row + start < likeness.col)
        one, other = likeness.row[close] + start, likeness.col[close]
        alike = np.asarray(words[one].multiply(words[other]).sum(axis=1)).ravel() >= ALIKE
        found.append(np.stack([one[alike], other[alike]], axis=1))
    close_by: Codes = long[np.concatenate(found)]
    return close_by


def _sets(pairs: list[Codes], rows: int) -> Codes:
    """Return for each row the set that pairs put it in."""
    joined = np.concatenate(pairs) if pairs else np.empty((0, 2), dtype=np.intp)
    graph = coo_array((np.ones(len(joined), dtype=bool), (joined[:, 0], joined[:, 1])), shape=(rows, rows))
    units: Codes = connected_components(graph, directed=False)[1].astype(np.intp)
    return units


def _repeats(units: Codes, rows: int) -> int:
    """Return how many of the first rows are in a set with an earlier one."""
    return rows - len(np.unique(units[:rows]))
