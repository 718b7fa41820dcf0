"""What a metric gives by chance: the score of predictions that know nothing of the labels, and how far it scatters."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gome.errors import SubmissionInvalid
from gome.evaluation.answers import Answers
from gome.evaluation.evidence import best_constant
from gome.evaluation.metrics import Metric

DRAWS = 60
LEAN = 0.25  # how far guesses lean away from the best constant: about as far as a model's do that learnt noise


def chance(
    metric: Metric, answers: Answers, truth: NDArray[Any], *, share: float, seed: int = 0
) -> tuple[float, float] | None:
    """The best that guessing gives, and its standard deviation over guesses; None where the metric has none such.

    Args:
        metric: the task's.
        answers: how labels are read.
        truth: labels, as `answers` reads them.
        share: of them, on which each guess is measured.
        seed: of the guesses.
    """
    random = np.random.default_rng(seed)
    scores = []
    size = max(2, round(share * len(truth)))
    for guess in _guesses(answers, truth, random):
        rows = random.permutation(len(truth))[:size]
        try:
            scores.append(metric(truth[rows], guess[rows]))
        except SubmissionInvalid:
            continue
    if len(scores) < DRAWS // 2:
        return None
    levels = [float(np.mean(scores))]
    constant = best_constant(metric, answers, truth)
    if constant is not None:
        levels.append(constant)
    return max(levels, key=lambda score: metric.sign * score), float(np.std(scores, ddof=1))


def _guesses(answers: Answers, truth: NDArray[Any], random: np.random.Generator) -> Iterator[NDArray[Any]]:
    for _ in range(DRAWS):
        if answers.wanted == "ranking":
            return
        if answers.wanted == "label":
            yield truth[random.permutation(len(truth))]
        elif answers.wanted == "value":
            yield truth.mean(axis=0) + LEAN * truth.std(axis=0) * random.standard_normal(truth.shape)
        elif answers.wide:
            shares = np.bincount(truth, minlength=len(answers.classes)) / len(truth)
            leaning = shares * np.exp(LEAN * random.standard_normal((len(truth), len(shares))))
            yield leaning / leaning.sum(axis=1, keepdims=True)
        else:
            yield np.clip(truth.mean(axis=0) + LEAN * 0.4 * random.standard_normal(truth.shape), 0.001, 0.999)
