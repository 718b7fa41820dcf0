"""Moves on the workflow: folds, repetitions, decisions."""

from gome.expert import troubles as t
from gome.expert.metrics import DECIDED
from gome.expert.moves.move import Move

MOST_REPEATS = 5
MANY_FOLDS = 10


WORKFLOW: tuple[Move, ...] = (
    Move(
        name="decide:tuned",
        caption="Tune the decisions on out-of-fold predictions",
        why="The most likely class is not the one that this metric rewards most.",
        component="workflow",
        answers=(t.UNTUNED, t.CLASS_MISSED),
        applies=lambda recipe, scene: (
            scene.probabilities and not recipe.tuned and scene.task.metric in DECIDED - {"accuracy", "f1_micro"}
        ),
        change=lambda recipe, _: recipe.but(tuned=True),
        effect=1.0,
        cost=1.1,
        risk=7,
    ),
    Move(
        name="folds:10",
        caption="Train on nine tenths of the rows, ten times",
        why="Every model sees more rows, and twice as many models are averaged.",
        component="workflow",
        answers=(t.TIME_LEFT, t.UNSTABLE, t.UNDERFIT),
        applies=lambda recipe, _: recipe.folds < MANY_FOLDS,
        change=lambda recipe, _: recipe.but(folds=MANY_FOLDS),
        effect=0.4,
        cost=2.2,
        risk=9,
    ),
    Move(
        name="folds:3",
        caption="Use three folds",
        why="Fewer models train within the limit.",
        component="workflow",
        answers=(t.SLOW, t.FAILED),
        applies=lambda recipe, _: recipe.folds > 3,
        change=lambda recipe, _: recipe.but(folds=3, repeats=1),
        effect=0.1,
        cost=0.5,
    ),
    Move(
        name="repeats:more",
        caption="Repeat the cross-validation with other folds and seeds",
        why="Averages over more models vary less, and weights rest on steadier estimates.",
        component="workflow",
        answers=(t.UNSTABLE, t.TIME_LEFT, t.CLAIM),
        applies=lambda recipe, scene: recipe.repeats < MOST_REPEATS and not scene.task.time_column,
        change=lambda recipe, _: recipe.but(repeats=min(MOST_REPEATS, recipe.repeats + 2)),
        effect=0.5,
        cost=2.5,
        risk=9,
    ),
    Move(
        name="repeats:once",
        caption="Cross-validate once",
        why="Repetitions are the first thing to give up when time is short.",
        component="workflow",
        answers=(t.SLOW,),
        applies=lambda recipe, _: recipe.repeats > 1,
        change=lambda recipe, _: recipe.but(repeats=1),
        effect=0.1,
        cost=0.4,
        risk=9,
    ),
)
