"""How time is shared out: a trial never runs into the reserve, and the end always has its time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gome.messages import Limits
from gome.pace import FINISH_S, GROWTH, MIN_TRIAL_S, RESERVE_SHARE, TRIAL_SHARE, UNLIMITED_TRIAL_S, Pace, turns_within


class Clock:
    def __init__(self):
        self.time = 1000.0

    def __call__(self):
        return self.time


@given(
    budget=st.floats(10, 1e5),
    used=st.floats(0, 1),
    walls=st.lists(st.floats(0.1, 1e4), max_size=10),
)
def test_a_trial_that_begins_now_ends_before_the_reserve(budget, used, walls):
    """limit + reserve <= left, whatever was measured; the reserve is bounded and never below what the export takes."""
    clock = Clock()
    pace = Pace(budget, now=clock)
    for wall in walls:
        pace.took(wall)
        pace.leads("t1", wall)
    clock.time += used * budget
    assert pace.trial_limit_s() <= TRIAL_SHARE * budget
    assert pace.trial_limit_s() + pace.reserve_s() <= pace.left_s() + 1e-6
    assert min(FINISH_S, RESERVE_SHARE * budget) <= pace.reserve_s() <= RESERVE_SHARE * budget
    assert 0 <= pace.left_share() <= 1
    if pace.trial_limit_s() < min(MIN_TRIAL_S, TRIAL_SHARE * budget):
        assert pace.is_over()


def test_earlier_sittings_count():
    """A run that goes on has used what it used before."""
    clock = Clock()
    pace = Pace(100, before_s=30, now=clock)
    clock.time += 10
    assert pace.elapsed_s() == pytest.approx(40)
    assert pace.left_s() == pytest.approx(60)


def test_without_a_limit_nothing_runs_out():
    """Time is unlimited, a single trial is not."""
    clock = Clock()
    pace = Pace(None, now=clock)
    clock.time += 1e6
    assert not pace.is_over()
    assert pace.left_share() == 1
    assert pace.trial_limit_s() == UNLIMITED_TRIAL_S
    assert pace.reserve_s() == 0


def test_what_a_refit_takes():
    """What the quickest trial took is there whatever the rows; the rest grows with them, less than in proportion."""
    pace = Pace(1000, rows=1.5, now=Clock())
    pace.took(12.0, 10.0)
    pace.took(32.0, 30.0)
    pace.leads("t1", 30.0)
    fixed = 0.8 * 10.0
    assert pace.refit_s() == pytest.approx(fixed + (30.0 - fixed) * 1.5**GROWTH)
    assert pace.reserve_s() == pytest.approx(FINISH_S + pace.refit_s())


def test_a_reserve_that_was_asked_for():
    """What somebody wants to be kept is kept, neither more nor less."""
    pace = Pace(100, reserve_s=40.0, now=Clock())
    pace.leads("t1", 30.0)
    assert pace.reserve_s() == 40.0
    assert pace.trial_limit_s() == TRIAL_SHARE * 100


def test_device_time():
    """A trial gets no more device time than is left beside the refit."""
    pace = Pace(Limits(device_s=100.0), rows=1.0, now=Clock())
    assert pace.trial_limit_s() == TRIAL_SHARE * 100
    pace.took(10.0)
    pace.leads("t1", 10.0)
    pace.held(80.0)
    assert pace.trial_limit_s() == pytest.approx(100 - 80 - pace.refit_s())
    assert not pace.is_used_up()
    pace.held(8.0)
    assert pace.is_used_up()
    assert not pace.is_over()


def test_what_a_trial_may_take_at_most():
    """All its turns together; the rest of the budget does not raise it."""
    assert Pace(1000.0, trial_s=60.0, turns=3, now=Clock()).trial_limit_s() == 20.0
    assert Pace(None, trial_s=60.0, now=Clock()).trial_limit_s() == 60.0
    assert Pace(100.0, trial_s=60.0, now=Clock()).trial_limit_s() == pytest.approx(TRIAL_SHARE * 100.0)
    assert turns_within(1000.0, 16.0) == 2.0
    assert turns_within(None, None) == float("inf")
