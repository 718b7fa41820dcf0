"""The bounds that docs/method.md states, checked by drawing: the Ladder's losses, the bandit's regret, convergence."""

from statistics import NormalDist

import numpy as np
import pytest

from gome.evaluation.ladder import LEAST, improves
from gome.search.convergence import DELTA, EPSILON, STEPS
from gome.search.gradient import Gradient
from gome.testing.landscape import PAIRED, Landscape
from gome.testing.rehearsal import Rehearsal

LOSS = 0.034  # noise units of true worth that a step loses in expectation, at most
DRAWS = 200_000


@pytest.mark.parametrize("loss", [0.0, 0.3, 0.51, 1.0, 2.0])
def test_a_step_back_is_accepted_as_rarely_as_stated(loss):
    """At most 1 - Phi(1 + d) of the steps that lose d noise units; what they lose is 0.034 at most."""
    seen = np.random.default_rng(0).normal(-loss, 1.0, DRAWS)
    accepted = float(np.mean([improves(gain, 1.0, trials=1) for gain in seen.tolist()]))
    bound = 1 - NormalDist().cdf(LEAST + loss)
    assert accepted == pytest.approx(bound, abs=4 * (bound / DRAWS) ** 0.5)
    assert loss * bound <= LOSS


def test_whole_runs_lose_no_more_than_stated():
    """The true losses of all accepted steps of a run, summed, stay below 0.034 noise units a step."""
    lost, steps = 0.0, 0
    for seed in range(6):
        run = Rehearsal(Landscape(seed, reliability=0.3), Gradient(), traces=1, trials=60, seed=seed).run()
        worth = {point.trial: point.worth for point in run.points}
        for item in run.history.tried():
            if item.against is not None and item.score is not None:
                steps += 1
                if item.accepted:
                    lost += max(worth[item.against] - worth[item.trial], 0.0) / PAIRED
    assert steps > 150
    assert lost <= LOSS * steps


def test_so_many_barren_steps_are_as_unlikely_as_stated():
    """29 in a row where one in ten sets a new best: below 5 %; 28 would not be."""
    assert (1 - EPSILON) ** STEPS <= DELTA < (1 - EPSILON) ** (STEPS - 1)
