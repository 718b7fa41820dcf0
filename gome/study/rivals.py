"""One strategy held against another, by the model: where they cross, how soon one is where the other came to."""

from collections.abc import Mapping, Sequence

import numpy as np

from gome.study.intervals import Interval, crossing, mean, ratio
from gome.study.row import Row, in_order, normed, places, reliability_of

AHEAD, BEHIND, MIXED = "gradient", "greedy", "auto"


def crossover(rows: Sequence[Row]) -> Interval | None:
    """Return the reliability from which on the gradient is ahead of the greedy search; None where it is not told."""
    models, at = places(rows)
    if len(models) < 2 or any(reliability_of(model) is None for model in models):
        return None
    level = _levels(rows)
    differences = []
    for task, seed in in_order((row.task, row.seed) for row in rows):
        pairs = [tuple(level.get((task, seed, model, name)) for name in (AHEAD, BEHIND)) for model in models]
        if all(one is not None and other is not None for one, other in pairs):
            differences.append([(one or 0.0) - (other or 0.0) for one, other in pairs])
    return crossing(at, np.asarray(differences)) if differences else None


def pace(rows: Sequence[Row]) -> dict[str, Interval]:
    """Return, for each model, the trials that the gradient took over those that greedy took to one and the same score.

    The score is the best that greedy came to, on the search rows. Who never comes to it counts with twice the trials
    that it had: too few, which favours the slower one. A ratio of sums, bootstrapped over tasks and seeds.
    """
    by = {(row.task, row.seed, row.model, row.strategy): row for row in rows if row.curve}
    found = {}
    for model in places(rows)[0]:
        pairs = []
        for task, seed in in_order((row.task, row.seed) for row in rows):
            one, other = (by.get((task, seed, model, name)) for name in (AHEAD, BEHIND))
            if one is not None and other is not None:
                goal = other.curve[-1]
                pairs.append((_trials_to(one, goal), _trials_to(other, goal)))
        if pairs:
            found[model] = ratio(np.asarray(pairs, float))
    return found


def shortfall(rows: Sequence[Row]) -> dict[str, Interval]:
    """Return, for each model, `auto`'s normed score less that of the better of the two that it moves between.

    The better is the one whose mean over tasks and seeds is: run by run, nobody can choose after the fact.
    """
    level = _levels(rows)
    found = {}
    for model in places(rows)[0]:
        units = [
            values
            for task, seed in in_order((row.task, row.seed) for row in rows)
            if None not in (values := [level.get((task, seed, model, name)) for name in (MIXED, AHEAD, BEHIND)])
        ]
        if units:
            table = np.asarray(units, float)
            found[model] = mean(table[:, 0] - table[:, 1 + int(table[:, 2].mean() > table[:, 1].mean())])
    return found


def _levels(rows: Sequence[Row]) -> Mapping[tuple[str, int, str, str], float]:
    return {
        (row.task, row.seed, row.model, row.strategy): value
        for row, value in zip(rows, normed(rows), strict=True)
        if value is not None
    }


def _trials_to(row: Row, goal: float) -> float:
    reached = (value >= goal if row.higher_is_better else value <= goal for value in row.curve)
    return next(
        (n for n, there in enumerate(reached, start=row.trials - len(row.curve) + 1) if there), 2.0 * row.trials
    )
