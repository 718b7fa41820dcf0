"""Each metric against figures worked out by hand, or against scikit-learn and scipy on real data."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as official
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import StandardScaler

from gome.errors import MetricUnknown, PluginInvalid, SubmissionInvalid
from gome.evaluation.metrics import Metric, Metrics

METRICS = Metrics.builtin()


def score(name, truth, predicted):
    return METRICS.named(name)(np.asarray(truth), np.asarray(predicted))


@pytest.fixture(scope="module")
def binary():
    x, y = load_breast_cancer(return_X_y=True)
    x = StandardScaler().fit_transform(x)[:, :3]
    return y, LogisticRegression().fit(x[::2], y[::2]).predict_proba(x)[:, 1]


@pytest.fixture(scope="module")
def several():
    x, y = load_wine(return_X_y=True)
    x = StandardScaler().fit_transform(x)[:, :2]
    return y, LogisticRegression().fit(x[::2], y[::2]).predict_proba(x)


@pytest.fixture(scope="module")
def values():
    x, y = load_diabetes(return_X_y=True)
    return y, LinearRegression().fit(x[::2], y[::2]).predict(x)


@pytest.mark.parametrize(
    ("name", "truth", "predicted", "expected"),
    [
        ("auc", [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], 0.75),
        ("gini", [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], 0.5),
        ("auc", ["no", "no", "yes", "yes"], [1, 2, 2, 3], 0.875),
        ("logloss", [1, 0], [0.8, 0.4], -(math.log(0.8) + math.log(0.6)) / 2),
        ("logloss", [2, 0], [[1, 1, 2], [3, 1, 0]], -(math.log(0.5) + math.log(0.75)) / 2),
        ("logloss", [1, 0], [0, 0], -math.log(1e-15) / 2),
        ("logloss", [1, 0], [[0, 0, 0], [1, 0, 0]], math.log(3) / 2),
        ("brier", [1, 0], [0.8, 0.4], (0.04 + 0.16) / 2),
        ("brier", [1, 0], [[0.2, 0.8], [0.6, 0.4]], (0.04 + 0.16) / 2),
        ("brier", [0, 2], [[1, 0, 0], [0, 1, 0]], 1.0),
        ("accuracy", ["a", "b", "c", "c"], ["a", "b", "c", "a"], 0.75),
        ("error_rate", ["a", "b", "c", "c"], ["a", "b", "c", "a"], 0.25),
        ("balanced_accuracy", [0, 0, 0, 1], [0, 0, 0, 2], 0.5),
        ("f1", [1, 1, 0, 0], [1, 0, 1, 0], 0.5),
        ("f1", ["yes", "yes", "no"], ["yes", "yes", "no"], 1.0),
        ("f1", [0, 0, 1], [0, 0, 0], 0.0),
        ("f1_macro", [0, 0, 1, 1], [0, 0, 0, 1], (0.8 + 2 / 3) / 2),
        ("f1_micro", [0, 0, 1, 1], [0, 0, 0, 1], 0.75),
        ("f1_weighted", [0, 0, 0, 1], [0, 0, 0, 0], 0.75 * 6 / 7),
        ("precision", [1, 1, 0, 0], [1, 1, 1, 0], 2 / 3),
        ("recall", [1, 1, 0, 0], [1, 0, 1, 0], 0.5),
        ("mcc", [1, 1, 0, 0], [1, 1, 1, 0], 1 / math.sqrt(3)),
        ("mcc", [1, 1, 0, 0], [1, 1, 1, 1], 0.0),
        ("qwk", [1, 2, 3, 4], [1, 2, 3, 4], 1.0),
        ("qwk", ["high", "low"], ["low", "high"], -1.0),
        # 1 - sum(observed * weight) / sum(expected * weight), weights (i - j)^2 by value: rating 3 is absent
        ("qwk", [1, 2, 4, 4], [1, 2, 4, 1], 1 - 9 / ((0 * 2 + 1 + 9 + 1 * 2 + 0 + 4 + 2 * (9 * 2 + 4 + 0)) / 4)),
        ("rmse", [0, 0], [3, 4], math.sqrt(12.5)),
        ("mse", [0, 0], [3, 4], 12.5),
        ("mae", [0, 0], [3, -4], 3.5),
        ("median_ae", [0, 0, 0], [1, 2, 9], 2.0),
        ("rmsle", [0, math.e - 1], [0, math.e**3 - 1], math.sqrt(2)),
        ("mape", [2, 4], [1, 5], (0.5 + 0.25) / 2),
        ("smape", [1, 0], [3, 0], 50.0),
        ("r2", [1, 2, 3], [1, 2, 2], 0.5),
        ("pearson", [1, 2, 3], [2, 4, 6], 1.0),
        ("spearman", [1, 2, 3, 4], [1, 8, 27, 1000], 1.0),
        ("spearman", [1, 2, 3], [3, 2, 1], -1.0),
        ("average_precision", [0, 1, 1], [0.9, 0.8, 0.7], (1 / 2 + 2 / 3) / 2),
        ("mcrmse", [[0, 0], [0, 0]], [[3, 1], [4, 1]], (math.sqrt(12.5) + 1) / 2),
        ("mean_columnwise_auc", [[0, 1], [1, 0]], [[0.1, 0.2], [0.9, 0.8]], 0.5),
        ("mean_columnwise_logloss", [[0, 1], [1, 0]], [[0.5, 0.5], [0.5, 0.5]], math.log(2)),
        ("mean_columnwise_spearman", [[1, 1], [2, 2], [3, 3]], [[1, 3], [2, 2], [3, 1]], 0.0),
        ("map@3", ["a", "b", "c"], ["a x y", "x b y", "x y z"], (1 + 1 / 2 + 0) / 3),
        ("map@3", ["a b"], ["a x b"], (1 + 2 / 3) / 2),
        ("map@1", ["a"], ["x a"], 0.0),
        ("map@3", ["a"], ["x x a"], 1 / 2),
        ("ndcg@2", ["a"], ["x a"], 1 / math.log2(3)),
        ("ndcg@5", ["a b"], ["a b"], 1.0),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_worked_by_hand(name, truth, predicted, expected):
    """The metric gives the figure that its definition gives on paper."""
    assert score(name, truth, predicted) == pytest.approx(expected, abs=1e-12)


def test_binary_probabilities_as_scikit_learn(binary):
    """Scores of probabilities equal the official ones."""
    y, p = binary
    assert score("auc", y, p) == official.roc_auc_score(y, p)
    assert score("logloss", y, p) == pytest.approx(official.log_loss(y, p), rel=1e-12)
    assert score("average_precision", y, p) == official.average_precision_score(y, p)
    assert score("brier", y, p) == pytest.approx(official.brier_score_loss(y, p), rel=1e-12)


def test_multiclass_probabilities_as_scikit_learn(several):
    """One column per class: one against the rest, macro."""
    y, p = several
    assert score("auc", y, p) == pytest.approx(official.roc_auc_score(y, p, multi_class="ovr"), rel=1e-12)
    assert score("logloss", y, p) == pytest.approx(official.log_loss(y, p), rel=1e-12)
    assert score("logloss", np.array(["x", "y", "z"])[y], p) == score("logloss", y, p)
    assert score("logloss", y, p * 7) == pytest.approx(score("logloss", y, p), rel=1e-12)


def test_two_columns_of_probabilities_equal_one(binary):
    """A binary task may be answered with a column per class."""
    y, p = binary
    both = np.column_stack([1 - p, p])
    for name in ("auc", "logloss", "average_precision", "brier", "gini"):
        assert score(name, y, both) == pytest.approx(score(name, y, p), rel=1e-12)


def test_labels_as_scikit_learn(several):
    """Scores of labels equal the official ones."""
    y, p = several
    z = p.argmax(axis=1)
    assert score("accuracy", y, z) == official.accuracy_score(y, z)
    assert score("balanced_accuracy", y, z) == pytest.approx(official.balanced_accuracy_score(y, z))
    assert score("mcc", y, z) == official.matthews_corrcoef(y, z)
    assert score("qwk", y, z) == pytest.approx(official.cohen_kappa_score(y, z, weights="quadratic"))
    for average in ("macro", "micro", "weighted"):
        assert score(f"f1_{average}", y, z) == official.f1_score(y, z, average=average)
    assert score("precision_macro", y, z) == official.precision_score(y, z, average="macro")
    assert score("recall_macro", y, z) == official.recall_score(y, z, average="macro")


def test_values_as_scikit_learn_and_scipy(values):
    """Scores of values equal the official ones."""
    y, v = values
    v = np.abs(v)
    assert score("rmse", y, v) == official.root_mean_squared_error(y, v)
    assert score("rmsle", y, v) == pytest.approx(official.root_mean_squared_log_error(y, v), rel=1e-12)
    assert score("mae", y, v) == official.mean_absolute_error(y, v)
    assert score("median_ae", y, v) == official.median_absolute_error(y, v)
    assert score("mape", y, v) == official.mean_absolute_percentage_error(y, v)
    assert score("r2", y, v) == official.r2_score(y, v)
    assert score("pearson", y, v) == pytest.approx(stats.pearsonr(y, v).statistic, rel=1e-12)
    assert score("spearman", y, v) == pytest.approx(stats.spearmanr(y, v).statistic, rel=1e-12)


def test_several_targets_are_averaged_as_scikit_learn_does(values):
    """Over several columns the score is the mean of theirs."""
    y, v = values
    two, guess = np.column_stack([y, y[::-1]]), np.column_stack([v, v])
    assert score("rmse", two, guess) == pytest.approx(official.root_mean_squared_error(two, guess))
    assert score("r2", two, guess) == pytest.approx(official.r2_score(two, guess))
    flags, odds = (two > 140).astype(int), guess / 400
    assert score("mean_columnwise_auc", flags, odds) == pytest.approx(official.roc_auc_score(flags, odds))
    one = score("rmse", two[:, :1], guess[:, :1])
    assert one == score("rmse", two[:, 0], guess[:, 0]) == score("rmse", two[:, 0], guess[:, :1])


def test_a_column_of_one_class_says_nothing_and_costs_nothing():
    """Rare labels may be absent from a holdout: the other columns, or classes, still count."""
    truth = np.array([[0, 0], [1, 0], [1, 0]])
    odds = np.array([[0.1, 0.3], [0.9, 0.2], [0.8, 0.1]])
    assert score("auc", truth, odds) == 1.0
    assert score("auc", [0, 1, 1], [[0.8, 0.2, 0.0], [0.1, 0.9, 0.0], [0.3, 0.7, 0.0]]) == 1.0


@pytest.mark.parametrize(
    ("truth", "predicted"),
    [
        ([1, 0, 1], ["1", "0", "1"]),
        (["1", "0", "1"], [1.0, 0.0, 1.0]),
        ([1, 0, 1], [True, False, True]),
        (["True", "False", "True"], [1, 0, 1]),
        ([1.0, 0.0, 1.0], ["01", "0.0", "1"]),
        (np.array([1, 0, 1], dtype=object), [1.0, 0.0, 1.0]),
    ],
)
def test_labels_are_compared_by_what_they_mean(truth, predicted):
    """1, "1", 1.0 and True are one label."""
    assert score("accuracy", truth, predicted) == 1.0
    assert score("f1_macro", truth, predicted) == 1.0


@pytest.mark.parametrize(
    ("name", "truth", "predicted", "words"),
    [
        ("auc", [1, 1], [0.5, 0.6], "one class"),
        ("spearman", [1, 2, 3], [5, 5, 5], "do not vary"),
        ("pearson", [5, 5, 5], [1, 2, 3], "undefined"),
        ("pearson", [1.0], [1.0], "undefined"),
        ("r2", [2, 2], [1, 2], "undefined"),
        ("rmsle", [1, 2], [1, -0.5], "predictions of 0 or more; the smallest is -0.5"),
        ("rmsle", [-1, 2], [1, 2], "targets of 0 or more"),
        ("f1", [0, 1, 2], [0, 1, 2], "f1_macro"),
        ("f1", ["no", "no"], ["no", "no"], "undefined"),
        ("qwk", [1, 1], [1, 1], "undefined"),
        ("rmse", [1, 2], [1, 2, 3], "3 predictions for 2 rows"),
        ("rmse", [[1, 2]], [[1, 2, 3]], "shape"),
        ("logloss", [0, 1, 7], [0.5, 0.5, 0.5], "3 classes in the truth, probabilities for 2"),
        ("map@3", [""], ["a"], "row 0 of the truth"),
    ],
)
def test_what_cannot_be_scored_is_said(name, truth, predicted, words):
    """An undefined score is an invalid submission with the reason, never a number."""
    with pytest.raises(SubmissionInvalid, match=words):
        score(name, truth, predicted)


def test_every_builtin_is_listed_documented_and_directed():
    """Every canonical name leads to itself, and its direction fits its family."""
    lower = {name for name in METRICS if not METRICS.named(name).higher_is_better}
    assert all(METRICS.named(name).name == name for name in METRICS)
    assert len(METRICS) >= 39
    assert lower == {
        "logloss", "error_rate", "brier", "rmse", "rmsle", "mse", "mae", "median_ae", "mape", "smape",
        *(f"mean_columnwise_{of}" for of in ("logloss", "rmse", "rmsle", "mae")),
    }  # fmt: skip


def test_a_plugin_metric_is_used_like_a_builtin_one():
    """A registered function is found by name and alias, and its direction is kept."""
    metrics = Metrics.builtin()
    added = metrics.add("worst error", lambda t, p: abs(t - p).max(), higher_is_better=False, aliases=["max_error"])
    assert metrics.named("Worst-Error") is metrics.named("neg_max_error") is added
    assert added(np.array([1.0, 2.0]), np.array([1.0, 5.0])) == 3.0
    assert added.sign == -1
    assert "worst error" in list(metrics)
    assert "worst error" not in list(METRICS), "registries share nothing"


@pytest.mark.parametrize("name", ["auc", "ROC-AUC", "neg-", "map@7", "", "--"])
def test_a_name_is_registered_once(name):
    """A name that is taken or empty cannot be registered, and leaves nothing behind."""
    metrics = Metrics.builtin()
    before = len(metrics)
    if name == "neg-":
        metrics.add(name, lambda t, p: 0.0, higher_is_better=True)
        before += 1
    with pytest.raises(PluginInvalid):
        metrics.add(name, lambda t, p: 0.0, higher_is_better=True)
    with pytest.raises(PluginInvalid):
        metrics.add("fresh", lambda t, p: 0.0, higher_is_better=True, aliases=["rmse"])
    with pytest.raises(MetricUnknown):
        metrics.named("fresh")
    assert len(metrics) == before


@pytest.mark.parametrize(
    "function", [lambda t, p: math.nan, lambda t, p: math.inf, lambda t, p: t[99], lambda t, p: None]
)
def test_a_plugin_metric_that_fails_makes_the_submission_invalid(function):
    """A NaN, or whatever a plugin's function raises, is a failed trial, never a best one and never a crash."""
    metric = Metrics().add("odd", function, higher_is_better=True)
    with pytest.raises(SubmissionInvalid, match="odd"):
        metric(np.arange(3.0), np.arange(3.0))


# Laws

finite = st.floats(-1e3, 1e3, allow_subnormal=False)
tables = st.integers(3, 30).flatmap(
    lambda n: st.tuples(st.lists(finite, min_size=n, max_size=n), st.lists(finite, min_size=n, max_size=n))
)


@given(tables, st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_moving_every_prediction_towards_the_truth_never_hurts(table, share):
    """A loss over values never grows when all errors shrink alike."""
    truth, predicted = map(np.array, table)
    closer = predicted + share * (truth - predicted)
    for name in ("rmse", "mse", "mae", "median_ae"):
        assert score(name, truth, closer) <= score(name, truth, predicted) + 1e-9
    if np.ptp(truth) > 0.1:
        assert score("r2", truth, closer) >= score("r2", truth, predicted) - 1e-9


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=2, max_size=40), st.data())
@settings(max_examples=60, deadline=None)
def test_a_better_probability_for_one_row_never_hurts(rows, data):
    """Raising a positive's probability, or lowering a negative's, never worsens a score of probabilities."""
    truth = np.array([int(true) for true, _ in rows])
    predicted = np.array([p for _, p in rows])
    at = data.draw(st.integers(0, len(rows) - 1))
    better = predicted.copy()
    better[at] = (better[at] + truth[at]) / 2
    for name in ("logloss", "brier", "auc", "gini"):
        metric = METRICS.named(name)
        if 0 < truth.sum() < len(truth) or name in {"logloss", "brier"}:
            assert metric.sign * (metric(truth, better) - metric(truth, predicted)) >= -1e-9


@given(st.integers(0, 10_000), st.sampled_from(sorted(METRICS)))
@settings(max_examples=120, deadline=None)
def test_the_order_of_rows_does_not_matter_and_the_truth_is_best(seed, name):
    """Shuffling rows changes no score; no prediction beats the truth itself."""
    metric: Metric = METRICS.named(name)
    generator = np.random.default_rng(seed)
    n = 12
    labels = np.array([0, 1] * (n // 2))
    truth, predicted = {
        "label": (labels, generator.integers(0, 2, n)),
        "probability": (labels, generator.random(n)),
        "value": (generator.random(n), generator.random(n)),
        "ranking": (np.array(list("ab"))[labels], np.array(["a b", "b a", "c a"])[generator.integers(0, 3, n)]),
    }[metric.wanted]
    order = generator.permutation(n)
    assert metric(truth[order], predicted[order]) == pytest.approx(metric(truth, predicted), abs=1e-9)
    perfect = metric(truth, truth)
    assert metric.sign * (perfect - metric(truth, predicted)) >= -1e-9
