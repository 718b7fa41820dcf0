"""The corpus is what it says, and the checks hold on a few of its programs; `just bench validation` runs all."""

import ast
from collections import Counter

import anyio
import pytest

from gome import builtin
from gome.evaluation.reading import read
from gome.messages import TaskBrief
from gome.plugin import Registry
from gome.prepare import read_task

from .judging import Place
from .programs import PARTS, programs
from .tasks import TASKS, write_task

TARGETS = {
    "shops": ("binary", "auc", "returned"), "rides": ("regression", "rmsle", "duration_s"),
    "reviews": ("multiclass", "f1_macro", "rating"), "digits": ("multiclass", "accuracy", "target"),
    "breast_cancer": ("binary", "logloss", "target"), "assays": ("regression", "rmse", "response"),
    "loans": ("binary", "logloss", "defaulted"), "stays": ("binary", "auc", "long"),
    "outlets": ("regression", "rmsle", "Sales"), "server": ("binary", "auc", "overload"),
    "opinions": ("binary", "accuracy", "positive"), "spectra": ("regression", "mae", "protein"),
    "churn": ("binary", "f1", "churned"), "crops": ("multiclass", "logloss", "crop"),
}  # fmt: skip
BY_READING = {"target-encoding", "selection", "early-stopping", "seed-picked", "best-of-many",
              "train-score", "validates-on-train", "class-imputation", "neighbours", "adjusted-score",
              "hard-coded", "wrong-metric", "wrong-direction", "duplicates"}  # fmt: skip
OPEN = list(programs("open"))


def test_the_corpus_is_whole():
    """Over a hundred programs, every task in use; of the frozen and of the unseen half are honest; all are Python."""
    every = list(programs(*PARTS))
    assert len(every) >= 130
    assert {program.task for program in every} == set(TASKS) == set(TARGETS)
    honest = Counter((program.part, program.fault == "none") for program in every)
    assert honest["frozen", True] == honest["frozen", False]
    assert honest["unseen", True] == honest["unseen", False] == 20
    assert len({program.fault for program in every}) >= 12
    for program in every:
        ast.parse(program.code)


@pytest.mark.parametrize("name", TASKS)
def test_the_tasks_are_read_as_meant(tmp_path, name):
    """A task folder can be written and read; kind, metric and target are those that its programs are for."""
    registry = Registry()
    builtin.register(registry)
    task = read_task(write_task(name, tmp_path / name), registry.metrics)
    assert (task.kind, task.metric, *task.targets) == TARGETS[name]


@pytest.mark.parametrize("program", OPEN, ids=lambda program: program.name)
def test_reading_sees_what_can_be_read(program):
    """On the open part: a fault that stands in the code is seen, an honest program is left alone."""
    kind, metric, target = TARGETS[program.task]
    task = TaskBrief(
        name=program.task, description="", kind=kind, metric=metric, higher_is_better=kind != "regression",
        wanted="value", id_column="id", targets=(target,), submission_columns=("id", target),
    )  # fmt: skip
    found = [check for check in read(program.code, task) if check.status != "passed"]
    assert bool(found) == (program.fault in BY_READING)


@pytest.mark.slow
def test_trials_are_judged(tmp_path):
    """Running tells: a shuffled submission, doubled rows, a pair and an id that give all away."""
    place = Place(tmp_path, ("shops", "rides", "loans", "stays"))
    expected = {
        "shops_row_number": "rejected", "rides_copies": "rejected", "rides_baseline": "accepted",
        "loans_pair": "rejected", "stays_id": "rejected", "loans_plain": "accepted", "stays_plain": "accepted",
    }  # fmt: skip
    chosen = {program.name: program for program in OPEN if program.name in expected}
    ruled = {name: anyio.run(place.judge, program) for name, program in chosen.items()}
    assert {name: ruling["verdict"] for name, ruling in ruled.items()} == expected
    assert "row-order" in ruled["shops_row_number"]["found"]
    assert {"copies", "shuffled-labels"} <= set(ruled["rides_copies"]["found"])
