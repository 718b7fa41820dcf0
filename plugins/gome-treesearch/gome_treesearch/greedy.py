"""Greedy search as AIDE does it: drafts, now and then a repair, else the best node improved.

Each step, in this order: fewer than five drafts: draft; with the debug probability one of the buggy leaves within
the debug depth, drawn evenly: repair; no good node: draft; else improve the best node of all, first among equals.
"""

from collections.abc import Sequence

from gome.search import Chain, Step
from gome_treesearch.tree import ROOT, Search, Tree, chance, draft, improve, repair

DRAFTS = 5


class Greedy(Search):
    """AIDE's policy."""

    def __init__(self, *, drafts: int = DRAFTS, debug_probability: float = 0.5, debug_depth: int = 3) -> None:
        self._drafts, self._debug_probability, self._debug_depth = drafts, debug_probability, debug_depth

    def step(self, tree: Tree, worker: Chain, taken: Sequence[Step]) -> Step | None:
        """See the module."""
        begun = len(tree.drafts) + tree.coming(ROOT, taken)
        if begun < self._drafts:
            return draft(worker, f"draft {begun + 1} of {self._drafts}")
        rng = chance(tree.standing, taken, "greedy")
        if rng.random() < self._debug_probability:
            leaves = [
                node
                for node in tree.nodes.values()
                if node.buggy
                and not node.children
                and not tree.coming(node.name, taken)
                and node.debug_depth <= self._debug_depth
            ]
            if leaves:
                node = leaves[int(rng.integers(len(leaves)))]
                return repair(worker, node, f"{node.name}, a buggy leaf at debug depth {node.debug_depth}")
        nodes = tree.usable()
        if not nodes:
            return draft(worker, "no good node yet" if not tree.good() else "nothing new is left on any node")
        best = max(nodes, key=tree.worth)  # the first among equals
        return improve(worker, best, f"{best.name} has the best score")
