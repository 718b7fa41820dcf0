"""Why a score is what it is: rules over what a trial showed, most rewarding problem first."""

import re
from collections.abc import Callable, Iterator

import msgspec

from gome.expert import troubles as t
from gome.expert.metrics import ABSOLUTE, DECIDED
from gome.expert.recipe import BOOSTED, REMEMBERING, TREES, Recipe
from gome.expert.scene import Scene
from gome.messages import Component, DiagnoseQuestion, Problem

GAP_SHARE = 0.25  # of the skill over a constant that is lost between training and new rows
CLOSE_SHARE = 0.05  # a gap below this share leaves room for a larger model
UNSTABLE_NOISES = 2.5  # spread of the folds, in noise units of the holdout, that is more than chance
LOW_RECALL = 0.5
GROWTH = 0.3
TAIL_SHARE = 0.6  # of the squared error made by the worst 5 % of rows
BIAS = 0.1  # of the target's standard deviation
IDLE_WEIGHT = 0.05
ROOM = 0.25  # of the limit: a trial that used less leaves time
NEARLY_ALL = 0.7
SHIFTED = 0.3
LOST = -1.0  # gain, in noise units, below which a step was clearly wrong

_NOTE = re.compile(r"(\w+) alone (\S+), weight (\d\.\d+)")
_TIMES = re.compile(r"deadline|time ?limit|timed? ?out|limit of .* s\b", re.IGNORECASE)
_MEMORY = re.compile(r"memory|oom|\bkilled\b|signal 9|sigkill", re.IGNORECASE)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A trial under examination."""

    question: DiagnoseQuestion
    scene: Scene
    recipe: Recipe | None  # of the code that will be changed next; None for code of other origin
    tested: Recipe | None  # of the code that was tried

    @property
    def span(self) -> float | None:
        """How far the score is from that of a constant, in the metric's units."""
        trial = self.question.trial
        if trial.score is None or trial.evidence.constant is None:
            return None
        return abs(trial.score - trial.evidence.constant)

    @property
    def sign(self) -> int:
        """1 where higher scores are better, else -1."""
        return 1 if self.question.task.higher_is_better else -1

    @property
    def noise(self) -> float:
        """Standard error of the score; a hundredth of it where that is unknown."""
        trial = self.question.trial
        return trial.noise or abs(trial.score or 1.0) / 100


def problems(case: Case) -> tuple[Problem, ...]:
    """All that the rules find, most rewarding first, each caption once."""
    found: dict[str, Problem] = {}
    for rule in _RULES:
        for problem in rule(case):
            known = found.get(problem.caption)
            if known is None or known.effect < problem.effect:
                found[problem.caption] = problem
    return tuple(sorted(found.values(), key=lambda problem: -problem.effect))


def failure(error: str) -> str:
    """Caption of the problem behind an error's text."""
    if _TIMES.search(error):
        return t.SLOW
    return t.MEMORY if _MEMORY.search(error) else t.FAILED


def _problem(
    caption: str, component: Component, evidence: str, cause: str, direction: str, effect: float, cost: float = 1.0
) -> Problem:
    return Problem(
        caption=caption,
        evidence=evidence,
        cause=cause,
        component=component,
        direction=direction,
        effect=round(effect, 2),
        cost=cost,
    )


def _failed(case: Case) -> Iterator[Problem]:
    trial = case.question.trial
    if trial.status == "ok" and trial.score is not None:
        return
    shown = trial.error or trial.status
    caption = t.SLOW if trial.status == "timeout" else failure(f"{trial.status} {shown}")
    causes = {
        t.SLOW: ("It did not end within its limit.", "Train fewer or smaller models."),
        t.MEMORY: ("It needed more memory than it may use.", "Use fewer rows or a smaller model."),
        t.FAILED: ("The last change met data that it cannot handle.", "Take the change back or do it more simply."),
    }
    cause, direction = causes[caption]
    effect = 5.0 if case.question.best_code is None else 0.3
    yield _problem(caption, "workflow", f"{shown} (after {trial.wall_s:.0f} s)", cause, direction, effect, 0.6)


def _worthless(case: Case) -> Iterator[Problem]:
    trial, span = case.question.trial, case.span
    if span is None or trial.score is None or trial.evidence.constant is None:
        return
    ahead = case.sign * (trial.score - trial.evidence.constant)
    if ahead < 2 * case.noise:
        yield _problem(
            t.CONSTANT,
            "model",
            f"score {trial.score:.5g}, best constant {trial.evidence.constant:.5g}, noise {case.noise:.2g}",
            "The model finds nothing in these columns, or loses it on the way.",
            "Try another family, or other columns.",
            3.0,
        )


def _gap(case: Case) -> Iterator[Problem]:
    trial, tested, span = case.question.trial, case.tested, case.span
    pairs = [(fold.train, fold.valid) for fold in trial.evidence.folds if fold.train is not None]
    if not pairs or tested is None or span is None or (case.recipe and case.recipe.families != tested.families):
        return
    if all(family in REMEMBERING for family in tested.families):
        return  # near perfect on its own rows by construction: the gap says nothing
    train, valid = (sum(side) / len(pairs) for side in zip(*pairs, strict=True))
    gap = case.sign * (train - valid)
    scale = max(abs(train - (trial.evidence.constant or 0.0)), 1e-12)
    told = f"train {train:.5g}, validation {valid:.5g} over {len(pairs)} folds: {gap / scale:.0%} of the skill is lost"
    if gap > GAP_SHARE * scale and gap > 2 * case.noise:
        boosted = any(family in BOOSTED for family in tested.families)
        yield _problem(
            t.OVERFIT,
            "model",
            told,
            "The model fits its training rows more closely than new ones allow.",
            "Regularise, shrink or average.",
            min(1.5, 0.3 + gap / scale) * (1.0 if boosted else 0.7),
        )
    elif gap < CLOSE_SHARE * scale and gap < 2 * case.noise:
        yield _problem(
            t.UNDERFIT,
            "model",
            told,
            "The model misses on its own training rows as much as on new ones.",
            "Enlarge it, or give it richer columns.",
            0.7,
            1.5,
        )


def _step_back(case: Case) -> Iterator[Problem]:
    gain, move = case.question.gain, case.question.hypothesis.move
    if gain is None or gain > LOST:
        return
    told = f"the step {move!r} lost {-gain:.1f} noise units"
    if move in ("model:brake", "model:brake-hard", "model:smaller"):
        yield _problem(t.UNDERFIT, "model", told, "The model needs its freedom.", "Go the other way.", 0.6)
    elif move in ("model:release", "model:larger"):
        yield _problem(t.OVERFIT, "model", told, "More freedom only fitted noise.", "Go the other way.", 0.6)


def _spread(case: Case) -> Iterator[Problem]:
    trial = case.question.trial
    scores = [fold.valid for fold in trial.evidence.folds]
    if len(scores) < 3 or trial.noise is None:
        return
    mean = sum(scores) / len(scores)
    spread = (sum((score - mean) ** 2 for score in scores) / (len(scores) - 1)) ** 0.5
    if spread > UNSTABLE_NOISES * case.noise:
        yield _problem(
            t.UNSTABLE,
            "workflow",
            f"folds from {min(scores):.5g} to {max(scores):.5g}, spread {spread / case.noise:.1f} noise units",
            "What is learned depends on which rows are seen.",
            "Average more models; regularise.",
            0.6,
            2.0,
        )


def _classes(case: Case) -> Iterator[Problem]:
    scored = [c for c in case.question.trial.evidence.classes if c.support >= 5]
    missed = min(scored, key=lambda c: c.recall, default=None)
    metric = case.question.task.metric
    if missed is not None and missed.recall < LOW_RECALL and metric in DECIDED and len(scored) > 1:
        yield _problem(
            t.CLASS_MISSED,
            "data",
            f"recall of {missed.label!r} is {missed.recall:.2f} on {missed.support} rows",
            "Rare classes lose against common ones.",
            "Weigh classes alike, or shift the decision.",
            0.9 if metric != "accuracy" else 0.1,
        )
    recipe = case.recipe
    if recipe and not recipe.tuned and case.scene.probabilities and metric in DECIDED - {"accuracy", "f1_micro"}:
        yield _problem(
            t.UNTUNED,
            "workflow",
            f"{metric} is decided by the largest probability",
            "The most likely class is not the one that this metric rewards most.",
            "Tune thresholds on out-of-fold predictions.",
            0.9,
        )


def _residuals(case: Case) -> Iterator[Problem]:
    residuals, recipe = case.question.trial.evidence.residuals, case.recipe
    skews = [target.skew or 0.0 for target in case.question.profile.targets]
    if recipe and case.scene.skewed_target and recipe.target == "plain" and "mae" not in case.question.task.metric:
        yield _problem(
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
        yield _problem(
            t.GROWING,
            "data",
            f"rank correlation of errors with predictions is {residuals.growth:.2f}",
            "Errors are relative, the loss counts them as absolute.",
            "Train on the logarithm or the square root.",
            0.7,
        )
    if residuals.tail > TAIL_SHARE:
        yield _problem(
            t.TAIL,
            "data",
            f"the worst 5 % of rows make {residuals.tail:.0%} of the squared error",
            "Outliers, or a group of rows that the model does not know.",
            "A sturdier loss, or bounds on what is predicted.",
            0.4,
        )
    if abs(residuals.bias) > BIAS:
        yield _problem(
            t.BIASED,
            "data",
            f"the mean error is {residuals.bias:+.2f} standard deviations of the target",
            "A transformed target is predicted back to its median, or the rows differ from training.",
            "Train on the target as it is, or correct by a second model.",
            0.6,
        )


def _unread(case: Case) -> Iterator[Problem]:
    recipe, scene = case.recipe, case.scene
    if recipe is None:
        return
    texts, dates = scene.named("text"), scene.named("date")
    reads = {member.text for member in recipe.members}
    if texts and reads == {"none"}:
        told = f"{', '.join(texts[:3])} not read"
        yield _problem(
            t.TEXT_UNREAD, "features", told, "Words carry signal.", "Weigh words and pieces of words.", 3.0, 1.5
        )
    elif texts and "both" not in reads and "char" not in reads:
        told = f"{', '.join(texts[:3])}: {', '.join(sorted(reads))}"
        yield _problem(
            t.TEXT_SHALLOW, "features", told, "Spellings and endings are lost.", "Add pieces of words.", 0.4, 2.0
        )
    if dates and recipe.dates == "drop":
        told = f"{', '.join(dates[:3])} not read"
        yield _problem(t.DATES_UNREAD, "features", told, "Season and hour carry signal.", "Read their parts.", 2.0)
    elif dates and recipe.dates == "parts":
        told = f"{', '.join(dates[:3])}: parts only"
        yield _problem(t.DATES_FLAT, "features", told, "December and January seem far apart.", "Add cycles.", 0.3)


def _columns(case: Case) -> Iterator[Problem]:
    recipe, scene = case.recipe, case.scene
    if recipe is None:
        return
    gappy = [column for column in scene.columns if column.missing > 0.02]
    if gappy and not recipe.gaps:
        worst = max(gappy, key=lambda column: column.missing)
        told = f"{len(gappy)} columns lack values, {worst.name!r} {worst.missing:.0%}"
        yield _problem(
            t.MISSING, "features", told, "That a value is missing may itself tell.", "Say so to the model.", 0.4
        )
    many = [column for column in scene.high_cardinality if column.name not in recipe.drop]
    if many and not all(member.category == "target" for member in recipe.members):
        widest = max(many, key=lambda column: column.distinct)
        told = f"{widest.name!r} has {widest.distinct} values in {scene.rows} rows"
        yield _problem(
            t.MANY_CATEGORIES, "features", told, "Few rows each.", "Encode by target or group the rare.", 0.8
        )
    categories = [name for name in scene.named("category") if name not in recipe.drop]
    if categories and not (recipe.counts and recipe.aggregates):
        told = f"{len(categories)} categories, none compared with its group"
        yield _problem(t.CATEGORIES_PLAIN, "features", told, "Groups carry signal.", "Add counts and group means.", 0.3)
    if len(scene.named("numeric")) > 1 and not recipe.pairs:
        told = f"{len(scene.named('numeric'))} numbers, no ratios"
        yield _problem(t.NO_INTERACTIONS, "features", told, "A ratio is hard to learn.", "Add ratios.", 0.2)
    skewed = [column for column in scene.columns if abs(column.skew or 0.0) > 2]
    plain = [m for m in recipe.members if m.family not in TREES | {"bayes"} and m.numeric in ("plain", "standard")]
    if plain and (skewed or any(m.numeric == "plain" for m in plain)) and scene.named("numeric"):
        told = f"{plain[0].family} reads {len(skewed)} skewed columns as they are"
        yield _problem(t.SCALES, "features", told, "Large values drown the others.", "Scale or rank the columns.", 0.5)
    shifted = [column for column in scene.columns if (column.shift or 0.0) > SHIFTED and column.name not in recipe.drop]
    if shifted:
        told = f"{shifted[0].name!r} differs by {shifted[0].shift:.2f} (KS) between train and test"
        yield _problem(t.SHIFT, "data", told, "Test rows come from elsewhere.", "Do without the column.", 0.5)
    leaks = [s for s in scene.profile.suspects if s.kind == "leak" and s.column not in recipe.drop]
    if leaks:
        yield _problem(t.LEAK, "data", leaks[0].evidence, "It may not be known in time.", "Do without it.", 0.3)


def _effort(case: Case) -> Iterator[Problem]:
    trial, recipe, limit_s = case.question.trial, case.recipe, case.question.limit_s
    stopped = next((note for note in trial.evidence.notes if "lack of time" in note), None)
    if stopped or (trial.status == "ok" and trial.wall_s > NEARLY_ALL * limit_s > 0):
        told = stopped or f"{trial.wall_s:.0f} s of {limit_s:.0f} s used"
        yield _problem(t.SLOW, "workflow", told, "Too much is trained.", "Train fewer or smaller models.", 0.5, 0.5)
    elif trial.status == "ok" and 0 < trial.wall_s < ROOM * limit_s:
        told = f"{trial.wall_s:.1f} s of {limit_s:.0f} s used"
        yield _problem(t.TIME_LEFT, "workflow", told, "More could be trained.", "Average more models.", 0.4, 2.0)
    if recipe is not None and len(set(recipe.families)) == 1:
        told = f"only {recipe.families[0]}"
        yield _problem(
            t.ONE_FAMILY, "ensemble", told, "Its errors stand uncorrected.", "Blend unlike models.", 0.9, 2.0
        )
    for note in trial.evidence.notes:
        found = _NOTE.search(note)
        if found and float(found[3]) < IDLE_WEIGHT and recipe is not None and len(recipe.members) > 1:
            told = f"{found[1]}: weight {found[3]}, alone {found[2]}"
            yield _problem(t.IDLE_MEMBER, "ensemble", told, "Others say it better.", "Drop or replace it.", 0.3, 0.7)
    metric = case.question.task.metric
    if recipe and metric in ABSOLUTE and recipe.loss == "squared" and {*recipe.families} & {*BOOSTED, "mlp"}:
        told = f"squared errors are minimised, {metric} is scored"
        yield _problem(t.METRIC_UNMET, "data", told, "The mean is not the median.", "Minimise absolute errors.", 1.0)
    yield _problem(
        t.SETTINGS, "model", "settings nearby are not measured", "They are a guess.", "Take small steps.", 0.1
    )


def _checks(case: Case) -> Iterator[Problem]:
    for check in case.question.checks:
        if check.status == "passed":
            continue
        if "claim" in check.name:
            yield _problem(
                t.CLAIM, "workflow", check.evidence, "Its own validation flatters.", "Validate as scored.", 0.5
            )
        elif "leak" in check.name:
            yield _problem(t.LEAK, "data", check.evidence, "The target shines through.", "Do without the column.", 0.5)


_RULES: tuple[Callable[[Case], Iterator[Problem]], ...] = (
    _failed,
    _worthless,
    _gap,
    _step_back,
    _spread,
    _classes,
    _residuals,
    _unread,
    _columns,
    _effort,
    _checks,
)
