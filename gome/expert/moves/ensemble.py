"""Moves on the ensemble: which models are blended, and how."""

from gome.expert import troubles as t
from gome.expert.moves.model import TITLES
from gome.expert.moves.move import Move
from gome.expert.recipe import FAMILIES, TREES, Family, Recipe
from gome.expert.scene import Scene
from gome.expert.starts import member_for, unlike

MOST_MEMBERS = 6


def _adding(family: Family) -> Move:
    return Move(
        name=f"add:{family}",
        caption=f"Blend with {TITLES[family]}",
        why="Models that err in different ways correct each other; out-of-fold predictions decide the weights.",
        component="ensemble",
        answers=(t.ONE_FAMILY, t.TIME_LEFT, t.UNSTABLE),
        applies=lambda recipe, scene: (
            family in scene.families and family not in recipe.families and len(recipe.members) < MOST_MEMBERS
        ),
        change=lambda recipe, scene: recipe.but(members=(*recipe.members, member_for(family, scene))),
        effect={"linear": 0.8, "extra": 0.8, "lightgbm": 0.8, "svm": 0.8, "mlp": 0.6}.get(family, 0.4),
        cost=2.0,
        risk=8,
    )


def _panel(recipe: Recipe, scene: Scene) -> Recipe:
    wanted = [family for family in unlike(scene) if family not in recipe.families]
    missing = max(0, 4 - len(recipe.members))
    return recipe.but(members=(*recipe.members, *(member_for(family, scene) for family in wanted[:missing])))


def _without_weak(recipe: Recipe) -> Recipe:
    rank = {family: place for place, family in enumerate(("lightgbm", "linear", "extra", "svm", "mlp", "histgb"))}
    least = max(recipe.members, key=lambda m: (rank.get(m.family, 9), recipe.members.index(m)))
    return recipe.but(members=tuple(m for m in recipe.members if m != least))


def _twins(recipe: Recipe) -> Recipe:
    from_first = recipe.members[0]
    twin = type(from_first)(
        family=from_first.family,
        category="target" if from_first.category != "target" else "onehot",
        numeric=from_first.numeric,
        text=from_first.text,
        size=-from_first.size or -1,
        brake=from_first.brake,
        pace=from_first.pace,
    )
    return recipe.but(members=tuple(dict.fromkeys((*recipe.members, twin))))


ENSEMBLE: tuple[Move, ...] = (
    Move(
        name="blend:panel",
        caption="Blend four models of unlike families",
        why="A panel of unlike models beats its best member on most tables, and varies less.",
        component="ensemble",
        answers=(t.ONE_FAMILY, t.UNSTABLE, t.TIME_LEFT, t.OVERFIT),
        applies=lambda recipe, _: len(recipe.members) < 3,
        change=_panel,
        effect=1.2,
        cost=3.0,
        risk=8,
    ),
    *(_adding(family) for family in FAMILIES),
    Move(
        name="blend:stack",
        caption="Let a second model combine the members",
        why="It can weigh members by class, where one weight for each cannot.",
        component="ensemble",
        answers=(t.TIME_LEFT, t.BIASED, t.SETTINGS),
        applies=lambda recipe, scene: len(recipe.members) > 1 and recipe.blend != "stack" and not scene.several,
        change=lambda recipe, _: recipe.but(blend="stack"),
        effect=0.4,
        cost=1.1,
        risk=5,
    ),
    Move(
        name="blend:mean",
        caption="Average the members evenly",
        why="With few rows, weights are fitted to noise; even ones are not.",
        component="ensemble",
        answers=(t.UNSTABLE, t.CLAIM, t.OVERFIT),
        applies=lambda recipe, _: len(recipe.members) > 1 and recipe.blend != "mean",
        change=lambda recipe, _: recipe.but(blend="mean"),
        effect=0.3,
        risk=8,
    ),
    Move(
        name="blend:greedy",
        caption="Choose the members' weights by their out-of-fold predictions",
        why="A weak member should not count as much as a strong one.",
        component="ensemble",
        answers=(t.IDLE_MEMBER, t.SETTINGS),
        applies=lambda recipe, _: len(recipe.members) > 1 and recipe.blend != "greedy",
        change=lambda recipe, _: recipe.but(blend="greedy"),
        effect=0.3,
    ),
    Move(
        name="blend:prune",
        caption="Drop the member that helps least",
        why="It costs time, and its weight is noise.",
        component="ensemble",
        answers=(t.IDLE_MEMBER, t.SLOW, t.MEMORY, t.FAILED),
        applies=lambda recipe, _: len(recipe.members) > 1,
        change=lambda recipe, _: _without_weak(recipe),
        effect=0.2,
        cost=0.7,
        risk=8,
    ),
    Move(
        name="blend:twin",
        caption="Blend boosting with a variant of itself",
        why="Two sizes and encodings of the same family cancel part of each other's errors.",
        component="ensemble",
        answers=(t.TIME_LEFT, t.SETTINGS),
        applies=lambda recipe, _: recipe.families[0] in TREES and len(recipe.members) < MOST_MEMBERS,
        change=lambda recipe, _: _twins(recipe),
        effect=0.3,
        cost=1.8,
    ),
)
