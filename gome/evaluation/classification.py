"""Metrics over labels and over probabilities, of one target column.

`influence` functions give each row's pull on the score, up to a constant: their standard deviation over
the square root of the number of rows is the score's standard error (the infinitesimal jackknife; for the
area under the curve it equals DeLong's).
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn import metrics as official

from gome.evaluation.columns import Score
from gome.evaluation.labels import alike

CLIP = 1e-15  # probabilities are kept this far from 0 and 1, as Kaggle does
RATINGS = 1000  # widest range of whole ratings for which absent ones are counted by qwk


# Probabilities


def codes(truth: NDArray[Any], columns: int) -> NDArray[np.intp]:
    """Column of each row's true class: the label itself if it is 0, 1, ..., else its rank among all labels.

    Raises:
        ValueError: the labels do not tell which column is whose.
    """
    if truth.dtype.kind in "biuf" and np.isin(truth, np.arange(columns)).all():
        return truth.astype(np.intp)
    labels, ranks = np.unique(truth, return_inverse=True)
    if len(labels) != columns:
        raise ValueError(f"{len(labels)} classes in the truth, probabilities for {columns}")
    return ranks.astype(np.intp)


def one_against_rest(
    truth: NDArray[Any], predicted: NDArray[Any]
) -> list[tuple[NDArray[np.bool_], NDArray[np.float64]]]:
    """(is it this class, its predicted score) for each class that some rows have and others have not."""
    predicted = predicted.astype(float)
    if predicted.ndim == 1 or predicted.shape[1] == 2:
        score = predicted if predicted.ndim == 1 else predicted[:, 1]
        every = [(codes(truth, 2) == 1, score)]
    else:
        column = codes(truth, predicted.shape[1])
        every = [(column == one, predicted[:, one]) for one in range(predicted.shape[1])]
    return [(mask, score) for mask, score in every if mask.any() and not mask.all()]


def _mean_over_classes(function: Callable[[Any, Any], float], truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    scores = [function(mask, score) for mask, score in one_against_rest(truth, predicted)]
    return float(np.mean(scores)) if scores else float("nan")


auc: Score = partial(_mean_over_classes, official.roc_auc_score)
average_precision: Score = partial(_mean_over_classes, official.average_precision_score)


def auc_influence(truth: NDArray[Any], predicted: NDArray[Any]) -> NDArray[np.float64]:
    """Each row's pull on the area under the curve, averaged over classes; NaN where it is undefined."""
    classes = one_against_rest(truth, predicted)
    if not classes:
        return np.full(len(truth), np.nan)
    pulls: NDArray[np.float64] = np.mean([_auc_influence(mask, score) for mask, score in classes], axis=0)
    return pulls


def _auc_influence(positive: NDArray[np.bool_], score: NDArray[np.float64]) -> NDArray[np.float64]:
    ups, downs = int(positive.sum()), int((~positive).sum())
    ranks = rankdata(score)  # ties share their rank, and so count half
    won = np.empty(len(score))
    won[positive] = (ranks[positive] - rankdata(score[positive])) / downs  # share of negatives below
    won[~positive] = 1 - (ranks[~positive] - rankdata(score[~positive])) / ups  # share of positives above
    share = np.where(positive, ups, downs) / len(score)
    pull: NDArray[np.float64] = (won - won[positive].mean()) / share
    return pull


def gini(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Twice the area under the curve, less one."""
    return 2 * auc(truth, predicted) - 1


def gini_influence(truth: NDArray[Any], predicted: NDArray[Any]) -> NDArray[np.float64]:
    """Each row's pull on `gini`."""
    return 2 * auc_influence(truth, predicted)


def probabilities(predicted: NDArray[Any]) -> NDArray[np.float64]:
    """(n, classes), each row summing to one and clipped; a row of zeros says nothing and becomes uniform."""
    given = np.clip(predicted.astype(float), 0, None)
    if given.ndim == 1:
        given = np.column_stack([1 - given, given])
    total = given.sum(axis=1, keepdims=True)
    shared = np.where(total > 0, given / np.where(total > 0, total, 1), 1 / given.shape[1])
    clipped: NDArray[np.float64] = np.clip(shared, CLIP, 1 - CLIP)
    return clipped


def logloss(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Mean negative log of the true class's probability, in nats."""
    rows = probabilities(predicted)
    classes = rows.shape[1]
    return float(official.log_loss(codes(truth, classes), rows, labels=list(range(classes))))


def logloss_influence(truth: NDArray[Any], predicted: NDArray[Any]) -> NDArray[np.float64]:
    """Each row's loss."""
    rows = probabilities(predicted)
    loss: NDArray[np.float64] = -np.log(rows[np.arange(len(rows)), codes(truth, rows.shape[1])])
    return loss


def brier_influence(truth: NDArray[Any], predicted: NDArray[Any]) -> NDArray[np.float64]:
    """Each row's squared error: of the positive class for two, summed over classes for more."""
    given = predicted.astype(float)
    if given.ndim == 2 and given.shape[1] == 2:
        given = given[:, 1]
    if given.ndim == 1:
        return np.square(given - codes(truth, 2), dtype=np.float64)
    classes = given.shape[1]
    summed: NDArray[np.float64] = ((given - np.eye(classes)[codes(truth, classes)]) ** 2).sum(axis=1)
    return summed


def brier(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Mean squared error of the probabilities."""
    return float(brier_influence(truth, predicted).mean())


# Labels


def accuracy_influence(truth: NDArray[Any], predicted: NDArray[Any]) -> NDArray[np.float64]:
    """1 where the label is right."""
    left, right = alike(truth, predicted)
    right_ones: NDArray[np.float64] = np.equal(left, right).astype(float)
    return right_ones


def accuracy(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Share of labels that are right."""
    return float(official.accuracy_score(*alike(truth, predicted)))


def error_influence(truth: NDArray[Any], predicted: NDArray[Any]) -> NDArray[np.float64]:
    """1 where the label is wrong."""
    return 1 - accuracy_influence(truth, predicted)


def error_rate(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Share of labels that are wrong."""
    return 1 - accuracy(truth, predicted)


def balanced_accuracy(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Mean recall over the classes that occur in the truth."""
    left, right = alike(truth, predicted)
    return float(official.recall_score(left, right, labels=np.unique(left), average="macro", zero_division=0))


def averaged(function: Callable[..., float], average: str) -> Score:
    """A scikit-learn score over all classes, averaged in its "macro", "micro" or "weighted" way."""

    def score(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
        return float(function(*alike(truth, predicted), average=average, zero_division=0))

    return score


def of_positive(name: str, function: Callable[..., float]) -> Score:
    """A scikit-learn score of the positive class: the second of the two labels in sorted order."""

    def score(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
        left, right = alike(truth, predicted)
        labels = np.union1d(left, right)
        if len(labels) > 2:
            raise ValueError(f"{name} is for two classes, these are {len(labels)}: {name}_macro averages over classes")
        if len(labels) == 1:
            return float("nan")  # which class would be the positive one is not to be seen
        return float(function(left, right, pos_label=labels[1], zero_division=0))

    return score


def mcc(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Matthews correlation; 0 for constant predictions."""
    return float(official.matthews_corrcoef(*alike(truth, predicted)))


def qwk(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Cohen's kappa with quadratic weights; whole ratings count by value, also where one is absent."""
    left, right = alike(truth, predicted)
    labels = np.union1d(left, right)
    if len(labels) == 1:
        return float("nan")
    if labels.dtype.kind == "i" and labels[-1] - labels[0] < RATINGS:
        labels = np.arange(labels[0], labels[-1] + 1)
    return float(official.cohen_kappa_score(left, right, labels=labels, weights="quadratic"))
