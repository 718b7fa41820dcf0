"""Moves on the features: what is made of categories, numbers, texts and dates."""

from collections.abc import Callable

import msgspec

from gome.expert import troubles as t
from gome.expert.moves.move import Move
from gome.expert.recipe import BOOSTED, DENSE, TREES, Category, Member, Numeric, Recipe, Text
from gome.expert.scene import Scene

MOST_PAIRED = 4  # numeric columns that are combined
HIGH_RARE = 10  # rows below which a category counts as rare


def paired(recipe: Recipe, scene: Scene) -> tuple[str, ...]:
    """The most associated numeric columns that are still read."""
    return tuple(name for name in scene.named("numeric") if name not in recipe.drop)[:MOST_PAIRED]


def _categories(recipe: Recipe, scene: Scene) -> bool:
    return any(name not in recipe.drop for name in scene.named("category"))


def _encoded(category: Category) -> Callable[[Recipe, Scene], Recipe]:
    def change(recipe: Recipe, _scene: Scene) -> Recipe:
        def one(member: Member) -> Member:
            if category == "native" and member.family not in BOOSTED:
                return member
            if category == "ordinal" and member.family not in TREES:
                return member
            if category == "onehot" and member.family == "histgb":
                return member
            return msgspec.structs.replace(member, category=category)

        return recipe.each(one)

    return change


def _scaled(numeric: Numeric) -> Callable[[Recipe, Scene], Recipe]:
    def change(recipe: Recipe, _scene: Scene) -> Recipe:
        return recipe.each(
            lambda member: (
                member
                if member.family in TREES or member.family == "bayes" or (numeric == "bins" and member.family in DENSE)
                else msgspec.structs.replace(member, numeric=numeric)
            )
        )

    return change


def _reading(text: Text) -> Callable[[Recipe, Scene], Recipe]:
    def change(recipe: Recipe, _scene: Scene) -> Recipe:
        def one(member: Member) -> Member:
            wide = text != "svd" and (member.family in DENSE or member.family in ("forest", "extra", "knn"))
            return msgspec.structs.replace(member, text="svd" if wide else text)

        return recipe.each(one)

    return change


def _uses_text(recipe: Recipe) -> bool:
    return any(member.text != "none" for member in recipe.members)


def _scale_move(numeric: Numeric, caption: str, why: str, effect: float) -> Move:
    return Move(
        name=f"numeric:{numeric}",
        caption=caption,
        why=why,
        component="features",
        answers=(t.SCALES, t.UNDERFIT) if numeric in ("spline", "bins") else (t.SCALES,),
        applies=lambda recipe, scene: (
            bool(scene.named("numeric")) and any(f not in TREES and f != "bayes" for f in recipe.families)
        ),
        change=_scaled(numeric),
        effect=effect,
        cost=1.1,
    )


def _category_move(category: Category, caption: str, why: str, effect: float) -> Move:
    return Move(
        name=f"category:{category}",
        caption=caption,
        why=why,
        component="features",
        answers=(t.MANY_CATEGORIES, t.CATEGORIES_PLAIN),
        applies=_categories,
        change=_encoded(category),
        effect=effect,
    )


FEATURES: tuple[Move, ...] = (
    _category_move(
        "target",
        "Encode categories by the mean of their targets, learned within each fold",
        "One number per category carries what many sparse columns cannot.",
        0.9,
    ),
    _category_move("onehot", "Give every category its own column", "Each category gets its own effect.", 0.5),
    _category_move("native", "Let boosting split categories as such", "It groups categories by their effect.", 0.4),
    _category_move("ordinal", "Number the categories", "Cheap, and trees can still split them apart.", 0.2),
    Move(
        name="category:group-rare",
        caption="Group rare categories",
        why="Categories with a handful of rows are fitted by chance.",
        component="features",
        answers=(t.MANY_CATEGORIES, t.OVERFIT),
        applies=lambda recipe, scene: bool(scene.high_cardinality) and recipe.rare < HIGH_RARE,
        change=lambda recipe, _: recipe.but(rare=HIGH_RARE),
        effect=0.4,
        cost=0.9,
    ),
    Move(
        name="category:counts",
        caption="Add how often each category occurs",
        why="How common a category is often tells as much as which it is.",
        component="features",
        answers=(t.MANY_CATEGORIES, t.CATEGORIES_PLAIN),
        applies=lambda recipe, scene: _categories(recipe, scene) and not recipe.counts,
        change=lambda recipe, _: recipe.but(counts=True),
        effect=0.4,
        risk=8,
    ),
    Move(
        name="category:crosses",
        caption="Add pairs of categories",
        why="Two categories together may mean what neither does alone.",
        component="features",
        answers=(t.CATEGORIES_PLAIN, t.UNDERFIT),
        applies=lambda recipe, scene: len(scene.named("category")) > 1 and not recipe.crosses,
        change=lambda recipe, _: recipe.but(crosses=True),
        effect=0.4,
        cost=1.3,
        risk=5,
    ),
    Move(
        name="category:aggregates",
        caption="Add the means of numbers by category, and the distance from them",
        why="A value says more when compared with its group.",
        component="features",
        answers=(t.CATEGORIES_PLAIN, t.NO_INTERACTIONS, t.UNDERFIT),
        applies=lambda recipe, scene: (
            _categories(recipe, scene) and bool(scene.named("numeric")) and not recipe.aggregates
        ),
        change=lambda recipe, _: recipe.but(aggregates=True),
        effect=0.5,
        cost=1.2,
    ),
    Move(
        name="numeric:pairs",
        caption="Add ratios and differences of the strongest numbers",
        why="Trees approximate a ratio only by many splits, linear models not at all.",
        component="features",
        answers=(t.NO_INTERACTIONS, t.UNDERFIT),
        applies=lambda recipe, scene: len(paired(recipe, scene)) > 1 and not recipe.pairs,
        change=lambda recipe, scene: recipe.but(pairs=paired(recipe, scene)),
        effect=0.7,
        cost=1.2,
    ),
    _scale_move("standard", "Standardise numbers", "Distances and penalties then treat columns alike.", 0.6),
    _scale_move("quantile", "Spread numbers evenly by rank", "Skewed columns and outliers lose their pull.", 0.6),
    _scale_move("power", "Straighten skewed numbers", "A power transform makes long tails short.", 0.4),
    _scale_move("spline", "Let each number act along a curve", "A linear model bends where the data do.", 0.5),
    _scale_move("bins", "Cut numbers into bins", "A linear model may then step up and down.", 0.2),
    Move(
        name="missing:count",
        caption="Add how many values a row lacks",
        why="That something was not recorded is often no accident.",
        component="features",
        answers=(t.MISSING,),
        applies=lambda recipe, scene: scene.missing and not recipe.gaps,
        change=lambda recipe, _: recipe.but(gaps=True),
        effect=0.4,
        risk=8,
    ),
    Move(
        name="text:word",
        caption="Read texts by their words",
        why="Weighted words and pairs of words carry most of what a text says.",
        component="features",
        answers=(t.TEXT_UNREAD,),
        applies=lambda recipe, scene: bool(scene.named("text")) and not _uses_text(recipe),
        change=_reading("word"),
        effect=3.0,
        cost=1.5,
        risk=8,
    ),
    Move(
        name="text:both",
        caption="Read texts by words and by pieces of words",
        why="Pieces of words see through spelling, endings and joined words.",
        component="features",
        answers=(t.TEXT_SHALLOW, t.TEXT_UNREAD),
        applies=lambda _, scene: bool(scene.named("text")),
        change=_reading("both"),
        effect=0.6,
        cost=2.5,
    ),
    Move(
        name="text:svd",
        caption="Read texts by their topics",
        why="A few dozen topics suit models that cannot read thousands of sparse columns.",
        component="features",
        answers=(t.TEXT_UNREAD, t.SLOW),
        applies=lambda _, scene: bool(scene.named("text")),
        change=_reading("svd"),
        effect=0.5,
        cost=1.5,
    ),
    Move(
        name="text:sizes",
        caption="Add the lengths of texts",
        why="Short and long texts are often written by different people for different reasons.",
        component="features",
        answers=(t.TEXT_SHALLOW, t.TEXT_UNREAD),
        applies=lambda recipe, scene: bool(scene.named("text")) and not recipe.text_sizes,
        change=lambda recipe, _: recipe.but(text_sizes=True),
        effect=0.3,
        risk=8,
    ),
    Move(
        name="dates:parts",
        caption="Read dates as year, month, day, weekday and hour",
        why="A model cannot use a date that is left as text.",
        component="features",
        answers=(t.DATES_UNREAD,),
        applies=lambda recipe, scene: bool(scene.named("date")) and recipe.dates == "drop",
        change=lambda recipe, _: recipe.but(dates="parts"),
        effect=2.0,
        cost=1.2,
        risk=9,
    ),
    Move(
        name="dates:cyclic",
        caption="Add the turns of the clock, the week and the year",
        why="Midnight is next to eleven at night; a sine and a cosine say so.",
        component="features",
        answers=(t.DATES_FLAT, t.DATES_UNREAD),
        applies=lambda recipe, scene: bool(scene.named("date")) and recipe.dates != "cyclic",
        change=lambda recipe, _: recipe.but(dates="cyclic"),
        effect=0.5,
        cost=1.1,
        risk=8,
    ),
)
