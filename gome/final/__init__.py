"""The end of a run: what it hands back, chosen on rows that no trial was scored on.

choice       the finalists compared, an ensemble tried, the winner refitted
comparison   every figure that the choice rests on
confirming   finalists run again with other seeds    reseeding  another seed for a program
showing      who watches is told of what runs
averaging    the winner fitted with other seeds too, while there is time
program      an ensemble as one program that runs its members
"""

from gome.final.choice import FinalChoice
from gome.final.showing import shower

__all__ = ["FinalChoice", "shower"]
