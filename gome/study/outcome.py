"""From the runs of a study to its rows, its table and its figures."""

import csv
import io
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from gome.folder import write_whole
from gome.study.chart import Line, chart
from gome.study.intervals import Interval, mean
from gome.study.rivals import AHEAD, BEHIND, MIXED, crossover, pace, shortfall
from gome.study.row import Row, everywhere, in_order, normed, places, reliability_of


def write(out: Path, rows: Sequence[Row], *, blind: Collection[str] = ()) -> tuple[Path, Path]:
    """Write the study's tables and figures. Returns the table (CSV) and the plot (SVG) by which it is known.

    Beside them: table.md, reliability.svg and curve-TASK.svg. What `blind` strategies came to stands for every model.
    """
    table, plot = out / "table.csv", out / "plot.svg"
    write_whole(table, as_csv(rows).encode())
    write_whole(out / "table.md", as_markdown(rows, blind=blind).encode())
    write_whole(plot, scaling(everywhere(rows, blind)).encode())
    write_whole(out / "reliability.svg", reliability(rows).encode())
    for task in in_order(row.task for row in rows):
        name = Path(task.removeprefix("example:")).name
        write_whole(out / f"curve-{name}.svg", progress(task, [row for row in rows if row.task == task]).encode())
    return table, plot


def as_csv(rows: Sequence[Row]) -> str:
    """Return one line a run."""
    fields = [name for name in Row.__struct_fields__ if name != "curve"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(fields)
    for row in rows:
        writer.writerow("" if (value := getattr(row, name)) is None else value for name in fields)
    return text.getvalue()


def as_markdown(rows: Sequence[Row], *, blind: Collection[str] = ()) -> str:
    """Return the means over seeds, a line for each task, model and strategy, then what came of each strategy."""
    lines = ["| task | model | strategy | runs | score | final | trials | improving | kept |", "|" + "---|" * 9]
    for key in in_order((row.task, row.model, row.strategy) for row in rows):
        mine = [row for row in rows if (row.task, row.model, row.strategy) == key]
        shown = [_mean(getattr(row, name) for row in mine) for name in ("score", "final_score")]
        shares = [_mean(getattr(row, name) for row in mine) for name in ("improving", "kept")]
        trials = sum(row.trials for row in mine) / len(mine)
        lines.append(f"| {' | '.join(key)} | {len(mine)} | {' | '.join(shown)} | {trials:.1f} | {' | '.join(shares)} |")
    level = normed(rows)
    lines += ["", "Scores normed within each task (0: the worst run, 1: the best), mean and 95 % interval:", ""]
    lines += ["| strategy | normed score | runs without one |", "|---|---|---|"]
    for strategy in in_order(row.strategy for row in rows):
        values = [value for row, value in zip(rows, level, strict=True) if row.strategy == strategy]
        told = mean([value for value in values if value is not None])
        lines.append(f"| {strategy} | {_shown(told)} | {sum(value is None for value in values)} |")
    every = everywhere(rows, blind)
    crossed = crossover(every)
    if crossed is not None:
        lines += ["", f"{AHEAD} overtakes {BEHIND} at reliability {_shown(crossed)}."]
    for by_model, what in (
        (pace(every), f"Trials of {AHEAD} to the best search score of {BEHIND}, over those of {BEHIND}"),
        (shortfall(every), f"Normed score of {MIXED} less that of the better of {AHEAD} and {BEHIND}"),
    ):
        if by_model:
            lines += ["", f"{what}:", "", "| model | |", "|---|---|"]
            lines += [f"| {model} | {_shown(interval)} |" for model, interval in by_model.items()]
    return "\n".join([*lines, ""])


def scaling(rows: Sequence[Row]) -> str:
    """Return the crossover plot: normed score by model, a curve a strategy, bands of 95 %."""
    models, at = places(rows)
    lines = [Line(name, at, *zip(*curve.values(), strict=True)) for name, curve in levels(rows).items()]
    numbered = at != [float(n) for n in range(len(models))] or all(reliability_of(m) is not None for m in models)
    label = "reliability of the reasoner" if numbered else "model"
    return chart("Score by reasoner", label, "score, normed within each task", lines, marks=() if numbered else models)


def levels(rows: Sequence[Row]) -> dict[str, dict[str, Interval]]:
    """Return the mean normed score of each strategy, by the model."""
    level = list(zip(rows, normed(rows), strict=True))
    return {
        strategy: {
            model: mean([v for row, v in level if (row.strategy, row.model) == (strategy, model) and v is not None])
            for model in places(rows)[0]
        }
        for strategy in in_order(row.strategy for row in rows)
    }


def reliability(rows: Sequence[Row]) -> str:
    """Return the share of expected gains that came true, for each model."""
    models, at = places(rows)
    told = [mean([row.kept for row in rows if row.model == model and row.kept is not None]) for model in models]
    line = Line("gains kept", at, *zip(*told, strict=True))
    marks = () if all(reliability_of(model) is not None for model in models) else models
    return chart("How often expected gains came true", "model", "share", [line], marks=marks)


def progress(task: str, rows: Sequence[Row]) -> str:
    """Return the best search score by trial, mean over models and seeds, a curve a strategy."""
    lines = []
    for strategy in in_order(row.strategy for row in rows):
        curves = [row.curve for row in rows if row.strategy == strategy and row.curve]
        length = max(map(len, curves), default=0)
        told = [mean([curve[min(n, len(curve) - 1)] for curve in curves]) for n in range(length)]
        if told:
            lines.append(Line(strategy, list(range(1, length + 1)), *zip(*told, strict=True)))
    metric = rows[0].metric if rows else ""
    return chart(task, "trials judged", f"best {metric} so far, search rows", lines)


def _mean(values: Iterable[float | None]) -> str:
    told = [value for value in values if value is not None]
    return f"{sum(told) / len(told):.4g}" if told else "-"


def _shown(interval: Interval) -> str:
    return f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f})"
