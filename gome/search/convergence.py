"""When a search has converged: a further step is unlikely to set a new best, with stated confidence.

If a step set a new best with a chance of EPSILON or more, independently, m steps in a row without one would come
about with a probability of at most (1 - EPSILON)^m. Once that is below DELTA the run may stop. The chance is
taken to fall as a search goes on, which makes the rule err towards going on too long, not towards stopping early.
"""

import math
from collections.abc import Sequence

from gome.messages import Tried
from gome.search import Standing

EPSILON, DELTA = 0.1, 0.05
STEPS = math.ceil(math.log(DELTA) / math.log(1.0 - EPSILON))  # 29


def converged(standing: Standing) -> str | None:
    """Return why the run may stop, if it may."""
    barren = since_best(standing, standing.tried)
    if barren < STEPS:
        return None
    return (
        f"converged: {barren} steps without a new best; with {1 - DELTA:.0%} confidence a further one "
        f"sets one with a chance below {EPSILON:.0%}"
    )


def since_best(standing: Standing, tried: Sequence[Tried]) -> int:
    """Return how many judged steps ago the best of the run was set by one that was accepted; first solutions aside."""
    best: float | None = None
    barren = 0
    for item in tried:
        if item.pending:
            continue
        if item.accepted and item.score is not None and (best is None or standing.better(item.score, best)):
            best, barren = item.score, 0
        elif item.operator != "draft":
            barren += 1
    return barren
