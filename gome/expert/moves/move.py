"""A move: one change of a recipe, when it makes sense, and what it should bring."""

from collections.abc import Callable

import msgspec

from gome.expert.recipe import Recipe
from gome.expert.scene import Scene
from gome.messages import Component


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the catalogue."""

    name: str  # permanent: what worked is remembered under it
    caption: str
    why: str
    component: Component
    answers: tuple[str, ...]  # captions of the problems that it answers, best fit first
    applies: Callable[[Recipe, Scene], bool]
    change: Callable[[Recipe, Scene], Recipe]
    effect: float = 0.5  # expected gain where it fits, in units of the score's noise
    cost: float = 1.0  # wall time afterwards, as a multiple
    risk: float = 7.0  # 10 is safe

    def offered(self, recipe: Recipe, scene: Scene) -> Recipe | None:
        """The recipe after the move; None where it does not apply or would change nothing."""
        if not self.applies(recipe, scene):
            return None
        changed = self.change(recipe, scene)
        return None if changed == recipe else changed
