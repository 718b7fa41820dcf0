"""The finalists: one of each trace at least; the leader stays unless clearly beaten on rows nobody was scored on."""

from hypothesis import given
from hypothesis import strategies as st

from gome.messages import FinalScore
from gome.search.finalists import MOST, Candidate, finalists, ranked

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
