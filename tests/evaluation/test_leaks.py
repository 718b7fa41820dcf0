"""A column that tells too much and is not alike in test makes a score worthless, and that is seen."""

import numpy as np

from gome.evaluation.checks import leak_check
from gome.evaluation.leaks import unlike
from gome.messages import Column, Profile


def column(**more):
    return Column(
        **{"name": "c", "kind": "numeric", "missing": 0.0, "distinct": 9, "association": 0.99, "shift": 0.9} | more
    )


def profile(*columns):
    return Profile(rows=9, test_rows=9, columns=columns, targets=())


def test_only_a_column_that_is_there_and_unlike_is_a_danger_to_scores():
    """Absent from test: not shown for held-out rows either. Alike in test: simply a good column."""
    assert "c alone explains" in unlike(profile(column()))[0]
    assert unlike(profile(column(in_test=False))) == ()
    assert unlike(profile(column(shift=0.1))) == ()
    assert unlike(profile(column(association=0.4))) == ()
    assert unlike(profile(column(shift=None))) == ()


def test_predictions_that_follow_the_leak_are_seen():
    """Held-out rows predicted otherwise than test rows: failed. Alike: passed."""
    random = np.random.default_rng(0)
    held, test = random.random((400, 2)), random.random((600, 2))
    assert leak_check(held, test, ["why"]).status == "passed"
    assert leak_check(held, test * 0.3, ["why"]).status == "failed"
    assert "why" in leak_check(held, test * 0.3, ["why"]).evidence
    labels = np.array(["a", "b"])
    ours, alike, unlike_ = (labels[(side > cut).astype(int)] for side, cut in ((held, 0.5), (test, 0.5), (test, 0.95)))
    assert leak_check(ours[:, 0], alike[:, 0], [""]).status == "passed"
    assert leak_check(ours[:, 0], unlike_[:, 0], ["x"]).status == "failed"
