"""Nothing in a table leaves a run without a submission, and every repair is another program."""

from pathlib import Path

import pandas as pd
import pytest
from expert_tables import described, small, written
from nasty_tables import KINDS, failures, nasty, targeted

from gome.expert import Expert, Member, Recipe
from gome.expert.constant import PLAIN
from gome.expert.implementing import nearest
from gome.expert.scene import Scene
from gome.expert.script import write
from gome.expert.starts import BLEND, member_for, recipe_for, start
from gome.messages import DraftQuestion, Hypothesis, ImplementQuestion, ProposeQuestion, Tried

pytestmark = pytest.mark.anyio

TOLD: dict[str, dict[str, str]] = {
    "binary": {"metric": "auc", "wanted": "probability"},
    "multiclass": {"metric": "f1_macro", "wanted": "label"},
    "regression": {"metric": "rmse", "wanted": "value"},
}
RICH = Member(family="linear", numeric="power", category="target", text="svd")


def scene_of(table: pd.DataFrame, kind: str, **told: object) -> tuple[Scene, pd.DataFrame, pd.DataFrame]:
    full = targeted(table, kind)
    train, test = full.iloc[:40], full.iloc[40:].drop(columns="y").reset_index(drop=True)
    return described(train, test, target="y", kind=kind, kinds=KINDS, **{**TOLD[kind], **told}), train, test


def recipes(scene: Scene) -> list[Recipe]:
    """Programs unlike each other in how they prepare their columns."""
    rich = recipe_for((RICH,), scene).but(counts=True, crosses=True, gaps=True, text_sizes=True, aggregates=True)
    plain = [recipe_for((member_for(family, scene),), scene) for family in ("linear", "lightgbm")]
    boosted = Recipe(members=(Member(family="histgb", category="native", text="svd", early=True),))
    return [rich.but(pairs=scene.named("numeric")[:2], dates="cyclic"), boosted, *plain]


@pytest.mark.slow
def test_scripts_survive_any_table(tmp_path: Path):
    """Useless, huge, mixed, odd columns and a class of one row: every script ends with numbers for all rows."""
    folders: dict[str, Path] = {}
    for place, (name, table) in enumerate(nasty().items()):
        for turn, kind in enumerate(TOLD):
            scene, train, test = scene_of(table, kind)
            recipe = recipes(scene)[(place + turn) % 4]
            key = f"{name}, {kind}, {recipe.line}"
            folders[key] = tmp_path / str(len(folders))
            written(folders[key], scene, train, test)
            (folders[key] / "solution.py").write_text(write(recipe.but(folds=2), scene, 1), encoding="utf-8")
    assert failures(folders) == {}


CONSTANTS = {
    "probability": ("binary", {"metric": "logloss", "wanted": "probability"}),
    "f1": ("binary", {"metric": "f1", "wanted": "label"}),
    "label": ("multiclass", {"metric": "accuracy", "wanted": "label"}),
    "wide": ("multiclass", {"metric": "logloss", "wanted": "probability", "wide": True}),
    "ranking": ("multiclass", {"metric": "map@3", "wanted": "ranking"}),
    "rmse": ("regression", {"metric": "rmse"}),
    "mae": ("regression", {"metric": "mae"}),
    "mape": ("regression", {"metric": "mape"}),
    "rmsle": ("regression", {"metric": "rmsle"}),
}


@pytest.mark.slow
def test_constants_suit_their_metric(tmp_path: Path):
    """The last resort answers with what its metric likes best: shares, the most frequent label, the mean, ..."""
    folders = {}
    for name, (kind, told) in CONSTANTS.items():
        scene, train, test = scene_of(nasty()["one number"], kind, **told)
        folders[name] = tmp_path / name
        written(folders[name], scene, train, test)
        (folders[name] / "solution.py").write_text(write(PLAIN, scene, 1), encoding="utf-8")
    scene, train, test = small("several")
    folders["several"] = tmp_path / "several"
    written(folders["several"], scene, train, test)
    (folders["several"] / "solution.py").write_text(write(PLAIN, scene, 1), encoding="utf-8")
    assert failures(folders) == {}
    answers = {name: pd.read_csv(folder / "submission.csv").iloc[0, 1:].tolist() for name, folder in folders.items()}
    y = targeted(nasty()["one number"], "regression")["y"].iloc[:40]
    assert answers["rmse"] == [pytest.approx(y.mean())]
    assert answers["mae"] == [pytest.approx(y.median())]
    assert answers["mape"][0] <= answers["mae"][0]
    assert answers["rmsle"][0] < answers["rmse"][0]
    assert answers["f1"] == ["yes"]
    assert len(answers["ranking"][0].split()) == 3
    assert sum(answers["wide"]) == pytest.approx(1)
    assert 0.4 < answers["probability"][0] < 0.6
    assert len(answers["several"]) == 2


@pytest.mark.parametrize("name", ["constant", "all missing", "only an id"])
async def test_without_columns_there_is_one_start(name: str):
    """A table that tells nothing gets the constant at once, and no model is tried on it."""
    scene, _, _ = scene_of(nasty()[name], "binary")
    question = DraftQuestion(task=scene.task, profile=scene.profile, starts=4, limit_s=60.0, seed=1)
    starts = (await Expert().draft(question)).starts
    assert [item.move for item in starts] == ["start:constant"]
    code = write(start(BLEND, scene), scene, 1)
    assert "sklearn" not in code
    tried = (Tried(trial="t1-001", trace="t1", hypothesis=starts[0], accepted=True, score=0.5),)
    asked = ProposeQuestion(
        task=scene.task, profile=scene.profile, code=code, score=0.5, problems=(), momentum=(), tried=tried, left=0.5,
        limit_s=60.0, seed=1,
    )  # fmt: skip
    assert (await Expert().propose(asked)).hypotheses == ()


def test_a_recipe_that_drops_every_column_is_the_constant():
    """Dropping the last column leaves the constant; leaving out the dates of a table of dates does not."""
    scene, _, _ = scene_of(nasty()["one number"], "binary")
    assert "shares" in write(recipe_for((RICH,), scene).but(drop=scene.named("numeric")), scene, 1)
    scene, _, _ = scene_of(nasty()["one date"], "binary")
    assert 'DATE = ["day"]' in write(recipe_for((RICH,), scene).but(dates="drop"), scene, 1)


def asked(scene: Scene, code: str, error: str) -> ImplementQuestion:
    step = Hypothesis(caption="c", statement="s", component="model", move="start:blend")
    return ImplementQuestion(
        task=scene.task, profile=scene.profile, operator="repair", hypothesis=step,
        code=code, error=error, limit_s=scene.limit_s, seed=9,
    )  # fmt: skip


def body(code: str) -> str:
    return code.split("\n", 2)[2]


@pytest.mark.parametrize("name", ["start:linear", "start:lightgbm", "start:svm", BLEND])
@pytest.mark.parametrize(
    "error",
    [
        "ValueError: Found array with 0 feature(s)",
        "File sklearn/svm/_base.py\nValueError: Input X contains NaN.",
        "No module named 'lightgbm'",
        "MemoryError",
        "ran past its 60 s",
        "not started: 0.0 s were left for its full stage",
    ],
)
async def test_the_second_repair_is_the_constant(name: str, error: str):
    """The first repair is another program; the second needs nothing but the labels."""
    scene, _, _ = small("binary")
    codes = [write(start(name, scene), scene, 1)]
    for _ in range(2):
        codes.append((await Expert().implement(asked(scene, codes[-1], error))).code)
    assert len({body(code) for code in codes}) == 3
    assert Recipe.of(codes[-1]) == PLAIN
    again = (await Expert().implement(asked(scene, codes[-1], error))).code
    assert body(again) != body(codes[-1])


@pytest.mark.parametrize("error", ["ran past its 60 s", "not started: 0.0 s were left for its full stage"])
async def test_a_late_program_becomes_cheaper(error: str):
    """Fewer members and fewer folds; with hardly any time, the constant at once."""
    scene, _, _ = small("binary")
    late = start(BLEND, scene)
    cheaper = Recipe.of((await Expert().implement(asked(scene, write(late, scene, 1), error))).code)
    assert len(cheaper.members) < len(late.members)
    assert cheaper.folds < late.folds
    scene, _, _ = small("binary", limit_s=2.0)
    assert Recipe.of((await Expert().implement(asked(scene, write(late, scene, 1), error))).code) == PLAIN


async def test_from_a_constant_the_search_starts_anew():
    """A trace saved by the constant tries the starts that nobody tried; repairs do not count against later steps."""
    scene, _, _ = small("binary")
    question = ProposeQuestion(
        task=scene.task, profile=scene.profile, code=write(PLAIN, scene, 1), score=0.5, problems=(), momentum=(),
        tried=(), left=0.5, limit_s=60.0, seed=1,
    )  # fmt: skip
    steps = (await Expert().propose(question)).hypotheses
    assert len({step.move for step in steps}) == len(steps) > 8
    assert all(step.move.startswith("start:") for step in steps)
    assert nearest(write(start(BLEND, scene).but(repairs=1), scene, 1), scene) == start(BLEND, scene)
