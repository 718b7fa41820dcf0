"""Scripts that the expert writes: tidy, and they run."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from expert_tables import KINDS, small, written
from ruff.__main__ import find_ruff_bin

from gome.expert.constant import PLAIN
from gome.expert.recipe import DENSE, FAMILIES, TREES, Family, Member, Recipe
from gome.expert.scene import Scene
from gome.expert.script import write
from gome.expert.starts import BLEND, member_for, recipe_for, start

GOLDEN = Path(__file__).parent / "golden_script.py.txt"


def tidy(code: str, folder: Path) -> str:
    """What a formatter would change; nothing when the code is tidy."""
    path = folder / "tidy.py"
    path.write_text(code, encoding="utf-8")
    options = ["--isolated", "--line-length", "100"]
    formatted = subprocess.run(
        [find_ruff_bin(), "format", *options, "--diff", str(path)], capture_output=True, text=True, check=False
    )
    select = "F,I,E7,B,UP,RET"
    linted = subprocess.run(
        [find_ruff_bin(), "check", *options, "--select", select, "--ignore", "B905", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    return (formatted.stdout if formatted.returncode else "") + (linted.stdout if linted.returncode else "")


def ran(
    recipe: Recipe, scene: Scene, train: pd.DataFrame, test: pd.DataFrame, folder: Path
) -> tuple[str, pd.DataFrame]:
    """The script's output and submission."""
    written(folder, scene, train, test)
    (folder / "solution.py").write_text(write(recipe, scene, 5), encoding="utf-8")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "solution.py"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout, pd.read_csv(folder / "submission.csv", dtype={"id": str})


def checked(scene: Scene, stdout: str, submission: pd.DataFrame, test: pd.DataFrame) -> None:
    assert re.search(r"^fold 0: train \S+ valid \S+$", stdout, re.MULTILINE)
    assert re.search(r"^score: -?\d+\.\d{5}$", stdout, re.MULTILINE)
    assert tuple(submission.columns) == scene.task.submission_columns
    assert submission["id"].tolist() == test["id"].tolist()
    assert not submission.isna().any().any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_and_kind_is_tidy(family: Family, kind: str, tmp_path: Path):
    """Scripts compile, carry their recipe, and neither a formatter nor a linter would change them."""
    scene, _, _ = small(kind)
    recipe = Recipe(members=(member_for(family, scene),))
    code = write(recipe, scene, 5)
    ast.parse(code)
    assert Recipe.of(code) == recipe
    assert tidy(code, tmp_path) == ""


RUNS: dict[str, tuple[str, Recipe]] = {
    "boosting and texts, early stopping, native categories": (
        "binary",
        Recipe(
            members=(
                Member(family="lightgbm", category="native", text="svd", early=True),
                Member(family="linear", numeric="standard", text="both"),
                Member(family="histgb", category="native"),
            ),
            folds=3,
            dates="cyclic",
            counts=True,
            aggregates=True,
            crosses=True,
            pairs=("size [m]", "weight, net"),
            gaps=True,
            text_sizes=True,
            rare=3,
        ),
    ),
    "decisions tuned, stacked, balanced": (
        "label",
        Recipe(
            members=(
                Member(family="extra", category="target"),
                Member(family="svm", numeric="quantile", text="word"),
                Member(family="bayes", text="word"),
            ),
            folds=3,
            blend="stack",
            tuned=True,
            balanced=True,
        ),
    ),
    "probabilities of many classes": (
        "wide",
        Recipe(
            members=(
                Member(family="mlp", numeric="quantile", pace=-3),
                Member(family="discriminant", numeric="power"),
                Member(family="knn", numeric="spline", category="target"),
                Member(family="elastic", numeric="bins"),
            ),
            folds=2,
            repeats=2,
        ),
    ),
    "log target": (
        "value",
        Recipe(
            members=(
                Member(family="svm", numeric="standard"),
                Member(family="forest", category="ordinal"),
                Member(family="elastic", numeric="standard", category="target"),
                Member(family="process", numeric="standard", category="target"),
            ),
            folds=3,
            target="log1p",
            rows=100,
        ),
    ),
    "several targets": (
        "several",
        Recipe(members=(Member(family="linear", numeric="standard", text="word"), Member(family="extra")), folds=3),
    ),
    "quantile target, stacked": (
        "value",
        Recipe(
            members=(Member(family="lightgbm"), Member(family="linear", numeric="spline")),
            folds=3,
            target="quantile",
            blend="stack",
        ),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_scripts_run(name: str, tmp_path: Path):
    """Scripts survive a tiny table with gaps, odd names and rare categories, and write a submission that fits."""
    kind, recipe = RUNS[name]
    scene, train, test = small(kind)
    code = write(recipe, scene, 5)
    assert tidy(code, tmp_path) == ""
    stdout, submission = ran(recipe, scene, train, test, tmp_path)
    checked(scene, stdout, submission, test)
    assert all(submission[column].nunique() > 1 for column in submission.columns)


@pytest.mark.slow
def test_numbers_alone_need_no_columns(tmp_path: Path):
    """A table of numbers becomes an array; a class of two rows does not break the folds."""
    scene, train, test = small("label")
    keep = ["id", "size [m]", "weight, net"]
    train = pd.concat([train[[*keep, "three"]], train[[*keep, "three"]].head(2).assign(three=9)])
    columns = tuple(column for column in scene.profile.columns if column.name in keep)
    target = type(scene.profile.targets[0])(
        name="three", distinct=4, classes=(("1", 60), ("2", 50), ("3", 50), ("9", 2))
    )
    scene = Scene(
        task=type(scene.task)(
            **{f: getattr(scene.task, f) for f in scene.task.__struct_fields__} | {"classes": ("1", "2", "3", "9")}
        ),
        profile=type(scene.profile)(rows=162, test_rows=40, columns=columns, targets=(target,)),
        limit_s=60.0,
    )
    recipe = recipe_for(tuple(member_for(f, scene) for f in ("lightgbm", "svm", "linear", "discriminant")), scene)
    stdout, submission = ran(recipe, scene, train, test[keep], tmp_path)
    checked(scene, stdout, submission, test)
    assert "ColumnTransformer" not in write(recipe, scene, 5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("told", "sign"),
    [
        ({"target": "three", "metric": "qwk", "kind": "multiclass", "wanted": "label"}, 1),
        ({"target": "three", "metric": "map@3", "kind": "ranking", "wanted": "ranking"}, 1),
        ({"target": "two", "metric": "f1", "kind": "binary", "wanted": "label"}, 1),
        ({"target": ("value", "weight, net"), "metric": "mcrmse", "kind": "regression", "wanted": "value"}, 1),
    ],
    ids=["qwk", "map@3", "f1", "mcrmse"],
)
def test_unusual_metrics_run(told: dict[str, object], sign: int, tmp_path: Path):
    """Cuts, rankings, thresholds and several values are written as their metric reads them."""
    scene, train, test = small("value", **told)
    test = test.drop(columns=[name for name in scene.task.targets if name in test])
    recipe = recipe_for((member_for("linear", scene), member_for("histgb", scene)), scene).but(folds=3)
    assert tidy(write(recipe, scene, 5), tmp_path) == ""
    stdout, submission = ran(recipe, scene, train, test, tmp_path)
    checked(scene, stdout, submission, test)
    assert float(re.findall(r"^score: (\S+)$", stdout, re.MULTILINE)[0]) * sign > 0


@pytest.mark.slow
def test_folds_stop_when_time_is_up(tmp_path: Path):
    """A script that is late says so, and still writes what it has."""
    scene, train, test = small("binary", limit_s=0.001)
    stdout, submission = ran(start(BLEND, scene), scene, train, test, tmp_path)
    checked(scene, stdout, submission, test)
    assert "note: stopped for lack of time after 1 of 5 folds" in stdout


def test_golden_script(tmp_path: Path):
    """One whole script, to be read by people; rewrite the file when scripts change on purpose."""
    scene, _, _ = small("binary")
    recipe = Recipe(members=(Member(family="linear", numeric="standard", text="word"), Member(family="extra")))
    code = write(recipe, scene, 5)
    assert tidy(code, tmp_path) == ""
    assert code == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ['a "quoted" name', "back\\slash", "line\nbreak", "ünï", '"""'])
def test_names_of_tasks_and_columns_are_safe(name: str):
    """Whatever a task or column is called, the script compiles and says the same name."""
    scene, _, _ = small("binary")
    fields = {field: getattr(scene.task, field) for field in scene.task.__struct_fields__} | {"name": name}
    recipe = start(BLEND, scene).but(drop=(name,))
    code = write(recipe, Scene(task=type(scene.task)(**fields), profile=scene.profile, limit_s=60.0), 5)
    unread = next(
        node for node in ast.parse(code).body if isinstance(node, ast.Assign) and node.targets[0].id == "UNREAD"
    )
    assert name in ast.literal_eval(unread.value)


def test_only_what_is_needed_appears():
    """A plain recipe makes a short script: no text, no blend, no torch."""
    scene, _, _ = small("value")
    code = write(Recipe(members=(Member(family="lightgbm"),), dates="drop"), scene, 5)
    for word in ("Tfidf", "torch", "blended", "MEMBERS", "to_datetime", "DummyClassifier", "REPEATS", "worth"):
        assert word not in code
    assert len(code.splitlines()) < 120


def test_dense_families_get_dense_columns():
    """Families that cannot read sparse columns are never given any."""
    scene, _, _ = small("wide")
    for family in DENSE - {"process"}:
        code = write(Recipe(members=(Member(family=family, text="both", numeric="bins"),)), scene, 5)
        assert "sparse_threshold=0" in code
    assert TREES.isdisjoint({"linear"})


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_resort_is_tidy(kind: str, tmp_path: Path):
    """The constant's script needs pandas and numpy alone, and neither a formatter nor a linter would change it."""
    scene, _, _ = small(kind)
    code = write(PLAIN, scene, 5)
    assert Recipe.of(code) == PLAIN
    assert "sklearn" not in code
    assert tidy(code, tmp_path) == ""
