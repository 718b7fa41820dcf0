"""What gives the target away makes a score worthless where predictions lean on it, and that is seen."""

import msgspec
import numpy as np
import pytest

from gome.evaluation.checks import leak_check
from gome.evaluation.leaks import leaking
from gome.task.giveaways import Giveaway

RANDOM = np.random.default_rng(0)
CODES = RANDOM.integers(0, 20, 600)
ONE = Giveaway(columns=("c",), strength=0.99, state="broken", evidence="c alone explains y", codes=CODES)
FOLLOWING, FREE = CODES + RANDOM.normal(0, 1, 600), RANDOM.normal(0, 1, 600)


def test_predictions_that_follow_the_leak_are_seen():
    """Held-out rows predicted otherwise than test rows: failed. Alike: passed."""
    random = np.random.default_rng(0)
    held, test = random.random((400, 2)), random.random((600, 2))
    assert leak_check(held, test, ["why"]).status == "passed"
    assert leak_check(held, test * 0.3, ["why"]).status == "failed"
    assert "why" in leak_check(held, test * 0.3, ["why"]).evidence
    labels = np.array(["a", "b"])
    ours, alike, unlike = (labels[(side > cut).astype(int)] for side, cut in ((held, 0.5), (test, 0.5), (test, 0.95)))
    assert leak_check(ours[:, 0], alike[:, 0], [""]).status == "passed"
    assert leak_check(ours[:, 0], unlike[:, 0], ["x"]).status == "failed"


@pytest.mark.parametrize(
    ("state", "predicted", "said"),
    [
        ("broken", FOLLOWING, ("leak", "failed")),
        ("broken", FREE, ("leak", "passed")),
        ("unknown", FOLLOWING, ("giveaway", "warned")),
        ("weaker", FOLLOWING, ("giveaway", "warned")),
        ("unknown", FREE, ("giveaway", "passed")),
    ],
)
def test_what_looks_alike_in_test_is_held_against_predictions_there(state, predicted, said):
    """A broken leak that they follow: failed. One that cannot be checked: a warning. Not followed: fine."""
    for column in (predicted, np.stack([predicted, -predicted], axis=1), np.where(predicted > 9, "yes", "no")):
        if column.dtype.kind == "U" and predicted is FREE:
            continue
        [check] = leaking(predicted, column, [msgspec.structs.replace(ONE, state=state)])
        assert (check.name, check.status) == said
        assert "c alone explains y" in check.evidence


def test_a_sure_classifier_of_a_rare_class_follows_what_it_follows():
    """Its probabilities differ by next to nothing within a class; their ranks do by much."""
    rare = (CODES < 3).astype(int)
    sure = np.clip(rare + RANDOM.normal(0, 0.001, 600), 0, 1)

    [check] = leaking(sure, sure, [msgspec.structs.replace(ONE, state="unknown", codes=rare)])

    assert (check.name, check.status) == ("giveaway", "warned")


def test_nothing_is_said_of_a_copy_that_is_one_in_test_too_nor_without_test_rows():
    assert list(leaking(FREE, FOLLOWING, [msgspec.structs.replace(ONE, state="kept")])) == []
    assert list(leaking(FREE, FOLLOWING[:0], [ONE])) == []


@pytest.mark.parametrize(("strength", "status"), [(0.9, "failed"), (0.6, "warned")])
def test_what_says_nothing_in_test_counts_where_it_moves_predictions(strength, status):
    """Held-out rows, where it says something, are predicted otherwise: failed where it is all but the target."""
    one = msgspec.structs.replace(ONE, state="mute", strength=strength)
    held, test = np.random.default_rng(1).random((2, 500))
    assert [check.status for check in leaking(held, test, [one])] == ["passed"]
    [check] = leaking(held, test * 0.4, [one])
    assert (check.name, check.status) == ("leak", status)
    assert one.evidence in check.evidence
