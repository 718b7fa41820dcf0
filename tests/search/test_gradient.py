"""The gradient strategy: repair, else answer the diagnosis of the trace's best; never the same thing twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gome.messages import Hypothesis, Proposal, Success, Tried, Weighted
from gome.search import Chain, Standing
from gome.search.gradient import MAX_REPAIRS, MAX_RESTARTS, Gradient
from gome.search.ratings import key, rating


def tried(trial, *, trace="t1", move="m", score=0.5, error="", operator="improve", parent=None, accepted=False):
    hypothesis = Hypothesis(caption=move, statement="", component="model", move=move)
    return Tried(
        trial=trial,
        trace=trace,
        hypothesis=hypothesis,
        accepted=accepted,
        score=score,
        parent=parent,
        operator=operator,
        error=error,
    )


def failed(trial, operator="repair"):
    return tried(trial, score=None, error="ValueError: x", operator=operator)


def idea(move, impact=5.0, caption="", statement=""):
    return Hypothesis(caption=caption or move, statement=statement, component="model", move=move, impact=impact)


def success(move, weight, *, trial="t2-004", caption="", statement=""):
    hypothesis = idea(move, caption=caption, statement=statement)
    row = Success(trial=trial, trace="t2", problem="p", hypothesis=hypothesis, gain=3.0, step=4)
    return Weighted(success=row, weight=weight, similarity=1.0, why="because")


@pytest.mark.parametrize(
    ("history", "best", "operator", "parent"),
    [
        pytest.param([], None, "draft", None, id="first"),
        pytest.param([tried("t1-001", operator="draft")], "t1-001", "improve", "t1-001", id="improve the best"),
        pytest.param([failed("t1-001", "draft")], None, "repair", "t1-001", id="repair the first"),
        pytest.param([tried("t1-001"), failed("t1-002", "improve")], "t1-001", "repair", "t1-002", id="repair a step"),
        pytest.param(
            [tried("t1-001"), *(failed(f"t1-{n}") for n in range(2, 3 + MAX_REPAIRS))],
            "t1-001",
            "improve",
            "t1-001",
            id="repairs run out",
        ),
        pytest.param([failed(f"t1-{n}") for n in range(1 + MAX_REPAIRS)], None, "draft", None, id="start again"),
        pytest.param(
            [failed(f"t1-{n}", "draft" if n % 3 == 0 else "repair") for n in range(3 * (MAX_RESTARTS + 1))],
            None,
            "close",
            None,
            id="nothing works",
        ),
        pytest.param([tried("t2-001", trace="t2")], None, "draft", None, id="another trace's trial is not ours"),
    ],
)
def test_the_next_operator_follows_from_the_traces_own_history(history, best, operator, parent):
    """What failed is repaired at most so often; then the trace goes back to its best, or starts again."""
    chain = Chain(trace="t1", idle=True, best=best, start=idea("s"))
    [step] = Gradient().steps(Standing(chains=(chain,), tried=history))
    assert (step.trace, step.operator, step.parent) == ("t1", operator, parent)


def test_the_best_rated_is_chosen():
    """Ratings decide where nothing else speaks."""
    choice = Gradient().choose(Proposal(hypotheses=(idea("a", 4), idea("b", 9), idea("c", 6))), (), (), "t1-001")
    assert choice.hypothesis.move == "b"
    assert choice.borrowed == ()


def test_what_was_tried_on_this_code_is_not_tried_again():
    """A hypothesis is the same by its move, or by its words; on other code it may be tried."""
    strategy, both = Gradient(), Proposal(hypotheses=(idea("a", 9), idea("b", 4)))
    assert strategy.choose(both, (), [tried("x", move="a", parent="t1-001")], "t1-001").hypothesis.move == "b"
    assert strategy.choose(both, (), [tried("x", move="a", parent="t1-000")], "t1-001").hypothesis.move == "a"
    everything = [tried("x", move=move, parent="t1-001") for move in "ab"]
    assert strategy.choose(both, (), everything, "t1-001") is None
    assert key(idea("", caption="Drop Noise")) == key(idea("", caption="drop  noise"))


def test_momentum_raises_what_worked_elsewhere_and_says_from_whom():
    """A weighty success of the same move overtakes a slightly better rated one; it is named as borrowed."""
    proposal = Proposal(hypotheses=(idea("a", 6), idea("b", 5)))
    choice = Gradient().choose(proposal, [success("b", 0.9)], (), "t1-001")
    assert choice.hypothesis.move == "b"
    assert choice.borrowed == ("t2-004",)
    assert "t2-004" in choice.reason


def test_momentum_reads_words_where_no_move_is_named():
    """A model's own hypotheses are compared by what they say."""
    text = "use target encoding for the city column"
    proposal = Proposal(hypotheses=(idea("", 5, caption="scale"), idea("", 5, caption="encode", statement=text)))
    choice = Gradient().choose(proposal, [success("", 0.8, caption="encode", statement=text)], (), "t1-001")
    assert choice.hypothesis.caption == "encode"


def test_another_traces_trial_in_flight_makes_a_hypothesis_less_attractive():
    """Two traces do not try the same thing at the same time when there is something else nearly as good."""
    flying = tried("t2-002", trace="t2", move="a", score=None, parent="t2-001")
    choice = Gradient().choose(Proposal(hypotheses=(idea("a", 6), idea("b", 5))), (), [flying], "t1-001")
    assert choice.hypothesis.move == "b"


ratings = st.floats(1, 10)


@given(st.builds(Hypothesis, caption=st.just("c"), statement=st.just("s"), component=st.just("model"),
                 alignment=ratings, impact=ratings, novelty=ratings, feasibility=ratings, risk=ratings))  # fmt: skip
def test_a_rating_lies_between_a_tenth_and_one(hypothesis):
    """The weights sum to one."""
    assert 0.1 - 1e-9 <= rating(hypothesis) <= 1 + 1e-9
