"""Moves on the data: which rows and columns are read, how gaps, targets and class shares are treated."""

from gome.expert import troubles as t
from gome.expert.metrics import ABSOLUTE, DECIDED
from gome.expert.moves.move import Move
from gome.expert.recipe import BOOSTED, Recipe
from gome.expert.scene import Scene

SHIFTED = 0.3  # distance of distributions beyond which a column may mislead
FEW_MISSING = 0.6  # share of missing values beyond which a column says little
WEAK = 0.02  # association below which a column is noise
LEAST_ROWS = 5_000  # a cap on rows below this saves nothing


def shifted(scene: Scene) -> tuple[str, ...]:
    """Columns whose distribution differs between train and test."""
    return tuple(column.name for column in scene.columns if (column.shift or 0.0) > SHIFTED)


def suspicious(scene: Scene) -> tuple[str, ...]:
    """Columns that the profile holds for leaks."""
    present = {column.name for column in scene.columns}
    return tuple(s.column for s in scene.profile.suspects if s.kind == "leak" and s.column in present and s.column)


def weak(scene: Scene) -> tuple[str, ...]:
    """Columns that alone say nothing, where there are enough others."""
    rated = [column for column in scene.columns if column.association is not None]
    names = tuple(column.name for column in rated if (column.association or 0.0) < WEAK)
    return names if len(names) <= 0.8 * len(rated) else ()


def sparse(scene: Scene) -> tuple[str, ...]:
    """Columns that are mostly missing."""
    return tuple(column.name for column in scene.columns if column.missing > FEW_MISSING)


def _without(recipe: Recipe, names: tuple[str, ...], scene: Scene) -> Recipe:
    left = {column.name for column in scene.columns} - {*recipe.drop, *names}
    return recipe.but(drop=tuple(sorted({*recipe.drop, *names}))) if left else recipe


def _positive(scene: Scene) -> bool:
    lows = [target.minimum for target in scene.profile.targets]
    return not scene.classifies and all(low is not None and low >= 0 for low in lows)


DATA: tuple[Move, ...] = (
    Move(
        name="drop:shifted",
        caption="Leave out columns that differ between train and test",
        why="A model that leans on them meets values that it has never seen.",
        component="data",
        answers=(t.SHIFT, t.CLAIM),
        applies=lambda _, scene: bool(shifted(scene)),
        change=lambda recipe, scene: _without(recipe, shifted(scene), scene),
        effect=0.6,
        cost=0.9,
        risk=5,
    ),
    Move(
        name="drop:leaks",
        caption="Leave out columns that give the target away",
        why="What is known only after the fact will not be there for new rows.",
        component="data",
        answers=(t.LEAK, t.CLAIM),
        applies=lambda _, scene: bool(suspicious(scene)),
        change=lambda recipe, scene: _without(recipe, suspicious(scene), scene),
        effect=0.3,
        risk=4,
    ),
    Move(
        name="drop:weak",
        caption="Leave out columns that say nothing about the target",
        why="Fewer noisy columns leave less to fit by chance.",
        component="data",
        answers=(t.OVERFIT, t.SLOW, t.UNSTABLE),
        applies=lambda _, scene: bool(weak(scene)),
        change=lambda recipe, scene: _without(recipe, weak(scene), scene),
        effect=0.3,
        cost=0.8,
        risk=5,
    ),
    Move(
        name="drop:mostly-missing",
        caption="Leave out columns that are mostly missing",
        why="What is left of them is fitted by chance.",
        component="data",
        answers=(t.MISSING, t.OVERFIT),
        applies=lambda _, scene: bool(sparse(scene)),
        change=lambda recipe, scene: _without(recipe, sparse(scene), scene),
        effect=0.2,
        cost=0.9,
        risk=5,
    ),
    Move(
        name="target:log1p",
        caption="Train on the logarithm of the target",
        why="A long right tail stops ruling the loss, and relative errors count alike.",
        component="data",
        answers=(t.SKEWED, t.GROWING, t.TAIL),
        applies=lambda recipe, scene: _positive(scene) and recipe.target == "plain",
        change=lambda recipe, _: recipe.but(target="log1p"),
        effect=1.5,
        risk=8,
    ),
    Move(
        name="target:sqrt",
        caption="Train on the square root of the target",
        why="A gentler remedy than the logarithm against errors that grow with the prediction.",
        component="data",
        answers=(t.GROWING, t.SKEWED),
        applies=lambda recipe, scene: _positive(scene) and recipe.target in ("plain", "log1p"),
        change=lambda recipe, _: recipe.but(target="sqrt"),
        effect=0.7,
    ),
    Move(
        name="target:quantile",
        caption="Train on the target's ranks, shaped as a normal distribution",
        why="Outliers lose their pull; only the order and the share of rows below count.",
        component="data",
        answers=(t.TAIL, t.SKEWED),
        applies=lambda recipe, scene: not scene.classifies and recipe.target != "quantile",
        change=lambda recipe, _: recipe.but(target="quantile"),
        effect=0.5,
        risk=5,
    ),
    Move(
        name="target:plain",
        caption="Train on the target as it is",
        why="Errors on the transformed target are not the errors that the metric counts.",
        component="data",
        answers=(t.BIASED, t.TAIL),
        applies=lambda recipe, scene: recipe.target != "plain" and "rmsle" not in scene.task.metric,
        change=lambda recipe, _: recipe.but(target="plain"),
        effect=0.4,
        risk=5,
    ),
    Move(
        name="loss:absolute",
        caption="Minimise absolute errors",
        why="The metric counts errors, not their squares; the median is then the better answer.",
        component="data",
        answers=(t.METRIC_UNMET, t.TAIL),
        applies=lambda recipe, scene: (
            scene.task.metric in ABSOLUTE and recipe.loss == "squared" and bool({*recipe.families} & {*BOOSTED, "mlp"})
        ),
        change=lambda recipe, _: recipe.but(loss="absolute"),
        effect=1.0,
        cost=1.2,
    ),
    Move(
        name="weights:balanced",
        caption="Let every class weigh the same",
        why="The metric counts a rare class like a common one; training should too.",
        component="data",
        answers=(t.CLASS_MISSED,),
        applies=lambda recipe, scene: scene.probabilities and not recipe.balanced and scene.task.metric in DECIDED,
        change=lambda recipe, _: recipe.but(balanced=True),
        effect=0.8,
        risk=6,
    ),
    Move(
        name="clip:range",
        caption="Keep predictions within the values seen in training",
        why="A model that extrapolates can miss a few rows by far.",
        component="data",
        answers=(t.TAIL, t.GROWING),
        applies=lambda recipe, scene: not scene.classifies and not recipe.clip and recipe.target == "plain",
        change=lambda recipe, _: recipe.but(clip=True),
        effect=0.3,
        risk=9,
    ),
    Move(
        name="rows:fewer",
        caption="Train on a part of the rows",
        why="The program did not end within its limit; a part of the rows teaches most of what there is.",
        component="data",
        answers=(t.SLOW, t.MEMORY),
        applies=lambda recipe, scene: (recipe.rows or scene.rows) > LEAST_ROWS,
        change=lambda recipe, scene: recipe.but(rows=max(LEAST_ROWS, (recipe.rows or scene.rows) // 3)),
        effect=0.2,
        cost=0.4,
        risk=6,
    ),
)
