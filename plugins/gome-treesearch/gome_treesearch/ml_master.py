"""Monte Carlo tree search as ML-Master 1.0 does it.

Select from the root while the node is fully expanded (root five drafts, a good node three improvements, a buggy
node one repair): the child with the greatest reward/visits + C sqrt(ln N / n), an unvisited one first. C falls
linearly from 1.414 to 0.5. The reward is -1 without a score, else 1, and 1 more for a new best of all. A worker
goes on from what it has just made: a good child that beats the local best by 1e-4 becomes the local best; one that
does not counts against it, and at three such the child is terminal and backed up. A good child of a buggy parent is
backed up; so is a buggy one three repairs deep, and at twenty it is terminal.
"""

import math
from collections.abc import Sequence

from gome.search import Chain, Step
from gome_treesearch.tree import ROOT, Node, Search, Tree, draft, improve, repair

DRAFTS, IMPROVES, REPAIRS = 5, 3, 1
BACK_DEPTH, MOST_DEPTH = 3, 20  # repairs in a row after which a chain is backed up, and ends
THRESHOLD = 1e-4
MOST_FAILURES = 3
START, FLOOR, SLOPE, CONSTANT_UNTIL = 1.414, 0.5, 0.01, 45  # of the exploration constant, by nodes so far


class MlMaster(Search):
    """ML-Master's policy."""

    def step(self, tree: Tree, worker: Chain, taken: Sequence[Step]) -> Step | None:
        """See the module."""
        played = Played(tree)
        going_on = played.goes_on.get(worker.trace)
        if going_on is not None and not tree.coming(going_on.name, taken) and _usable(tree, going_on):
            return _act(worker, going_on, f"go on from {going_on.name}")
        target = self._select(tree, played, taken)
        if target is None:
            if any(node.pending for node in tree.nodes.values()) or tree.standing.unwritten or taken:
                return None
            return draft(worker, "every branch has ended: another draft")
        if target == ROOT:
            number = len(tree.drafts) + tree.coming(ROOT, taken) + 1
            return draft(worker, f"draft {number} of {DRAFTS}")
        return _act(worker, tree.nodes[target], f"{target}, which UCT leads to")

    def _select(self, tree: Tree, played: "Played", taken: Sequence[Step]) -> str | None:
        """The node to work on; branches with a worker inside are left to it; None where there is none."""
        if len(tree.drafts) + tree.coming(ROOT, taken) < DRAFTS:
            return ROOT
        constant = exploration(len(tree.nodes))
        busy = {step.parent for step in (*tree.standing.unwritten, *taken)} | {
            node.tried.parent for node in tree.nodes.values() if node.pending
        }
        locked = {tree.nodes[name].line()[-1].name for name in busy if name}
        free = [node for node in tree.drafts if node.name not in locked and not node.pending]
        return self._best(tree, played, free, constant, taken)

    def _best(
        self, tree: Tree, played: "Played", nodes: Sequence[Node], constant: float, taken: Sequence[Step]
    ) -> str | None:
        for node in sorted((n for n in nodes if not n.pending), key=lambda n: -played.uct(n, constant)):
            if node.name in played.terminal:
                continue
            if _usable(tree, node) and not _full(tree, node, taken):
                return node.name
            found = self._best(tree, played, node.children, constant, taken)
            if found is not None:
                return found
        return None


class Played:
    """The search so far, played again from the trials in their order."""

    def __init__(self, tree: Tree) -> None:
        self.visits: dict[str, int] = {}
        self.rewards: dict[str, float] = {}
        self.terminal: set[str] = set()
        self.goes_on: dict[str, Node] = {}  # by worker: the node that it goes on from
        self._tree = tree
        self._best: float | None = None  # of all
        self._local: dict[str, float] = {}  # by worker: the best of the chain that it is in
        self._failures: dict[str, int] = {}
        for node in tree.nodes.values():
            self._play(node)

    def uct(self, node: Node, constant: float) -> float:
        """Return the bound by which a child is chosen; infinite without a visit."""
        visits = self.visits.get(node.name, 0)
        if not visits:
            return math.inf
        above = self.visits.get(node.parent.name if node.parent is not None else ROOT, 1)
        return self.rewards[node.name] / visits + constant * math.sqrt(math.log(max(above, 1)) / visits)

    def _play(self, node: Node) -> None:
        worker = node.tried.trace
        self.goes_on.pop(worker, None)
        if node.pending:
            return
        if node.buggy:
            if node.debug_depth >= BACK_DEPTH:
                self._back(node, -1.0)
                if node.debug_depth >= MOST_DEPTH:
                    self.terminal.add(node.name)
            else:
                self.goes_on[worker] = node
            return
        value = self._tree.worth(node)
        record = self._best is None or value > self._best
        self._best = value if record else self._best
        reward = 2.0 if record else 1.0
        if node.parent is None or (node.parent is not None and node.parent.good):
            fresh = node.parent is None or worker not in self._local
            if fresh or value >= self._local[worker] + THRESHOLD:
                self._local[worker], self._failures[worker] = value, 0
            else:
                self._failures[worker] += 1
            if self._failures[worker] < MOST_FAILURES:
                self.goes_on[worker] = node
                return
            self.terminal.add(node.name)
        self._back(node, reward)
        self._local.pop(worker, None)

    def _back(self, node: Node, reward: float) -> None:
        for name in (*(above.name for above in node.line()), ROOT):
            self.visits[name] = self.visits.get(name, 0) + 1
            self.rewards[name] = self.rewards.get(name, 0.0) + reward


def exploration(nodes: int) -> float:
    """Return the constant of exploration after so many nodes."""
    return START if nodes < CONSTANT_UNTIL else max(START - SLOPE * (nodes - CONSTANT_UNTIL), FLOOR)


def _usable(tree: Tree, node: Node) -> bool:
    return node.buggy or (node.good and node.name not in tree.standing.exhausted)


def _full(tree: Tree, node: Node, taken: Sequence[Step]) -> bool:
    """Whether a node has all its children; a buggy one that was mended is passed through."""
    begun = len(node.children) + tree.coming(node.name, taken)
    return begun >= (IMPROVES if node.good else REPAIRS)


def _act(worker: Chain, node: Node, reason: str) -> Step:
    return repair(worker, node, reason) if node.buggy else improve(worker, node, reason)
