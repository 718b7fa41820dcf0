"""Whether what a column says of the target still follows from the other columns in test, as it does in training."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from gome.task.association import Codes, Floats
from gome.task.columns import as_time, bins, column_kind

ROWS = 4000  # of each table that are looked at
FOLDS = 4
TREES = 60
LEAST = 30  # test rows that it takes
FEW = 20  # categories; no more are looked at one by one
SHRINK = 10  # rows that say nothing, added to those of each category
KEPT = 0.5  # share of a relation above which it is as in training
BROKEN = 0.15  # and below which nothing is left: times change relations, and do not wipe them out
CHANCE, SURE = 3.0, 4.0  # standard errors: of a correlation that is none; of the difference of two

NONE = FOLDS  # the fold of rows that nothing is fitted to
Levels = Sequence[Codes]

State = Literal["mute", "unlike", "broken", "weaker", "kept", "unknown"]


def relation(
    others: pd.DataFrame, test: pd.DataFrame, known: Codes, codes: Codes, goal: Floats
) -> tuple[State, float, float]:
    """Return whether a relation is kept, and its strength in training and in test: correlations, 0 to 1.

    The others are fitted to what the codes say of the goal, by trees and by a line, whichever foretells it better on
    rows held out of the fit.

    Args:
        others: the other columns in training.
        test: the test table.
        known: of each training row, what the column says there.
        codes: of each test row.
        goal: to be explained, (rows, k).
    """
    names = [name for name in others.columns if name in test.columns]
    tables = [table[names].head(ROWS) for table in (others, test)]
    rows = len(tables[0])
    features = _features(pd.concat(tables, ignore_index=True), rows)
    if features is None or len(tables[1]) < LEAST or rows < 2 * LEAST:
        return "unknown", 0.0, 0.0
    says = _says(known, codes, goal)
    before, foretold = _foretold(*features, says[known[:rows]])
    codes = codes[: len(tables[1])]
    seen = np.bincount(known, minlength=len(says))[codes] > 0  # of other values it is not known what they say
    if seen.sum() - np.bincount(codes[seen], minlength=1).max() < LEAST:  # all but the same: it goes with nothing
        return "unknown", before, 0.0
    after = _correlation(foretold[seen], says[codes[seen]])
    error = np.sqrt(1 / rows + 1 / seen.sum())
    if before < SURE * error:
        return "unknown", before, after
    if after >= KEPT * before:
        return "kept", before, after
    if before - after <= SURE * error:
        return "unknown", before, after
    none = max(BROKEN * before, CHANCE / np.sqrt(seen.sum()))
    return ("broken" if after < none else "weaker"), before, after


def _says(known: Codes, codes: Codes, goal: Floats) -> Floats:
    """Return for each code what it says of the goal, along the direction in which codes differ most."""
    means = np.zeros((int(max(known.max(), codes.max())) + 1, goal.shape[1]))
    counts = np.maximum(np.bincount(known, minlength=len(means)), 1)
    for k in range(goal.shape[1]):
        means[:, k] = np.bincount(known, weights=goal[:, k] - goal[:, k].mean(), minlength=len(means)) / counts
    direction = np.linalg.svd(means * np.sqrt(counts)[:, None], full_matrices=False)[2][0]
    return np.asarray(means @ direction)


def _features(both: pd.DataFrame, rows: int) -> tuple[Floats, Levels] | None:
    """Numbers without gaps and few categories one by one; beside them, the codes of many. None: there is nothing."""
    parts: list[Floats] = []
    many: list[Codes] = []
    for name in both.columns:
        column = both[name]
        kind = column_kind(column[:rows])
        if kind in {"text", "constant"} or (kind == "id" and not pd.api.types.is_numeric_dtype(column)):
            continue
        if pd.api.types.is_numeric_dtype(column) or kind == "date":
            numbers = as_time(column).replace([np.inf, -np.inf], np.nan)
            parts.append(numbers.fillna(numbers[:rows].median()).fillna(0).to_numpy(np.float64))
            if 0 < (gaps := numbers.isna()).sum() < len(gaps):
                parts.append(np.asarray(gaps, dtype=np.float64))
            continue
        codes = bins(column, "category")
        if codes.max() >= FEW:
            many.append(codes)
        else:
            parts += [(codes == level).astype(np.float64) for level in range(codes.max() + 1)]
    if not parts and not many:
        return None
    return np.column_stack(parts) if parts else np.empty((len(both), 0)), many


def _foretold(features: Floats, many: Levels, says: Floats) -> tuple[float, Floats]:
    """Return how well the better of two models foretells `says` on held-out rows, and what it foretells of test rows.

    The first rows of the features are those of `says`, the others are test rows.
    """
    from sklearn.ensemble import ExtraTreesRegressor  # a second, and only where something is to be looked into
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows = len(says)
    fold = np.concatenate([np.random.default_rng(0).permutation(rows) % FOLDS, np.full(len(features) - rows, NONE)])
    goal = says - says.mean()
    wide = [
        np.column_stack([features, *(_means(codes, goal, fold, left) for codes in many)]) for left in range(NONE + 1)
    ]
    best = -1.0, goal
    for model in (
        ExtraTreesRegressor(TREES, min_samples_leaf=5, max_features=0.5, random_state=0),
        make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 5, 7))),
    ):
        held = np.zeros(rows)
        for k in range(FOLDS):
            fit = (fold != k)[:rows]
            held[~fit] = model.fit(wide[k][:rows][fit], goal[fit]).predict(wide[k][:rows][~fit])
        strength = _correlation(held, goal)
        if strength > best[0]:
            best = strength, model.fit(wide[NONE][:rows], goal).predict(wide[NONE][rows:])
    return best


def _means(codes: Codes, goal: Floats, fold: Codes, left: int) -> Floats:
    """Return for each row the goal's mean at its code, shrunk, over the rows of neither its own fold nor `left`."""
    rows, levels = len(goal), int(codes.max()) + 1
    at = fold[:rows] * levels + codes[:rows]
    size, shape = (FOLDS + 1) * levels, (FOLDS + 1, levels)  # of test rows nothing is known
    counts, sums = (np.bincount(at, weights=each, minlength=size).reshape(shape) for each in (None, goal))
    own = fold != left  # rows of the fold that is left out miss that alone
    count = counts.sum(0)[codes] - counts[left][codes] - np.where(own, counts[fold, codes], 0)
    total = sums.sum(0)[codes] - sums[left][codes] - np.where(own, sums[fold, codes], 0)
    return np.asarray(total / (count + SHRINK))


def _correlation(one: Floats, other: Floats) -> float:
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return max(0.0, round(float(np.corrcoef(one, other)[0, 1]), 2))
