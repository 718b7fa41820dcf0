"""Tree searches as strategies of gome: the same operators, executor, evaluator and budget as its gradient.

tree       the run as a tree of trials      greedy     AIDE's policy
mcts       AIRA's MCTS                      ml_master  ML-Master's MCTS
evolution  AIRA's evolutionary search       best_of_n  independent drafts
"""

from gome.plugin import Registry
from gome_treesearch.best_of_n import BestOfN
from gome_treesearch.evolution import Evolution
from gome_treesearch.greedy import Greedy
from gome_treesearch.mcts import Mcts
from gome_treesearch.ml_master import MlMaster

__all__ = ["BestOfN", "Evolution", "Greedy", "Mcts", "MlMaster", "register"]


def register(registry: Registry) -> None:
    """Offer the searches to `--strategy`."""
    registry.add_strategy("greedy", Greedy)
    registry.add_strategy("greedy-aira", lambda: Greedy(debug_probability=1.0, debug_depth=20))
    registry.add_strategy("mcts", Mcts)
    registry.add_strategy("ml-master", MlMaster)
    registry.add_strategy("evolution", Evolution)
    registry.add_strategy("best-of-n", BestOfN)
