"""What follows from a trial's checks and its score: the verdict, whether it is the new best, what is told of it."""

from collections.abc import Iterable

import msgspec

from gome.evaluation.checks import judge, verdict
from gome.evaluation.ladder import improves, shown
from gome.messages import Check, TaskBrief, TrialFinished, Verdict

# A warning about these doubts the score itself; any other doubts what the program says of itself, which the score
# does not rest on.
DOUBT_THE_SCORE = {"constant", "level", "perfect", "leak", "row-order", "files"}


class Standing(msgspec.Struct, frozen=True):
    """What is known of the best that a trial is compared with."""

    trusted: bool
    shown: float | None  # its score as it was told


class Ruling(msgspec.Struct, frozen=True):
    """What a trial is found to be."""

    checks: tuple[Check, ...]
    verdict: Verdict
    trusted: bool  # whether its score may be believed, whatever its claim is worth
    improved: bool
    shown: float | None  # its score as models and traces are told it


def rule(
    trial: TrialFinished,
    task: TaskBrief,
    best: Standing | None,
    *,
    gain: float | None,
    gain_noise: float | None,
    trials: int,
) -> Ruling:
    """Judge a trial by numbers alone.

    Args:
        trial: with what the harness and the review noticed.
        task: the brief.
        best: of its trace; None: this is the first with a score.
        gain: against that best, over the same rows; None without a best or a score.
        gain_noise: standard error of the gain.
        trials: of the run so far, all on the same holdout.
    """
    checks = judge(trial, task)
    found = verdict(checks)
    believed = found != "rejected" and trusted(checks)
    noise = gain_noise or 0.0
    if gain is None or best is None:
        improved = found != "rejected"  # a suspect solution is better than none ...
    elif best.trusted:  # ... and worse than any whose score is above suspicion
        improved = believed and improves(gain, noise, trials=trials)
    else:
        improved = believed or (found != "rejected" and improves(gain, noise, trials=trials))
    told = None
    if trial.score is not None:
        step = trial.noise or 0.0 if gain is None else noise
        told = shown(trial.score, step, best=best.shown if best else None, gain=gain, improved=improved)
    return Ruling(checks=checks, verdict=found, trusted=believed, improved=improved, shown=told)


def trusted(checks: Iterable[Check]) -> bool:
    """Whether no check doubts the score itself."""
    return not any(check.status != "passed" and check.name in DOUBT_THE_SCORE for check in checks)
