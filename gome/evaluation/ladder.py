"""The Ladder: what is told of a score that was measured again and again on the same rows.

After Blum and Hardt, "The Ladder: A Reliable Leaderboard for Machine Learning Competitions" (2015): who tries hundreds
of solutions on one holdout and hears each score learns the holdout. So a trial is accepted only beyond the noise of
its gain, and of one that is not accepted no more is told than that, unless it is clearly worse.
"""

import math

import msgspec

from gome.messages import Check, Evidence

LEAST = 1.0  # standard errors of its gain that a solution must win by to replace the best, and ...
FEW = 10  # ... trials from which on it must win by more: the best of many tries wins by luck
CLEARLY = 4.0  # standard errors by which a solution must lose for its own score to be told
SHARE = 0.05  # to which the recall and precision of a class are rounded
OF_SCORES = {"claim", "level", "perfect", "claimed-metric"}  # checks whose evidence quotes the score


def improves(gain: float, gain_noise: float, *, trials: int) -> bool:
    """Whether a gain against the best, over the same rows, is more than luck gives the best of so many trials.

    The greatest of n normal errors grows as the root of 2 ln n, and so does what is asked for.
    """
    return gain > gain_noise * max(LEAST, math.sqrt(2 * math.log(max(trials / FEW, 1.0))))


def shown(score: float, noise: float, *, best: float | None, gain: float | None, improved: bool) -> float:
    """The score as models and traces are told it.

    Args:
        score: as measured.
        noise: its standard error, or that of its gain where there is one; the step that scores are rounded to.
        best: what was told of the best before it; None: there was none.
        gain: towards better, against that best.
        improved: whether it was accepted in the place of that best.
    """
    if best is None or gain is None or improved:
        return rounded(score, noise)
    return best if gain > -CLEARLY * noise else rounded(score, noise)


def shown_gain(gain: float | None, gain_noise: float, *, improved: bool) -> float | None:
    """A gain in units of its noise, as it is told: whole units, and none where it is not clear."""
    if gain is None:
        return None
    units = gain / max(gain_noise, 1e-12)
    return 0.0 if not improved and units > -CLEARLY else float(round(units)) or 1.0


def rounded(value: float, step: float) -> float:
    """The nearest multiple of a step; the value itself where the step is 0."""
    return value if step <= 0 else round(value / step) * step


def shown_evidence(evidence: Evidence) -> Evidence:
    """What a trial showed, too coarse to add up to its score."""
    classes = tuple(
        msgspec.structs.replace(one, recall=_coarse(one.recall), precision=_coarse(one.precision))
        for one in evidence.classes
    )
    return msgspec.structs.replace(evidence, classes=classes)


def shown_checks(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """Checks without those that passed and quote the score."""
    return tuple(check for check in checks if check.status != "passed" or check.name not in OF_SCORES)


def _coarse(share: float) -> float:
    return round(rounded(share, SHARE), 2)
