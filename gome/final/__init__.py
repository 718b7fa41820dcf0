"""The end of a run: what it hands back, chosen on rows that no trial was scored on.

choice       the finalists compared, an ensemble tried, the winner refitted
comparison   every figure that the choice rests on
program      an ensemble as one program that runs its members
"""

from gome.final.choice import FinalChoice

__all__ = ["FinalChoice"]
