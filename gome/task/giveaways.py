"""Giveaways: columns, or pairs of them, that explain the target too well, and what became of that in the test table.

A column that is all but the target may be an easy task, or a leak: a copy of the target that means nothing in the
test table, though its values look the same there. What tells them apart without test labels is its relation to the
other columns: these explain the target in part, so they explain its copy, in test as in training, unless it was
broken there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
from msgspec import Struct

from gome.messages import Column, Suspect
from gome.task.association import Codes, Floats, association, outcome, shift
from gome.task.columns import bins, column_kind
from gome.task.relation import State, relation
from gome.task.task import Task

LOOKED = 0.6  # association with the target, 0 to 1, from which a column's relation to the others is looked at
COPY = 0.8  # and from which it does not count as one of the others: copies go with each other
TELLS = 0.9  # and from which its likeness in test matters
ALONE = 0.95  # and from which it is told of, alike or not; honest columns of the example tasks stay below 0.9
PAIRED = 0.97  # for two columns together, of which neither tells
UNLIKE = 0.5  # distance of its distributions in train and test
FEW = 20  # columns that tell most, whose 190 pairs are looked at: half a second at most
MOST = 5  # giveaways that are looked into
MOST_ROWS = 50_000  # of training that are looked at
ROWS = 1000  # for pairs
LEVELS = 20  # a column with no more is combined level by level
MUTE = 0.5  # and from which it is told of if it says nothing there
VARIES = 0.1  # share of training rows by which that value is rarer there, at least
SILENT = 0.98  # share of test rows with one value, or values unknown in training, from which it says nothing at all
SAME = 0.9  # share of test rows with one value, from which an unlike column says nothing

WORDS: dict[State, str] = {
    "mute": "says nothing in the test table: {there:.0%} of its values there are one, or are unknown in training",
    "unlike": "is not alike in the test table (distance {here:.2f} of 1)",
    "broken": "has lost its relation to the other columns in test ({there:.2f} of 1, {here:.2f} in training)",
    "weaker": "is related less to the other columns in test ({there:.2f} of 1, {here:.2f} in training)",
    "kept": "is related to the other columns in test as in training ({there:.2f} and {here:.2f} of 1)",
    "unknown": "whether it does so in test cannot be seen: the other columns tell too little of it",
}


class Giveaway(Struct, frozen=True, kw_only=True, eq=False):
    """A column or a pair that all but tells the target in training."""

    columns: tuple[str, ...]
    strength: float  # association with the target, 0 to 1
    state: State  # of that in the test table
    evidence: str  # plain words with the figures
    codes: Codes | None = None  # of each test row, what it says there; None: there is no test table

    @property
    def is_told(self) -> bool:
        """Whether whoever works on the task should know."""
        least = {"mute": MUTE, "broken": LOOKED, "unlike": TELLS, "weaker": TELLS}.get(self.state, ALONE)
        return self.strength >= least

    def suspect(self) -> Suspect:
        """Return it as a profile tells it."""
        return Suspect(kind="leak", column=self.columns[0], evidence=self.evidence)


def giveaways(
    task: Task, train: pd.DataFrame, test: pd.DataFrame | None, columns: Sequence[Column]
) -> tuple[Giveaway, ...]:
    """Return what gives the target away, strongest first.

    Args:
        task: names the targets and the id.
        train: the cleaned training table.
        test: the test table; a column that it lacks is shown to no program for held-out rows either.
        columns: of the profile, most telling first.
    """
    if len(train) > MOST_ROWS:
        train = train.sample(MOST_ROWS, random_state=0).sort_index()
    goal = outcome(train[list(task.targets)], classes=bool(task.classes))
    explains = {column.name: strength for column in columns if (strength := column.association or 0.0) >= MUTE}
    telling = {name: strength for name, strength in explains.items() if strength >= LOOKED}
    copies = {name for name, strength in telling.items() if strength >= COPY}
    mute = tuple(_mute(task, train, test, explains))
    silent = {name for one in mute for name in one.columns}
    result = [*mute, *_pairs(task, train, test, columns, goal)]
    for name, strength in [pair for pair in telling.items() if pair[0] not in silent][:MOST]:
        there = None if test is None or name not in test.columns else test[name]
        evidence = f"{name} alone explains {', '.join(task.targets)} ({strength:.2f} of 1)"
        if test is not None and there is None:
            if strength >= ALONE:
                lacking = f"{evidence} and is not in the test table"
                result.append(Giveaway(columns=(name,), strength=strength, state="kept", evidence=lacking))
            continue
        # what is broken itself would break the relation of honest columns to it
        lost = {each for one in result if one.is_told and one.state != "kept" for each in one.columns}
        without = {name, *copies, *lost, *task.targets}
        result.append(_judged((name,), strength, evidence, train[name], there, train, test, goal, without))
    result += _ids(task, train, test, goal)
    told = [one for one in result if one.is_told]
    return tuple(sorted(told, key=lambda one: -one.strength))


def _judged(
    names: tuple[str, ...],
    strength: float,
    evidence: str,
    here: pd.Series,
    there: pd.Series | None,
    train: pd.DataFrame,
    test: pd.DataFrame | None,
    goal: Floats,
    without: set[str],
) -> Giveaway:
    """Look at what is known of it in test: its distribution, then its relation to columns that do not tell."""
    if test is None or there is None:
        evidence = f"{evidence}; it may not be known in time"
        return Giveaway(columns=names, strength=strength, state="unknown", evidence=evidence)
    kind = column_kind(here)
    apart = shift(here, there, "category" if kind in {"id", "text"} and here.dtype == object else "numeric")
    both = bins(pd.concat([here, there], ignore_index=True), "numeric" if _number(here, there) else "category")
    known, codes = both[: len(here)], both[len(here) :]
    state, before, after = relation(train.drop(columns=list(without)), test, known, codes, goal)
    # times shift honest columns too: unlike is what says nothing in test, or not what it said
    if apart >= UNLIKE and (state == "broken" or _says_nothing(there)):
        state, before = "unlike", apart
    told = WORDS[state].format(here=before, there=after)
    joint = "; " if state == "unknown" else " and "
    return Giveaway(columns=names, strength=strength, state=state, evidence=evidence + joint + told, codes=codes)


def _mute(
    task: Task, train: pd.DataFrame, test: pd.DataFrame | None, explains: Mapping[str, float]
) -> Iterator[Giveaway]:
    """Columns that explain much in training, and in test are all but the same everywhere, missing, or of new values.

    Groups and times that lie apart have new values in test by nature, and so have held-out rows.
    """
    if test is None or not len(test):
        return
    for name, strength in explains.items():
        if name not in test.columns:
            continue
        here, there = train[name], test[name]
        usual = there.value_counts(normalize=True, dropna=False)
        value, share = usual.index[0], float(usual.iloc[0])
        common = float((here.isna() if pd.isna(value) else here == value).mean())
        if not common and not pd.isna(value) and ((_number(here, there) and value > here.max()) or _parted(task)):
            continue  # time goes on
        if not _parted(task) and not _number(here) and column_kind(here) != "date":
            share = max(share, float((there.notna() & ~there.map(str).isin(here.map(str))).mean()))
        if share >= SILENT and share - common >= VARIES:
            evidence = f"{name} alone explains {', '.join(task.targets)} ({strength:.2f} of 1) and "
            evidence += WORDS["mute"].format(there=share)
            yield Giveaway(columns=(name,), strength=strength, state="mute", evidence=evidence)


def _parted(task: Task) -> bool:
    return task.group_column is not None or task.time_column is not None


def _says_nothing(column: pd.Series) -> bool:
    return bool(column.value_counts(normalize=True, dropna=False).iloc[0] >= SAME)


def _number(*columns: pd.Series) -> bool:
    return all(pd.api.types.is_numeric_dtype(column) for column in columns)


def _ids(task: Task, train: pd.DataFrame, test: pd.DataFrame | None, goal: Floats) -> Iterator[Giveaway]:
    """Whether the id, as a number or by its first or last word, tells the target."""
    name = task.id_column
    if name is None or name not in train.columns or test is None or name not in test.columns:
        return
    for words, part in NUMBERS if _number(train[name], test[name]) else TEXTS:
        here = part(train[name])
        if not _number(here) and here.nunique() > len(here) // 10:
            continue
        strength = association(_codes(here), goal)
        if strength >= TELLS:
            evidence = f"{words} {name} explains {', '.join(task.targets)} ({strength:.2f} of 1)"
            yield _judged((name,), strength, evidence, here, part(test[name]), train, test, goal, {name, *task.targets})
            return


def _piece(pattern: str) -> Callable[[pd.Series], pd.Series]:
    return lambda ids: ids.map(str).str.extract(pattern, expand=False)


NUMBERS: tuple[tuple[str, Callable[[pd.Series], pd.Series]], ...] = (
    ("the number", lambda ids: ids),
    ("the last digit of the number", lambda ids: ids % 10),
    ("the last two digits of the number", lambda ids: ids % 100),
)
TEXTS: tuple[tuple[str, Callable[[pd.Series], pd.Series]], ...] = (
    ("the first word of", _piece(r"^([^\W_]+)")),
    ("the last word of", _piece(r"([^\W_]+)$")),
    ("the first letter of", _piece(r"^(.)")),
    ("the number in", lambda ids: pd.to_numeric(_piece(r"^\D*(\d+)\D*$")(ids))),
)


def _pairs(
    task: Task, train: pd.DataFrame, test: pd.DataFrame | None, columns: Sequence[Column], goal: Floats
) -> Iterator[Giveaway]:
    """Look at pairs of columns that are in both tables: differences, sums, products, ratios, and levels combined."""
    some = train.index if len(train) <= ROWS else train.sample(ROWS, random_state=0).index
    part = outcome(train.loc[some, list(task.targets)], classes=bool(task.classes))
    usable = [column for column in columns if column.in_test and column.kind in {"numeric", "category"}]
    tried = list(combinations(usable[:FEW], 2))
    best: list[tuple[float, str, tuple[str, ...]]] = []
    for one, other in tried:
        single = max(one.association or 0.0, other.association or 0.0)
        for sign, values in _combined(train.loc[some, one.name], train.loc[some, other.name]):
            strength = association(_codes(values), part)
            if strength >= PAIRED and strength > single + 0.05:
                best.append((strength, sign, (one.name, other.name)))
    for strength, sign, names in sorted(best, key=lambda pair: -pair[0])[:1]:
        here, there = (
            None if table is None else dict(_combined(table[names[0]], table[names[1]]))[sign]
            for table in (train, test)
        )
        assert here is not None, "it was computed above"
        words = f"{names[0]} {sign} {names[1]}"
        evidence = f"{words} explains {', '.join(task.targets)} ({strength:.2f} of 1; {len(tried)} pairs were tried)"
        yield _judged(names, strength, evidence, here, there, train, test, goal, {*names, *task.targets})


def _combined(one: pd.Series, other: pd.Series) -> Iterator[tuple[str, pd.Series]]:
    if _number(one, other) and not any(pd.api.types.is_bool_dtype(side) for side in (one, other)):
        a, b = one.astype(np.float64), other.astype(np.float64)
        yield "-", a - b
        yield "+", a + b
        yield "*", a * b
        with np.errstate(all="ignore"):
            yield "/", a / b.where(b != 0)
    if one.nunique() <= LEVELS and other.nunique() <= LEVELS:
        yield "with", one.map(str) + " " + other.map(str)


def _codes(values: pd.Series) -> npt.NDArray[np.intp]:
    return bins(values, "numeric" if _number(values) else "category")
