"""Medals agree with MLE-Bench's rules, and with its graded reports where those are at hand."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gome.evaluation.medals import medal, rows, thresholds

TRUTH = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.parametrize(
    ("teams", "expected"),
    [
        (1, (1, 1, 1)), (9, (1, 1, 3)), (10, (1, 2, 4)), (99, (9, 19, 39)), (100, (10, 20, 40)), (249, (10, 49, 99)),
        (250, (10, 50, 100)), (500, (11, 50, 100)), (999, (11, 50, 100)), (1000, (12, 50, 100)),
        (1500, (13, 75, 150)), (5000, (20, 250, 500)),
    ],
)  # fmt: skip
def test_the_rows_that_earn_medals(teams, expected):
    """Gold, silver and bronze end at these rows."""
    assert rows(teams) == expected


@given(st.integers(1, 20_000))
def test_medals_grow_harder_towards_gold(teams):
    """Whatever the number of teams: 1 <= gold <= silver <= bronze <= teams."""
    gold, silver, bronze = rows(teams)
    assert 1 <= gold <= silver <= bronze <= teams


@pytest.mark.parametrize("lower", [False, True])
def test_thresholds_of_a_leaderboard(lower):
    """Scores come in rank order; the direction is told by the first and the last."""
    board = np.arange(100.0) if lower else np.arange(100.0)[::-1]
    found = thresholds(pd.Series(board))
    assert found.lower_is_better is lower
    assert (found.gold, found.silver, found.bronze, found.median) == (
        (9, 19, 39, 49.5) if lower else (90, 80, 60, 49.5)
    )
    gold, silver, bronze = found
    assert medal(gold, found, lower_is_better=lower) == "gold"
    worse = 0.5 if lower else -0.5
    assert medal(gold + worse, (gold, silver, bronze), lower_is_better=lower) == "silver"
    assert medal(silver + worse, found, lower_is_better=lower) == "bronze"
    assert medal(bronze + worse, found, lower_is_better=lower) is None
    assert found.above_median(gold)
    assert not found.above_median(found.median)
    assert not found.above_median(None)


def test_odd_leaderboards():
    """One team, ties, gaps and nothing at all."""
    assert thresholds([0.5]).lower_is_better is False
    assert list(thresholds([0.5, 0.5])) == [0.5, 0.5, 0.5]
    assert thresholds([math.nan, 1.0]).lower_is_better is False
    assert thresholds([2.0, math.nan, 1.0]).median == 1.5
    assert math.isnan(thresholds([math.nan]).median)
    with pytest.raises(ValueError, match="at least one"):
        thresholds([])


def test_no_score_no_medal():
    """Neither None nor NaN earns anything, in either direction."""
    for lower in (False, True):
        assert medal(None, (1, 1, 1), lower_is_better=lower) is None
        assert medal(math.nan, (1, 1, 1), lower_is_better=lower) is None


def read(name):
    path = TRUTH / name
    if not path.exists():
        pytest.skip(f"needs {name} beside the repository")
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def test_every_graded_report_is_reproduced():
    """Medal and median of all 233 published rows."""
    graded = read("mlebench_grading_truth.jsonl")
    assert len(graded) == 233
    for row in graded:
        levels = tuple(row[f"{name}_threshold"] for name in ("gold", "silver", "bronze"))
        expected = next((name for name in ("gold", "silver", "bronze") if row[f"{name}_medal"]), None)
        assert medal(row["score"], levels, lower_is_better=row["is_lower_better"]) == expected, row
        board = thresholds([0.0, 1.0] if row["is_lower_better"] else [1.0, 0.0])
        board = type(board)(*levels, row["median_threshold"], row["is_lower_better"])
        assert board.above_median(row["score"]) == row["above_median"], row
        assert (expected is not None) == row["any_medal"]
