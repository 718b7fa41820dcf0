"""From the sample to the full data."""

import pytest

from gome.execution.estimate import Estimate, hopeless


def test_what_is_fixed_does_not_grow():
    """A program as quick as the quickest is mostly loading; one that takes longer spends the rest on rows."""
    estimate = Estimate(growth=16.0)

    quick, slow = estimate.full_s(1.0), estimate.full_s(5.0)

    assert quick == pytest.approx(0.8 + 0.2 * 8)  # 16 to the power 0.75 is 8
    assert slow == pytest.approx(0.8 + 4.2 * 8)


def test_a_quicker_one_teaches():
    """What was taken for fixed with the first sample is corrected by a quicker one."""
    estimate = Estimate(growth=16.0)
    before = estimate.full_s(5.0)
    estimate.full_s(1.0)

    assert estimate.full_s(5.0) > before


def test_as_many_rows():
    """On no more rows a program takes as long as before."""
    assert Estimate(growth=0.5).full_s(3.0) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("expected_s", "limit_s", "begun"), [(30.0, 10.0, True), (31.0, 10.0, False), (1.0, -2.0, False)]
)
def test_only_what_is_hopeless_is_not_begun(expected_s, limit_s, begun):
    """An estimate from a few hundred rows may be wrong by a factor of three; beyond that no time is spent."""
    why = hopeless(expected_s, limit_s)

    assert (why == "") is begun
    assert begun or why.startswith("not started: by its sample it would take about")
