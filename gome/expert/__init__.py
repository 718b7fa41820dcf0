"""The built-in model, an expert for tables that is not an LLM.

expert      the four answers            scene       task, data and limits, as the expert sees them
recipe      the genome of a script      starts      where solutions begin
diagnosis   rules over evidence         troubles    the problems by name
proposing   problems to moves           moves/      the catalogue
implementing  a step to a recipe        script      a recipe to a script; with columns, features, models,
                                                    metrics, learning, and printer for its layout
"""

from gome.expert.expert import Expert
from gome.expert.recipe import Member, Recipe

__all__ = ["Expert", "Member", "Recipe"]
