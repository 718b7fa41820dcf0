"""The script of last resort: one answer for every row, from the labels alone, so that hardly anything can fail."""

from gome.expert.columns import readable
from gome.expert.learning import SAMPLE, submission
from gome.expert.metrics import ABSOLUTE
from gome.expert.printer import Imports, Name, literal, rendered
from gome.expert.recipe import CONSTANT, Member, Recipe
from gome.expert.scene import Scene

PLAIN = Recipe(members=(Member(family=CONSTANT),))


def answers_alike(recipe: Recipe, scene: Scene) -> bool:
    """Whether the recipe's script is this one: it is asked for, or no column is left to learn from."""
    return recipe.families == (CONSTANT,) or not readable(recipe, scene)


def constant_script(recipe: Recipe, scene: Scene, title: str) -> str:
    """The script that reads the targets, takes what scores best of all constants, and writes the submission."""
    imports = Imports()
    imports.module("pandas as pd")
    imports.module("numpy as np")
    made = _shares(scene) if scene.probabilities else _centres(scene)
    source = "\n".join([*made, submission(scene, "final_test.argmax(axis=1)")])
    constants = "\n".join(_constants(scene, source))
    return f'"""{title}."""\n{recipe.line}\n\n{imports.source()}\n\n{constants}\n\n{source}\n'


def _constants(scene: Scene, source: str) -> list[str]:
    task = scene.task
    values: list[tuple[str, object]] = [
        ("TARGETS", task.targets),
        ("POSITIVE", [scene.positive(name) for name in task.targets]),
        ("CLASSES", [Name(label) if scene.numbered else label for label in scene.classes]),
        ("PREDICTED", [column for column in task.submission_columns if column != task.id_column]),
    ]
    return [rendered(literal(value), f"{name} = ") for name, value in values if name in source]


def _shares(scene: Scene) -> list[str]:
    """Source of the classes' shares for every row; one row more than there are keeps absent classes possible."""
    dtype = "" if scene.numbered else ", dtype=str"
    lines = [
        f'y = pd.read_csv("input/train.csv", usecols=TARGETS{dtype})[TARGETS[0]]',
        "counts = y.value_counts().reindex(CLASSES, fill_value=0).to_numpy(float)",
        "shares = (counts + 1 / len(CLASSES)) / (counts.sum() + 1)",
    ]
    if scene.task.metric == "f1" and len(scene.classes) == 2:
        lines.append("shares = np.array([0.0, 1.0])  # F1 rewards nobody who never says yes")
    return [*lines, SAMPLE, "final_test = np.tile(shares, (len(sample), 1))"]


def _centres(scene: Scene) -> list[str]:
    """Source of the targets' means, or of what suits the metric better, for every row."""
    dtype = ", dtype=str" if scene.worded_targets else ""
    lines = [f'train = pd.read_csv("input/train.csv", usecols=TARGETS{dtype})']
    metric = scene.task.metric
    if scene.worded_targets:
        lines.append("y = (train[TARGETS] == POSITIVE).astype(float)")
    else:
        lines.append('y = train[TARGETS].apply(pd.to_numeric, errors="coerce").astype(float)')
        lines.append("y = y.replace([np.inf, -np.inf], np.nan)")
    if metric == "mape":  # small values count most: the median, weighted by 1 / |value|
        lines.append("y = y.dropna().sort_values(TARGETS[0])")
        lines.append("weights = (1 / y.abs().clip(lower=1e-9)).cumsum()")
        lines.append("centres = y[weights >= weights.iloc[-1] / 2].min()")
    elif metric in ABSOLUTE:
        lines.append("centres = y.median()")
    elif "rmsle" in metric:
        lines.append("centres = np.expm1(np.log1p(y.clip(lower=0)).mean())")
    else:
        lines.append("centres = y.mean()")
    lines.append("centres = centres.clip(y.min(), y.max()).fillna(0.0).to_numpy()")
    value = "np.tile(centres, (len(sample), 1))" if scene.several else "np.full(len(sample), centres[0])"
    return [*lines, SAMPLE, f"final_test = {value}"]
