"""The three layers, in code."""

import numpy as np
import pytest

from gome.evaluation.checks import (
    claim_check,
    constant_check,
    format_check,
    judge,
    level_check,
    perfect_check,
    verdict,
)
from gome.messages import Check, Evidence, TaskBrief, TraceId, TrialFinished, TrialId

TASK = TaskBrief(
    name="t", description="", kind="binary", metric="auc", higher_is_better=True, wanted="probability",
    id_column="id", targets=("y",), submission_columns=("id", "y"),
)  # fmt: skip


def trial(**more):
    return TrialFinished(trace=TraceId("t1"), trial=TrialId("t1-001"), stage="full", **{"status": "ok", **more})


@pytest.mark.parametrize(
    ("claimed", "score", "higher", "expected"),
    [
        (None, 0.8, True, "passed"),
        (0.81, 0.80, True, "passed"),
        (0.83, 0.80, True, "passed"),
        (0.85, 0.80, True, "warned"),
        (0.95, 0.80, True, "failed"),
        (0.10, 0.80, True, "passed"),
        (0.75, 0.80, False, "warned"),
        (0.70, 0.80, False, "failed"),
        (0.95, 0.80, False, "passed"),
        (-0.80, 0.80, False, "passed"),
        (-0.70, 0.80, False, "failed"),
    ],
)
def test_a_claim_may_not_promise_more_than_is_found(claimed, score, higher, expected):
    """Beyond 4 noise units of 0.01 a claim is suspicious, beyond 8 it is wrong; a modest one never is."""
    check = claim_check(claimed, score, 0.01, higher_is_better=higher)
    assert check.status == expected
    assert claimed is None or f"{abs(claimed):.5g}" in check.evidence


def test_a_large_holdout_does_not_make_honest_optimism_a_lie():
    """Where the noise vanishes, a unit is one percent of the way from the best constant to the score."""
    assert claim_check(0.911, 0.910, 1e-6, 0.5, higher_is_better=True).status == "passed"
    assert claim_check(0.93, 0.910, 1e-6, 0.5, higher_is_better=True).status == "warned"
    assert claim_check(0.2, 0.0, 0.0, 0.0, higher_is_better=True).status == "failed"


def test_constant_predictions_are_noticed():
    """The same prediction for every row, in every column."""
    assert constant_check(np.full(5, 0.5)).status == "warned"
    assert constant_check(np.full((5, 2), 0.5)).status == "warned"
    assert constant_check(np.array(["a", "a"])).evidence == "all 2 predictions are a"
    assert constant_check(np.array([[0, 1], [0, 2]])).status == "passed"
    assert constant_check(np.array([1.0])).status == "passed"
    assert "3 different predictions in 4 rows" in constant_check(np.array([1, 2, 3, 1])).evidence


@pytest.mark.parametrize(
    ("score", "constant", "higher", "expected", "words"),
    [
        (0.8, 0.5, True, "passed", "0.8 against 0.5"),
        (0.49, 0.5, True, "passed", "nothing was learnt"),
        (0.3, 0.5, True, "warned", "mixed up"),
        (0.3, 0.5, False, "passed", "0.3 against 0.5"),
        (0.9, 0.5, False, "warned", "mixed up"),
        (0.9, None, False, "passed", "undefined"),
    ],
)
def test_worse_than_a_constant_is_a_defect(score, constant, higher, expected, words):
    """Being clearly worse than the best constant takes a mistake; being no better happens."""
    check = level_check(score, 0.02, constant, higher_is_better=higher)
    assert check.status == expected
    assert words in check.evidence


@pytest.mark.parametrize(
    ("score", "perfect", "rows", "wanted", "limited", "expected"),
    [
        (0.0, 0.0, 50, "value", False, "warned"),
        (1e-12, 0.0, 50, "value", False, "warned"),
        (0.01, 0.0, 50, "value", False, "passed"),
        (1.0, 1.0, 5000, "label", False, "passed"),
        (1.0, 1.0, 5000, "probability", False, "passed"),
        (1e-15, 1e-15, 500, "probability", True, "warned"),
        (1e-15, 1e-15, 50, "probability", True, "passed"),
    ],
)
def test_perfection_is_suspicious_where_it_takes_a_leak(score, perfect, rows, wanted, limited, expected):
    """Numbers are never hit exactly; labels of an easy task are."""
    check = perfect_check(score, perfect, 0.7, rows=rows, wanted=wanted, limited=limited)
    assert check.status == expected


def test_the_verdict_is_that_of_the_worst_check():
    """Failed: rejected; warned: suspect; else accepted."""
    passed, warned, failed = (Check(name="x", status=status, evidence="") for status in ("passed", "warned", "failed"))
    assert verdict([]) == verdict([passed]) == "accepted"
    assert verdict([passed, warned]) == "suspect"
    assert verdict([warned, failed, passed]) == "rejected"


def test_a_trial_without_a_score_is_rejected_with_its_reason():
    """What failed, and how, is the only finding."""
    crashed = judge(trial(status="failed", error="KeyError: 'x'"), TASK)
    assert [(check.name, check.status, check.evidence) for check in crashed] == [("run", "failed", "KeyError: 'x'")]
    assert judge(trial(status="timeout"), TASK)[0].evidence == "the trial ended: timeout"
    assert judge(trial(error="row 3, column 'y': is empty"), TASK) == (format_check("row 3, column 'y': is empty"),)
    assert verdict(judge(trial(), TASK)) == "rejected"


def test_a_scored_trial_gets_the_harness_findings_and_its_claim():
    """The harness's checks come first, then the claim."""
    fits = format_check()
    found = judge(trial(score=0.8, noise=0.01, claimed=0.99, evidence=Evidence(constant=0.5), checks=(fits,)), TASK)
    assert [(check.name, check.status) for check in found] == [("format", "passed"), ("claim", "failed")]
    assert verdict(judge(trial(score=0.8, noise=0.01, claimed=0.8, checks=(fits,)), TASK)) == "accepted"
