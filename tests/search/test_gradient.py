"""The gradient strategy: repair, else answer the diagnosis of the trace's best; never the same thing twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gome.messages import Hypothesis, Proposal, Success, Tried, Weighted
from gome.search import Chain, Standing, Step
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


def test_what_answers_the_same_problem_beside_it_is_less_attractive():
    """Steps that are taken side by side on one line are merged later: they had better not touch the same place."""
    weak = {"caption": "a", "statement": "", "component": "model"}
    first = tried("t1-001", operator="draft", accepted=True)
    other = tried("t9-001", trace="t9", operator="draft", accepted=True)
    flying = Tried(
        trial="t2-002", trace="t2", hypothesis=Hypothesis(**weak, problem="p", move="x"), accepted=False, score=None,
        parent="t1-001", operator="improve", pending=True,
    )  # fmt: skip
    ideas = (
        Hypothesis(**weak, problem="p", move="y", impact=6.0),
        Hypothesis(**weak, problem="q", move="z", impact=5.0),
    )
    proposal = Proposal(hypotheses=ideas)
    assert Gradient().choose(proposal, (), [first, other, flying], "t1-001").hypothesis.move == "z"
    assert Gradient().choose(proposal, (), [first, other, flying], "t9-001").hypothesis.move == "y"  # on another line


def standing(*history, idle=("t1",), best=None, left=0.9, momentum=()):
    """A run in which some traces are idle."""
    chains = [Chain(trace=name, idle=True, best=(best or {}).get(name), momentum=momentum) for name in idle]
    return Standing(chains=tuple(chains), tried=history, left=left)


def scored(trial, score, *, parent=None, accepted=True, operator="improve", noise=0.01):
    one = tried(trial, trace=trial.partition("-")[0], score=score, parent=parent, accepted=accepted, operator=operator)
    fields = {name: getattr(one, name) for name in one.__struct_fields__}
    return Tried(**fields | {"noise": noise, "against": parent})


STARTS = (scored("t1-001", 0.5, operator="draft"), scored("t2-001", 0.8, operator="draft"))


def test_a_trace_that_is_behind_by_more_than_noise_goes_on_from_the_best_line():
    """A line that is as good, but for noise, is left to go its own way."""
    [step] = Gradient().steps(standing(*STARTS, best={"t1": "t1-001"}))
    assert (step.trace, step.operator, step.parent) == ("t1", "improve", "t2-001")
    near = (scored("t1-001", 0.795, operator="draft"), STARTS[1])
    [step] = Gradient().steps(standing(*near, best={"t1": "t1-001"}))
    assert (step.operator, step.parent) == ("improve", "t1-001")


FOUND = (
    scored("t1-002", 0.9, parent="t2-001"),
    scored("t2-002", 0.85, parent="t2-001"),
    scored("t3-002", 0.84, parent="t2-001"),
)


def answering(item, problem):
    """The same trial, whose hypothesis answered a problem."""
    return replace(item, hypothesis=replace(item.hypothesis, problem=problem))


def test_what_was_found_beside_the_best_is_brought_in_by_the_next_steps():
    """Both of it, by each of them: no trial is spent on merging alone."""
    best = {"t1": "t1-002", "t2": "t2-002"}
    steps = Gradient().steps(standing(*STARTS, *FOUND, idle=("t1", "t2"), best=best))
    brought = {(step.operator, step.parent, step.other, step.others) for step in steps}
    assert (len(steps), brought) == (2, {("improve", "t1-002", "t2-002", ("t3-002",))})


def test_two_answers_to_one_problem_are_not_brought_together():
    """The best has the better one."""
    here, same, other = (answering(item, problem) for item, problem in zip(FOUND, "ppq", strict=True))
    [step] = Gradient().steps(standing(*STARTS, here, same, other, best={"t1": "t1-002"}))
    assert (step.other, step.others) == ("t3-002", ())


def test_what_was_brought_in_twice_in_vain_is_left_where_it_is():
    """Once may have been the fault of what was changed beside it."""
    vain = [
        replace(scored(f"t1-{n:03d}", 0.7, parent="t1-002", accepted=False), other="t2-002", others=("t3-002",))
        for n in (3, 4)
    ]
    once, twice = (
        Gradient().steps(standing(*STARTS, *FOUND, *vain[:n], best={"t1": "t1-002"}))[0].other for n in (1, 2)
    )
    assert (once, twice) == ("t2-002", None)


def test_no_more_steps_are_under_way_on_a_solution_than_answers_are_known():
    """The other traces take the next best solution, and rest where none has room."""
    traces = ("t1", "t2", "t3", "t4")
    asked = [replace(scored(f"{trace}-002", 0.5, parent="t2-001", accepted=False), rest=2) for trace in traces]
    other = replace(scored("t1-003", 0.5, parent="t1-001", accepted=False), rest=1)
    now = standing(*STARTS, *asked[::-1], other, idle=traces, best=dict.fromkeys(traces, "t2-001"))
    now = replace(now, exhausted=frozenset(item.trial for item in (*asked, other)))
    on = [step.parent for step in Gradient().steps(now)]
    assert on == ["t2-001", "t2-001", "t1-001"]
    under_way = [Step(trace="t9", operator="improve", parent=parent) for parent in on]
    assert Gradient().steps(replace(now, unwritten=under_way)) == []


def test_a_choice_says_how_many_answers_are_left():
    """Those that nobody tried on this code, the one that is taken aside."""
    ideas = (idea("a", 4), idea("b", 9), idea("c", 6), idea("c", 5))
    choice = Gradient().choose(Proposal(hypotheses=ideas), (), [tried("t1-002", move="a", parent="t1-001")], "t1-001")
    assert (choice.hypothesis.move, choice.rest) == ("b", 1)


def test_when_no_line_moves_one_borrows_merges_or_begins_again():
    """In this order; near the end of the budget nobody begins again."""
    still = [scored(f"t2-{n:03d}", 0.7, parent="t2-001", accepted=False) for n in range(2, 8)]
    also = [scored(f"t1-{n:03d}", 0.4, parent="t1-001", accepted=False) for n in range(2, 8)]
    near = (scored("t1-001", 0.78, operator="draft"), STARTS[1])
    borrowed = Gradient().steps(standing(*near, *still, *also, best={"t1": "t1-001"}, momentum=(success("b", 0.5),)))
    assert [(step.operator, step.parent, step.borrowed) for step in borrowed] == [("improve", "t2-001", ("t2-004",))]
    merged = Gradient().steps(standing(*near, *still, *also, best={"t1": "t1-001"}))
    assert [(step.operator, step.parent, step.other) for step in merged] == [("merge", "t2-001", "t1-001")]
    begun = Gradient().steps(standing(*STARTS, *still, *also, best={"t1": "t1-001"}))
    assert [step.operator for step in begun] == ["close", "draft"]
    late = Gradient().steps(standing(*STARTS, *still, *also, best={"t1": "t1-001"}, left=0.3))
    assert [(step.operator, step.parent) for step in late] == [("improve", "t2-001")]


ratings = st.floats(1, 10)


@given(st.builds(Hypothesis, caption=st.just("c"), statement=st.just("s"), component=st.just("model"),
                 alignment=ratings, impact=ratings, novelty=ratings, feasibility=ratings, risk=ratings))  # fmt: skip
def test_a_rating_lies_between_a_tenth_and_one(hypothesis):
    """The weights sum to one."""
    assert 0.1 - 1e-9 <= rating(hypothesis) <= 1 + 1e-9
