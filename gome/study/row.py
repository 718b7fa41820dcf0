"""One run of a study as a row, and what rows are beside each other."""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from gome.folder import RunFolder
from gome.messages import Diagnosed
from gome.store import read_journal
from gome.study.spec import Cell
from gome.summary import RunResult

Key = TypeVar("Key")
PAGE = 500


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


def everywhere(rows: Sequence[Row], blind: Collection[str]) -> list[Row]:
    """Return the rows with those of blind strategies, which ran with one model, standing for all models."""
    models = in_order(row.model for row in rows)
    found = [row for row in rows if row.strategy not in blind]
    return found + [
        msgspec.structs.replace(row, model=model) for row in rows if row.strategy in blind for model in models
    ]


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
    models = in_order(row.model for row in rows)
    told = {model: reliability_of(model) for model in models}
    if all(value is not None for value in told.values()):
        models = sorted(models, key=lambda model: told[model] or 0.0)
        return models, [told[model] or 0.0 for model in models]
    return models, [float(n) for n in range(len(models))]


def reliability_of(model: str) -> float | None:
    """Return the reliability that a model's name tells, as `builtin@0.3` does; None where it tells none."""
    name, mark, argument = model.partition("@")
    if name != "builtin":
        return None
    try:
        return float(argument) if mark else 1.0
    except ValueError:
        return None


def in_order(keys: Iterable[Key]) -> list[Key]:
    """Return each once, as first met."""
    return list(dict.fromkeys(keys))
