"""Monte Carlo tree search as AIRA does it.

From an empty root descend by the greatest UCT to a childless node and give it five children, one after the other
(below the root: drafts; else improvements). UCT = norm(Q) + 0.25 sqrt(ln N / n): Q is the mean of what was backed
up, normed to the range of all scores seen, 0.5 where there is none; children without a visit come last. A buggy
child is repaired at once, up to 20 times; once fixed, its score is backed up over the path and the whole chain; if
not, nothing is. No rollouts.

With several workers, children of one expansion run side by side, and a worker that finds all of them under way
looks for the next best place.
"""

import math
from collections.abc import Sequence

from gome.search import Chain, Step
from gome_treesearch.tree import ROOT, Node, Search, Tree, draft, improve, repair

CHILDREN = 5
EXPLORATION = 0.25
MOST_REPAIRS = 20


class Mcts(Search):
    """AIRA's policy."""

    def step(self, tree: Tree, worker: Chain, taken: Sequence[Step]) -> Step | None:
        """See the module."""
        last = tree.last(worker.trace)
        if last is not None and last.buggy and last.debug_depth < MOST_REPAIRS and not last.children:
            return repair(worker, last, f"{last.name} is buggy: repair {last.debug_depth + 1} of {MOST_REPAIRS}")
        open_node = self._open(tree, taken)
        if open_node is not None:
            return _expand(tree, worker, open_node, taken)
        target = _descend(tree, Values(tree), ROOT, taken)
        if target is not None:
            return _expand(tree, worker, target, taken)
        if any(node.pending for node in tree.nodes.values()) or tree.standing.unwritten or taken:
            return None  # every place is being worked on: wait for what comes of it
        return draft(worker, "no node can be expanded: another draft")

    def _open(self, tree: Tree, taken: Sequence[Step]) -> str | None:
        """The node whose expansion was begun last and is not full."""
        begun = [step for step in (*tree.standing.unwritten, *taken) if step.operator != "repair"]
        if begun:
            newest = begun[-1].parent or ROOT
        else:
            nodes = [node for node in tree.nodes.values() if node.tried.operator != "repair"]
            newest = nodes[-1].tried.parent or ROOT if nodes else ROOT
        return newest if _room(tree, newest, taken) and newest not in tree.standing.exhausted else None


class Values:
    """What has been backed up: visits and sums by node, and the range of scores."""

    def __init__(self, tree: Tree) -> None:
        self.visits: dict[str, int] = {ROOT: 0}
        self.sums: dict[str, float] = {}
        seen = [tree.worth(node) for node in tree.good()]
        self._low, self._high = (min(seen), max(seen)) if seen else (0.0, 0.0)
        for node in tree.good():
            self.visits[ROOT] += 1
            for above in node.line():
                self.visits[above.name] = self.visits.get(above.name, 0) + 1
                self.sums[above.name] = self.sums.get(above.name, 0.0) + tree.worth(node)

    def uct(self, node: Node) -> float:
        """Return the bound by which the descent chooses; minus infinity without a visit."""
        visits = self.visits.get(node.name, 0)
        if not visits:
            return -math.inf
        above = self.visits[node.parent.name if node.parent is not None else ROOT]
        return self._normed(self.sums[node.name] / visits) + EXPLORATION * math.sqrt(math.log(max(above, 1)) / visits)

    def _normed(self, value: float) -> float:
        return (value - self._low) / (self._high - self._low) if self._high > self._low else 0.5


def _descend(tree: Tree, values: Values, name: str, taken: Sequence[Step]) -> str | None:
    """The childless node at the end of the greatest UCT; where that is taken, of the next."""
    children = tree.drafts if name == ROOT else tree.nodes[name].children
    if not children and not tree.coming(name, taken):
        usable = name == ROOT or (tree.nodes[name].good and name not in tree.standing.exhausted)
        return name if usable else None
    for child in sorted((c for c in children if not c.pending), key=lambda c: -values.uct(c)):
        found = _descend(tree, values, child.name, taken)
        if found is not None:
            return found
    return None


def _room(tree: Tree, name: str, taken: Sequence[Step]) -> bool:
    if name == ROOT:
        return len(tree.drafts) + tree.coming(ROOT, taken) < CHILDREN
    node = tree.nodes[name]
    begun = sum(child.tried.operator != "repair" for child in node.children)
    return node.good and begun + tree.coming(name, taken) < CHILDREN


def _expand(tree: Tree, worker: Chain, name: str, taken: Sequence[Step]) -> Step:
    if name == ROOT:
        return draft(worker, f"child {len(tree.drafts) + tree.coming(ROOT, taken) + 1} of {CHILDREN} of the root")
    number = len(tree.nodes[name].children) + tree.coming(name, taken) + 1
    return improve(worker, tree.nodes[name], f"child {number} of {CHILDREN} of {name}, which UCT leads to")
