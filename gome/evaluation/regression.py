"""Metrics over numbers, of one target column; `influence` as in `classification`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn import metrics as official

Numbers = NDArray[np.float64]


def _numbers(truth: NDArray[Any], predicted: NDArray[Any]) -> tuple[Numbers, Numbers]:
    return truth.astype(float), predicted.astype(float)


def squared(truth: NDArray[Any], predicted: NDArray[Any]) -> Numbers:
    """Squared error of each row."""
    left, right = _numbers(truth, predicted)
    errors: Numbers = (right - left) ** 2
    return errors


def absolute(truth: NDArray[Any], predicted: NDArray[Any]) -> Numbers:
    """Absolute error of each row."""
    left, right = _numbers(truth, predicted)
    return np.abs(right - left)


def _of_root(losses: Numbers) -> Numbers:
    root = float(np.sqrt(losses.mean()))
    return losses / (2 * root) if root > 0 else np.zeros_like(losses)


def mse(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Mean squared error."""
    return float(official.mean_squared_error(*_numbers(truth, predicted)))


def rmse(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Root of the mean squared error."""
    return float(official.root_mean_squared_error(*_numbers(truth, predicted)))


def rmse_influence(truth: NDArray[Any], predicted: NDArray[Any]) -> Numbers:
    """Each row's pull on `rmse`, by the delta method."""
    return _of_root(squared(truth, predicted))


def _logs(truth: NDArray[Any], predicted: NDArray[Any]) -> tuple[Numbers, Numbers]:
    left, right = _numbers(truth, predicted)
    for whose, numbers in (("targets", left), ("predictions", right)):
        if (numbers < 0).any():
            raise ValueError(f"needs {whose} of 0 or more; the smallest is {numbers.min():g}")
    return np.log1p(left), np.log1p(right)


def rmsle(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Root mean squared error of log(1 + value)."""
    return rmse(*_logs(truth, predicted))


def rmsle_influence(truth: NDArray[Any], predicted: NDArray[Any]) -> Numbers:
    """Each row's pull on `rmsle`."""
    return rmse_influence(*_logs(truth, predicted))


def mae(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Mean absolute error."""
    return float(official.mean_absolute_error(*_numbers(truth, predicted)))


def median_ae(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Median absolute error."""
    return float(official.median_absolute_error(*_numbers(truth, predicted)))


def mape(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Mean absolute error as a fraction of the true value (0.1 is 10 %)."""
    return float(official.mean_absolute_percentage_error(*_numbers(truth, predicted)))


def mape_influence(truth: NDArray[Any], predicted: NDArray[Any]) -> Numbers:
    """Each row's share of `mape`; true zeros are kept from dividing as scikit-learn does."""
    shares: Numbers = absolute(truth, predicted) / np.maximum(np.abs(truth.astype(float)), np.finfo(float).eps)
    return shares


def smape_influence(truth: NDArray[Any], predicted: NDArray[Any]) -> Numbers:
    """Each row's share of `smape`."""
    left, right = _numbers(truth, predicted)
    size = (np.abs(left) + np.abs(right)) / 2
    shares: Numbers = 100 * np.abs(right - left) / np.where(size > 0, size, 1)
    return shares


def smape(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Mean absolute error over the mean size of both, in percent from 0 to 200 as on Kaggle; 0 over 0 is 0."""
    return float(smape_influence(truth, predicted).mean())


def r2(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Share of the variance explained; NaN where the truth does not vary."""
    left, right = _numbers(truth, predicted)
    return float(official.r2_score(left, right)) if np.ptp(left) > 0 else float("nan")


def r2_influence(truth: NDArray[Any], predicted: NDArray[Any]) -> Numbers:
    """Each row's pull on `r2`, by the delta method."""
    left = truth.astype(float)
    spread = (left - left.mean()) ** 2
    if not spread.any():
        return np.full(len(left), np.nan)
    losses, variance = squared(truth, predicted), spread.mean()
    pull: Numbers = losses.mean() * spread / variance**2 - losses / variance
    return pull


def pearson(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Linear correlation; NaN where either side does not vary."""
    left, right = _numbers(truth, predicted)
    if not _vary(left, right):
        return float("nan")
    return float(np.corrcoef(left, right)[0, 1])


def pearson_influence(truth: NDArray[Any], predicted: NDArray[Any]) -> Numbers:
    """Each row's pull on `pearson`."""
    left, right = _numbers(truth, predicted)
    if not _vary(left, right):
        return np.full(len(left), np.nan)
    x, y = stats.zscore(left), stats.zscore(right)
    pull: Numbers = x * y - np.corrcoef(left, right)[0, 1] * (x**2 + y**2) / 2
    return pull


def spearman(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """Correlation of ranks, ties sharing theirs; NaN where either side does not vary."""
    left, right = _numbers(truth, predicted)
    return pearson(stats.rankdata(left), stats.rankdata(right)) if _vary(left, right) else float("nan")


def _vary(left: Numbers, right: Numbers) -> bool:
    """Whether a correlation of the two means anything: rounding noise around one value does not count."""
    return all(
        len(side) > 1 and np.ptp(side) > 1e-13 * max(1e-300, float(np.abs(side).max())) for side in (left, right)
    )
