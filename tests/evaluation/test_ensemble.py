"""Ensembles: means that help are found, members that do not are left out, whatever the metric reads."""

import numpy as np
import pytest

from gome.evaluation.ensemble import Blend, select
from gome.evaluation.metrics import Metrics

METRICS = Metrics.builtin()
ROWS = 400


def chosen(name, truth, predictions, *, wanted, classes=(), seed=0):
    metric = METRICS.named(name)
    blend = Blend.of(metric, wanted, classes)
    order = np.argsort([-metric.sign * metric(truth, one) for one in predictions], kind="stable")
    weights = select(blend, metric, truth, [predictions[at] for at in order], seed=seed)
    mixed = sum(weight * blend.spread(predictions[at]) for weight, at in zip(weights, order, strict=True))
    return dict(zip(map(int, order), weights, strict=True)), metric(truth, blend.settle(mixed))


def test_independent_errors_are_averaged():
    """Of six equal members with errors of their own, several share the weight and the error falls."""
    random = np.random.default_rng(0)
    truth = random.normal(size=ROWS)
    predictions = [truth + random.normal(size=ROWS) for _ in range(6)]
    weights, score = chosen("rmse", truth, predictions, wanted="value")
    assert sum(weights.values()) == pytest.approx(1)
    assert sum(weight > 0 for weight in weights.values()) >= 4
    assert score < 0.6 * min(METRICS.named("rmse")(truth, one) for one in predictions)


def test_a_member_that_only_harms_is_left_out():
    """Weight goes where it helps."""
    random = np.random.default_rng(1)
    truth = random.normal(size=ROWS)
    good = [truth + 0.3 * random.normal(size=ROWS) for _ in range(4)]
    weights, _ = chosen("rmse", truth, [*good, random.normal(size=ROWS) * 5], wanted="value")
    assert weights[4] == 0


def test_chance_members_are_not_mistaken_for_a_gain():
    """Among many members of pure noise and one that knows, the one keeps most of the weight."""
    random = np.random.default_rng(2)
    truth = random.integers(0, 2, ROWS)
    knowing = np.clip(truth * 0.6 + 0.2 + 0.1 * random.normal(size=ROWS), 0.01, 0.99)
    noise = [random.uniform(0.3, 0.7, ROWS) for _ in range(15)]
    weights, _ = chosen("logloss", truth, [knowing, *noise], wanted="probability", classes=("0", "1"))
    assert weights[0] > 0.8


def test_scores_that_only_rank_are_averaged_as_ranks():
    """One member on a scale of thousands does not drown the other."""
    random = np.random.default_rng(3)
    truth = random.integers(0, 2, ROWS)
    one, other = truth + random.normal(size=ROWS), 1e4 * (truth + random.normal(size=ROWS))
    weights, score = chosen("auc", truth, [one, other], wanted="probability", classes=("0", "1"))
    assert min(weights.values()) > 0.2
    assert score > max(METRICS.named("auc")(truth, member) for member in (one, other))


@pytest.mark.parametrize(("name", "how"), [("accuracy", "vote"), ("qwk", "median"), ("f1_macro", "vote")])
def test_labels_are_voted_on(name, how):
    """Members that err on rows of their own outvote each other's errors; orders are kept by the median."""
    random = np.random.default_rng(4)
    truth = random.integers(0, 4, ROWS)
    classes = ("0", "1", "2", "3")
    predictions = [np.where(random.random(ROWS) < 0.3, random.integers(0, 4, ROWS), truth) for _ in range(5)]
    assert Blend.of(METRICS.named(name), "label", classes).how == how
    _, score = chosen(name, truth, predictions, wanted="label", classes=classes)
    assert score > max(METRICS.named(name)(truth, one) for one in predictions)


def test_a_median_of_labels_lies_between_them():
    """Weights of a half and more decide; ends do not average to what nobody said."""
    blend = Blend(how="median", classes=("1", "2", "3"))
    mixed = 0.4 * blend.spread(np.array([1, 1])) + 0.6 * blend.spread(np.array([3, 2]))
    assert blend.settle(mixed).tolist() == [3, 2]


def test_several_targets():
    """Each column has its own mean."""
    random = np.random.default_rng(5)
    truth = random.normal(size=(ROWS, 2))
    predictions = [truth + random.normal(size=(ROWS, 2)) for _ in range(4)]
    _, score = chosen("mean_columnwise_rmse", truth, predictions, wanted="value")
    assert score < min(METRICS.named("mean_columnwise_rmse")(truth, one) for one in predictions)


def test_orders_of_guesses_are_not_averaged():
    """Where a prediction is a list of guesses, there is no ensemble."""
    assert Blend.of(METRICS.named("map@5"), "ranking", ()) is None
