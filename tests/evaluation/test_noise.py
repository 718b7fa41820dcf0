"""Standard errors agree with theory and with resampling, and do not depend on luck."""

import math

import msgspec
import numpy as np
import pytest

from gome.errors import SubmissionInvalid
from gome.evaluation.metrics import Metrics
from gome.evaluation.noise import DRAWS, MOST_ROWS, bootstrap, noise, paired

METRICS = Metrics.builtin()
ROWS = 1500


def example(wanted, rows=ROWS, seed=0):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, rows) if wanted == "label" else generator.integers(0, 2, rows)
    if wanted == "label":
        return labels, np.where(generator.random(rows) < 0.7, labels, generator.integers(0, 3, rows))
    if wanted == "probability":
        return labels, 1 / (1 + np.exp(-(2 * labels - 1 + generator.normal(size=rows))))
    if wanted == "value":
        truth = generator.gamma(3, size=rows)
        return truth, truth * np.exp(0.3 * generator.normal(size=rows))
    names = np.array(list("abcd"))
    return names[generator.integers(0, 4, rows)], np.array(
        [" ".join(generator.permutation(names)) for _ in range(rows)]
    )


def test_the_noise_of_a_mean_is_its_standard_error():
    """Accuracy p over n rows: sqrt(p (1 - p) / n)."""
    truth, predicted = example("label")
    p = METRICS.named("accuracy")(truth, predicted)
    assert noise(METRICS.named("accuracy"), truth, predicted) == pytest.approx(math.sqrt(p * (1 - p) / ROWS), rel=1e-3)


def test_resampling_gives_the_analytic_value():
    """The bootstrap of a mean comes near its standard error."""
    values = np.random.default_rng(1).normal(size=900)
    found = bootstrap(lambda rows: float(values[rows].mean()), 900, draws=1000)
    assert found == pytest.approx(values.std() / 30, rel=0.1)


def test_few_rows_of_many_give_the_noise_of_many():
    """Where draws hold fewer rows than there are, the spread is scaled to all of them."""
    values = np.random.default_rng(1).normal(size=40_000)
    found = bootstrap(lambda rows: float(values[rows].mean()), 40_000, draws=400)
    assert found == pytest.approx(1 / 200, rel=0.15)


CLOSED = [name for name in METRICS if METRICS.named(name).influence and not name.startswith("mean_columnwise")]


@pytest.mark.parametrize("name", [name for name in CLOSED if name not in {"map@5", "map@12", "ndcg@10"}])
def test_influence_agrees_with_resampling(name):
    """Where the noise has a closed form, it is that of the bootstrap."""
    metric = METRICS.named(name)
    truth, predicted = example(metric.wanted, rows=400)
    by_draws = bootstrap(lambda rows: metric.function(truth[rows], predicted[rows]), 400, draws=200, seed=5)
    assert noise(metric, truth, predicted) == pytest.approx(by_draws, rel=0.2)


@pytest.mark.parametrize("name", ["auc", "logloss", "brier"])
def test_influence_of_several_classes_and_columns(name):
    """The closed forms hold for one column per class, and for several targets."""
    metric = METRICS.named(name)
    generator = np.random.default_rng(2)
    truth = generator.integers(0, 3, 600)
    wide = generator.dirichlet(np.ones(3), 600) + np.eye(3)[truth]
    columns, odds = np.eye(3)[truth][:, :2], np.clip(wide[:, :2] / 2, 0.01, 0.99)
    for true, predicted in ((truth, wide / 2), (columns, odds)):
        by_draws = bootstrap(lambda rows: metric.function(true[rows], predicted[rows]), 600, draws=100)  # noqa: B023 - called at once
        assert noise(metric, true, predicted) == pytest.approx(by_draws, rel=0.3)


def test_noise_predicts_how_scores_scatter():
    """Over many independent holdouts, scores spread as the noise of one of them says."""
    metric = METRICS.named("auc")
    samples = [example("probability", rows=300, seed=seed) for seed in range(120)]
    scatter = np.std([metric(*sample) for sample in samples], ddof=1)
    assert np.mean([noise(metric, *sample) for sample in samples]) == pytest.approx(scatter, rel=0.2)


def test_a_pair_is_compared_over_the_same_rows():
    """Two nearly equal predictions differ by far less than either score's noise; better is positive."""
    for name in ("rmse", "auc", "spearman", "f1_macro"):
        metric = METRICS.named(name)
        truth, a = example(metric.wanted, rows=300)
        b = a.copy()
        b[:40] = truth[:40]
        gain, error = paired(metric, truth, a, b, draws=80)
        assert gain > 0
        assert error < noise(metric, truth, a)
        assert paired(metric, truth, b, a, draws=9)[0] == -gain
        assert paired(metric, truth, a, a, draws=9) == (0.0, 0.0)


def test_the_seed_decides():
    """Noise under one seed is the same every time; under another it is not."""
    metric = METRICS.named("spearman")
    truth, predicted = example("value")
    first = noise(metric, truth, predicted, seed=3)
    assert noise(metric, truth, predicted, seed=3) == first
    assert noise(metric, truth, predicted, seed=4) != first


def test_draws_without_a_score_are_left_out():
    """One positive among few rows is often not drawn: the noise comes from the other draws."""
    truth, odds = np.array([0, 0, 0, 1]), np.array([0.1, 0.9, 0.3, 0.5])
    metric = METRICS.named("average_precision")
    assert 0 < noise(metric, truth, odds) < 1

    def one_in_three(rows):
        if rows[0] == 0:
            raise ValueError("undefined")
        if rows[0] == 1:
            raise SubmissionInvalid("undefined")
        return float(rows.mean())

    assert bootstrap(one_in_three, 4) > 0


def test_noise_of_almost_nothing_is_zero():
    """One row, or a score that is never defined, has no spread to show."""
    metric = METRICS.named("rmse")
    assert noise(metric, np.array([1.0]), np.array([2.0])) == 0.0
    assert bootstrap(lambda rows: math.nan, 10) == 0.0
    assert bootstrap(lambda rows: 1.0, 1) == 0.0
    assert noise(metric, np.arange(9.0), np.arange(9.0)) == 0.0
    same = np.ones(5)
    assert noise(METRICS.named("auc"), same, same) == noise(METRICS.named("pearson"), same, same) == 0.0
    assert noise(METRICS.named("r2"), same, same) == 0.0


def test_comparing_what_cannot_be_scored_is_refused():
    """A pair of which one has no score has no gain."""
    with pytest.raises(SubmissionInvalid):
        paired(METRICS.named("spearman"), np.arange(5.0), np.arange(5.0), np.ones(5))


@pytest.mark.parametrize("name", ["auc", "logloss", "rmse", "f1_macro", "spearman"])
def test_noise_costs_a_bounded_number_of_scores(name):
    """None where each row's influence is known, else so many draws of no more than so many rows each."""
    metric, seen = METRICS.named(name), []

    def counted(truth, predicted):
        seen.append(len(truth))
        return metric.function(truth, predicted)

    truth, predicted = example(metric.wanted, rows=20_000)
    noise(msgspec.structs.replace(metric, function=counted), truth, predicted)
    assert seen == ([] if metric.influence else [MOST_ROWS] * DRAWS)
