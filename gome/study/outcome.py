"""From the runs of a study to its rows, its table and its figures."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from gome.folder import RunFolder, write_whole
from gome.messages import Diagnosed
from gome.store import read_journal
from gome.study.chart import Line, chart
from gome.study.intervals import Interval, crossing, mean
from gome.study.spec import Cell
from gome.summary import RunResult

Key = TypeVar("Key")
PAGE = 500
COMPARED = ("gradient", "greedy")  # strategies whose curves are said to cross


class Row(msgspec.Struct, kw_only=True):
    """One run of the study. The first six fields are a contract."""

    task: str
    model: str
    strategy: str
    seed: int
    score: float | None  # on the search holdout
    trials: int
    final_score: float | None = None  # on the final holdout
    accepted: int = 0
    steps: int = 0  # trials that were to improve on another
    improving: float | None = None  # share of these that did
    kept: float | None = None  # share of the expected gains that came true
    wall_s: float = 0.0
    device_s: float = 0.0
    tokens: int = 0
    cost_usd: float = 0.0
    metric: str = ""
    higher_is_better: bool = True
    status: str = ""
    error: str = ""
    curve: tuple[float, ...] = ()  # best search score after each trial that was judged, from the first valid one on

    @property
    def worth(self) -> float | None:
        """The score that counts, such that more is better: the final one where there is one."""
        told = self.final_score if self.final_score is not None else self.score
        return None if told is None else told if self.higher_is_better else -told


def row(cell: Cell, result: RunResult | None, error: str, curve: Sequence[float] = ()) -> Row:
    """Return a run's row."""
    if result is None:
        return Row(**cell._asdict(), score=None, trials=0, status="failed", error=error)
    best = result.best
    return Row(
        **cell._asdict(),
        score=best.score if best else None,
        trials=result.trials,
        final_score=best.final_score if best else None,
        accepted=result.accepted,
        steps=result.steps,
        improving=result.improving,
        kept=result.kept,
        wall_s=result.wall_s,
        device_s=result.device_s,
        tokens=result.tokens,
        cost_usd=result.cost_usd,
        metric=result.metric,
        higher_is_better=result.higher_is_better,
        status=result.status,
        curve=tuple(curve),
    )


async def best_so_far(folder: Path, *, higher_is_better: bool) -> list[float]:
    """Return the best search score after each judged trial of a run; nothing before the first valid one."""
    path, found, after = RunFolder(folder).journal, [], 0
    if not path.exists():
        return []
    best: float | None = None
    async with read_journal(path) as journal:
        while page := await journal.read(after, PAGE):
            after = page[-1].seq
            for record in page:
                if record.tag != "trial.diagnosed":
                    continue
                judged = msgspec.json.decode(record.body, type=Diagnosed)
                if judged.improved and judged.score is not None:
                    better = best is None or (judged.score > best if higher_is_better else judged.score < best)
                    best = judged.score if better else best
                if best is not None:
                    found.append(best)
    return found


def write(out: Path, rows: Sequence[Row]) -> tuple[Path, Path]:
    """Write the study's tables and figures. Returns the table (CSV) and the plot (SVG) by which it is known.

    Beside them: table.md, reliability.svg and curve-TASK.svg.
    """
    table, plot = out / "table.csv", out / "plot.svg"
    write_whole(table, as_csv(rows).encode())
    write_whole(out / "table.md", as_markdown(rows).encode())
    write_whole(plot, scaling(rows).encode())
    write_whole(out / "reliability.svg", reliability(rows).encode())
    for task in _in_order(row.task for row in rows):
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


def as_markdown(rows: Sequence[Row]) -> str:
    """Return the means over seeds, a line for each task, model and strategy, then what came of each strategy."""
    lines = ["| task | model | strategy | runs | score | final | trials | improving | kept |", "|" + "---|" * 9]
    for key in _in_order((row.task, row.model, row.strategy) for row in rows):
        mine = [row for row in rows if (row.task, row.model, row.strategy) == key]
        shown = [_mean(getattr(row, name) for row in mine) for name in ("score", "final_score")]
        shares = [_mean(getattr(row, name) for row in mine) for name in ("improving", "kept")]
        trials = sum(row.trials for row in mine) / len(mine)
        lines.append(f"| {' | '.join(key)} | {len(mine)} | {' | '.join(shown)} | {trials:.1f} | {' | '.join(shares)} |")
    level = normed(rows)
    lines += ["", "Scores normed within each task (0: the worst run, 1: the best), mean and 95 % interval:", ""]
    lines += ["| strategy | normed score | runs without one |", "|---|---|---|"]
    for strategy in _in_order(row.strategy for row in rows):
        values = [value for row, value in zip(rows, level, strict=True) if row.strategy == strategy]
        told = mean([value for value in values if value is not None])
        lines.append(f"| {strategy} | {_shown(told)} | {sum(value is None for value in values)} |")
    crossed = crossover(rows)
    if crossed is not None:
        lines += ["", f"{COMPARED[0]} overtakes {COMPARED[1]} at reliability {_shown(crossed)}."]
    return "\n".join([*lines, ""])


def normed(rows: Sequence[Row]) -> list[float | None]:
    """Return each run's score between the worst and the best of its task; None without a score."""
    bounds = {}
    for task in {row.task for row in rows}:
        worths = [row.worth for row in rows if row.task == task and row.worth is not None]
        bounds[task] = (min(worths, default=0.0), max(worths, default=0.0))
    found: list[float | None] = []
    for row in rows:
        low, high = bounds[row.task]
        found.append(None if row.worth is None else (row.worth - low) / (high - low) if high > low else 0.5)
    return found


def places(rows: Sequence[Row]) -> tuple[list[str], list[float]]:
    """Return the models in order, and where each stands: at its reliability, where all tell one, else 0, 1, ..."""
    models = _in_order(row.model for row in rows)
    told = {model: _told(model) for model in models}
    if all(value is not None for value in told.values()):
        models = sorted(models, key=lambda model: told[model] or 0.0)
        return models, [told[model] or 0.0 for model in models]
    return models, [float(n) for n in range(len(models))]


def scaling(rows: Sequence[Row]) -> str:
    """Return the crossover plot: normed score by model, a curve a strategy, bands of 95 %."""
    models, at = places(rows)
    level = normed(rows)
    lines = []
    for strategy in _in_order(row.strategy for row in rows):
        told = [
            mean(
                [
                    v
                    for r, v in zip(rows, level, strict=True)
                    if (r.strategy, r.model) == (strategy, m) and v is not None
                ]
            )
            for m in models
        ]
        lines.append(Line(strategy, at, *zip(*told, strict=True)))
    numbered = at != [float(n) for n in range(len(models))] or all(_told(m) is not None for m in models)
    label = "reliability of the reasoner" if numbered else "model"
    return chart("Score by reasoner", label, "score, normed within each task", lines, marks=() if numbered else models)


def reliability(rows: Sequence[Row]) -> str:
    """Return the share of expected gains that came true, for each model."""
    models, at = places(rows)
    told = [mean([row.kept for row in rows if row.model == model and row.kept is not None]) for model in models]
    line = Line("gains kept", at, *zip(*told, strict=True))
    marks = () if all(_told(model) is not None for model in models) else models
    return chart("How often expected gains came true", "model", "share", [line], marks=marks)


def progress(task: str, rows: Sequence[Row]) -> str:
    """Return the best search score by trial, mean over models and seeds, a curve a strategy."""
    lines = []
    for strategy in _in_order(row.strategy for row in rows):
        curves = [row.curve for row in rows if row.strategy == strategy and row.curve]
        length = max(map(len, curves), default=0)
        told = [mean([curve[min(n, len(curve) - 1)] for curve in curves]) for n in range(length)]
        if told:
            lines.append(Line(strategy, list(range(1, length + 1)), *zip(*told, strict=True)))
    metric = rows[0].metric if rows else ""
    return chart(task, "trials judged", f"best {metric} so far, search rows", lines)


def crossover(rows: Sequence[Row]) -> Interval | None:
    """Return the reliability from which on the gradient is ahead of the greedy search; None where it is not told."""
    models, at = places(rows)
    if len(models) < 2 or any(_told(model) is None for model in models):
        return None
    level = {
        (row.task, row.seed, row.model, row.strategy): value
        for row, value in zip(rows, normed(rows), strict=True)
        if value is not None
    }
    differences = []
    for task, seed in _in_order((row.task, row.seed) for row in rows):
        pairs = [tuple(level.get((task, seed, model, s)) for s in COMPARED) for model in models]
        if all(one is not None and other is not None for one, other in pairs):
            differences.append([(one or 0.0) - (other or 0.0) for one, other in pairs])
    return crossing(at, np.asarray(differences)) if differences else None


def _told(model: str) -> float | None:
    """The reliability that a model's name says, as `builtin@0.3` does."""
    name, mark, argument = model.partition("@")
    if name != "builtin":
        return None
    try:
        return float(argument) if mark else 1.0
    except ValueError:
        return None


def _mean(values: Iterable[float | None]) -> str:
    told = [value for value in values if value is not None]
    return f"{sum(told) / len(told):.4g}" if told else "-"


def _shown(interval: Interval) -> str:
    return f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f})"


def _in_order(keys: Iterable[Key]) -> list[Key]:
    return list(dict.fromkeys(keys))
