"""Claims on shuffled labels: luck averages out, leaks do not."""

import msgspec
import numpy as np
import pandas as pd
import pytest
from probed_task import ROWS, TASK

from gome.evaluation.metrics import Metrics
from gome.evaluation.shuffled import ENOUGH, MOST, Shuffled


@pytest.fixture
def view(tmp_path):
    """The tables of a probe; the target is as often 1 as 0, and a number where that is asked for."""
    random = np.random.default_rng(0)
    numbers = random.normal(size=ROWS)
    pd.DataFrame({"id": range(ROWS), "y": np.arange(ROWS) % 2, "z": numbers}).to_csv(tmp_path / "train.csv")
    pd.DataFrame({"id": range(ROWS), "y": 0.5}).to_csv(tmp_path / "sample_submission.csv", index=False)
    return tmp_path


def judged(view, claims, *, before=0.8, share=0.2, task=TASK):
    """Add claims while another is asked for; return the check and how many were wanted."""
    shuffled = Shuffled(Metrics.builtin().named(task.metric), task, before=before, share=share)
    count = 0
    for claim in claims:
        shuffled.add(view, claim)
        count += 1
        if not shuffled.unsure:
            break
    return shuffled.check(), count


@pytest.mark.parametrize(
    ("claims", "before", "status", "words", "looks"),
    [
        ([0.5], 0.8, "passed", "guessing gives", 1),
        ([0.95], 0.97, "warned", "standard deviations better", 1),
        ([0.61], 0.61, "warned", "the very claim", 1),
        ([0.76, 0.78, 0.75, 0.77], 0.8, "warned", "times", 3),
        ([0.72, 0.45, 0.5], 0.8, "passed", "2 times", 2),
        ([0.72, 0.66, 0.48, 0.61], 0.8, "passed", "times", 4),
    ],
    ids=["chance", "sure", "stands still", "leaks a little", "luck once", "luck thrice"],
)
def test_labels_are_shuffled_again_while_it_could_be_luck(view, claims, before, status, words, looks):
    """One look where it is clear either way; claims that stay above guessing add up."""
    check, count = judged(view, claims, before=before)
    assert (check.status, words in check.evidence, count) == (status, True, looks)


def test_a_cross_validation_is_held_to_less(view):
    """Who measures on all rows scatters less: from the third shuffle that counts, if the claims bear it out."""
    claims = [0.60, 0.61, 0.60, 0.61]
    assert judged(view, claims, share=1.0)[0].status == "warned"
    assert judged(view, claims, share=0.2)[0].status == "passed"
    scattered = [0.60, 0.75, 0.48, 0.61]
    assert judged(view, scattered, share=1.0)[0].status == "passed"
    assert ENOUGH <= MOST


def test_errors_of_numbers_are_judged_the_other_way_round(view):
    """Less than the error of the best constant is too good, also as scikit-learn negates it."""
    task = msgspec.structs.replace(
        TASK, metric="rmse", kind="regression", wanted="value", targets=("z",), classes=(), higher_is_better=False,
        submission_columns=("id", "y"),
    )  # fmt: skip
    assert judged(view, [1.05], task=task)[0].status == "passed"
    assert judged(view, [0.2], task=task)[0].status == "warned"
    assert judged(view, [-0.2], task=task)[0].status == "warned"


def test_no_claim_says_nothing_of_labels(view):
    """Without a printed score there is nothing to hold against chance, and nothing to look at again."""
    assert judged(view, [None]) == (None, 1)
