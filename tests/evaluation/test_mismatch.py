"""A claim that fits another metric of the same predictions is told as that."""

import numpy as np
import pytest

from gome.evaluation.metrics import Metrics
from gome.evaluation.mismatch import other_metric
from gome.evaluation.noise import noise

METRICS = Metrics.builtin()


def said(name, truth, predicted, claimed):
    metric = METRICS.named(name)
    return other_metric(
        metric, metric.wanted, truth, predicted, claimed, metric(truth, predicted), noise(metric, truth, predicted)
    )


@pytest.fixture
def binary():
    random = np.random.default_rng(3)
    score = random.normal(size=1500)
    return (score + random.normal(size=1500) > 1.2).astype(int), 1 / (1 + np.exp(1.2 - score))


@pytest.mark.parametrize(("official", "claimed"), [("auc", "logloss"), ("logloss", "auc"), ("logloss", "brier")])
def test_another_metric_is_named(binary, official, claimed):
    """The evidence names the metric that was claimed."""
    truth, predicted = binary
    check = said(official, truth, predicted, METRICS.named(claimed)(truth, predicted))
    assert (check.status, claimed in check.evidence) == ("warned", True)


def test_the_metric_itself_passes(binary):
    """Near the score, negated as scikit-learn does it, or near nothing at all."""
    truth, predicted = binary
    auc = METRICS.named("auc")(truth, predicted)
    assert said("auc", truth, predicted, auc).status == "passed"
    assert said("auc", truth, predicted, auc - 0.01).status == "passed"
    assert said("auc", truth, predicted, 0.2468).status == "passed"


def test_a_score_turned_round_is_named(binary):
    """One minus the score."""
    truth, predicted = binary
    auc = METRICS.named("auc")(truth, predicted)
    assert "1 - auc" in said("auc", truth, predicted, 1 - auc).evidence
    assert said("auc", truth, predicted, 1 - auc).status == "warned"
