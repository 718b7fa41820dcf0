"""Rules about the data: classes missed, how errors spread, what is not read, columns that ask for care."""

from collections.abc import Iterator

from gome.expert import troubles as t
from gome.expert.case import Case, finding
from gome.expert.metrics import DECIDED
from gome.expert.recipe import TREES
from gome.messages import Problem

LOW_RECALL = 0.5
GROWTH = 0.3
TAIL_SHARE = 0.6  # of the squared error made by the worst 5 % of rows
BIAS = 0.1  # of the target's standard deviation
SHIFTED = 0.3  # distance of distributions


def classes(case: Case) -> Iterator[Problem]:
    """Classes that are missed, decisions that are not tuned."""
    scored = [c for c in case.question.trial.evidence.classes if c.support >= 5]
    missed = min(scored, key=lambda c: c.recall, default=None)
    metric = case.question.task.metric
    if missed is not None and missed.recall < LOW_RECALL and metric in DECIDED and len(scored) > 1:
        yield finding(
            t.CLASS_MISSED,
            "data",
            f"recall of {missed.label!r} is {missed.recall:.2f} on {missed.support} rows",
            "Rare classes lose against common ones.",
            "Weigh classes alike, or shift the decision.",
            0.9 if metric != "accuracy" else 0.1,
        )
    recipe = case.recipe
    if recipe and not recipe.tuned and case.scene.probabilities and metric in DECIDED - {"accuracy", "f1_micro"}:
        yield finding(
            t.UNTUNED,
            "workflow",
            f"{metric} is decided by the largest probability",
            "The most likely class is not the one that this metric rewards most.",
            "Tune thresholds on out-of-fold predictions.",
            0.9,
        )


def spread(case: Case) -> Iterator[Problem]:
    """How errors spread, and targets that make them."""
    residuals, recipe = case.question.trial.evidence.residuals, case.recipe
    skews = [target.skew or 0.0 for target in case.question.profile.targets]
    if recipe and case.scene.skewed_target and recipe.target == "plain" and "mae" not in case.question.task.metric:
        yield finding(
            t.SKEWED,
            "data",
            f"the target's skew is {max(skews):.1f}",
            "A few large targets rule the loss.",
            "Train on a transformed target.",
            1.0 if "rmsle" in case.question.task.metric else 0.5,
        )
    if residuals is None:
        return
    if residuals.growth > GROWTH:
        yield finding(
            t.GROWING,
            "data",
            f"rank correlation of errors with predictions is {residuals.growth:.2f}",
            "Errors are relative, the loss counts them as absolute.",
            "Train on the logarithm or the square root.",
            0.7,
        )
    if residuals.tail > TAIL_SHARE:
        yield finding(
            t.TAIL,
            "data",
            f"the worst 5 % of rows make {residuals.tail:.0%} of the squared error",
            "Outliers, or a group of rows that the model does not know.",
            "A sturdier loss, or bounds on what is predicted.",
            0.4,
        )
    if abs(residuals.bias) > BIAS:
        yield finding(
            t.BIASED,
            "data",
            f"the mean error is {residuals.bias:+.2f} standard deviations of the target",
            "A transformed target is predicted back to its median, or the rows differ from training.",
            "Train on the target as it is, or correct by a second model.",
            0.6,
        )


def unread(case: Case) -> Iterator[Problem]:
    """Texts and dates that are not read, or only in part."""
    recipe, scene = case.recipe, case.scene
    if recipe is None:
        return
    texts, dates = scene.named("text"), scene.named("date")
    reads = {member.text for member in recipe.members}
    if texts and reads == {"none"}:
        told = f"{', '.join(texts[:3])} not read"
        yield finding(
            t.TEXT_UNREAD, "features", told, "Words carry signal.", "Weigh words and pieces of words.", 3.0, 1.5
        )
    elif texts and "both" not in reads and "char" not in reads:
        told = f"{', '.join(texts[:3])}: {', '.join(sorted(reads))}"
        yield finding(
            t.TEXT_SHALLOW, "features", told, "Spellings and endings are lost.", "Add pieces of words.", 0.4, 2.0
        )
    if dates and recipe.dates == "drop":
        told = f"{', '.join(dates[:3])} not read"
        yield finding(t.DATES_UNREAD, "features", told, "Season and hour carry signal.", "Read their parts.", 2.0)
    elif dates and recipe.dates == "parts":
        told = f"{', '.join(dates[:3])}: parts only"
        yield finding(t.DATES_FLAT, "features", told, "December and January seem far apart.", "Add cycles.", 0.3)


def columns(case: Case) -> Iterator[Problem]:
    """Columns that ask for another preparation, or none at all."""
    recipe, scene = case.recipe, case.scene
    if recipe is None:
        return
    gappy = [column for column in scene.columns if column.missing > 0.02]
    if gappy and not recipe.gaps:
        worst = max(gappy, key=lambda column: column.missing)
        told = f"{len(gappy)} columns lack values, {worst.name!r} {worst.missing:.0%}"
        yield finding(
            t.MISSING, "features", told, "That a value is missing may itself tell.", "Say so to the model.", 0.4
        )
    many = [column for column in scene.high_cardinality if column.name not in recipe.drop]
    if many and not all(member.category == "target" for member in recipe.members):
        widest = max(many, key=lambda column: column.distinct)
        told = f"{widest.name!r} has {widest.distinct} values in {scene.rows} rows"
        yield finding(t.MANY_CATEGORIES, "features", told, "Few rows each.", "Encode by target or group the rare.", 0.8)
    categories = [name for name in scene.named("category") if name not in recipe.drop]
    if categories and not (recipe.counts and recipe.aggregates):
        told = f"{len(categories)} categories, none compared with its group"
        yield finding(t.CATEGORIES_PLAIN, "features", told, "Groups carry signal.", "Add counts and group means.", 0.3)
    if len(scene.named("numeric")) > 1 and not recipe.pairs:
        told = f"{len(scene.named('numeric'))} numbers, no ratios"
        yield finding(
            t.NO_INTERACTIONS, "features", told, "A ratio is hard to learn.", "Add ratios and differences.", 0.5
        )
    skewed = [column for column in scene.columns if abs(column.skew or 0.0) > 2]
    plain = [m for m in recipe.members if m.family not in TREES | {"bayes"} and m.numeric in ("plain", "standard")]
    if plain and (skewed or any(m.numeric == "plain" for m in plain)) and scene.named("numeric"):
        told = f"{plain[0].family} reads {len(skewed)} skewed columns as they are"
        yield finding(t.SCALES, "features", told, "Large values drown the others.", "Scale or rank the columns.", 0.5)
    shifted = [column for column in scene.columns if (column.shift or 0.0) > SHIFTED and column.name not in recipe.drop]
    if shifted:
        told = f"{shifted[0].name!r} differs by {shifted[0].shift:.2f} (KS) between train and test"
        yield finding(t.SHIFT, "data", told, "Test rows come from elsewhere.", "Do without the column.", 0.5)
    leaks = [s for s in scene.profile.suspects if s.kind == "leak" and s.column not in recipe.drop]
    if leaks:
        yield finding(t.LEAK, "data", leaks[0].evidence, "It may not be known in time.", "Do without it.", 0.3)
