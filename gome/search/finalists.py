"""Which solutions are compared at the end, and which of them wins."""

from collections.abc import Iterable, Sequence
from statistics import fmean

import msgspec

from gome.messages import FinalScore, Saved, Seeded, TrialId

MOST = 6


class Candidate(msgspec.Struct, frozen=True):
    """A solution whose search score may be trusted."""

    trial: str
    trace: str
    score: float
    stage_s: float = 0.0  # what its program took to run once


def library(candidates: Iterable[Candidate], *, higher_is_better: bool) -> tuple[Saved, ...]:
    """Return all of them as possible members of an ensemble, best search score first."""
    sign = -1.0 if higher_is_better else 1.0
    ordered = sorted(candidates, key=lambda c: (sign * c.score, c.trial))
    return tuple(Saved(trial=TrialId(c.trial), stage_s=c.stage_s) for c in ordered)


def finalists(candidates: Iterable[Candidate], *, higher_is_better: bool) -> tuple[str, ...]:
    """Return the trials to compare, best search score first: the best of each trace, then the best of the rest."""
    sign = -1.0 if higher_is_better else 1.0
    ranked = sorted(candidates, key=lambda c: (sign * c.score, c.trial))
    seen: set[str] = set()
    first = [c for c in ranked if not (c.trace in seen or seen.add(c.trace))]  # type: ignore[func-returns-value]
    rest = [c for c in ranked if c not in first]
    chosen = (first + rest)[: max(MOST, len(first))]
    return tuple(c.trial for c in ranked if c in chosen)


TIE = 0.5  # standard errors of the final score within which the search score decides


def ranked(scores: Sequence[FinalScore], *, higher_is_better: bool) -> tuple[FinalScore, ...]:
    """Return the finalists, winner first.

    The leader by search score stays unless another is ahead of it on the final holdout by more than a
    tie: two scores on few rows differ by chance more often than not.

    Args:
        scores: best search score first, as `finalists` gave them.
        higher_is_better: the metric's direction.
    """
    if not scores:
        return ()
    sign = 1.0 if higher_is_better else -1.0
    leader = scores[0]
    by_final = sorted(scores, key=lambda s: -sign * s.final)
    ahead = overtakes(by_final[0].final, leader.final, noise=leader.noise, higher_is_better=higher_is_better)
    winner = by_final[0] if ahead else leader
    return (winner, *(score for score in by_final if score is not winner))


def worth(score: FinalScore, seeded: Seeded) -> float:
    """Return what a finalist is worth on the final holdout: the mean of other seeds than the one it was chosen with."""
    return fmean(seeded.final) if seeded.final else score.final


def overtakes(rival: float, best: float, *, noise: float, higher_is_better: bool) -> bool:
    """Return whether a score on the final holdout is ahead of another, of that noise, by more than a tie."""
    return (1.0 if higher_is_better else -1.0) * (rival - best) > TIE * noise


def confirmed(
    ensemble: FinalScore, scores: Sequence[FinalScore], winner: FinalScore, *, higher_is_better: bool
) -> bool:
    """Return whether an ensemble is better than the winner on the final holdout, and level with the best before it.

    On the search holdout the best of many trials is the luckiest too: a tie with it is enough there. Nothing else
    is on the final one, which neither was chosen on.

    Args:
        ensemble: chosen on the search holdout alone.
        scores: of the finalists, best search score first.
        winner: of them.
        higher_is_better: the metric's direction.
    """
    sign = 1.0 if higher_is_better else -1.0
    behind = sign * (scores[0].search - ensemble.search)
    return behind <= TIE * scores[0].noise and sign * (ensemble.final - winner.final) > 0
