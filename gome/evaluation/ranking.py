"""Metrics over ranked lists: cells such as "cat dog fox", best guess first, against one or several true labels."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gome.evaluation.columns import Influence, Score
from gome.evaluation.labels import texts


def ranked(cell: str) -> list[str]:
    """The labels of a cell, best first, each once."""
    return list(dict.fromkeys(cell.split()))


def average_precision_at(truth: set[str], guesses: list[str], k: int) -> float:
    """Mean of the precision at each hit among the first k guesses, over the hits that were possible."""
    hits, total = 0, 0.0
    for place, guess in enumerate(guesses[:k], start=1):
        if guess in truth:
            hits += 1
            total += hits / place
    return total / min(len(truth), k)


def gain_at(truth: set[str], guesses: list[str], k: int) -> float:
    """Discounted gain of the hits among the first k guesses, over the best possible."""
    discount = 1 / np.log2(np.arange(2, k + 2))
    hits = [place for place, guess in enumerate(guesses[:k]) if guess in truth]
    return float(discount[hits].sum() / discount[: min(len(truth), k)].sum())


def map_influence(k: int) -> Influence:
    """Average precision at k of each row."""
    return _per_row(average_precision_at, k)


def ndcg_influence(k: int) -> Influence:
    """Normalised discounted gain at k of each row."""
    return _per_row(gain_at, k)


def mean_of(influence: Influence) -> Score:
    """The mean over rows."""
    return lambda truth, predicted: float(influence(truth, predicted).mean())


def _per_row(function: Callable[[set[str], list[str], int], float], k: int) -> Influence:
    def rows(truth: NDArray[Any], predicted: NDArray[Any]) -> NDArray[np.float64]:
        scores = []
        for row, (true, guess) in enumerate(zip(texts(truth), texts(predicted), strict=True)):
            relevant = ranked(true)
            if not relevant:
                raise ValueError(f"row {row} of the truth names no label")
            scores.append(function(set(relevant), ranked(guess), k))
        return np.array(scores)

    return rows
