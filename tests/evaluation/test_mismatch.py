"""A claim that fits another metric of the same predictions is told as that."""

import numpy as np
import pytest

from gome.evaluation.metrics import Metrics
from gome.evaluation.mismatch import other_metric
from gome.evaluation.noise import noise

METRICS = Metrics.builtin()


def said(name, truth, predicted, claimed, code=""):
    metric = METRICS.named(name)
    score, error = metric(truth, predicted), noise(metric, truth, predicted)
    return other_metric(metric, metric.wanted, truth, predicted, claimed, score, error, code)


@pytest.fixture
def binary():
    random = np.random.default_rng(3)
    score = random.normal(size=1500)
    return (score + random.normal(size=1500) > 1.2).astype(int), 1 / (1 + np.exp(1.2 - score))


@pytest.mark.parametrize(("official", "claimed"), [("auc", "logloss"), ("logloss", "auc"), ("logloss", "brier")])
def test_another_metric_is_named(binary, official, claimed):
    """The evidence names the metric that was claimed."""
    truth, predicted = binary
    words = {"logloss": "log_loss(y, p)", "auc": "roc_auc_score(y, p)", "brier": "# the Brier score"}[claimed]
    check = said(official, truth, predicted, METRICS.named(claimed)(truth, predicted), words)
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
    code = "print('score:', 1 - roc_auc_score(y, p))"
    assert "1 - auc" in said("auc", truth, predicted, 1 - auc, code).evidence
    assert said("auc", truth, predicted, 1 - auc, code).status == "warned"
    assert said("auc", truth, predicted, 1 - auc, "print(roc_auc_score(y, p))").status == "passed"


def test_a_chance_match_accuses_nobody(binary):
    """Of many metrics one is near: it counts where the program names it, or flatters and names none."""
    truth, predicted = binary
    loss = METRICS.named("logloss")(truth, predicted)
    assert said("auc", truth, predicted, loss, "print(roc_auc_score(y, p))").status == "passed"
    assert said("auc", truth, predicted, loss, "print(roc_auc_score(y, p), log_loss(y, p))").status == "passed"
    assert said("auc", truth, predicted, loss, "print(mine(y, p))").status == "passed"
    auc = METRICS.named("auc")(truth, predicted)
    brier = METRICS.named("brier")(truth, predicted)
    assert said("logloss", truth, predicted, brier, "print(mine(y, p))").status == "warned"
    assert said("logloss", truth, predicted, brier, "print(log_loss(y, p))").status == "passed"
    assert said("logloss", truth, predicted, brier, "print(log_loss(y, p), brier_score_loss(y, p))").status == "warned"
    assert said("logloss", truth, predicted, auc, "print(roc_auc_score(y, p))").status == "warned"
