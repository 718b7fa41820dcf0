"""Numbers decide what a trial is, and no more is told of them than they are worth."""

import pytest

from gome.evaluation.ladder import improves, shown, shown_checks, shown_evidence, shown_gain
from gome.evaluation.ruling import Standing, rule
from gome.messages import Check, ClassScore, Evidence, TaskBrief, TraceId, TrialFinished, TrialId

TASK = TaskBrief(
    name="t", description="", kind="binary", metric="auc", higher_is_better=True, wanted="probability",
    id_column="id", targets=("y",), submission_columns=("id", "y"),
)  # fmt: skip
GOOD, DOUBTFUL = Standing(trusted=True, shown=0.8), Standing(trusted=False, shown=0.8)


def ruled(*warned, best=GOOD, gain=0.05, trials=1, **more):
    checks = tuple(Check(name=name, status="warned", evidence="") for name in warned)
    trial = TrialFinished(
        trace=TraceId("t1"), trial=TrialId("t1-002"), stage="full", checks=checks,
        **{"status": "ok", "score": 0.85, "noise": 0.02} | more,
    )  # fmt: skip
    return rule(trial, TASK, best, gain=gain, gain_noise=None if gain is None else 0.01, trials=trials)


def test_only_a_gain_beyond_its_noise_improves():
    """And with many trials behind it, only one beyond what the luckiest of them gets."""
    assert ruled(gain=0.011).improved
    assert not ruled(gain=0.009).improved
    assert not ruled(gain=0.02, trials=500).improved
    assert ruled(gain=0.03, trials=500).improved
    assert improves(0.011, 0.01, trials=1) > improves(0.011, 0.01, trials=100)


@pytest.mark.parametrize("claimed", ["early-stopping", "seed", "hard-coded", "shuffled-labels", "claimed-metric"])
def test_a_doubtful_claim_does_not_make_the_score_doubtful(claimed):
    """The verdict is suspect; the score was measured by the harness and counts."""
    found = ruled(claimed)
    assert (found.verdict, found.trusted, found.improved) == ("suspect", True, True)


@pytest.mark.parametrize("doubted", ["leak", "perfect", "constant", "level", "row-order", "files"])
def test_a_doubtful_score_replaces_none_that_is_not(doubted):
    """But is better than none, and gives way to one that may be believed even where that is lower."""
    assert not ruled(doubted).improved
    assert ruled(doubted, best=None, gain=None).improved
    assert ruled(doubted, best=DOUBTFUL).improved
    assert ruled(best=DOUBTFUL, gain=-0.3).improved


def test_what_failed_is_never_the_best():
    """No score, or a check that failed."""
    assert not ruled(best=None, gain=None, status="failed", score=None).improved
    assert ruled(best=None, gain=None, status="failed", score=None).shown is None
    assert not ruled(best=None, gain=None, claimed=0.999, noise=0.01).improved


def test_what_is_told_of_a_score():
    """A first score and a better one by their noise; one that is neither better nor clearly worse like the best."""
    assert shown(0.8123, 0.02, best=None, gain=None, improved=True) == pytest.approx(0.82)
    assert shown(0.8573, 0.02, best=0.8, gain=0.05, improved=True) == pytest.approx(0.86)
    assert shown(0.8190, 0.02, best=0.8, gain=0.015, improved=False) == 0.8
    assert shown(0.7601, 0.02, best=0.8, gain=-0.05, improved=False) == 0.8
    assert shown(0.5011, 0.02, best=0.8, gain=-0.3, improved=False) == pytest.approx(0.5)
    assert shown(0.8123, 0.0, best=None, gain=None, improved=True) == 0.8123


def test_what_is_told_of_a_gain():
    """Whole units of its noise; nothing where it is not clear."""
    assert shown_gain(None, 0.01, improved=True) is None
    assert shown_gain(0.0249, 0.01, improved=True) == 2.0
    assert shown_gain(0.0149, 0.01, improved=True) == 1.0
    assert shown_gain(0.009, 0.01, improved=False) == 0.0
    assert shown_gain(-0.03, 0.01, improved=False) == 0.0
    assert shown_gain(-0.081, 0.01, improved=False) == -8.0


def test_the_rest_is_too_coarse_to_add_up_to_the_score():
    """Classes by twentieths; checks that passed do not quote the score."""
    evidence = Evidence(classes=(ClassScore(label="a", support=9, recall=0.83, precision=0.41),))
    assert (shown_evidence(evidence).classes[0].recall, shown_evidence(evidence).classes[0].precision) == (0.85, 0.4)
    checks = tuple(
        Check(name=name, status=status, evidence="") for name, status in
        (("claim", "passed"), ("claim", "warned"), ("level", "passed"), ("format", "passed"))
    )  # fmt: skip
    assert [(check.name, check.status) for check in shown_checks(checks)] == [("claim", "warned"), ("format", "passed")]


def test_trials_of_older_runs_are_believed_by_their_verdict():
    """Messages from before `trusted` have none."""
    from gome.messages import Diagnosed, Hypothesis

    said = Diagnosed(
        trace=TraceId("t1"), trial=TrialId("t1-001"), verdict="suspect", improved=True, score=0.8, noise=0.1, gain=None,
        gain_noise=None, best=None, hypothesis=Hypothesis(caption="", component="model", statement=""),
    )  # fmt: skip
    assert not said.believed
