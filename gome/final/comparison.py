"""The figures that the final choice rests on: the finalists and an ensemble, on both holdouts."""

from collections.abc import Sequence

import msgspec

from gome.errors import MetricHangs, SubmissionInvalid
from gome.evaluation.ensemble import LIBRARY
from gome.evaluation.harness import Harness
from gome.folder import RunFolder
from gome.messages import FinalistsChosen, FinalScore, Saved, Share, TrialId

ENSEMBLE = TrialId("ensemble")
MOST_MEMBERS = 6  # each of which is fitted again on all labelled rows


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What the final holdout told, once."""

    scores: tuple[FinalScore, ...]  # of the finalists, best search score first
    ensemble: FinalScore | None = None
    members: tuple[Share, ...] = ()  # of the ensemble, heaviest first


def compare(chosen: FinalistsChosen, folder: RunFolder, harness: Harness, *, seed: int) -> Compared:
    """Score the finalists, and choose an ensemble on the search holdout; its predictions are kept like a trial's."""
    scores = tuple(score for trial in chosen.trials if (score := _score(trial, folder, harness)) is not None)
    if len(scores) < 2 or harness.blend is None:
        return Compared(scores=scores)
    library = chosen.library[:LIBRARY]
    library += tuple(one for one in chosen.library[LIBRARY:] if one.trial in chosen.trials)
    try:
        weights = harness.shares([folder.submission(one.trial) for one in library], seed=seed)
    except MetricHangs:
        return Compared(scores=scores)
    members = _heaviest(library, weights)
    if len(members) < 2:
        return Compared(scores=scores)
    harness.mix(
        [harness.checked(folder.submission(member.trial)) for member in members],
        [member.weight for member in members],
        folder.submission(ENSEMBLE),
    )
    return Compared(scores=scores, ensemble=_score(ENSEMBLE, folder, harness), members=members)


def _score(trial: TrialId, folder: RunFolder, harness: Harness) -> FinalScore | None:
    """Return a trial's score on both holdouts; None where the metric is undefined for it on one of them."""
    path = folder.submission(trial)
    try:
        final, noise = harness.final(path)
        return FinalScore(trial=trial, search=harness.score(path).score, final=final, noise=noise)
    except (SubmissionInvalid, MetricHangs):
        return None


def _heaviest(library: Sequence[Saved], weights: Sequence[float]) -> tuple[Share, ...]:
    """Return the members that are worth fitting again, their weights summing to 1."""
    ranked = sorted(zip(weights, library, strict=True), key=lambda pair: -pair[0])
    kept = [(weight, saved) for weight, saved in ranked if weight > 0][:MOST_MEMBERS]
    total = sum(weight for weight, _ in kept)
    return tuple(Share(trial=saved.trial, weight=round(weight / total, 4)) for weight, saved in kept)
