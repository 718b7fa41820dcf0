"""The laws of the Strategy port hold for the built-in strategies, and are noticed where they are broken."""

import pytest

from gome.search import Step
from gome.search.gradient import Gradient
from gome.testing.strategies import check_strategy


def test_the_gradient_keeps_the_laws():
    """Whole runs on landscapes, one and three traces, both directions."""
    check_strategy(Gradient)


class Remembering(Gradient):
    """Counts its own decisions: one that is built anew would decide otherwise."""

    def __init__(self):
        super().__init__()
        self.turns = 0

    def steps(self, standing, /):
        self.turns += 1
        return super().steps(standing) if self.turns < 9 else []


class Pushing(Gradient):
    """Gives every open trace a step, busy ones too."""

    def steps(self, standing, /):
        return [Step(trace=chain.trace, operator="draft", reason="more") for chain in standing.chains]


class Hasty(Gradient):
    """Improves what is still in flight."""

    def steps(self, standing, /):
        newest = standing.tried[-1].trial
        return [Step(trace=c.trace, operator="improve", parent=newest, reason="new") for c in standing.idle]


class Peeking(Gradient):
    """Says it goes by score alone, and looks at gains."""

    diagnoses = False


class Upward(Gradient):
    """Takes higher for better whatever the task says."""

    def steps(self, standing, /):
        scored = [item for item in standing.tried if item.score is not None]
        if len(scored) < 4:
            return super().steps(standing)
        best = max(scored, key=lambda item: item.score)
        return [Step(trace=c.trace, operator="improve", parent=best.trial, reason="best") for c in standing.idle]


@pytest.mark.parametrize("strategy", [Remembering, Pushing, Hasty, Peeking, Upward])
def test_a_broken_law_is_noticed(strategy):
    """Each of these breaks one."""
    with pytest.raises((AssertionError, ValueError)):
        check_strategy(strategy)
