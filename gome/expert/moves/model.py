"""Moves on the models: their capacity, their regularisation, their pace, and which family leads."""

import msgspec

from gome.expert import troubles as t
from gome.expert.moves.move import Move
from gome.expert.recipe import BOOSTED, CONSTANT, FAMILIES, FORESTS, REMEMBERING, Family, Knob, Member, Recipe, turned
from gome.expert.scene import Scene
from gome.expert.starts import member_for

PACED: frozenset[Family] = frozenset({*BOOSTED, *FORESTS, "mlp"})
STOPPABLE = BOOSTED
EARLY_ROWS = 1_000  # with fewer, the tenth held out for stopping is missed


def _turn(recipe: Recipe, knob: Knob, steps: int, only: frozenset[Family] | None = None) -> Recipe:
    return recipe.each(lambda m: turned(m, knob, steps) if only is None or m.family in only else m)


def _early(recipe: Recipe, *, early: bool) -> Recipe:
    return recipe.each(lambda m: msgspec.structs.replace(m, early=early) if m.family in STOPPABLE else m)


def _led_by(family: Family) -> Move:
    def change(recipe: Recipe, scene: Scene) -> Recipe:
        return recipe.but(members=(member_for(family, scene),))

    return Move(
        name=f"model:{family}",
        caption=f"Change the model to {TITLES[family]}",
        why="Another family errs in other ways, and may suit these data better.",
        component="model",
        answers=(t.CONSTANT, t.UNDERFIT, t.FAILED, t.SLOW)
        if family in ("linear", "histgb")
        else (t.CONSTANT, t.UNDERFIT),
        applies=lambda recipe, scene: (
            len(recipe.members) == 1 and family in scene.families and family not in recipe.families
        ),
        change=change,
        effect=0.3,
        risk=5,
    )


TITLES: dict[Family, str] = {  # of families that moves lead to
    "lightgbm": "LightGBM",
    "histgb": "histogram gradient boosting",
    "forest": "a random forest",
    "extra": "extra trees",
    "linear": "a linear model",
    "elastic": "an elastic net",
    "discriminant": "discriminant analysis",
    "svm": "support vectors",
    "knn": "nearest neighbours",
    "mlp": "a small neural network",
    "bayes": "naive Bayes",
    "process": "a Gaussian process",
}

MODEL: tuple[Move, ...] = (
    Move(
        name="model:brake",
        caption="Regularise more",
        why="The model knows its training rows far better than new ones.",
        component="model",
        answers=(t.OVERFIT, t.UNSTABLE),
        applies=lambda *_: True,
        change=lambda recipe, _: _turn(recipe, "brake", 1),
        effect=0.6,
        cost=0.9,
        risk=8,
    ),
    Move(
        name="model:brake-hard",
        caption="Regularise much more, with a smaller model",
        why="The gap to new rows is wide: most of what was learned does not carry over.",
        component="model",
        answers=(t.OVERFIT,),
        applies=lambda *_: True,
        change=lambda recipe, _: _turn(_turn(recipe, "brake", 2), "size", -1),
        effect=0.6,
        cost=0.7,
        risk=6,
    ),
    Move(
        name="model:release",
        caption="Regularise less",
        why="The model does not even fit its training rows.",
        component="model",
        answers=(t.UNDERFIT, t.CONSTANT),
        applies=lambda *_: True,
        change=lambda recipe, _: _turn(recipe, "brake", -1),
        effect=0.5,
        cost=1.1,
    ),
    Move(
        name="model:larger",
        caption="Enlarge the model",
        why="It fits training and new rows alike, so it can take more.",
        component="model",
        answers=(t.UNDERFIT, t.TIME_LEFT),
        applies=lambda *_: True,
        change=lambda recipe, _: _turn(recipe, "size", 1),
        effect=0.5,
        cost=1.5,
    ),
    Move(
        name="model:smaller",
        caption="Make the model smaller",
        why="A smaller model has less room for chance, and trains faster.",
        component="model",
        answers=(t.OVERFIT, t.SLOW, t.MEMORY),
        applies=lambda *_: True,
        change=lambda recipe, _: _turn(recipe, "size", -1),
        effect=0.4,
        cost=0.6,
        risk=8,
    ),
    Move(
        name="model:patient",
        caption="Learn in more and smaller steps",
        why="Smaller steps find a better end, at the price of time.",
        component="model",
        answers=(t.TIME_LEFT, t.UNSTABLE, t.SETTINGS),
        applies=lambda recipe, _: any(family in PACED for family in recipe.families),
        change=lambda recipe, _: _turn(recipe, "pace", 1, PACED),
        effect=0.4,
        cost=2.0,
        risk=8,
    ),
    Move(
        name="model:hasty",
        caption="Learn in fewer and larger steps",
        why="Most of the score comes from the first steps; the time is needed.",
        component="model",
        answers=(t.SLOW,),
        applies=lambda recipe, _: any(family in PACED for family in recipe.families),
        change=lambda recipe, _: _turn(recipe, "pace", -1, PACED),
        effect=0.1,
        cost=0.5,
    ),
    Move(
        name="model:early-stopping",
        caption="Stop when held-out rows no longer improve",
        why="The right number of rounds is measured instead of guessed.",
        component="model",
        answers=(t.OVERFIT, t.UNDERFIT, t.SETTINGS),
        applies=lambda recipe, scene: scene.rows >= EARLY_ROWS and any(f in STOPPABLE for f in recipe.families),
        change=lambda recipe, _: _early(recipe, early=True),
        effect=0.5,
        cost=1.3,
    ),
    Move(
        name="model:no-early-stopping",
        caption="Train a set number of rounds on all rows",
        why="The rows held out for stopping are too few to judge by, and are missed in training.",
        component="model",
        answers=(t.UNSTABLE, t.UNDERFIT),
        applies=lambda recipe, _: any(m.early for m in recipe.members),
        change=lambda recipe, _: _early(recipe, early=False),
        effect=0.2,
    ),
    *(_led_by(family) for family in FAMILIES),
)


def neighbours(recipe: Recipe) -> list[Move]:
    """Single steps of single knobs: what is left to try when the catalogue is used up."""
    moves: list[Move] = []
    knobs: tuple[Knob, ...] = ("size", "brake", "pace")
    for place, member in enumerate(recipe.members):
        for knob in knobs if member.family != CONSTANT else ():
            if (knob == "pace" and member.family not in PACED) or (
                knob == "size" and member.family in REMEMBERING - FORESTS
            ):
                continue
            moves += [_step(place, member, knob, steps) for steps in (1, -1) if turned(member, knob, steps) != member]
    return moves


def _step(place: int, member: Member, knob: Knob, steps: int) -> Move:
    words = {
        "size": ("larger", "smaller"),
        "brake": ("more regularised", "less regularised"),
        "pace": ("slower and finer", "faster and coarser"),
    }[knob][0 if steps > 0 else 1]

    def change(recipe: Recipe, _scene: Scene) -> Recipe:
        if place >= len(recipe.members):
            return recipe
        members = list(recipe.members)
        members[place] = turned(members[place], knob, steps)
        return recipe.but(members=tuple(dict.fromkeys(members)))

    return Move(
        name=f"step:{place}:{member.family}:{knob}{steps:+d}",
        caption=f"Try {TITLES[member.family]} {words}",
        why="The settings nearby have not been measured.",
        component="model",
        answers=(t.SETTINGS,),
        applies=lambda *_: True,
        change=change,
        effect=0.2,
        cost=1.4 if steps > 0 and knob != "brake" else 1.0,
    )
