"""A metric from a user's file: what is wrong with it is said before anything runs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gome.errors import MetricHangs, SubmissionInvalid, TaskInvalid
from gome.evaluation.custom import audit, read_metric, resolver
from gome.evaluation.metrics import Metrics
from gome.folder import RunFolder
from gome.plugin import Registry
from gome.prepare import Prepared, prepare, read_task
from gome.settings import Settings
from gome.task import Task

UP, DOWN = "higher_is_better = True\n", "higher_is_better = False\n"
MAPE = "def score(truth, predicted):\n    return abs((truth - predicted) / truth).mean()\n"
MAPE_SWAPPED = "def score(a, b):\n    return abs((b - a) / b).mean()\n"
R2 = "def score(t, p):\n    return 1 - ((t - p) ** 2).sum() / ((t - t.mean()) ** 2).sum()\n"
R2_SWAPPED = "def score(p, t):\n    return 1 - ((t - p) ** 2).sum() / ((t - t.mean()) ** 2).sum()\n"
FROM_SKLEARN = "from sklearn import metrics\ndef score(t, p):\n    return metrics.{}\n"
GAMMA = FROM_SKLEARN.format("mean_gamma_deviance(t, p)")
PROBABILITY, LABEL = 'wanted = "probability"\n', 'wanted = "label"\n'
NUMBERS = np.random.default_rng(0).gamma(2.0, 3.0, 80) + 0.1
BITS = np.random.default_rng(1).integers(0, 2, 80)


def written(folder: Path, text: str) -> Path:
    path = folder / "metric.py"
    path.write_text(text)
    return path


HONEST = {
    "mape": (DOWN + MAPE, NUMBERS),
    "r2": (UP + R2, NUMBERS),
    "gamma deviance": (DOWN + GAMMA, NUMBERS),
    "poisson deviance": (DOWN + FROM_SKLEARN.format("mean_poisson_deviance(t, p)"), NUMBERS),
    "pinball": (DOWN + FROM_SKLEARN.format("mean_pinball_loss(t, p, alpha=0.9)"), NUMBERS),
    "correlation": (UP + "import numpy as np\ndef score(t, p):\n    return np.corrcoef(t, p)[0, 1]\n", NUMBERS),
    "auc": (UP + PROBABILITY + FROM_SKLEARN.format("roc_auc_score(t, p)"), BITS),
    "logloss": (DOWN + PROBABILITY + FROM_SKLEARN.format("log_loss(t, p)"), BITS),
    "recall": (UP + LABEL + FROM_SKLEARN.format("recall_score(t, p)"), BITS),
    "precision": (
        UP + LABEL + "def score(t, p):\n    return ((t == 1) & (p == 1)).sum().item() / (p == 1).sum().item()\n",
        BITS,
    ),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_metric_is_taken(name, tmp_path):
    text, truth = HONEST[name]
    metric = read_metric(written(tmp_path, text))
    audit(metric, truth, truth)
    assert metric.higher_is_better is text.startswith(UP)


AT_SIGHT = {
    "raises at once": ("1 / 0\n", "ZeroDivisionError: division by zero"),
    "ends the program": ("raise SystemExit(3)\n", "SystemExit: 3"),
    "is no Python": ("def score(:\n", "SyntaxError"),
    "no function": (UP, r"define `score\(truth, predicted\)`"),
    "no direction": (MAPE, "higher_is_better"),
    "one argument": (UP + "def score(x):\n    return 1.0\n", "two arguments"),
    "an unknown reading": (UP + 'wanted = "logits"\n' + MAPE, "wanted is 'logits'"),
    "named the other way round": (UP + "def score(y_pred, y_true):\n    return 0.0\n", "the other way round"),
}


@pytest.mark.parametrize("name", AT_SIGHT)
def test_a_file_that_cannot_do_is_refused_in_one_line(name, tmp_path):
    text, problem = AT_SIGHT[name]
    with pytest.raises(TaskInvalid, match=problem) as caught:
        read_metric(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(TaskInvalid, match="no such metric file"):
        read_metric(tmp_path / "metric.py")


WHEN_TRIED = {
    "MAPE swapped": (DOWN + MAPE_SWAPPED, NUMBERS, "the other way round"),
    "R2 swapped": (UP + R2_SWAPPED, NUMBERS, "the other way round"),
    "AUC swapped": (UP + PROBABILITY + FROM_SKLEARN.format("roc_auc_score(p, t)"), BITS, "the other way round"),
    "wrong direction": (UP + MAPE, NUMBERS, "higher_is_better is True, but right predictions"),
    "constant": (UP + "def score(t, p):\n    return 1.0\n", NUMBERS, "alike"),
    "fails off the truth": (
        UP + "def score(t, p):\n    assert (t == p).all(), 'no'\n    return 1.0\n",
        NUMBERS,
        "merely wrong",
    ),
}


@pytest.mark.parametrize("name", WHEN_TRIED)
def test_what_trying_shows_is_said(name, tmp_path):
    text, truth, problem = WHEN_TRIED[name]
    with pytest.raises(TaskInvalid, match=problem) as caught:
        audit(read_metric(written(tmp_path, text)), truth, truth)
    assert "\n" not in str(caught.value)


def task_of(tmp_path: Path, metric: str) -> Task:
    folder = tmp_path / "task"
    folder.mkdir()
    rows = np.arange(400)
    table = pd.DataFrame({"id": rows, "x": rows * 7 % 13, "z": rows % 5, "y": 1.0 + rows % 17})
    table.to_csv(folder / "train.csv", index=False)
    (folder / "task.toml").write_text('metric = "metric.py"\ntarget = "y"\nid = "id"\n[split]\nfolds = 1\n')
    written(folder, metric)
    return read_task(folder, Metrics.builtin())


def prepared(task: Task, tmp_path: Path) -> Prepared:
    folder = RunFolder(tmp_path / "run")
    folder.create()
    return prepare(task, folder, Settings(), Registry())


def test_a_task_is_scored_by_its_file_and_a_nan_is_no_score(tmp_path):
    spoilt = "import numpy as np\ndef score(truth, predicted):\n    truth.sort()\n    predicted[:] = 0\n"
    task = task_of(
        tmp_path, DOWN + MAPE.replace("    return", "    if predicted.min() < 0: return float('nan')\n    return")
    )
    assert (task.metric, task.higher_is_better, task.kind) == ("metric.py", False, "regression")
    assert "def score(truth, predicted)" in task.description
    assert Task.of(task.json()).metric_file == str(task.path.resolve() / "metric.py")
    made = prepared(task, tmp_path)
    harness = made.harness
    sample = pd.read_csv(made.inputs.searches[0] / "sample_submission.csv")
    sample.assign(y=2.0).to_csv(tmp_path / "two.csv", index=False)
    sample.assign(y=-2.0).to_csv(tmp_path / "nan.csv", index=False)
    scored = harness.score(tmp_path / "two.csv")
    assert scored.score > 0
    assert scored.noise > 0
    with pytest.raises(SubmissionInvalid, match="undefined"):
        harness.score(tmp_path / "nan.csv")
    metric = read_metric(written(tmp_path, DOWN + spoilt + "    return 0.0\n"))
    truth = NUMBERS.copy()
    metric(truth, truth)
    assert (truth == NUMBERS).all()


@pytest.mark.parametrize(
    ("metric", "problem"),
    [
        (DOWN + "def score(truth, predicted):\n    return float('nan')\n", "undefined on these rows"),
        (DOWN + "def score(truth, predicted):\n    raise KeyError('y')\n", "KeyError"),
        (DOWN + MAPE_SWAPPED, "the other way round"),
    ],
)
def test_a_run_does_not_begin_with_a_metric_that_fails(metric, problem, tmp_path):
    task = task_of(tmp_path, metric)
    with pytest.raises(TaskInvalid, match=problem):
        prepared(task, tmp_path)


def test_names_are_still_names():
    assert resolver(Metrics.builtin())("ROC AUC").name == "auc"


HANGS = {
    "at once": "while True:\n    pass\n",
    "in Python": "def score(truth, predicted):\n    while True:\n        pass\n",
    "without letting go of the interpreter": "def score(truth, predicted):\n    return sum(range(10**15))\n",
}


@pytest.mark.parametrize("name", HANGS)
def test_a_metric_that_does_not_end_is_ended(name, tmp_path):
    with pytest.raises(MetricHangs, match=r"metric\.py: gave no answer within 1 s") as caught:
        read_metric(written(tmp_path, DOWN + HANGS[name]), limit_s=1.0)(NUMBERS, NUMBERS)
    assert "\n" not in str(caught.value)


def test_what_hangs_on_one_submission_or_ends_its_process_scores_the_next(tmp_path):
    text = (
        "import os\ndef score(truth, predicted):\n    while predicted[0] == 1:\n        pass\n"
        "    print('a word')\n    return os._exit(3) if predicted[0] == 2 else 0.5\n"
    )
    metric = read_metric(written(tmp_path, DOWN + text), limit_s=1.0)
    with pytest.raises(MetricHangs):
        metric(NUMBERS, np.ones(80))
    with pytest.raises(SubmissionInvalid, match=r"its process ended \(3\)"):
        metric(NUMBERS, 2 * np.ones(80))
    assert metric(NUMBERS, np.zeros(80)) == 0.5
