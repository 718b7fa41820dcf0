"""What whole runs on a landscape show of the method."""

import pytest

from gome.messages import StepDropped, SuccessRecorded
from gome.search.gradient import Gradient
from gome.testing.landscape import Landscape
from gome.testing.rehearsal import Rehearsal


@pytest.mark.slow
def test_many_traces_do_not_crowd_on_one_solution():
    """A hundred idle traces ask hardly a question more than there are trials: two in three were dropped before."""
    run = Rehearsal(Landscape(0, reliability=0.8), Gradient(), traces=100, trials=200, devices=8).run()
    dropped = sum(isinstance(e.message, StepDropped) and e.message.why == "tried" for e in run.messages)
    assert len(run.points) == 200
    assert dropped < 0.1 * len(run.points)


@pytest.mark.slow
def test_a_success_is_credited_with_its_own_gain_alone():
    """What a step brought in from others beside its own change is theirs, and has been recorded already."""
    run = Rehearsal(Landscape(0, reliability=0.8), Gradient()).run()
    told = [e.message.success for e in run.messages if isinstance(e.message, SuccessRecorded)]
    mixed = [success for success in told if run.history.attempts[success.trial].proposed.other is not None]
    assert mixed
    for success in mixed:
        brought = run.history.brought(success.trial)
        assert brought > 0
        assert success.gain == pytest.approx(run.history.attempts[success.trial].gain - brought)
