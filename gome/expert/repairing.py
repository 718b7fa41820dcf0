"""From a failed script to one that should run: first what the error calls for, then one answer for every row."""

import re
from collections.abc import Iterator

import msgspec

from gome.expert import troubles as t
from gome.expert.constant import PLAIN
from gome.expert.diagnosis import failure
from gome.expert.recipe import Family, Member, Recipe, turned
from gome.expert.scene import Scene
from gome.expert.script import write
from gome.expert.starts import member_for, recipe_for

SAFE: tuple[Family, ...] = ("linear", "histgb")  # need nothing but scikit-learn, and train in no time
QUICK: tuple[Family, ...] = ("linear", "lightgbm", "histgb", "bayes", "discriminant")
LEAST_S = 5.0  # below, a program has hardly time to import its libraries
_SIGNS: dict[Family, str] = {  # what stands in a traceback that leads into a family
    "lightgbm": "lightgbm",
    "histgb": "_hist_gradient_boosting",
    "forest": r"ensemble.{1,2}_forest",
    "extra": r"ensemble.{1,2}_forest",
    "linear": "_logistic|_ridge",
    "elastic": "_stochastic_gradient|_coordinate_descent",
    "discriminant": "discriminant_analysis",
    "svm": r"sklearn.{1,2}svm|calibration|kernel_approximation",
    "knn": r"sklearn.{1,2}neighbors",
    "mlp": r"torch|Network\b",
    "bayes": "naive_bayes",
    "process": "gaussian_process",
}


def repaired(recipe: Recipe, error: str, scene: Scene) -> tuple[Recipe, str]:
    """A recipe that should not fail in the same way, and what was done.

    The first repair in a row is the simplest change that fits the error, and always another program. The next is
    the constant, so that no trace ends without a valid submission.
    """
    hopeless = failure(error) == t.SLOW and scene.limit_s < LEAST_S
    if recipe.families != PLAIN.families and not recipe.repairs and not hopeless:
        failed = _body(recipe, scene)
        for fix, note in _remedies(recipe, error, scene):
            if _body(fix, scene) != failed:
                return fix.but(repairs=1), note
    if recipe.families != PLAIN.families:
        return PLAIN, "One answer for every row: nothing simpler is known."
    safe = recipe_for((member_for(SAFE[0], scene),), scene)
    return safe.but(folds=2, tuned=False, repairs=1), "Not even one answer for every row ran: try a model again."


def _body(recipe: Recipe, scene: Scene) -> str:
    """The program without the lines that say what it is."""
    return write(recipe, scene, 0).split("\n", 2)[2]


def _remedies(recipe: Recipe, error: str, scene: Scene) -> Iterator[tuple[Recipe, str]]:
    """Changes, the most fitting first."""
    absent = re.search(r"No module named '(\w+)", error)
    if absent:
        lost = {"lightgbm": "lightgbm", "torch": "mlp"}.get(absent[1], "")
        kept = tuple(member for member in recipe.members if member.family != lost)
        members = kept or (member_for("histgb" if lost == "lightgbm" else "linear", scene),)
        yield recipe.but(members=members), f"Do without {absent[1]}, which is not installed."
    elif failure(error) in (t.SLOW, t.MEMORY):
        yield _lighter(recipe, scene), "Train fewer and smaller models."
        return  # whatever else is known is not cheaper
    else:
        plain, culprits = _plain(recipe, scene), [m for m in recipe.members if re.search(_SIGNS[m.family], error)]
        kept = tuple(member for member in plain.members if member.family not in {m.family for m in culprits})
        if culprits and kept:
            names = " and ".join(member.family for member in culprits)
            yield plain.but(members=kept), f"Do without {names}, and without added columns and tuning."
        elif len(recipe.members) == 1:
            yield plain, "Take back the added columns and the tuning, and prepare columns as usual."
    for family in SAFE:
        if recipe.families != (family,):
            safe = recipe_for((member_for(family, scene),), scene).but(tuned=False, rows=recipe.rows)
            yield safe, f"Change to {family} alone, which rarely fails."


def _plain(recipe: Recipe, scene: Scene) -> Recipe:
    return recipe.but(
        pairs=(),
        crosses=False,
        aggregates=False,
        counts=False,
        gaps=False,
        text_sizes=False,
        tuned=False,
        dates="parts",
        target=recipe.target if recipe.target in ("plain", "log1p") else "plain",
        blend="mean",
    ).each(lambda member: member_for(member.family, scene))


def _lighter(recipe: Recipe, scene: Scene) -> Recipe:
    """Half the members, the quickest; fewer folds; smaller models of fewer rows."""
    order = sorted(recipe.members, key=lambda m: QUICK.index(m.family) if m.family in QUICK else len(QUICK))
    members = tuple(order[: max(1, len(order) // 2)])
    if len(recipe.members) == 1 and members[0].family not in QUICK:
        members = (member_for("linear", scene),)
    rows = recipe.rows or scene.rows
    lighter = recipe.but(
        members=members,
        folds=3 if recipe.folds > 3 else 2,
        repeats=1,
        tuned=False,
        rows=max(2_000, rows // 2) if rows > 5_000 else recipe.rows,
    )

    def smaller(member: Member) -> Member:
        return msgspec.structs.replace(turned(turned(member, "pace", -1), "size", -1), early=False)

    return lighter.each(smaller)
