"""What the harness notices in predictions, besides their score."""

from collections.abc import Iterator
from typing import Any

import msgspec
from numpy.typing import NDArray

from gome.evaluation.checks import constant_check, level_check, perfect_check
from gome.evaluation.metrics import Metric
from gome.evaluation.mismatch import other_metric
from gome.messages import Check, Wanted


class Measured(msgspec.Struct, frozen=True, eq=False):
    """A score, and what to hold it against."""

    score: float
    noise: float
    constant: float | None  # score of the best constant
    perfect: float  # score of the truth
    claimed: float | None  # what the program printed
    code: str = ""  # the program


def noticed(
    metric: Metric,
    wanted: Wanted,
    truth: NDArray[Any],
    here: NDArray[Any],
    everywhere: NDArray[Any],
    measured: Measured,
) -> Iterator[Check]:
    """Checks of predictions.

    Args:
        metric: the task's.
        wanted: what is read from a submission.
        truth: of the search holdout.
        here: predictions of it.
        everywhere: all predictions.
        measured: their score.
    """
    score, error = measured.score, measured.noise
    yield constant_check(everywhere)
    yield level_check(score, error, measured.constant, higher_is_better=metric.higher_is_better)
    yield perfect_check(
        score,
        measured.perfect,
        measured.constant,
        rows=len(here),
        wanted=wanted,
        limited=metric.limits is not None,
    )
    if measured.claimed is not None:
        yield other_metric(metric, wanted, truth, here, measured.claimed, score, error, measured.code)
