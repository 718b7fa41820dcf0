"""Evidence tells why a score is what it is."""

import numpy as np
import pandas as pd
import pytest

from gome.errors import TaskInvalid
from gome.evaluation.answers import Answers
from gome.evaluation.evidence import best_constant, choice, class_scores, evidence, residuals
from gome.evaluation.metrics import Metrics
from gome.messages import ClassScore

METRICS = Metrics.builtin()


def answers(wanted, columns=("y",), targets=("y",), classes=()):
    sample = pd.DataFrame([[0] * (len(columns) + 1)], columns=["id", *columns])
    return Answers(sample, targets=targets, id_column="id", wanted=wanted, classes=classes)


def test_scores_of_each_class():
    """Recall and precision, most frequent class first, to two digits."""
    found = class_scores(np.array(["a", "a", "a", "b", "c"]), np.array(["a", "a", "b", "b", "a"]))
    assert found == (
        ClassScore(label="a", support=3, recall=0.67, precision=0.67),
        ClassScore(label="b", support=1, recall=1.0, precision=0.5),
        ClassScore(label="c", support=1, recall=0.0, precision=0.0),
    )
    assert len(class_scores(np.arange(200), np.arange(200))) == 50


def test_the_class_that_probabilities_favour():
    """One half decides where probabilities are meant as such; where only order counts, as many as there are."""
    truth, odds = np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.4])
    assert choice(truth, odds, bounded=True).tolist() == [0, 0, 0, 0]
    assert choice(truth, odds, bounded=False).tolist() == [0, 0, 1, 1]
    assert choice(truth, np.column_stack([1 - odds, odds]), bounded=False).tolist() == [0, 0, 1, 1]
    assert choice(truth, np.array([[0.1, 0.2, 0.7]] * 4), bounded=True).tolist() == [2, 2, 2, 2]


def test_residuals_show_bias_tails_and_growth():
    """Each figure sees its own defect."""
    truth = np.linspace(1, 100, 200)
    alternating = np.tile([1.0, -1.0], 100)
    assert residuals(truth, truth + truth.std()).bias == 1.0
    outlier = alternating.copy()
    outlier[:10] = 100
    assert residuals(truth, truth + outlier).tail == 1.0
    assert residuals(truth, truth + alternating).tail == 0.05
    assert residuals(truth, truth + alternating * truth / 10).growth > 0.9
    assert residuals(truth, truth) == residuals(truth, truth)
    assert residuals(truth, truth).growth == residuals(truth, truth).tail == 0.0
    two = np.column_stack([truth, truth])
    assert residuals(two, np.column_stack([truth + truth.std(), truth])).bias == 0.5


@pytest.mark.parametrize(
    ("name", "truth", "expected"),
    [
        ("rmse", [0.0, 0.0, 3.0], np.sqrt(2)),
        ("mae", [0.0, 0.0, 3.0], 1.0),
        ("rmsle", [0.0, np.e**2 - 1], 1.0),
        ("mape", [1.0, 1.0, 100.0], 0.33),
        ("r2", [0.0, 1.0], 0.0),
        ("rmse", [-5.0, 5.0], 5.0),
        ("spearman", [1.0, 2.0], None),
    ],
)
def test_the_best_constant_of_values(name, truth, expected):
    """The centre that suits the metric: mean, median, mean of logarithms or relative median."""
    found = best_constant(METRICS.named(name), answers("value"), np.array(truth))
    assert found == (expected if expected is None else pytest.approx(expected, abs=1e-9))


def test_the_best_constant_of_the_rest():
    """Frequencies for probabilities, the most rewarding label, the most frequent labels in order."""
    truth = np.array([0, 0, 0, 1])
    assert best_constant(METRICS.named("auc"), answers("probability"), truth) == 0.5
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert best_constant(METRICS.named("logloss"), answers("probability"), truth) == pytest.approx(entropy)
    wide = answers("probability", columns=("a", "b", "c"), classes=("a", "b", "c"))
    assert best_constant(METRICS.named("logloss"), wide, truth) == pytest.approx(entropy, abs=1e-9)
    several = answers("probability", columns=("y", "z"), targets=("y", "z"))
    assert best_constant(METRICS.named("mean_columnwise_auc"), several, np.column_stack([truth, truth])) == 0.5
    assert best_constant(METRICS.named("accuracy"), answers("label"), truth) == 0.75
    assert best_constant(METRICS.named("f1"), answers("label"), truth) == pytest.approx(0.4), "the rare label"
    pair = np.array([["a", "x"], ["a", "y"], ["b", "y"], ["a", "y"]])
    two = answers("label", columns=("y", "z"), targets=("y", "z"))
    assert best_constant(METRICS.named("accuracy"), two, pair) == 0.75
    ranked = np.array(["a", "a", "b", "a c"])
    assert best_constant(METRICS.named("map@3"), answers("ranking"), ranked) == pytest.approx(
        (1 + 1 + 1 / 2 + (1 + 2 / 3) / 2) / 4
    )


def test_evidence_by_what_is_wanted():
    """Classes for labels and probabilities of one target, residuals for numbers, neither for the rest."""
    truth = np.array([0, 1, 1])
    of = {
        "value": ("rmse", truth * 1.0, truth * 0.5),
        "label": ("accuracy", truth, truth),
        "probability": ("auc", truth, truth * 0.5),
        "ranking": ("map@3", np.array(["a", "b", "b"]), np.array(["a", "b", "b"])),
    }
    found = {
        wanted: evidence(METRICS.named(name), answers(wanted), true, guess, 0.25)
        for wanted, (name, true, guess) in of.items()
    }
    assert all(each.constant == 0.25 for each in found.values())
    assert found["value"].residuals is not None
    assert [score.label for score in found["label"].classes] == ["1", "0"]
    assert [score.recall for score in found["probability"].classes] == [1.0, 1.0]
    assert found["ranking"].classes == ()
    assert found["ranking"].residuals is None


@pytest.mark.parametrize(
    ("wanted", "columns", "targets", "classes", "words"),
    [
        ("probability", ("y",), ("y",), ("a", "b", "c"), "a probability for each of 3 classes"),
        ("probability", ("a", "b"), ("y",), ("a", "b", "c"), "2 prediction columns for 3 classes"),
        ("value", ("a", "b", "c"), ("y", "z"), (), "do not fit the targets"),
    ],
)
def test_a_sample_must_have_room_for_what_is_wanted(wanted, columns, targets, classes, words):
    """A sample submission that cannot hold what the metric reads is the task's defect."""
    with pytest.raises(TaskInvalid, match=words):
        answers(wanted, columns, targets, classes)


def test_columns_find_their_class_or_target():
    """By name where names agree, else as they stand; a sample may hold more columns than are scored."""
    assert answers("probability", ("b", "a"), ("y",), ("a", "b")).columns == ["a", "b"]
    assert answers("probability", ("Status_C", "Status_D"), ("y",), ("C", "D")).columns == ["Status_C", "Status_D"]
    assert answers("value", ("z", "other", "y"), ("y", "z")).columns == ["y", "z"]
    assert answers("value", ("prediction",), ("y",)).columns == ["prediction"]


@pytest.mark.parametrize(
    ("wanted", "targets", "classes", "labels", "words"),
    [
        ("value", ("y",), (), {"y": [1.0, None]}, "holds 'nan', which is no number"),
        ("value", ("y",), (), {"z": [1.0]}, "'y' is not among"),
        ("label", ("y",), ("a",), {"y": ["b"]}, "holds 'b', which is none of"),
        ("probability", ("y",), (), {"y": ["b"]}, "holds 'b'"),
    ],
)
def test_labels_must_suit_the_metric(wanted, targets, classes, labels, words):
    """Labels that the metric cannot read are the task's defect."""
    with pytest.raises(TaskInvalid, match=words):
        answers(wanted, targets=targets, classes=classes).truth(pd.DataFrame(labels))
