"""Why a score is what it is: figures for whoever diagnoses it, too coarse to give the labels away."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from gome.errors import SubmissionInvalid
from gome.evaluation.answers import Answers
from gome.evaluation.metrics import PROBABILITIES, Metric
from gome.evaluation.regression import pearson
from gome.messages import ClassScore, Evidence, Residuals

MOST_CLASSES = 50  # shown
MOST_CONSTANTS = 20  # labels tried as constant predictions
GUESSES = 100  # labels in a constant ranking
TAIL = 0.05  # share of rows that `Residuals.tail` calls the worst


def evidence(
    metric: Metric, answers: Answers, truth: NDArray[Any], predicted: NDArray[Any], constant: float | None
) -> Evidence:
    """Scores per class for one target with classes, residuals for numbers; `constant` is passed on."""
    if answers.wanted == "value":
        return Evidence(residuals=residuals(truth, predicted), constant=constant)
    if answers.wanted == "ranking" or truth.ndim > 1:
        return Evidence(constant=constant)
    if answers.wanted == "label":
        return Evidence(classes=class_scores(truth, predicted), constant=constant)
    names = np.array(answers.classes or ("0", "1"))
    chosen = choice(truth, predicted, bounded=metric.limits == PROBABILITIES)
    return Evidence(classes=class_scores(names[truth], names[chosen]), constant=constant)


def choice(truth: NDArray[Any], predicted: NDArray[Any], *, bounded: bool) -> NDArray[np.intp]:
    """The class that the probabilities favour.

    For a metric that only ranks, a score means nothing by itself: as many rows are called positive as there are.
    """
    if predicted.ndim == 2 and predicted.shape[1] > 2:
        favoured: NDArray[np.intp] = predicted.argmax(axis=1)
        return favoured
    score = predicted if predicted.ndim == 1 else predicted[:, 1]
    if bounded:
        return (score >= 0.5).astype(np.intp)
    positives = int((truth == 1).sum())
    chosen = np.zeros(len(score), dtype=np.intp)
    chosen[np.argsort(-score, kind="stable")[:positives]] = 1
    return chosen


def class_scores(truth: NDArray[Any], predicted: NDArray[Any]) -> tuple[ClassScore, ...]:
    """Recall and precision of each class, most frequent first."""
    labels, support = np.unique(truth, return_counts=True)
    scores = []
    for at in np.argsort(-support, kind="stable")[:MOST_CLASSES]:
        is_true, is_called = truth == labels[at], predicted == labels[at]
        hits = int((is_true & is_called).sum())
        scores.append(
            ClassScore(
                label=str(labels[at]),
                support=int(support[at]),
                recall=round(hits / int(support[at]), 2),
                precision=round(hits / max(1, int(is_called.sum())), 2),
            )
        )
    return tuple(scores)


def residuals(truth: NDArray[Any], predicted: NDArray[Any]) -> Residuals:
    """How the predictions miss; over several targets, the mean of each figure."""
    pairs = zip(truth.reshape(len(truth), -1).T, predicted.reshape(len(truth), -1).T, strict=True)
    figures = np.mean([_residuals(true, guess) for true, guess in pairs], axis=0)
    bias, tail, growth = (round(float(figure), 2) for figure in figures)
    return Residuals(bias=bias, tail=tail, growth=growth)


def _residuals(truth: NDArray[np.float64], predicted: NDArray[np.float64]) -> tuple[float, float, float]:
    error = predicted - truth
    spread = float(np.std(truth)) or 1.0
    squared = np.sort(error**2)[::-1]
    worst = squared[: max(1, round(TAIL * len(error)))].sum()
    growth = pearson(rankdata(np.abs(error)), rankdata(predicted))
    return error.mean() / spread, worst / (squared.sum() or 1.0), 0.0 if np.isnan(growth) else growth


def best_constant(metric: Metric, answers: Answers, truth: NDArray[Any]) -> float | None:
    """Score of the best prediction that is the same for every row; None where the metric is undefined for such."""
    scores = []
    for row in _constants(answers, truth):
        predicted = np.broadcast_to(row, (len(truth), *np.shape(row))).copy()
        try:
            scores.append(metric(truth, predicted))
        except SubmissionInvalid:
            continue
    return max(scores, key=lambda score: metric.sign * score) if scores else None


def _constants(answers: Answers, truth: NDArray[Any]) -> Iterator[Any]:
    """Rows worth repeating: frequencies, frequent labels, or the centres of the values."""
    columns = truth.reshape(len(truth), -1).T
    flat = truth.ndim == 1
    if answers.wide:
        yield np.bincount(truth, minlength=len(answers.classes)) / len(truth)
    elif answers.wanted == "probability":
        yield truth.mean(axis=0)
    elif answers.wanted == "ranking":
        guesses = [" ".join(_frequent(np.array(" ".join(column).split()))[:GUESSES]) for column in columns]
        yield guesses[0] if flat else np.array(guesses)
    elif answers.wanted == "label":
        frequent = [_frequent(column) for column in columns]
        for rank in range(min(MOST_CONSTANTS, max(map(len, frequent)))):
            ranked = [labels[min(rank, len(labels) - 1)] for labels in frequent]
            yield ranked[0] if flat else np.array(ranked)
    else:
        for centre in (np.mean, np.median, _log_mean, _relative_median):
            row = np.array([centre(column) for column in columns])
            yield row[0] if flat else row


def _frequent(labels: NDArray[Any]) -> NDArray[Any]:
    names, counts = np.unique(labels, return_counts=True)
    return names[np.argsort(-counts, kind="stable")]


def _log_mean(values: NDArray[np.float64]) -> float:
    """Best constant for squared errors of logarithms."""
    return float(np.expm1(np.log1p(values).mean())) if values.min() >= 0 else float(values.mean())


def _relative_median(values: NDArray[np.float64]) -> float:
    """Best constant for errors relative to the value: the median weighted by 1 / |value|."""
    order = np.argsort(values)
    weight = np.cumsum(1 / np.maximum(np.abs(values[order]), np.finfo(float).eps))
    return float(values[order][np.searchsorted(weight, weight[-1] / 2)])
