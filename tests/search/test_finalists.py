"""The finalists: one of each trace at least; the leader stays unless clearly beaten on rows nobody was scored on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gome.messages import FinalScore
from gome.search.finalists import MOST, Candidate, confirmed, finalists, ranked

candidates = st.lists(
    st.builds(Candidate, st.uuids().map(str), st.sampled_from("abcdefgh"), st.floats(0, 1)), max_size=30
)


@given(candidates, st.booleans())
def test_every_trace_has_its_best_among_the_finalists(found, higher):
    """Best search score first, at most six unless there are more traces, each trace with its best."""
    chosen = finalists(found, higher_is_better=higher)
    by_trial = {candidate.trial: candidate for candidate in found}
    scores = [by_trial[trial].score for trial in chosen]
    assert scores == sorted(scores, reverse=higher)
    traces = {candidate.trace for candidate in found}
    assert {by_trial[trial].trace for trial in chosen} == traces
    assert len(chosen) == min(len(found), max(MOST, len(traces)))
    best = max if higher else min
    if found:
        assert by_trial[chosen[0]].score == best(candidate.score for candidate in found)


def final(trial, value, noise=0.02):
    return FinalScore(trial=trial, search=0.9, final=value, noise=noise)


def test_the_leader_stays_within_a_tie_and_falls_beyond_it():
    """Half a standard error decides nothing."""
    assert ranked([final("a", 0.90), final("b", 0.905)], higher_is_better=True)[0].trial == "a"
    assert ranked([final("a", 0.90), final("b", 0.93)], higher_is_better=True)[0].trial == "b"
    assert ranked([final("a", 0.90), final("b", 0.87)], higher_is_better=False)[0].trial == "b"
    assert ranked([], higher_is_better=True) == ()


@given(st.lists(st.builds(final, st.uuids().map(str), st.floats(0, 1), st.floats(0, 0.1)), min_size=1), st.booleans())
def test_nobody_is_lost_in_the_ranking(scores, higher):
    """The ranking is a permutation; no one is clearly ahead of the winner."""
    order = ranked(scores, higher_is_better=higher)
    assert sorted(s.trial for s in order) == sorted(s.trial for s in scores)
    sign = 1 if higher else -1
    assert all(sign * (s.final - order[0].final) <= 0.5 * scores[0].noise + 1e-12 for s in order)


@pytest.mark.parametrize(
    ("search", "value", "chosen"),
    [
        pytest.param(0.91, 0.91, True, id="better on both"),
        pytest.param(0.91, 0.90, False, id="level on the final rows"),
        pytest.param(0.91, 0.85, False, id="the final rows say otherwise"),
        pytest.param(0.895, 0.91, True, id="a tie on the search rows"),
        pytest.param(0.88, 0.95, False, id="worse on the search rows"),
    ],
)
@pytest.mark.parametrize("higher", [True, False], ids=["higher", "lower"])
def test_an_ensemble_must_be_better_on_the_final_holdout_and_no_worse_on_the_other(search, value, chosen, higher):
    """It is never chosen when the final holdout says otherwise."""
    sign = 1 if higher else -1
    scores = [
        FinalScore(trial=t, search=sign * s, final=sign * f, noise=0.02)
        for t, s, f in (("a", 0.9, 0.9), ("b", 0.8, 0.7))
    ]
    ensemble = FinalScore(trial="ensemble", search=sign * search, final=sign * value, noise=0.02)
    assert confirmed(ensemble, scores, scores[0], higher_is_better=higher) is chosen
