"""Three layers in code, before any model is asked: format, alignment, comparison.

The harness adds what only it can see (format, constant, level, perfect); the claim is held against the
score by whoever has the solution's output.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gome.messages import Check, TaskBrief, TrialFinished, Verdict, Wanted

# A claim is a mean over the training rows, which are more than the holdout's: its own error is at most the
# holdout's, so an honest difference has a standard error of at most 1.4 noise units. Choosing the best of
# several epochs or settings on the same rows adds some optimism. 4 units come about honestly once in some
# hundred trials, 8 (5.7 standard errors) do not.
WARNED = 4.0  # noise units
FAILED = 8.0
# On a large holdout the noise vanishes and honest optimism does not: a unit is never less than this share
# of the way from the best constant to the score.
LEAST_UNIT = 0.01
NEAR = 1e-9  # relative; closer counts as equal
FEW_ROWS = 200  # on fewer, forests may be certain of every row and right
APART = 0.2  # distance of two distributions of predictions, 0 to 1, that no leak is needed for
WORSE = 2.0  # noise units below the best constant: chance no more


def judge(trial: TrialFinished, task: TaskBrief) -> tuple[Check, ...]:
    """All that code can say of a trial: what the harness noticed, and the claim against its score."""
    if trial.status != "ok":
        return (Check(name="run", status="failed", evidence=trial.error or f"the trial ended: {trial.status}"),)
    if trial.score is None:
        return (format_check(trial.error or "no score"),)
    claim = claim_check(
        trial.claimed,
        trial.score,
        trial.noise or 0.0,
        trial.evidence.constant,
        higher_is_better=task.higher_is_better,
    )
    return (*trial.checks, claim)


def format_check(problem: str = "") -> Check:
    """Whether the submission fits the sample; `problem` is what the harness found wrong."""
    return Check(name="format", status="failed" if problem else "passed", evidence=problem or "fits the sample")


def claim_check(
    claimed: float | None,
    score: float,
    noise: float,
    constant: float | None = None,
    *,
    higher_is_better: bool,
) -> Check:
    """Whether the solution's own validation promises more than the harness finds."""
    name = "claim"
    if claimed is None:
        return Check(name=name, status="passed", evidence="the solution printed no score")
    if claimed < 0 <= score and not higher_is_better:
        claimed = -claimed  # a loss printed as scikit-learn negates it
    way = abs(score - constant) if constant is not None else abs(score)
    unit = max(noise, LEAST_UNIT * way, 1e-12)
    ahead = ((claimed - score) if higher_is_better else (score - claimed)) / unit
    if ahead <= WARNED:
        return Check(name=name, status="passed", evidence=f"claims {claimed:.5g}, measured {score:.5g}")
    return Check(
        name=name,
        status="failed" if ahead > FAILED else "warned",
        evidence=f"claims {claimed:.5g}, measured {score:.5g}: {min(ahead, 999):.1f} noise units too good; "
        "its validation leaks, overfits, or is another metric",
    )


def constant_check(predicted: NDArray[Any]) -> Check:
    """Whether all rows got the same prediction."""
    first = predicted[:1]
    if len(predicted) > 1 and bool((predicted == first).all()):
        shown = ", ".join(str(value) for value in np.ravel(first)[:3])
        return Check(name="constant", status="warned", evidence=f"all {len(predicted)} predictions are {shown}")
    kinds = len(np.unique(predicted[:, 0] if predicted.ndim > 1 else predicted))
    return Check(name="constant", status="passed", evidence=f"{kinds} different predictions in {len(predicted)} rows")


def leak_check(held: NDArray[Any], test: NDArray[Any], leaks: Sequence[str]) -> Check:
    """Whether held-out rows, which have a leaking column's true values, are predicted otherwise than real test rows."""
    apart = max(_distance(*pair) for pair in zip(_columns(held), _columns(test), strict=True))
    chance = 1.63 * math.sqrt(1 / len(held) + 1 / len(test))  # Kolmogorov-Smirnov, one in a hundred
    words = f"predictions for held-out and for real test rows lie {apart:.2f} of 1 apart"
    if apart <= APART + chance:
        return Check(name="leak", status="passed", evidence=words)
    return Check(name="leak", status="failed", evidence=f"{words}, and {leaks[0]}: the score is the leak's")


def _columns(predicted: NDArray[Any]) -> Iterable[NDArray[Any]]:
    return predicted.T if predicted.ndim > 1 else [predicted]


def _distance(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Kolmogorov-Smirnov distance; for labels, half the sum of the differences of their shares."""
    points = np.unique(np.concatenate([one, other]))
    if one.dtype.kind in "fiub":
        ours, theirs = (np.searchsorted(np.sort(side), points, side="right") / len(side) for side in (one, other))
        return float(np.abs(ours - theirs).max())
    ours, theirs = (np.array([(side == point).mean() for point in points]) for side in (one, other))
    return float(np.abs(ours - theirs).sum() / 2)


def level_check(score: float, noise: float, constant: float | None, *, higher_is_better: bool) -> Check:
    """Whether the score beats the best constant prediction; clearly worse is a sign of a defect."""
    name = "level"
    if constant is None:
        return Check(name=name, status="passed", evidence="the metric is undefined for constant predictions")
    ahead = score - constant if higher_is_better else constant - score
    against = f"{score:.5g} against {constant:.5g} for the best constant"
    if ahead < -WORSE * noise:
        why = "; rows, labels or their direction may be mixed up"
        return Check(name=name, status="warned", evidence=against + why)
    return Check(name=name, status="passed", evidence=against + ("" if ahead > 0 else "; nothing was learnt"))


def perfect_check(
    score: float, perfect: float, constant: float | None, *, rows: int, wanted: Wanted, limited: bool = False
) -> Check:
    """Whether the score is as good as it can be.

    Numbers, and probabilities that a `limited` metric measures, never are without a leak. Right labels and
    right orders happen on easy tasks, so they only get a remark.
    """
    name = "perfect"
    scale = max(abs(perfect), abs(score if constant is None else constant))
    if not math.isclose(score, perfect, rel_tol=0, abs_tol=NEAR * scale):
        return Check(name=name, status="passed", evidence=f"{score:.5g}, perfect would be {perfect:.5g}")
    suspicious = wanted == "value" or (wanted == "probability" and limited and rows >= FEW_ROWS)
    hint = "look for a leak" if suspicious else "an easy task, or a leak"
    return Check(name=name, status="warned" if suspicious else "passed", evidence=f"perfect on {rows} rows: {hint}")


def verdict(checks: Iterable[Check]) -> Verdict:
    """Rejected if any check failed, suspect if any warned, else accepted."""
    statuses = {check.status for check in checks}
    if "failed" in statuses:
        return "rejected"
    return "suspect" if "warned" in statuses else "accepted"
