"""The built-in model: an embedded expert for tables. It is not an LLM: it answers from rules and a catalogue."""

import re
from typing import ClassVar

import numpy as np

from gome.expert import troubles
from gome.expert.case import Case
from gome.expert.diagnosis import problems
from gome.expert.implementing import alike, available, improved, merged, nearest
from gome.expert.moves import CATALOGUE
from gome.expert.proposing import proposed
from gome.expert.recipe import CONSTANT, Recipe
from gome.expert.repairing import repaired
from gome.expert.scene import Scene
from gome.expert.script import TITLES, write
from gome.expert.starts import BLEND, START, start, unlike
from gome.messages import (
    DiagnoseQuestion,
    Diagnosis,
    DraftQuestion,
    Hypothesis,
    Implementation,
    ImplementQuestion,
    Problem,
    Proposal,
    ProposeQuestion,
    Starts,
)

GUESSES = 2  # problems named where a diagnosis is replaced by chance
_SEED = re.compile(r"^SEED = (\d+)$", re.MULTILINE)


class Expert:
    """Answers the four questions without key, network or waiting; the same question always gets the same answer."""

    keeps: ClassVar[bool] = True  # no answer costs anything
    description: ClassVar[str] = (
        "a built-in expert for tables, not an LLM: it answers from fixed rules and a catalogue of "
        f"{len(CATALOGUE)} moves, offline and at no cost"
    )

    def __init__(self, *, reliability: float = 1.0) -> None:
        """Take the share of diagnoses, 0 to 1, that rest on evidence; the others are guesses, drawn by seed."""
        self._reliability = reliability

    async def draft(self, question: DraftQuestion, /) -> Starts:
        """K beginnings of different families, most promising first; one of them is a blend."""
        scene = Scene(task=question.task, profile=question.profile, limit_s=question.limit_s)
        names = _starts(scene, blend=2 if question.starts > 2 else 0)
        found = [_beginning(name, scene, place) for place, name in enumerate(names)]
        fresh = [hypothesis for hypothesis in found if hypothesis.caption not in question.avoid]
        return Starts(starts=tuple((fresh or found)[: question.starts]))

    async def diagnose(self, question: DiagnoseQuestion, /) -> Diagnosis:
        """Problems that the rules find in the evidence, about the trace's best code."""
        scene = Scene(task=question.task, profile=question.profile, limit_s=question.limit_s)
        rng = np.random.default_rng(question.seed)
        if rng.random() >= self._reliability:
            recipe = nearest(question.best_code or question.code, scene)
            return Diagnosis(problems=_guesses(recipe, scene, rng), summary="A guess, drawn by chance.")
        case = Case(
            question=question,
            scene=scene,
            recipe=Recipe.of(question.best_code or question.code),
            tested=Recipe.of(question.code),
        )
        found = problems(case)
        return Diagnosis(problems=found, summary=_summary(question, found))

    async def propose(self, question: ProposeQuestion, /) -> Proposal:
        """Moves that answer the problems, rated; none that leads to a recipe tried before. A constant starts anew."""
        scene = Scene(task=question.task, profile=question.profile, limit_s=question.limit_s)
        tried = {item.hypothesis.move for item in (*question.tried, *question.elsewhere)}
        if alike(question.code) and (fresh := [name for name in _starts(scene) if name not in tried]):
            return Proposal(hypotheses=tuple(_beginning(name, scene, place) for place, name in enumerate(fresh)))
        recipe = nearest(question.code, scene)
        if recipe.families == (CONSTANT,):  # no column tells anything: nothing is left to try
            return Proposal(hypotheses=())
        return Proposal(hypotheses=proposed(question, recipe, scene))

    async def implement(self, question: ImplementQuestion, /) -> Implementation:
        """The script of the recipe that the step leads to."""
        scene = Scene(task=question.task, profile=question.profile, limit_s=question.limit_s)
        code = question.code
        if question.operator == "refit" and code is not None:
            return Implementation(code=code, note="The same program, for all labelled rows.")
        if code is None or question.operator == "draft":
            recipe, note = start(question.hypothesis.move, scene), "A first program."
        else:
            recipe, note = _next(question, nearest(code, scene), scene)
        known = _SEED.search(code or "")
        seed = int(known[1]) if known else question.seed  # folds stay as they were: only the change is measured
        return Implementation(code=write(available(recipe, scene), scene, seed), note=note)


def _next(question: ImplementQuestion, recipe: Recipe, scene: Scene) -> tuple[Recipe, str]:
    if question.operator == "repair":
        failed = Recipe.of(question.code or "")
        if failed is None:
            return recipe.but(repairs=1), "Written anew around the model that the failed program seems to use."
        return repaired(failed, question.error, scene)
    if question.operator == "merge" and question.other_code is not None:
        common = Recipe.of(question.common_code) if question.common_code is not None else None
        note = "Both parents' models in one blend." if common is None else "What either parent changed, in one program."
        return merged(recipe, nearest(question.other_code, scene), common), note
    return improved(recipe, question.hypothesis, scene)


def _starts(scene: Scene, blend: int = 2) -> list[str]:
    """Names of all starts, most promising first; that of the blend at the given place, where there are two to blend."""
    names = [f"{START}{family}" for family in unlike(scene)]
    if len(names) > 1:
        names.insert(blend, BLEND)
    return names


def _beginning(name: str, scene: Scene, place: int) -> Hypothesis:
    families = start(name, scene).families
    titles = " and ".join(TITLES[family] for family in families)
    suits = f"with the preparation that suits these {scene.rows} rows"
    if families == (CONSTANT,):
        suits = "as no column tells anything"
    return Hypothesis(
        caption=f"Start with a blend of {titles}" if len(families) > 1 else f"Start with {titles}",
        statement=f"{titles[0].upper()}{titles[1:]}, {suits}.",
        component="model",
        move=name,
        alignment=8.0,
        impact=max(1.0, 8.0 - place),
        novelty=8.0,
        feasibility=9.0,
        risk=8.0,
    )


def _guesses(recipe: Recipe, scene: Scene, rng: np.random.Generator) -> tuple[Problem, ...]:
    """Problems drawn by chance among those that some move answers on this recipe; any where there is none."""
    offered = [move for move in CATALOGUE if move.offered(recipe, scene) is not None]
    applicable = [trouble for trouble in troubles.TROUBLES if any(trouble in move.answers for move in offered)]
    drawn_from = applicable or list(troubles.TROUBLES)
    chosen = rng.choice(len(drawn_from), size=min(GUESSES, len(drawn_from)), replace=False)
    return tuple(
        Problem(
            caption=drawn_from[place],
            evidence="none: drawn by chance",
            cause="unknown",
            component=next((m.component for m in offered if drawn_from[place] in m.answers), "model"),
            direction="whatever answers it",
            effect=1.0,
        )
        for place in chosen
    )


def _summary(question: DiagnoseQuestion, found: tuple[Problem, ...]) -> str:
    trial = question.trial
    if trial.score is None:
        outcome = f"No score ({trial.error or trial.status})"
    elif question.gain is None:
        outcome = f"{question.task.metric} {trial.score:.5g}"
    else:
        outcome = f"{question.task.metric} {trial.score:.5g}, {question.gain:+.1f} noise units against the best"
    return f"{outcome}; first of {len(found)} problems: {found[0].caption} ({found[0].evidence})."
