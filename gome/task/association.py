"""Association: how well one column alone explains the target, and how far two columns lie apart."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from gome.messages import ColumnKind
from gome.task.columns import as_time

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
_MAX_CLASSES = 50
_MAX_LEVELS = 50


def outcome(labels: pd.DataFrame, *, classes: bool) -> Floats:
    """What is to be explained, as numbers (rows, k): one column per class and target, ranks for quantities."""
    parts = []
    for name in labels.columns:
        if classes:
            codes = pd.factorize(labels[name])[0]
            kept = np.argsort(-np.bincount(codes), kind="stable")[:_MAX_CLASSES]
            parts.append((codes[:, None] == kept[None, :]).astype(np.float64))
        else:
            parts.append(labels[name].rank(pct=True).to_numpy(dtype=np.float64)[:, None])
    return np.concatenate(parts, axis=1)


def association(codes: Codes, goal: Floats) -> float:
    """Share of the goal's variance between the codes, adjusted for their number; its root, 0 to 1.

    For classes this is Goodman and Kruskal's tau, for ranks the correlation ratio: both see bends and bumps.
    """
    rows = len(goal)
    counts = np.bincount(codes).astype(np.float64)
    used = int((counts > 0).sum())
    if used < 2 or rows <= used:
        return 0.0
    centred = goal - goal.mean(axis=0)
    total = float((centred**2).sum())
    if total == 0:
        return 0.0
    between = sum(
        float((np.bincount(codes, weights=centred[:, k], minlength=len(counts)) ** 2 / np.maximum(counts, 1)).sum())
        for k in range(goal.shape[1])
    )
    adjusted = 1 - (1 - between / total) * (rows - 1) / (rows - used)
    return round(float(np.sqrt(np.clip(adjusted, 0, 1))), 3)


def shift(here: pd.Series, there: pd.Series, kind: ColumnKind) -> float:
    """Distance of two distributions, 0 to 1: Kolmogorov-Smirnov for numbers and dates, total variation for categories.

    Missing values count as a value of their own. Categories beyond the fifty most frequent count as one.
    """
    if kind in {"numeric", "date"} and (kind == "date" or pd.api.types.is_numeric_dtype(there)):
        a, b = (np.sort(as_time(column).to_numpy(dtype=np.float64, na_value=np.nan)) for column in (here, there))
        a, b = np.nan_to_num(a, nan=np.inf), np.nan_to_num(b, nan=np.inf)  # sorts missing values to the end
        points = np.concatenate((a, b))
        gap = np.searchsorted(a, points, side="right") / len(a) - np.searchsorted(b, points, side="right") / len(b)
        return round(float(np.abs(gap).max()), 3)
    a_text, b_text = here.map(str, na_action="ignore"), there.map(str, na_action="ignore")
    common = pd.concat([a_text, b_text]).value_counts(dropna=False).index[:_MAX_LEVELS]
    a_share = a_text.value_counts(normalize=True, dropna=False).reindex(common, fill_value=0.0)
    b_share = b_text.value_counts(normalize=True, dropna=False).reindex(common, fill_value=0.0)
    rest = abs(float(a_share.sum() - b_share.sum()))
    return round(float((a_share - b_share).abs().sum() + rest) / 2, 3)
