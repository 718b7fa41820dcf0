"""From runs to a table: scores are normed within a task, curves cross where they do, intervals hold what they say."""

import csv
import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gome.study.chart import Line, chart
from gome.study.intervals import crossing, mean, ratio
from gome.study.outcome import as_csv, as_markdown, write
from gome.study.rivals import crossover, pace, shortfall
from gome.study.row import Row, everywhere, normed, places


def row(task="a", model="builtin", strategy="gradient", seed=0, score=0.5, **more):
    return Row(task=task, model=model, strategy=strategy, seed=seed, score=score, trials=3, metric="auc", **more)


def scaling_rows():
    """The gradient gains with reliability, greedy does not: they cross at 0.4."""
    return [
        row(task, f"builtin@{r}", strategy, seed, score=(r if strategy == "gradient" else 0.4) + 0.01 * seed)
        for task in "ab"
        for r in (0.2, 0.6, 1.0)
        for strategy in ("gradient", "greedy")
        for seed in range(3)
    ]


def test_scores_are_normed_within_their_task_whatever_its_metric():
    """The worst run is 0, the best 1; a run without a score has none."""
    rows = [row(score=0.6), row(score=0.8, seed=1), row(score=None, seed=2)]
    rows += [row("b", score=30.0, higher_is_better=False), row("b", score=10.0, seed=1, higher_is_better=False)]
    assert normed(rows) == [0.0, 1.0, None, 0.0, 1.0]
    assert normed([row(score=0.6, final_score=0.7), row(score=0.9, final_score=0.65)]) == [1.0, 0.0]


def test_the_curves_cross_where_they_do():
    """Read off the models' names; where no name tells a reliability there is no crossing."""
    found = crossover(scaling_rows())
    assert found.value == pytest.approx(0.4)
    assert found.low <= 0.4 <= found.high
    assert crossover([row(model="gpt-5"), row(model="gpt-4")]) is None
    assert places(scaling_rows()[:6])[1] == [0.2]


def test_the_pace_is_the_trials_to_what_greedy_came_to_over_its_own():
    """Trials that gave no valid score first count; who never comes to it counts with twice its trials."""
    greedy = [row("a", "builtin", "greedy", curve=(0.5, 0.6, 0.6)), row("b", "builtin", "greedy", curve=(0.7,))]
    ahead = [row("a", curve=(0.6, 0.6, 0.9)), row("b", curve=(0.1, 0.2, 0.3))]
    found = pace(greedy + ahead)["builtin"]
    assert found.value == pytest.approx((1 + 6) / (2 + 3))
    assert found.low <= found.value <= found.high
    falling = [
        row(strategy=name, curve=curve, higher_is_better=False)
        for name, curve in (("greedy", (9.0, 5.0, 5.0)), ("gradient", (8.0, 7.0, 5.0)))
    ]
    assert pace(falling)["builtin"].value == pytest.approx(3 / 2)
    assert pace(ahead) == {}


def test_auto_is_held_against_what_is_better_on_the_whole():
    """Not against the better of each pair of runs, which nobody could have chosen."""
    scores = {"gradient": (0.0, 1.0), "greedy": (0.5, 0.2), "auto": (0.4, 0.6)}
    rows = [row(strategy=name, seed=n, score=score) for name, told in scores.items() for n, score in enumerate(told)]
    assert shortfall(rows)["builtin"].value == pytest.approx((0.4 - 0.0 + 0.6 - 1.0) / 2)
    assert shortfall([line for line in rows if line.strategy != "auto"]) == {}


def test_a_blind_strategy_stands_beside_every_model():
    """Its runs with one model are everybody's: figures show it along the whole axis, the table once."""
    rows = [line for line in scaling_rows() if line.strategy == "gradient" or line.model == "builtin@0.2"]
    assert crossover(rows) is None
    every = everywhere(rows, ["greedy"])
    assert crossover(every) == crossover(scaling_rows())
    assert "overtakes greedy" in as_markdown(rows, blind=["greedy"])
    assert "overtakes greedy" not in as_markdown(rows)


def test_a_ratio_of_sums_weighs_by_size():
    """Not the mean of ratios, which one small denominator carries away."""
    assert ratio(np.array([[1.0, 1.0], [5.0, 9.0]])).value == pytest.approx(0.6)


def test_the_table_holds_a_line_a_run_and_the_figures_are_svg(tmp_path):
    """CSV for programs, Markdown for people."""
    rows = scaling_rows()
    rows[0].curve = (0.1, 0.2)
    table, plot = write(tmp_path, rows)
    lines = list(csv.DictReader(io.StringIO(table.read_text())))
    assert len(lines) == len(rows)
    assert {"task", "model", "strategy", "seed", "score", "trials"} <= set(lines[0])
    for figure in (plot, tmp_path / "reliability.svg", tmp_path / "curve-a.svg"):
        assert ET.fromstring(figure.read_text()).tag.endswith("svg")
    assert "overtakes greedy at reliability 0.4" in as_markdown(rows)
    assert as_csv([row(score=None)]).splitlines()[1].startswith("a,builtin,gradient,0,,3")


def test_a_chart_escapes_names_and_leaves_out_what_is_not_finite():
    """A model's name may hold anything."""
    svg = chart("a < b", "x", "y", [Line("<&>", [0, 1], [float("nan"), 1.0], [0, 1], [1, 2])])
    assert "&lt;&amp;&gt;" in svg
    assert "nan" not in svg
    assert ET.fromstring(chart("empty", "x", "y", [])).tag.endswith("svg")


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30))
def test_a_mean_lies_in_its_interval(values):
    """And the interval in the range of the values."""
    told = mean(values)
    assert min(values) - 1e-6 <= told.low <= told.high <= max(values) + 1e-6
    assert told.low - 1e-6 <= told.value <= told.high + 1e-6


def test_an_interval_covers_the_truth_as_often_as_it_says():
    """95 % nominal; a percentile bootstrap of 40 covers somewhat less."""
    rng = np.random.default_rng(0)
    covered = sum(m.low <= 0.0 <= m.high for m in (mean(rng.normal(size=40), seed=n) for n in range(200)))
    assert 0.88 < covered / 200 < 0.99


def test_curves_that_do_not_cross_have_no_crossing():
    """And one that does in some draws only has a wide interval."""
    assert crossing([0.0, 1.0], np.array([[0.1, 0.2], [0.3, 0.2]])) is None
    wide = crossing([0.0, 1.0], np.array([[-1.0, 1.2], [0.5, 0.6], [-0.6, 0.4]]))
    assert wide.high - wide.low > 0.1
