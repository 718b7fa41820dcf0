"""The built-in model, an expert for tables that is not an LLM.

expert         the four answers               scene     task, data and limits, as the expert sees them
recipe         the genome of a script         starts    where solutions begin
diagnosis      rules over a trial, with       troubles  the problems by name
               observing for the data, case   moves/    the catalogue
proposing      from problems to moves         script    from a recipe to a script; with columns, features,
implementing   from a step to a recipe                  models, own, metrics, learning, printer, templates/
"""

from gome.expert.expert import Expert
from gome.expert.recipe import Member, Recipe

__all__ = ["Expert", "Member", "Recipe"]
