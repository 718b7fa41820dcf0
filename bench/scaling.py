"""Gradient, greedy and `auto` with real trials, by the reliability of the reasoner.

`just bench scaling` runs what is not there yet below `--out`, seed by seed, and writes bench/results/scaling.md,
scaling.json and scaling.svg of all seeds that are whole. It goes on where it was cut off.

Protocol, written before the runs. Five tasks of gome's examples, drawn and split anew for each seed: diabetes (rmse),
wine and breast_cancer (logloss), rides (rmsle), shops (auc; 1,000 of its rows for training); rows are held out once
(`[split] folds = 1`), so that a trial takes seconds. The built-in expert at ten reliabilities: its diagnosis is
replaced by a random applicable one with probability 1 - R. Greedy asks for no diagnosis: one run a task and seed. Each
run: 12 trials, two traces, two CPU slots, no trial over 20 s, no confirmation with other seeds. What counts is the
score of the export on the test rows, whose answers no run sees, normed within each task (0 the worst run, 1 the best).
Intervals: bootstrap over tasks and seeds, 95 %, 2,000 draws.

Aims: the gradient needs at most half of greedy's trials to greedy's final search score at reliability >= 0.8; `auto` is
within 0.02 of the better of the two everywhere.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import anyio
import msgspec
import pandas as pd

import gome_treesearch
from bench.tasks import on_test
from gome import builtin
from gome.folder import RunFolder
from gome.messages import RunStarted
from gome.plugin import Registry, register_all
from gome.store import read_journal
from gome.study.cells import work
from gome.study.outcome import as_markdown, levels, scaling
from gome.study.rivals import crossover, pace, shortfall
from gome.study.row import Row, best_so_far, everywhere, row
from gome.study.spec import Cell, read_spec
from gome.summary import RunResult
from gome.task.examples import write_example

RESULTS = Path(__file__).parent / "results"
TASKS = ("diabetes", "wine", "breast_cancer", "rides", "shops")
ROWS = {"shops": 1000}  # of train.csv that are kept
BLIND = "greedy"
SPEC = """\
tasks = {tasks}
models = ["builtin@0.1", "builtin@0.2", "builtin@0.3", "builtin@0.4", "builtin@0.5", "builtin@0.6", "builtin@0.7",
          "builtin@0.8", "builtin@0.9", "builtin@1.0"]
strategies = ["greedy", "gradient", "auto"]
blind = ["greedy"]
seeds = [{seed}]
max_trials = 12
traces = 2
max_trial_s = 20
confirm_seeds = 0
"""


def main() -> None:
    """Run what is missing, and write what came of the seeds that are whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("studies/scaling"), help="where the runs are; goes on there")
    parser.add_argument("--seeds", type=int, default=5)
    told = parser.parse_args()
    rows: list[Row] = []
    for seed in range(told.seeds):
        rows += anyio.run(_one_seed, told.out / str(seed), seed)
        report = _report(rows) | {"seeds": seed + 1}
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "scaling.json").write_text(json.dumps(report, indent=2) + "\n")
        every = everywhere(rows, [BLIND])
        (RESULTS / "scaling.md").write_text(as_markdown(rows, blind=[BLIND]))
        (RESULTS / "scaling.svg").write_text(scaling(every))
        print(json.dumps(report, indent=2))


async def _one_seed(out: Path, seed: int) -> list[Row]:
    for name in TASKS:
        folder = out / "given" / name
        if not folder.exists():
            write_example(name, folder, seed=seed)
            with (folder / "task.toml").open("a") as file:
                file.write("\n[split]\nfolds = 1\n")
            if name in ROWS:
                pd.read_csv(folder / "train.csv").head(ROWS[name]).to_csv(folder / "train.csv", index=False)
    path = out / "spec.toml"
    path.write_text(SPEC.format(tasks=[f"given/{name}" for name in TASKS], seed=seed))
    registry, plugins = Registry(), [gome_treesearch.register]
    register_all(registry, (builtin.register, *plugins))
    spec = read_spec(path, registry)
    came: dict[Cell, tuple[RunResult | None, str]] = {}

    def told(cell: Cell, result: RunResult | None, error: str) -> None:
        came[cell] = result, error
        print(
            f"seed {seed}: {len(came)} of {len(list(spec.cells()))}: {cell}: {error or (result and result.best)}",
            flush=True,
        )

    await work(spec, out, plugins=plugins, told=told)
    return [await _row(cell, *came[cell], out / cell.folder, registry) for cell in spec.cells()]


async def _row(cell: Cell, result: RunResult | None, error: str, folder: Path, registry: Registry) -> Row:
    """Return a run's row, its final score being that of its export on the test rows."""
    cell = cell._replace(task=Path(cell.task).name)
    if result is None or result.submission is None:
        return row(cell, result, error)
    curve = await best_so_far(folder, higher_is_better=result.higher_is_better)
    async with read_journal(RunFolder(folder).journal) as journal:
        first = msgspec.json.decode((await journal.read(0, 1))[0].body, type=RunStarted)
    worth = on_test(cell.task, registry, first.task, Path(result.submission), seed=cell.seed)
    whole = row(cell, result, error, curve)
    return msgspec.structs.replace(whole, final_score=worth)


def _report(rows: Sequence[Row]) -> dict[str, object]:
    every = everywhere(rows, [BLIND])
    return {
        "runs": len(rows),
        "without a score": sum(r.score is None for r in rows),
        "share": levels(every),
        "gradient overtakes greedy at": crossover(every),
        "gradient's trials to greedy's final score, over greedy's own": pace(every),
        "auto less the better of the two": shortfall(every),
        "rows": [
            {
                k: v
                for k, v in msgspec.to_builtins(r).items()
                if k in {"task", "model", "strategy", "seed", "score", "final_score", "trials"}
            }
            for r in rows
        ],
    }


if __name__ == "__main__":
    main()
