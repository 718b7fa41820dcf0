"""`auto`: the arm that sets new bests is drawn more often; promises are held against what came."""

from collections import Counter

import pytest

from gome.messages import Hypothesis, Tried
from gome.search import Chain, Standing, Step
from gome.search.auto import Auto, records, reliability
from gome.search.convergence import STEPS, converged


def tried(number, score, *, arm="", operator="improve", accepted=False, problem="", noise=0.1, error=""):
    idea = Hypothesis(caption="c", statement="s", component="model", problem=problem, effect=1.0)
    return Tried(
        trial=f"t1-{number:03d}",
        trace="t1",
        hypothesis=idea,
        accepted=accepted,
        score=score,
        operator=operator,
        arm=arm,
        noise=noise,
        error=error,
    )


class Arm:
    """Always the same step, told apart by its reason."""

    diagnoses = True

    def __init__(self, name):
        self.name = name
        self.seen = []

    def steps(self, standing, /):
        self.seen.append(standing)
        return [Step(trace=chain.trace, operator="draft", reason=self.name) for chain in standing.idle]

    def choose(self, proposal, momentum, tried, parent, /):
        return None


def arms_drawn(history, turns=300):
    chain = Chain(trace="t9", idle=True, best=None)
    auto = Auto(Arm("gradient"), Arm("tree"))
    steps = [auto.steps(Standing(chains=(chain,), tried=history, turn=turn))[0] for turn in range(turns)]
    return Counter(step.arm for step in steps)


def test_without_a_record_both_arms_are_drawn_alike():
    """Two equal distributions."""
    drawn = arms_drawn([])
    assert 110 < drawn["gradient"] < 190


def test_the_arm_that_sets_new_bests_is_drawn_more_often():
    """Ten new bests against ten steps that set none."""
    won = [tried(n, 0.1 * n, arm="tree") for n in range(1, 11)]
    lost = [tried(n, 0.2, arm="gradient") for n in range(11, 21)]
    assert arms_drawn(won + lost)["tree"] > 285


def test_a_new_best_within_noise_counts_in_proportion():
    """A tenth of its noise is a tenth of a success."""
    arms = records(Standing(chains=(), tried=[tried(1, 0.5), tried(2, 0.51, arm="tree")]))
    assert arms["tree"].won == pytest.approx(1.1)
    assert arms["tree"].lost == pytest.approx(1.9)
    assert arms["gradient"].mean == 0.5


def test_two_idle_traces_are_decided_one_after_the_other():
    """Each arm sees one idle trace, and the steps that were taken before."""
    chains = tuple(Chain(trace=f"t{n}", idle=True, best=None) for n in range(4))
    gradient, tree = Arm("gradient"), Arm("tree")
    steps = Auto(gradient, tree).steps(Standing(chains=chains, tried=()))
    assert [step.trace for step in steps] == ["t0", "t1", "t2", "t3"]
    seen = sorted((len(standing.unwritten), len(standing.idle)) for standing in gradient.seen + tree.seen)
    assert seen == [(0, 1), (1, 1), (2, 1), (3, 1)]


def test_what_failed_is_mended_by_the_arm_that_made_it():
    """No draw."""
    broken = Tried(
        trial="t9-001",
        trace="t9",
        hypothesis=Hypothesis(caption="c", statement="s", component="model"),
        accepted=False,
        score=None,
        error="KeyError",
        arm="tree",
    )
    assert arms_drawn([broken], turns=50) == {"tree": 50}


def test_reliability_is_the_share_of_promises_that_came_true():
    """As if one of two had come true before any; steps without a problem promised nothing."""
    history = [tried(n, 0.5, problem="p", accepted=n < 6) for n in range(8)] + [tried(9, 0.5)]
    assert reliability(history) == pytest.approx(7 / 10)


def test_a_run_has_converged_after_so_many_steps_without_a_new_best():
    """29 of them bound the chance of a new best by 10 % with 95 % confidence; a new best begins anew."""
    first = tried(0, 0.5, operator="draft", accepted=True)
    barren = [tried(n, 0.4) for n in range(1, STEPS + 1)]
    assert STEPS == 29
    assert converged(Standing(chains=(), tried=[first, *barren])) is not None
    assert converged(Standing(chains=(), tried=[first, *barren[1:]])) is None
    assert converged(Standing(chains=(), tried=[first, *barren, tried(99, 0.6, accepted=True)])) is None
