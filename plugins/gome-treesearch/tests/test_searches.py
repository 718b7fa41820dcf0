"""The searches keep the laws of the port and follow their sources, step by step where there is one worker."""

import math

import pytest

from gome.messages import Hypothesis, Tried
from gome.plugin import Registry
from gome.search import Chain, Standing
from gome.search.auto import Auto
from gome.search.gradient import Gradient
from gome.testing.landscape import Landscape
from gome.testing.rehearsal import Rehearsal
from gome.testing.strategies import check_strategy
from gome_treesearch import BestOfN, Evolution, Greedy, Mcts, MlMaster, register
from gome_treesearch.evolution import island
from gome_treesearch.mcts import EXPLORATION, Values
from gome_treesearch.ml_master import Played, exploration
from gome_treesearch.tree import Tree

IDEA = Hypothesis(caption="c", statement="s", component="model")


def node(trial, parent=None, score=None, *, operator=None, trace="t1", pending=False, error=""):
    operator = operator or ("improve" if parent else "draft")
    failed = error or ("" if score is not None or pending else "ValueError: x")
    return Tried(
        trial=trial,
        trace=trace,
        hypothesis=IDEA,
        accepted=False,
        score=score,
        pending=pending,
        parent=parent,
        operator=operator,
        error=failed,
    )


def standing(*tried, traces=("t1",), turn=0, higher=True, **more):
    busy = {item.trace for item in tried if item.pending}
    chains = tuple(Chain(trace=trace, idle=trace not in busy, best=None) for trace in traces)
    return Standing(chains=chains, tried=tried, turn=turn, higher_is_better=higher, **more)


def drafts(*scores):
    return [node(f"d{n}", score=score) for n, score in enumerate(scores)]


@pytest.mark.parametrize("search", [Greedy, Mcts, MlMaster, Evolution, BestOfN], ids=lambda kind: kind.__name__)
def test_every_search_keeps_the_laws_of_the_port(search):
    """One and three workers, both directions, failures and repairs; blind to all but scores."""
    check_strategy(search, seeds=2)


def test_the_bandit_over_gradient_and_greedy_keeps_the_laws():
    """Whatever arm is drawn."""
    check_strategy(lambda: Auto(Gradient(), Greedy()), seeds=2)


def test_the_plugin_registers_all_of_them():
    """By the names that users type."""
    registry = Registry()
    register(registry)
    assert set(registry.strategies) == {"greedy", "greedy-aira", "mcts", "ml-master", "evolution", "best-of-n"}
    assert not any(registry.strategy(name).diagnoses for name in registry.strategies)


class TestGreedy:
    """AIDE's order: drafts, repairs, the best."""

    def test_five_drafts_come_first(self):
        """Whatever they score; those in flight count."""
        [step] = Greedy().steps(standing(*drafts(0.5, None, 0.7, 0.6)))
        assert step.operator == "draft"
        flying = node("d4", pending=True, trace="t2")
        [step] = Greedy(debug_probability=0).steps(standing(*drafts(0.5, 0.2, 0.7, 0.6), flying, traces=("t1", "t2")))
        assert (step.operator, step.parent) == ("improve", "d2")

    def test_the_best_node_of_all_is_improved_first_among_equals(self):
        """Lower is better where the task says so."""
        history = [*drafts(0.5, 0.9, 0.9, 0.1, 0.2), node("i1", "d1", 0.95)]
        [step] = Greedy(debug_probability=0).steps(standing(*history))
        assert step.parent == "i1"
        [step] = Greedy(debug_probability=0).steps(standing(*history[:-1]))
        assert step.parent == "d1"
        [step] = Greedy(debug_probability=0).steps(standing(*history, higher=False))
        assert step.parent == "d3"

    def test_a_buggy_leaf_is_repaired_half_of_the_time_down_to_depth_three(self):
        """With probability 0.5, inclusive of depth three: four repairs in a row."""
        history = [*drafts(0.5, 0.4, 0.3, 0.2, None)]
        kinds = [Greedy().steps(standing(*history, turn=turn))[0].operator for turn in range(400)]
        assert 150 < kinds.count("repair") < 250
        chain = [node(f"r{n}", "d4" if n == 0 else f"r{n - 1}", operator="repair") for n in range(4)]
        [step] = Greedy(debug_probability=1).steps(standing(*history, *chain[:3]))
        assert (step.operator, step.parent) == ("repair", "r2")
        [step] = Greedy(debug_probability=1).steps(standing(*history, *chain))
        assert step.operator == "improve"

    def test_a_leaf_being_repaired_is_no_leaf(self):
        """Two workers do not mend the same bug."""
        flying = node("r0", "d4", operator="repair", pending=True, trace="t2")
        [step] = Greedy(debug_probability=1).steps(
            standing(*drafts(0.5, 0.4, 0.3, 0.2, None), flying, traces=("t1", "t2"))
        )
        assert step.operator == "improve"

    def test_without_a_good_node_it_drafts(self):
        """Nothing to improve, nothing to repair."""
        [step] = Greedy(debug_probability=0).steps(standing(*drafts(None, None, None, None, None)))
        assert step.operator == "draft"

    def test_an_exhausted_node_is_passed_over(self):
        """The model has nothing new to try on it."""
        [step] = Greedy(debug_probability=0).steps(
            standing(*drafts(0.5, 0.9, 0.3, 0.2, 0.1), exhausted=frozenset({"d1"}))
        )
        assert step.parent == "d0"


class TestMcts:
    """AIRA's: UCT to a leaf, five children, repairs at once."""

    def test_an_expansion_is_finished_before_the_next_descent(self):
        """Five children, one after the other, even when another branch looks better meanwhile."""
        history = [*drafts(0.5, 0.9, 0.4, 0.3, 0.2), node("a1", "d1", 0.1), node("a2", "d1", 0.1)]
        [step] = Mcts().steps(standing(*history))
        assert (step.operator, step.parent) == ("improve", "d1")

    def test_uct_is_the_normed_mean_and_a_quarter_of_the_root(self):
        """norm(Q) + 0.25 sqrt(ln N / n), over the range of all scores; buggy children give nothing back."""
        history = [*drafts(0.2, 0.8, None), node("a", "d1", 0.6), node("b", "d1")]
        tree = Tree(standing(*history))
        values = Values(tree)
        expected = (0.7 - 0.2) / 0.6 + EXPLORATION * math.sqrt(math.log(3) / 2)
        assert values.uct(tree.nodes["d1"]) == pytest.approx(expected)
        assert values.uct(tree.nodes["d2"]) == -math.inf
        assert values.visits[""] == 3

    def test_the_leaf_with_the_greatest_uct_is_expanded(self):
        """Means decide between equally visited drafts."""
        [step] = Mcts().steps(standing(*drafts(0.5, 0.9, 0.4, 0.3, 0.2)))
        assert (step.operator, step.parent) == ("improve", "d1")

    def test_a_buggy_child_is_repaired_at_once_and_its_chain_shares_what_it_gives_back(self):
        """The fixed score is backed up over path and chain."""
        broken = [*drafts(0.5, 0.9, 0.4, 0.3, 0.2), node("x", "d1")]
        [step] = Mcts().steps(standing(*broken))
        assert (step.operator, step.parent) == ("repair", "x")
        tree = Tree(standing(*broken, node("y", "x", 0.7, operator="repair")))
        values = Values(tree)
        assert (values.visits["x"], values.visits["y"], values.visits["d1"]) == (1, 1, 2)

    def test_two_workers_take_two_children(self):
        """The second worker joins the expansion; no place is taken twice."""
        steps = Mcts().steps(standing(*drafts(0.5, 0.9, 0.4, 0.3), traces=("t1", "t2")))
        assert [step.operator for step in steps] == ["draft", "improve"]


class TestMlMaster:
    """ML-Master's: decaying constant, a worker goes on from what it made."""

    def test_the_constant_falls_from_1_414_to_a_half(self):
        """Constant for 45 nodes, then 0.01 a node."""
        assert exploration(0) == exploration(44) == 1.414
        assert exploration(100) == pytest.approx(1.414 - 0.55)
        assert exploration(300) == 0.5

    def test_the_same_worker_goes_on_from_what_it_just_made(self):
        """Also when it is worse, until three in a row were."""
        history = [*drafts(0.5, 0.4, 0.3, 0.2, 0.9), node("a", "d4", 0.91)]
        [step] = MlMaster().steps(standing(*history))
        assert step.parent == "a"
        worse = [node("b", "a", 0.5), node("c", "b", 0.4), node("e", "c", 0.3)]
        [step] = MlMaster().steps(standing(*history, *worse[:2]))
        assert step.parent == "c"
        [step] = MlMaster().steps(standing(*history, *worse))
        assert step.parent != "e"
        assert "e" in Played(Tree(standing(*history, *worse))).terminal

    def test_rewards_are_minus_one_one_and_two(self):
        """Two for a new best of all; backed up to every ancestor."""
        chain = [node("d0", score=0.5), node("x", "d0"), node("y", "x", 0.7, operator="repair")]
        played = Played(Tree(standing(*chain)))
        assert played.rewards["d0"] == 2.0
        assert played.visits == {"y": 1, "x": 1, "d0": 1, "": 1}
        depth = [node("d0"), *(node(f"r{n}", f"r{n - 1}" if n else "d0", operator="repair") for n in range(3))]
        assert Played(Tree(standing(*depth))).rewards["d0"] == -1.0


class TestEvolution:
    """AIRA's: one island, softmax of fitness, crossover from the second generation."""

    def test_the_first_generation_is_drafts(self):
        """Five of them, repairs not counted."""
        history = [*drafts(0.5, 0.4, 0.3, None), node("r", "d3", 0.2, operator="repair")]
        [step] = Evolution().steps(standing(*history))
        assert step.operator == "draft"
        [step] = Evolution().steps(standing(*history, node("d4", score=0.1)))
        assert step.operator in ("improve", "merge")

    def test_a_child_is_admitted_when_it_reaches_the_islands_mean(self):
        """Drafts are seeded without condition."""
        history = [*drafts(0.5, 0.3), node("a", "d0", 0.39), node("b", "d0", 0.41)]
        assert [member.node.name for member in island(Tree(standing(*history)))] == ["d0", "d1", "b"]

    def test_crossover_comes_with_the_second_generation_half_of_the_time(self):
        """None in the first."""

        def kinds(*history):
            return [Evolution().steps(standing(*history, turn=turn))[0].operator for turn in range(200)]

        one = drafts(0.5, 0.4, 0.3, 0.2, 0.1)
        assert kinds(*one).count("merge") == 0
        two = [*one, *(node(f"a{n}", "d0", 0.6) for n in range(5))]
        assert 60 < kinds(*two).count("merge") < 140


def test_best_of_n_only_drafts():
    """Independent samples."""
    run = Rehearsal(Landscape(3), BestOfN(), traces=2, trials=20).run()
    assert {item.operator for item in run.history.tried()} == {"draft"}
