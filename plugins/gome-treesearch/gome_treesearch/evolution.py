"""Evolutionary search as AIRA does it: one island, five individuals a generation.

Generation 0 is drafts, all that run are admitted. Later parents are drawn by softmax (temperature 1) of min-max
fitness, without replacement; from the second generation on a crossover of two with probability 0.5, otherwise
improve. A buggy child is repaired up to ten times, then discarded. A child is admitted if its fitness reaches the
island's mean; above 500 the worst leaves.
"""

from collections.abc import Sequence
from typing import NamedTuple

from gome.messages import Hypothesis
from gome.search import Chain, Standing, Step
from gome_treesearch.tree import Node, Search, Tree, chance, draft, improve, repair, softmax

INDIVIDUALS = 5  # a generation
CAP = 500
TEMPERATURE = 1.0
CROSSOVER = 0.5
CROSSOVER_FROM = 2  # generation
MOST_REPAIRS = 10


class Member(NamedTuple):
    """An individual of the island."""

    node: Node
    fitness: float


class Evolution(Search):
    """AIRA's policy."""

    def step(self, tree: Tree, worker: Chain, taken: Sequence[Step]) -> Step | None:
        """See the module."""
        last = tree.last(worker.trace)
        if last is not None and last.buggy and last.debug_depth < MOST_REPAIRS and not last.children:
            return repair(worker, last, f"{last.name} is buggy: repair {last.debug_depth + 1} of {MOST_REPAIRS}")
        begun = sum(node.tried.operator != "repair" for node in tree.nodes.values())
        begun += sum(step.operator != "repair" for step in (*tree.standing.unwritten, *taken))
        generation, number = divmod(begun, INDIVIDUALS)
        name = f"individual {number + 1} of generation {generation}"
        members = [member for member in island(tree) if member.node.name not in tree.standing.exhausted]
        if generation == 0 or not members:
            return draft(worker, f"{name}: a draft")
        rng = chance(tree.standing, taken, "evolution")
        weights = softmax(_normed([member.fitness for member in members]), TEMPERATURE)
        crosses = generation >= CROSSOVER_FROM and rng.random() < CROSSOVER and len(members) > 1
        drawn = [members[int(i)].node for i in rng.choice(len(members), size=1 + crosses, replace=False, p=weights)]
        if crosses and _is_new(tree.standing, drawn[0].name, drawn[1].name, taken):
            return _cross(worker, drawn[0], drawn[1], f"{name}: {drawn[0].name} crossed with {drawn[1].name}")
        return improve(worker, drawn[0], f"{name}: {drawn[0].name} improved")


def island(tree: Tree) -> list[Member]:
    """Return who lives: those admitted in the order of their trials, less the worst above the cap."""
    members: list[Member] = []
    for node in tree.good():
        fitness = tree.worth(node)
        drafted = next(n for n in node.line() if n.tried.operator != "repair").tried.operator == "draft"
        mean = sum(member.fitness for member in members) / len(members) if members else fitness
        if drafted or fitness >= mean:
            members.append(Member(node, fitness))
        if len(members) > CAP:
            members.remove(min(members, key=lambda member: member.fitness))
    return members


def _normed(values: Sequence[float]) -> list[float]:
    low, high = min(values), max(values)
    return [(value - low) / (high - low) if high > low else 0.5 for value in values]


def _is_new(standing: Standing, one: str, other: str, taken: Sequence[Step]) -> bool:
    """Whether these two were not crossed before: the same program would come out."""
    pair = {one, other}
    crossed = [{item.parent, item.other} for item in standing.tried if item.operator == "merge"]
    coming = [{step.parent, step.other} for step in (*standing.unwritten, *taken) if step.operator == "merge"]
    return pair not in crossed + coming and not standing.exhausted & {f"{one}+{other}", f"{other}+{one}"}


def _cross(worker: Chain, one: Node, other: Node, reason: str) -> Step:
    hypothesis = Hypothesis(
        caption=f"Cross {one.name} with {other.name}",
        statement=f"Combine the best parts of {one.name} and {other.name} in one program.",
        component="ensemble",
        move=f"cross:{other.name}",
    )
    return Step(
        trace=worker.trace,
        operator="merge",
        parent=one.name,
        other=other.name,
        hypothesis=hypothesis,
        guided=False,
        reason=reason,
    )
