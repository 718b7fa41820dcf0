"""Rules fire on the evidence that they are about, and on nothing else."""

import msgspec
import pytest
from expert_tables import small

from gome.expert import Recipe
from gome.expert import troubles as t
from gome.expert.case import Case
from gome.expert.diagnosis import failure, problems
from gome.expert.recipe import Member
from gome.expert.scene import Scene
from gome.expert.script import write
from gome.messages import (
    Check,
    ClassScore,
    DiagnoseQuestion,
    Evidence,
    Fold,
    Hypothesis,
    Residuals,
    TrialFinished,
)

BOOSTING = Recipe(
    members=(Member(family="lightgbm", text="both"), Member(family="linear", numeric="quantile", text="both"))
)
ALWAYS = {t.SETTINGS}  # there are always settings left to try


def case(
    *,
    kind: str = "binary",
    metric: str | None = None,
    recipe: Recipe = BOOSTING,
    gain: float | None = None,
    move: str = "",
    checks: tuple[Check, ...] = (),
    **trial: object,
) -> Case:
    """A trial that went well, but for what is told."""
    scene, _, _ = small(kind, **({"metric": metric} if metric else {}))
    told: dict[str, object] = {
        "status": "ok",
        "score": 0.8,
        "noise": 0.02,
        "wall_s": 30.0,
        "evidence": Evidence(constant=0.5),
    }
    finished = TrialFinished(trace="t1", trial="t1-001", stage="full", **(told | trial))
    code = write(recipe, scene, 1)
    question = DiagnoseQuestion(
        task=scene.task,
        profile=scene.profile,
        code=code,
        trial=finished,
        hypothesis=Hypothesis(caption="c", statement="s", component="model", move=move),
        checks=checks,
        best_score=None,
        best_code=None,
        gain=gain,
        limit_s=60.0,
        seed=0,
    )
    return Case(question=question, scene=scene, recipe=recipe, tested=recipe)


def captions(found: Case) -> set[str]:
    return {problem.caption for problem in problems(found)}


def folds(train: float, valid: float, spread: float = 0.0) -> tuple[Fold, ...]:
    return tuple(Fold(train=train, valid=valid + spread * step) for step in (-1, 0, 1))


EVIDENCE = {
    t.OVERFIT: case(evidence=Evidence(constant=0.5, folds=folds(1.0, 0.75))),
    t.UNDERFIT: case(evidence=Evidence(constant=0.5, folds=folds(0.8, 0.8))),
    t.UNSTABLE: case(evidence=Evidence(constant=0.5, folds=folds(0.9, 0.8, 0.09))),
    t.CONSTANT: case(score=0.51),
    t.CLASS_MISSED: case(
        kind="label",
        evidence=Evidence(
            constant=0.3,
            classes=(
                ClassScore(label="1", support=50, recall=0.9, precision=0.8),
                ClassScore(label="2", support=9, recall=0.2, precision=0.8),
            ),
        ),
    ),
    t.UNTUNED: case(kind="label"),
    t.SKEWED: case(kind="value"),
    t.GROWING: case(kind="value", evidence=Evidence(residuals=Residuals(bias=0, tail=0.2, growth=0.5))),
    t.TAIL: case(kind="value", evidence=Evidence(residuals=Residuals(bias=0, tail=0.8, growth=0.0))),
    t.BIASED: case(kind="value", evidence=Evidence(residuals=Residuals(bias=0.3, tail=0.2, growth=0.0))),
    t.METRIC_UNMET: case(kind="value", metric="mae"),
    t.MISSING: case(),
    t.MANY_CATEGORIES: case(),
    t.TEXT_UNREAD: case(recipe=Recipe(members=(Member(family="extra"),))),
    t.TEXT_SHALLOW: case(recipe=Recipe(members=(Member(family="linear", text="word"),))),
    t.DATES_UNREAD: case(recipe=BOOSTING.but(dates="drop")),
    t.DATES_FLAT: case(),
    t.SLOW: case(status="timeout", score=None, error="deadline of 60 s reached"),
    t.MEMORY: case(status="killed", score=None, error="killed by signal 9"),
    t.FAILED: case(status="failed", score=None, error="ValueError: Input contains NaN"),
    t.TIME_LEFT: case(wall_s=2.0),
    t.ONE_FAMILY: case(recipe=Recipe(members=(Member(family="linear"),))),
    t.IDLE_MEMBER: case(evidence=Evidence(notes=("note: linear alone 0.71000, weight 0.00",))),
    t.SCALES: case(recipe=Recipe(members=(Member(family="svm"),))),
    t.CLAIM: case(checks=(Check(name="claim", status="warned", evidence="0.99 claimed, 0.80 measured"),)),
}


@pytest.mark.parametrize("caption", EVIDENCE)
def test_rules_fire(caption: str):
    """Each problem is found in the evidence for it, with figures and a cause."""
    found = {problem.caption: problem for problem in problems(EVIDENCE[caption])}
    assert caption in found
    assert found[caption].evidence
    assert found[caption].cause
    assert found[caption].direction


def test_clean_evidence_is_clean():
    """A blend of unlike models with sound folds on plain numbers has nothing to mend but its settings."""
    clean = case(evidence=Evidence(constant=0.5, folds=folds(0.86, 0.8, 0.01)))
    columns = tuple(
        msgspec.structs.replace(column, missing=0.0, skew=0.1)
        for column in clean.scene.profile.columns
        if column.kind == "numeric"
    )[:1]
    profile = msgspec.structs.replace(clean.question.profile, columns=columns)
    clean = msgspec.structs.replace(clean, scene=Scene(task=clean.scene.task, profile=profile, limit_s=60.0))
    assert captions(clean) == ALWAYS


@pytest.mark.parametrize("family", ["extra", "forest", "knn"])
def test_models_that_remember_do_not_overfit_by_their_gap(family):
    """A perfect score on training rows says nothing of a model that stores them."""
    remembering = Recipe(members=(Member(family=family),))
    assert t.OVERFIT not in captions(case(recipe=remembering, evidence=Evidence(constant=0.5, folds=folds(1.0, 0.7))))


@pytest.mark.parametrize(("move", "caption"), [("model:brake", t.UNDERFIT), ("model:larger", t.OVERFIT)])
def test_a_step_that_lost_points_the_other_way(move: str, caption: str):
    """What a wrong step cost is evidence for its opposite."""
    assert caption in captions(case(gain=-3.0, move=move))
    assert caption not in captions(case(gain=-0.2, move=move))


def test_most_rewarding_first_and_each_once():
    """Problems are sorted by what they promise; no caption comes twice."""
    found = problems(case(kind="label", wall_s=1.0, evidence=Evidence(constant=0.5, folds=folds(1.0, 0.6, 0.2))))
    assert [p.effect for p in found] == sorted((p.effect for p in found), reverse=True)
    assert len({p.caption for p in found}) == len(found)


@pytest.mark.parametrize(
    ("error", "caption"),
    [
        ("deadline of 60 s", t.SLOW),
        ("TimeoutError: timed out", t.SLOW),
        ("MemoryError: Unable to allocate 9 GiB", t.MEMORY),
        ("ModuleNotFoundError: No module named 'x'", t.FAILED),
    ],
)
def test_errors_are_told_apart(error: str, caption: str):
    """Time and memory need other remedies than bugs."""
    assert failure(error) == caption
