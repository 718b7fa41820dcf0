"""Best of n: independent first solutions, as many as the budget allows; nothing is improved or repaired."""

from collections.abc import Sequence

from gome.search import Chain, Step
from gome_treesearch.tree import ROOT, Search, Tree, draft


class BestOfN(Search):
    """The baseline that a search must beat."""

    def step(self, tree: Tree, worker: Chain, taken: Sequence[Step]) -> Step | None:
        """Begin again."""
        number = len(tree.drafts) + tree.coming(ROOT, taken) + 1
        return draft(worker, f"independent first solution number {number}")
