"""The run as a tree of trials, rebuilt from its history at every decision, and what all searches share."""

from collections.abc import Iterable, Sequence

import numpy as np

from gome.messages import Proposal, Tried, Weighted
from gome.search import Chain, Choice, Standing, Step
from gome.search.ratings import key
from gome.seeds import seed_for

ROOT = ""  # the empty node above all drafts


class Node:
    """One trial in the tree."""

    def __init__(self, tried: Tried, parent: "Node | None") -> None:
        self.tried, self.parent = tried, parent
        self.children: list[Node] = []
        self.debug_depth: int = 0  # repairs in a row that led here
        if tried.operator == "repair" and parent is not None:
            self.debug_depth = parent.debug_depth + 1

    @property
    def name(self) -> str:
        """The trial."""
        return self.tried.trial

    @property
    def pending(self) -> bool:
        """Whether it is still in flight."""
        return self.tried.pending

    @property
    def good(self) -> bool:
        """Whether it has a score."""
        return not self.tried.pending and self.tried.score is not None

    @property
    def buggy(self) -> bool:
        """Whether it has ended without a score: an exception, a timeout, an invalid submission."""
        return not self.tried.pending and self.tried.score is None

    def line(self) -> list["Node"]:
        """Return it and all above it, the oldest last."""
        found: list[Node] = []
        node: Node | None = self
        while node is not None:
            found.append(node)
            node = node.parent
        return found


class Tree:
    """All trials of a run, with the steps under way that have no trial yet."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.nodes: dict[str, Node] = {}
        self.drafts: list[Node] = []
        for tried in standing.tried:
            parent = self.nodes.get(tried.parent or "") if tried.operator != "draft" else None
            node = self.nodes[tried.trial] = Node(tried, parent)
            (parent.children if parent is not None else self.drafts).append(node)

    def coming(self, parent: str, taken: Iterable[Step] = ()) -> int:
        """Return how many children of a node, or drafts for ROOT, are decided and not yet written."""
        steps = (*self.standing.unwritten, *taken)
        if parent == ROOT:
            return sum(step.operator == "draft" for step in steps)
        return sum(step.parent == parent for step in steps)

    def good(self) -> list[Node]:
        """Nodes with a score, oldest first."""
        return [node for node in self.nodes.values() if node.good]

    def usable(self) -> list[Node]:
        """Nodes with a score on which the model has something left to try."""
        return [node for node in self.good() if node.name not in self.standing.exhausted]

    def worth(self, node: Node) -> float:
        """Return a good node's score such that more is better."""
        assert node.tried.score is not None, "good nodes have a score"
        return self.standing.worth(node.tried.score)

    def last(self, trace: str) -> Node | None:
        """Return the newest node of a worker."""
        return next((node for node in reversed(self.nodes.values()) if node.tried.trace == trace), None)


class Search:
    """What the searches have in common: one step an idle worker, the model's first new idea, no diagnosis."""

    diagnoses = False

    def steps(self, standing: Standing, /) -> Sequence[Step]:
        """See gome.search.Strategy.steps."""
        tree = Tree(standing)
        taken: list[Step] = []
        for chain in standing.idle:
            step = self.step(tree, chain, taken)
            if step is not None:
                taken.append(step)
        return taken

    def step(self, tree: Tree, worker: Chain, taken: Sequence[Step]) -> Step | None:
        """Return what an idle worker does; None lets it rest.

        Args:
            tree: the run so far.
            worker: the trace to give a step to.
            taken: steps of this same decision that others were given.
        """
        raise NotImplementedError

    def choose(
        self, proposal: Proposal, _: Sequence[Weighted], tried: Sequence[Tried], parent: str, /
    ) -> Choice | None:
        """See gome.search.Strategy.choose. The first idea that was not tried on this code: no rating is looked at."""
        done = {key(item.hypothesis) for item in tried if item.parent == parent}
        for hypothesis in proposal.hypotheses:
            if key(hypothesis) not in done:
                return Choice(hypothesis=hypothesis, reason=f"the first new idea on {parent}")
        return None


def draft(worker: Chain, reason: str) -> Step:
    """A new first solution; the worker's own first one begins as the run's opening had it."""
    fresh = worker.start if worker.best is None and worker.start is not None else None
    return Step(trace=worker.trace, operator="draft", hypothesis=fresh, guided=False, reason=reason)


def improve(worker: Chain, node: Node, reason: str) -> Step:
    """One change to a node."""
    return Step(trace=worker.trace, operator="improve", parent=node.name, guided=False, reason=reason)


def repair(worker: Chain, node: Node, reason: str) -> Step:
    """Mend a buggy node."""
    return Step(trace=worker.trace, operator="repair", parent=node.name, guided=False, reason=reason)


def chance(standing: Standing, taken: Sequence[Step], purpose: str) -> np.random.Generator:
    """Return a source of chance that is the same for the same decision of the same run."""
    return np.random.default_rng(seed_for(standing.seed, purpose, str(standing.turn + len(taken))))


def softmax(values: Sequence[float], temperature: float) -> list[float]:
    """Return probabilities: more for more."""
    top = max(values)
    weights = [float(np.exp((value - top) / temperature)) for value in values]
    total = sum(weights)
    return [weight / total for weight in weights]
