"""Several target columns: a metric's mean over them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Score = Callable[[NDArray[Any], NDArray[Any]], float]
Influence = Callable[[NDArray[Any], NDArray[Any]], NDArray[np.float64]]


def pairs(truth: NDArray[Any], predicted: NDArray[Any]) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """One (truth, predicted) for each target column; a single 1-D truth keeps its 2-D class probabilities."""
    if len(truth) != len(predicted):
        raise ValueError(f"{len(predicted)} predictions for {len(truth)} rows")
    if truth.ndim == 1:
        return [(truth, predicted[:, 0] if predicted.ndim == 2 and predicted.shape[1] == 1 else predicted)]
    if truth.shape[1] == 1:
        return pairs(truth[:, 0], predicted)
    if predicted.shape != truth.shape:
        raise ValueError(f"predictions of shape {predicted.shape} for targets of shape {truth.shape}")
    return [(truth[:, column], predicted[:, column]) for column in range(truth.shape[1])]


def mean_score(function: Score) -> Score:
    """`function` averaged over the target columns where it is defined; NaN where it is nowhere.

    Rare labels may lack a class among the rows of a holdout: such a column says nothing, and must not
    cost the whole score.
    """

    def score(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
        scores = [function(*pair) for pair in pairs(np.asarray(truth), np.asarray(predicted))]
        defined = [value for value in scores if not np.isnan(value)]
        return float(np.mean(defined)) if defined else float("nan")

    return score


def mean_influence(function: Influence) -> Influence:
    """`function` averaged over the target columns where it is defined."""

    def influence(truth: NDArray[Any], predicted: NDArray[Any]) -> NDArray[np.float64]:
        parts = [function(*pair) for pair in pairs(np.asarray(truth), np.asarray(predicted))]
        defined = [part for part in parts if not np.isnan(part).any()]
        return np.mean(defined, axis=0) if defined else np.zeros(len(truth))

    return influence
