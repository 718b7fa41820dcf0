"""The catalogue of moves, by the component that they change.

data  features  model  ensemble  workflow     move  what a move is
"""

from gome.expert.moves.data import DATA
from gome.expert.moves.ensemble import ENSEMBLE
from gome.expert.moves.features import FEATURES
from gome.expert.moves.model import MODEL
from gome.expert.moves.move import Move
from gome.expert.moves.workflow import WORKFLOW

CATALOGUE: tuple[Move, ...] = (*DATA, *FEATURES, *MODEL, *ENSEMBLE, *WORKFLOW)

__all__ = ["CATALOGUE", "Move"]
