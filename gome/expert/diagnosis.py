"""Why a score is what it is: rules over what a trial showed, most rewarding problem first."""

import re
from collections.abc import Callable, Iterator

from gome.expert import observing
from gome.expert import troubles as t
from gome.expert.case import Case, finding
from gome.expert.metrics import ABSOLUTE
from gome.expert.recipe import BOOSTED, REMEMBERING
from gome.messages import Problem

GAP_SHARE = 0.25  # of the skill over a constant that is lost between training and new rows
CLOSE_SHARE = 0.05  # a gap below this share leaves room for a larger model
UNSTABLE_NOISES = 2.5  # spread of the folds, in noise units of the holdout, that is more than chance
IDLE_WEIGHT = 0.05
ROOM = 0.25  # of the limit: a trial that used less leaves time
NEARLY_ALL = 0.7
LOST = -1.0  # gain, in noise units, below which a step was clearly wrong

_NOTE = re.compile(r"(\w+) alone (\S+), weight (\d\.\d+)")
_TIMES = re.compile(r"deadline|ran past|not started|time ?limit|timed? ?out|limit of .* s\b", re.IGNORECASE)
_MEMORY = re.compile(r"memory|oom|\bkilled\b|signal 9|sigkill", re.IGNORECASE)


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
    yield finding(caption, "workflow", f"{shown} (after {trial.wall_s:.0f} s)", cause, direction, effect, 0.6)


def _worthless(case: Case) -> Iterator[Problem]:
    trial, span = case.question.trial, case.span
    if span is None or trial.score is None or trial.evidence.constant is None:
        return
    ahead = case.sign * (trial.score - trial.evidence.constant)
    if ahead < 2 * case.noise:
        yield finding(
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
        yield finding(
            t.OVERFIT,
            "model",
            told,
            "The model fits its training rows more closely than new ones allow.",
            "Regularise, shrink or average.",
            min(1.5, 0.3 + gap / scale) * (1.0 if boosted else 0.7),
        )
    elif gap < CLOSE_SHARE * scale and gap < 2 * case.noise:
        yield finding(
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
        yield finding(t.UNDERFIT, "model", told, "The model needs its freedom.", "Go the other way.", 0.6)
    elif move in ("model:release", "model:larger"):
        yield finding(t.OVERFIT, "model", told, "More freedom only fitted noise.", "Go the other way.", 0.6)


def _spread(case: Case) -> Iterator[Problem]:
    trial = case.question.trial
    scores = [fold.valid for fold in trial.evidence.folds]
    if len(scores) < 3 or trial.noise is None:
        return
    mean = sum(scores) / len(scores)
    spread = (sum((score - mean) ** 2 for score in scores) / (len(scores) - 1)) ** 0.5
    if spread > UNSTABLE_NOISES * case.noise:
        yield finding(
            t.UNSTABLE,
            "workflow",
            f"folds from {min(scores):.5g} to {max(scores):.5g}, spread {spread / case.noise:.1f} noise units",
            "What is learned depends on which rows are seen.",
            "Average more models; regularise.",
            0.6,
            2.0,
        )


def _effort(case: Case) -> Iterator[Problem]:
    trial, recipe, limit_s = case.question.trial, case.recipe, case.question.limit_s
    stopped = next((note for note in trial.evidence.notes if "lack of time" in note), None)
    if stopped or (trial.status == "ok" and trial.wall_s > NEARLY_ALL * limit_s > 0):
        told = stopped or f"{trial.wall_s:.0f} s of {limit_s:.0f} s used"
        yield finding(t.SLOW, "workflow", told, "Too much is trained.", "Train fewer or smaller models.", 0.5, 0.5)
    elif trial.status == "ok" and 0 < trial.wall_s < ROOM * limit_s:
        told = f"{trial.wall_s:.1f} s of {limit_s:.0f} s used"
        yield finding(t.TIME_LEFT, "workflow", told, "More could be trained.", "Average more models.", 0.4, 2.0)
    if recipe is not None and len(set(recipe.families)) == 1:
        told = f"only {recipe.families[0]}"
        yield finding(t.ONE_FAMILY, "ensemble", told, "Its errors stand uncorrected.", "Blend unlike models.", 0.9, 2.0)
    for note in trial.evidence.notes:
        found = _NOTE.search(note)
        if found and float(found[3]) < IDLE_WEIGHT and recipe is not None and len(recipe.members) > 1:
            told = f"{found[1]}: weight {found[3]}, alone {found[2]}"
            yield finding(t.IDLE_MEMBER, "ensemble", told, "Others say it better.", "Drop or replace it.", 0.3, 0.7)
    metric = case.question.task.metric
    if recipe and metric in ABSOLUTE and recipe.loss == "squared" and {*recipe.families} & {*BOOSTED, "mlp"}:
        told = f"squared errors are minimised, {metric} is scored"
        yield finding(t.METRIC_UNMET, "data", told, "The mean is not the median.", "Minimise absolute errors.", 1.0)
    yield finding(
        t.SETTINGS, "model", "settings nearby are not measured", "They are a guess.", "Take small steps.", 0.1
    )


def _checks(case: Case) -> Iterator[Problem]:
    for check in case.question.checks:
        if check.status == "passed":
            continue
        if "claim" in check.name:
            yield finding(
                t.CLAIM, "workflow", check.evidence, "Its own validation flatters.", "Validate as scored.", 0.5
            )
        elif "leak" in check.name:
            yield finding(t.LEAK, "data", check.evidence, "The target shines through.", "Do without the column.", 0.5)


_RULES: tuple[Callable[[Case], Iterator[Problem]], ...] = (
    _failed,
    _worthless,
    _gap,
    _step_back,
    _spread,
    observing.classes,
    observing.spread,
    observing.unread,
    observing.columns,
    _effort,
    _checks,
)
