"""From problems to steps: which moves answer them, how they rate, and which were tried already."""

import re
from collections.abc import Iterable

import numpy as np

from gome.expert import troubles as t
from gome.expert.moves import CATALOGUE, Move
from gome.expert.moves.model import neighbours
from gome.expert.recipe import Recipe
from gome.expert.scene import Scene
from gome.messages import Hypothesis, Problem, ProposeQuestion

MOST = 12  # hypotheses in one answer
LATE = 0.35  # share of the budget left below which only what is sure to run quickly pays
BORROWED = 2.0  # points of impact for a success of weight 1 elsewhere
SHY = 0.5  # of the impact, for a move that already failed on another recipe

_FINGERPRINT = re.compile(r"\(recipe ([0-9a-f]{8})\)")


def proposed(question: ProposeQuestion, recipe: Recipe, scene: Scene) -> tuple[Hypothesis, ...]:
    """Untried steps, best rated first: answers to the problems; then any move; then small steps; then none."""
    failed = {item.hypothesis.move for item in question.tried if item.hypothesis.move and not item.accepted}
    used = {
        found[1]
        for item in (*question.tried, *question.elsewhere)
        if (found := _FINGERPRINT.search(item.hypothesis.statement))
    }
    used.add(recipe.fingerprint)
    pull: dict[str, float] = {}
    for item in question.momentum:
        name = item.success.hypothesis.move
        pull[name] = max(pull.get(name, 0.0), item.weight)
    rng = np.random.default_rng(question.seed)
    answers: list[Hypothesis] = []
    others: list[Hypothesis] = []
    for move, changed in _untried([*CATALOGUE, *neighbours(recipe)], recipe, scene, used):
        problem, place = _answered(move, question.problems)
        rated = _rated(move, changed, problem, place, question, pull.get(move.name, 0.0), shy=move.name in failed)
        (answers if problem is not None and not move.name.startswith("step:") else others).append(rated)
    ranked = sorted(answers, key=lambda h: -_value(h))[:MOST]
    if len(ranked) < MOST:
        order = rng.permutation(len(others))  # what no problem asks for is a matter of chance
        ranked += [others[place] for place in order][: MOST - len(ranked)]
    return tuple(ranked)


def _untried(moves: Iterable[Move], recipe: Recipe, scene: Scene, used: set[str]) -> list[tuple[Move, Recipe]]:
    """Moves that lead somewhere new, with where they lead; the first of several that lead to the same place."""
    seen, found = set(used), []
    for move in moves:
        changed = move.offered(recipe, scene)
        if changed is None or changed.fingerprint in seen:
            continue
        seen.add(changed.fingerprint)
        found.append((move, changed))
    return found


def _answered(move: Move, problems: tuple[Problem, ...]) -> tuple[Problem | None, int]:
    """The first problem that the move answers, and how well: 0 is best."""
    best: tuple[float, Problem, int] | None = None
    for rank, problem in enumerate(problems):
        if problem.caption in move.answers:
            place = move.answers.index(problem.caption)
        elif problem.caption not in t.TROUBLES and problem.component == move.component:
            place = 3  # a problem in somebody else's words
        else:
            continue
        worth = problem.effect - 0.3 * place - 0.05 * rank
        if best is None or worth > best[0]:
            best = (worth, problem, place)
    return (best[1], best[2]) if best else (None, 9)


def _rated(
    move: Move,
    changed: Recipe,
    problem: Problem | None,
    place: int,
    question: ProposeQuestion,
    pull: float,
    *,
    shy: bool,
) -> Hypothesis:
    effect = move.effect
    if problem is not None:
        effect = move.effect * (0.5 + 0.5 * min(problem.effect, 2.0))
    if question.left < LATE:
        effect *= 1.5 if move.component == "ensemble" else 0.8
    impact = 10 * effect / (effect + 0.8) * (SHY if shy else 1.0) + BORROWED * pull
    return Hypothesis(
        caption=move.caption,
        statement=f"{move.why} (recipe {changed.fingerprint})",
        component=move.component,
        problem=problem.caption if problem else "",
        move=move.name,
        alignment=_points(9.0 - 1.5 * place if problem else 2.0),
        impact=_points(impact),
        novelty=_points(3.0 if shy else 7.0),
        feasibility=_points(10.0 - 1.5 * max(0.0, move.cost - 1.0)),
        risk=_points(move.risk),
        effect=round(effect, 2),
    )


def _points(value: float) -> float:
    return round(max(1.0, min(10.0, value)), 1)


def _value(hypothesis: Hypothesis) -> float:
    h = hypothesis
    return 0.2 * h.alignment + 0.4 * h.impact + 0.2 * h.novelty + 0.1 * h.feasibility + 0.1 * h.risk
