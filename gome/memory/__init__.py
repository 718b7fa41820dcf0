"""What a run remembers: folds of its journal.

history       every trial and what became of it    successes  validated improvements, weighed for a step
recollection  what MemoryKeeper folds              keepsakes  successes that runs leave to later ones, in a file
"""

from gome.memory.history import History
from gome.memory.successes import Successes

__all__ = ["History", "Successes"]
