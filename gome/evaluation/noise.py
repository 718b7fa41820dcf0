"""How far a score would move on other rows: standard errors over the rows of a holdout."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gome.errors import MetricHangs, SubmissionInvalid
from gome.evaluation.metrics import Metric

DRAWS = 200  # the standard error itself is then known to about 5 %
MOST_ROWS = 4000  # of one draw; with more rows the spread is scaled by the root of the ratio


def noise(metric: Metric, truth: NDArray[Any], predicted: NDArray[Any], *, draws: int = DRAWS, seed: int = 0) -> float:
    """Standard error of the metric's score over rows, in the metric's units; 0 for fewer than two rows.

    From each row's influence where the metric has one (exact for means, first order else), by bootstrap otherwise.
    """
    if metric.influence is not None:
        return _standard_error(metric.influence(truth, predicted))
    return bootstrap(lambda rows: metric.function(truth[rows], predicted[rows]), len(truth), draws=draws, seed=seed)


def paired(
    metric: Metric,
    truth: NDArray[Any],
    a: NDArray[Any],
    b: NDArray[Any],
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[float, float]:
    """How much better `b` predicts than `a`, and the standard error of that, both over the same rows.

    Raises:
        SubmissionInvalid: the metric is undefined for one of them.
    """
    gain = metric.sign * (metric(truth, b) - metric(truth, a))
    if metric.influence is not None:
        return gain, _standard_error(metric.influence(truth, b) - metric.influence(truth, a))

    def drawn(rows: NDArray[np.intp]) -> float:
        return metric.function(truth[rows], b[rows]) - metric.function(truth[rows], a[rows])

    return gain, bootstrap(drawn, len(truth), draws=draws, seed=seed)


def bootstrap(score: Callable[[NDArray[np.intp]], float], rows: int, *, draws: int = DRAWS, seed: int = 0) -> float:
    """Standard error of `score(positions)` when the rows are drawn again with replacement.

    A draw on which the score is undefined (NaN, or it raises ValueError) is left out; 0 with fewer than two left.
    """
    generator = np.random.default_rng(seed)
    size = min(rows, MOST_ROWS)
    scores = []
    for _ in range(draws if rows > 1 else 0):
        try:
            drawn = score(generator.integers(0, rows, size))
        except (ValueError, SubmissionInvalid):
            continue
        except MetricHangs:  # what was drawn before has to do
            break
        if np.isfinite(drawn):
            scores.append(drawn)
    return float(np.std(scores, ddof=1) * np.sqrt(size / rows)) if len(scores) > 1 else 0.0


def _standard_error(influence: NDArray[np.float64]) -> float:
    rows = len(influence)
    return float(np.std(influence, ddof=1) / np.sqrt(rows)) if rows > 1 else 0.0
