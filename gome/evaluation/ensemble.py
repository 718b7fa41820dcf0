"""Ensembles of trials: whose predictions to average, and how, chosen on rows whose labels no program saw.

The selection is that of Caruana et al., "Ensemble selection from libraries of models" (ICML 2004): the best few to
begin with, then again and again the member that helps most, with replacement, in random parts of the library
whose results are averaged. Each of the three is there against fitting the holdout itself. Theirs were libraries of
thousands, where a part has a substitute for every member; in ours of a dozen each part has the best one. For each part
the rows are drawn again too, with replacement: of many trials the best is the luckiest, and on a few rows by much.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from gome.errors import SubmissionInvalid
from gome.evaluation.labels import Labels, natural
from gome.evaluation.metrics import Metric
from gome.messages import Wanted

BAGS = 8  # random parts of the library
SHARE = 0.5  # of the library in each of them ...
SMALL = 6  # ... and at least so many members
FIRST = 5  # members that an ensemble may begin with
ROUNDS = 12  # members added to them
LIBRARY = 16  # trials that are looked at, best first
ROWS = 4000  # looked at; a sample where there are more
LEAST_WEIGHT = 0.04  # below, a member is not worth its time

Floats = NDArray[np.float64]
How = Literal["mean", "rank", "vote", "median"]


class Blend(msgspec.Struct, frozen=True, kw_only=True):
    """How predictions of one task are averaged."""

    how: How  # mean: numbers; rank: means of ranks, 0 to 1; vote: of labels; median: of labels in an order
    classes: tuple[str, ...] = ()  # labels that are voted on, lowest first

    @classmethod
    def of(cls, metric: Metric, wanted: Wanted, classes: Sequence[str]) -> "Blend | None":
        """Return how a metric's predictions are averaged; None where they cannot be."""
        if wanted == "value":
            return cls(how="mean")
        if wanted == "probability":
            return cls(how="mean" if metric.limits is not None else "rank")  # scores of any scale, that only rank
        if wanted == "label" and classes:
            return cls(how="median" if metric.name == "qwk" else "vote", classes=tuple(classes))
        return None

    def spread(self, predicted: NDArray[Any]) -> Floats:
        """Predictions as numbers whose weighted mean makes sense: (n, ...), for labels (n, targets, classes)."""
        if self.how == "mean":
            return predicted.astype(np.float64)
        if self.how == "rank":
            ranks: Floats = rankdata(predicted, axis=0) / len(predicted)
            return ranks
        known, columns = Labels(self.classes), predicted.reshape(len(predicted), -1).T
        return np.stack([np.eye(len(self.classes))[known.positions(column)] for column in columns], axis=1)

    def settle(self, mixed: Floats) -> NDArray[Any]:
        """What the metric reads of a weighted mean of such numbers."""
        if self.how in {"mean", "rank"}:
            return mixed
        chosen = mixed.argmax(-1) if self.how == "vote" else (mixed.cumsum(-1) >= 0.5 - 1e-9).argmax(-1)
        labels: NDArray[Any] = natural(self.classes)[chosen]
        return labels[:, 0] if labels.shape[1] == 1 else labels


def select(
    blend: Blend, metric: Metric, truth: NDArray[Any], predictions: Sequence[NDArray[Any]], *, seed: int
) -> tuple[float, ...]:
    """Return the weight of each member, summing to 1; those that are not worth their time have none.

    Args:
        blend: how predictions are averaged.
        metric: what the ensemble is chosen by.
        truth: of the rows.
        predictions: of each member for the rows, the best member first.
        seed: of the random parts, and of the rows where there are many.
    """
    random = np.random.default_rng(seed)
    rows = np.sort(random.permutation(len(truth))[:ROWS])
    spread = np.stack([blend.spread(one)[rows] for one in predictions])

    counts = np.zeros(len(spread))
    for _ in range(BAGS):
        size = max(min(SMALL, len(spread)), round(SHARE * len(spread)))
        some = np.append(0, 1 + np.sort(random.permutation(len(spread) - 1)[: size - 1]))
        drawn = random.integers(0, len(rows), len(rows))

        def worth(mixed: Floats, truth: NDArray[Any] = truth[rows][drawn]) -> float:
            try:
                return metric.sign * metric(truth, blend.settle(mixed))
            except SubmissionInvalid:
                return -np.inf

        found = _climb(spread[some][:, drawn], worth)
        counts[some] += found / found.sum()
    weights = counts / counts.sum()
    weights[weights < LEAST_WEIGHT] = 0
    return tuple(map(float, weights / weights.sum()))


def _climb(spread: Floats, worth: Callable[[Floats], float]) -> Floats:
    """How often each member is in the best ensemble on the way."""
    starts = [np.arange(len(spread)) < first for first in range(1, min(FIRST, len(spread)) + 1)]
    counts = max((start.astype(float) for start in starts), key=lambda c: worth(_mixed(spread, c)))
    best, most = counts, worth(_mixed(spread, counts))
    for _ in range(ROUNDS):
        total = np.tensordot(counts, spread, axes=1)
        worths = [worth((total + one) / (counts.sum() + 1)) for one in spread]
        counts = counts + np.eye(len(spread))[int(np.argmax(worths))]
        if max(worths) > most:
            best, most = counts, max(worths)
    return best


def _mixed(spread: Floats, counts: Floats) -> Floats:
    mixed: Floats = np.tensordot(counts / counts.sum(), spread, axes=1)
    return mixed
