"""From a step to the recipe of the next script: drafts, moves, merges; sensible for any step at all."""

import math
import re
from collections.abc import Iterable

from gome.expert.moves import CATALOGUE, Move
from gome.expert.moves.ensemble import MOST_MEMBERS
from gome.expert.moves.model import neighbours
from gome.expert.recipe import CONSTANT, Family, Recipe
from gome.expert.scene import Scene
from gome.expert.starts import member_for, recipe_for, start, unlike
from gome.messages import Hypothesis

_MODULES: tuple[tuple[str, Family], ...] = (  # what other people's code imports, and the family nearest to it
    (r"lightgbm|xgboost|catboost|GradientBoosting", "lightgbm"),
    (r"\btorch\b|keras|tensorflow|MLPClassifier|MLPRegressor", "mlp"),
    (r"ExtraTrees", "extra"),
    (r"RandomForest", "forest"),
    (r"\bSVC\b|\bSVR\b|LinearSV", "svm"),
    (r"KNeighbors", "knn"),
    (r"NaiveBayes|MultinomialNB|GaussianNB", "bayes"),
    (r"Logistic|Ridge|Lasso|LinearRegression|SGD", "linear"),
)
_WORD = re.compile(r"[a-z]{3,}")


def nearest(code: str, scene: Scene) -> Recipe:
    """A recipe for code of other origin: its own, or one of the families that it seems to use."""
    recipe = Recipe.of(code)
    if recipe is not None and not alike(code):
        return available(recipe.but(repairs=0), scene)
    families = [family for pattern, family in _MODULES if re.search(pattern, code) and family in scene.families]
    members = tuple(member_for(family, scene) for family in families[:3])
    return recipe_for(members or (member_for(unlike(scene)[0], scene),), scene)


def alike(code: str) -> bool:
    """Whether the code is the expert's last resort, which answers every row alike: nothing to build upon."""
    recipe = Recipe.of(code)
    return recipe is not None and recipe.families == (CONSTANT,)


def available(recipe: Recipe, scene: Scene) -> Recipe:
    """The recipe without families that the task does not allow or libraries that are absent."""
    kept = tuple(member for member in recipe.members if member.family in (*scene.families, CONSTANT))
    if kept == recipe.members:
        return recipe
    return recipe.but(members=kept or (member_for(unlike(scene)[0], scene),))


def improved(recipe: Recipe, hypothesis: Hypothesis, scene: Scene) -> tuple[Recipe, str]:
    """The recipe after the step, and what was done; the nearest move stands in for one that is not known."""
    known = {move.name: move for move in [*CATALOGUE, *neighbours(recipe)]}
    if hypothesis.move.startswith("start:"):
        return start(hypothesis.move, scene), f"Started again as {hypothesis.move.removeprefix('start:')}."
    move = known.get(hypothesis.move)
    changed = move.offered(recipe, scene) if move else None
    if move is not None and changed is not None:
        return changed, f"{move.caption}."
    for move in _alike(hypothesis, known.values()):
        changed = move.offered(recipe, scene)
        if changed is not None:
            return changed, f"{move.caption}: the known move nearest to what was asked."
    return recipe, "Nothing in the catalogue comes near what was asked; the program stays as it was."


def _alike(hypothesis: Hypothesis, moves: Iterable[Move]) -> list[Move]:
    """Moves by how many words they share with the hypothesis, those of its component first among equals."""
    asked = _words(f"{hypothesis.caption} {hypothesis.statement} {hypothesis.move}")

    def nearness(move: Move) -> float:
        own = _words(f"{move.name} {move.caption} {move.why}")
        return len(asked & own) / math.sqrt(len(own) or 1) + 0.3 * (move.component == hypothesis.component)

    return sorted(moves, key=nearness, reverse=True)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower())) - {"the", "and", "that", "than", "with", "what", "are", "for", "not", "its"}


def merged(recipe: Recipe, other: Recipe, common: Recipe | None = None) -> Recipe:
    """Both parents' ways in one recipe.

    What only one of them changed since the recipe that both come from is as that one has it; what both changed is as
    the first has it, but models of both stay. Where they share no such recipe: all members, and the columns that either
    makes.
    """
    if common is not None:
        return _both_changes(recipe, other, common)
    members = tuple(dict.fromkeys((*recipe.members, *other.members)))[:MOST_MEMBERS]
    return recipe.but(
        members=members,
        folds=max(recipe.folds, other.folds),
        tuned=recipe.tuned or other.tuned,
        dates="cyclic" if "cyclic" in (recipe.dates, other.dates) else recipe.dates,
        counts=recipe.counts or other.counts,
        aggregates=recipe.aggregates or other.aggregates,
        crosses=recipe.crosses or other.crosses,
        pairs=recipe.pairs or other.pairs,
        gaps=recipe.gaps or other.gaps,
        text_sizes=recipe.text_sizes or other.text_sizes,
        drop=tuple(sorted({*recipe.drop} & {*other.drop})),
    )


def _both_changes(recipe: Recipe, other: Recipe, common: Recipe) -> Recipe:
    kept = [member for member in recipe.members if member in other.members or member not in common.members]
    added = [member for member in other.members if member not in common.members]
    changes = {
        name: getattr(other, name)
        for name in Recipe.__struct_fields__
        if name not in ("members", "repairs") and getattr(recipe, name) == getattr(common, name)
    }
    return recipe.but(members=tuple(dict.fromkeys((*kept, *added)))[:MOST_MEMBERS] or recipe.members, **changes)
