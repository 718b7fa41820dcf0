"""The four answers: deterministic, never twice the same step, sensible for anything asked."""

import msgspec
import pytest
from expert_tables import KINDS, small

from gome.expert import Expert, Recipe
from gome.expert import troubles as t
from gome.expert.moves import CATALOGUE
from gome.expert.scene import Scene
from gome.expert.script import write
from gome.expert.starts import start
from gome.messages import (
    DiagnoseQuestion,
    DraftQuestion,
    Evidence,
    Hypothesis,
    ImplementQuestion,
    Problem,
    ProposeQuestion,
    Success,
    TrialFinished,
    Tried,
    Weighted,
)

pytestmark = pytest.mark.anyio

ONE_FAMILY = Problem(
    caption=t.ONE_FAMILY, evidence="only linear", cause="c", component="ensemble", direction="d", effect=0.9
)


def drafting(scene: Scene, starts: int = 4, **more: object) -> DraftQuestion:
    return DraftQuestion(task=scene.task, profile=scene.profile, starts=starts, limit_s=60.0, seed=1, **more)


def proposing(scene: Scene, code: str, **more: object) -> ProposeQuestion:
    told: dict[str, object] = {"problems": (ONE_FAMILY,), "momentum": (), "tried": (), "left": 0.8, "seed": 3}
    return ProposeQuestion(task=scene.task, profile=scene.profile, code=code, score=0.8, limit_s=60.0, **(told | more))


def implementing(scene: Scene, operator: str, code: str | None, hypothesis: Hypothesis, **more: object):
    told: dict[str, object] = {"limit_s": 60.0, "seed": 9}
    return ImplementQuestion(
        task=scene.task, profile=scene.profile, operator=operator, hypothesis=hypothesis, code=code, **(told | more)
    )


def diagnosing(scene: Scene, code: str, seed: int = 0) -> DiagnoseQuestion:
    trial = TrialFinished(
        trace="t1", trial="t1-001", stage="full", status="ok", score=0.8, noise=0.01, evidence=Evidence(constant=0.5)
    )
    return DiagnoseQuestion(
        task=scene.task,
        profile=scene.profile,
        code=code,
        trial=trial,
        hypothesis=step("start:linear"),
        checks=(),
        best_score=None,
        best_code=None,
        gain=None,
        limit_s=60.0,
        seed=seed,
    )


def step(move: str = "", caption: str = "c", statement: str = "s") -> Hypothesis:
    return Hypothesis(caption=caption, statement=statement, component="model", move=move)


@pytest.mark.parametrize("kind", KINDS)
async def test_starts_differ(kind: str):
    """K starts are K recipes, each named by its move; those that exist are avoided; each can be written."""
    scene, _, _ = small(kind)
    starts = (await Expert().draft(drafting(scene))).starts
    codes = [(await Expert().implement(implementing(scene, "draft", None, item))).code for item in starts]
    assert len({Recipe.of(code) for code in codes}) == len({item.move for item in starts}) == 4
    others = (await Expert().draft(drafting(scene, avoid=tuple(item.caption for item in starts)))).starts
    assert not {item.move for item in starts} & {item.move for item in others}


async def test_more_starts_than_families_or_all_avoided():
    """There is always a start, however many are asked for or avoided."""
    scene, _, _ = small("binary")
    many = (await Expert().draft(drafting(scene, starts=50))).starts
    assert len({item.move for item in many}) == len(many) > 8
    again = (await Expert().draft(drafting(scene, avoid=tuple(item.caption for item in many)))).starts
    assert again


async def test_no_step_is_proposed_twice_and_the_end_is_reached():
    """Every proposal is new; when all is tried, nothing is proposed."""
    scene, _, _ = small("binary")
    expert, code = Expert(), write(start("start:linear", scene), scene, 1)
    tried: list[Tried] = []
    seen: set[str] = set()
    for _ in range(60):
        answer = await expert.propose(proposing(scene, code, tried=tuple(tried)))
        if not answer.hypotheses:
            break
        for item in answer.hypotheses:
            assert item.move not in seen
            done = await expert.implement(implementing(scene, "improve", code, item))
            assert Recipe.of(done.code) != Recipe.of(code)
            seen.add(item.move)
            tried.append(Tried(trial="t1-002", trace="t1", hypothesis=item, accepted=False, score=0.7))
    else:
        pytest.fail("proposals never end")
    assert len(seen) > 30


async def test_problems_are_answered_first():
    """The best rated step answers the diagnosis."""
    scene, _, _ = small("binary")
    first = (await Expert().propose(proposing(scene, write(start("start:linear", scene), scene, 1)))).hypotheses[0]
    assert first.problem == t.ONE_FAMILY
    assert first.component == "ensemble"


async def test_success_elsewhere_raises_a_step():
    """A move that worked in another trace rates higher."""
    scene, _, _ = small("binary")
    code = write(start("start:linear", scene), scene, 1)
    plain = (await Expert().propose(proposing(scene, code))).hypotheses
    last = plain[-1]
    success = Success(trial="t2-002", trace="t2", problem="p", hypothesis=last, gain=2.0, step=3)
    momentum = (Weighted(success=success, weight=0.9, similarity=1.0, why="w"),)
    lifted = (await Expert().propose(proposing(scene, code, momentum=momentum))).hypotheses
    assert next(h for h in lifted if h.move == last.move).impact > last.impact


async def test_a_move_that_failed_elsewhere_rates_lower():
    """What failed on another recipe may be tried here, but not first."""
    scene, _, _ = small("binary")
    code = write(start("start:linear", scene), scene, 1)
    best = (await Expert().propose(proposing(scene, code))).hypotheses[0]
    failed = Tried(trial="t2-002", trace="t2", hypothesis=step(best.move), accepted=False, score=0.7)
    again = (await Expert().propose(proposing(scene, code, tried=(failed,)))).hypotheses
    found = next(h for h in again if h.move == best.move)
    assert (found.impact, found.novelty) < (best.impact, best.novelty)


@pytest.mark.parametrize(
    ("hypothesis", "wanted"),
    [
        (step("", "Use a deeper network", "Blend with a small neural network trained on all columns"), "mlp"),
        (step("no:such-move", "Blend with extra trees", "extra trees"), "extra"),
    ],
    ids=["in other words", "unknown move"],
)
async def test_steps_in_other_words(hypothesis: Hypothesis, wanted: str):
    """A step that is not in the catalogue is answered by the move nearest to it."""
    scene, _, _ = small("binary")
    code = write(start("start:linear", scene), scene, 1)
    answer = await Expert().implement(implementing(scene, "improve", code, hypothesis))
    assert wanted in Recipe.of(answer.code).families


@pytest.mark.parametrize(
    ("code", "family"),
    [("import xgboost as xgb", "lightgbm"), ("import torch", "mlp"), ("print('hello')", "linear"), ("", "linear")],
)
async def test_code_of_other_origin_is_answered(code: str, family: str):
    """Code without a recipe is improved and repaired from the family that is nearest to it."""
    scene, _, _ = small("binary")
    for operator in ("improve", "repair"):
        answer = await Expert().implement(implementing(scene, operator, code, step("folds:10"), error="ValueError: x"))
        assert Recipe.of(answer.code).families[0] == family
    assert (await Expert().propose(proposing(scene, code))).hypotheses


@pytest.mark.parametrize(
    "error",
    [
        "ModuleNotFoundError: No module named 'lightgbm'",
        "deadline of 60 s reached",
        "MemoryError",
        "ValueError: Input X contains NaN.",
        "KeyError: 'city'",
    ],
)
async def test_repairs_change_the_program_every_time(error: str):
    """A repair never hands back what failed, however often it is asked."""
    scene, _, _ = small("binary")
    code = write(start("start:blend", scene).but(crosses=True, counts=True), scene, 1)
    for _ in range(4):
        repaired = (await Expert().implement(implementing(scene, "repair", code, step(), error=error))).code
        assert Recipe.of(repaired) != Recipe.of(code)
        code = repaired
    if "lightgbm" in error:
        assert "lightgbm" not in Recipe.of(code).families


async def test_merge_blends_both_parents():
    """A merge holds the members of both."""
    scene, _, _ = small("binary")
    one, other = (write(start(f"start:{family}", scene), scene, 1) for family in ("linear", "extra"))
    merged = await Expert().implement(implementing(scene, "merge", one, step(), other_code=other))
    assert Recipe.of(merged.code).families == ("linear", "extra")


async def test_refit_and_seed_stay():
    """A refit is the same program; a child keeps its parent's folds."""
    scene, _, _ = small("binary")
    code = write(start("start:linear", scene), scene, 77)
    refit = await Expert().implement(implementing(scene, "refit", code, step()))
    assert refit.code == code
    child = await Expert().implement(implementing(scene, "improve", code, step("folds:10")))
    assert "SEED = 77\n" in child.code


async def test_the_same_question_gets_the_same_answer():
    """All chance comes from the question's seed."""
    scene, _, _ = small("binary")
    code = write(start("start:linear", scene), scene, 1)
    for expert in (Expert(), Expert(reliability=0.3)):
        question = diagnosing(scene, code)
        assert await expert.diagnose(question) == await expert.diagnose(question)
        asked = proposing(scene, code)
        assert await expert.propose(asked) == await expert.propose(asked)
        assert msgspec.json.encode(await expert.draft(drafting(scene))) == msgspec.json.encode(
            await expert.draft(drafting(scene))
        )


async def test_reliability_is_the_share_of_diagnoses_that_rest_on_evidence():
    """At 1 none is a guess, at 0 all are, between them some."""
    scene, _, _ = small("binary")
    code = write(start("start:linear", scene), scene, 1)

    async def guesses(reliability: float) -> int:
        expert = Expert(reliability=reliability)
        answers = [await expert.diagnose(diagnosing(scene, code, seed)) for seed in range(40)]
        return sum("chance" in answer.summary for answer in answers)

    assert await guesses(1.0) == 0
    assert await guesses(0.0) == 40
    assert 15 < await guesses(0.3) < 38


async def test_a_guess_is_a_problem_that_some_move_answers_here():
    """A random applicable one: what a weak reasoner does is still possible on this code."""
    scene, _, _ = small("binary")
    recipe = start("start:linear", scene)
    code = write(recipe, scene, 1)
    offered = {answer for move in CATALOGUE if move.offered(recipe, scene) is not None for answer in move.answers}
    answers = [await Expert(reliability=0.0).diagnose(diagnosing(scene, code, seed)) for seed in range(60)]
    named = {problem.caption for answer in answers for problem in answer.problems}
    assert named <= offered
    assert len(named) > 3


async def test_it_says_that_it_is_no_llm():
    """Nobody should take it for one."""
    assert "not an LLM" in Expert.description
