"""Seven small tasks, three minutes each, the built-in model: beside a default LightGBM and the best constant.

`just bench tasks` writes bench/results/tasks.md and tasks.json; `just bench tasks --quick` takes 45 seconds a task
instead, and writes beside them. The final holdout is scored for both on the same rows, LightGBM having learnt from
the rows that gome's trials learnt from. The test rows, whose answers no run ever sees, are scored for gome's export,
for LightGBM fitted on all labelled rows, and for the best single trial as it was: what an ensemble and the refit
add to that is the last question here.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import anyio
import lightgbm
import numpy as np
import pandas as pd

from gome import builtin
from gome.budget import parse_duration
from gome.final.comparison import ENSEMBLE
from gome.folder import RunFolder
from gome.messages import FinalistsScored, TaskBrief
from gome.plugin import Registry
from gome.prepare import prepare, read_task
from gome.runtime import Runtime
from gome.settings import Settings
from gome.task.examples import EXAMPLES, example_answers, write_example

RESULTS = Path(__file__).parent / "results"


def default_lightgbm(folder: Path, brief: TaskBrief, submission: Path) -> None:
    """Fit LightGBM with its defaults, text and dates as integer codes, and write a submission."""
    train, test = pd.read_csv(folder / "train.csv"), pd.read_csv(folder / "test.csv")
    sample = pd.read_csv(folder / "sample_submission.csv")
    features = [c for c in test.columns if c in train.columns and c not in {brief.id_column, *brief.targets}]
    both = pd.concat([train[features], test[features]])
    for column in features:
        if not pd.api.types.is_numeric_dtype(both[column]):
            both[column] = both[column].astype("category").cat.codes
    x, x_test = both.iloc[: len(train)], both.iloc[len(train) :]
    columns = [c for c in sample.columns if c != brief.id_column]
    target = train[brief.targets[0]]
    if brief.kind == "regression":
        sample[columns[0]] = np.clip(lightgbm.LGBMRegressor(verbose=-1).fit(x, target).predict(x_test), 0, None)
    else:
        model = lightgbm.LGBMClassifier(verbose=-1).fit(x, target.astype(str))
        if brief.wanted == "label":
            sample[columns[0]] = model.predict(x_test)
        else:
            chances = pd.DataFrame(model.predict_proba(x_test), columns=model.classes_)
            if len(columns) == 1:
                sample[columns[0]] = chances[brief.classes[-1]].to_numpy()
            else:
                sample[columns] = chances[list(brief.classes)].to_numpy()
    sample.to_csv(submission, index=False)


def on_test(name: str, registry: Registry, brief: TaskBrief, submission: Path, *, seed: int) -> float:
    """Score predictions of the test rows with the answers that no run sees."""
    truth, predicted = example_answers(name, seed=seed), pd.read_csv(submission)
    columns = [c for c in predicted.columns if c != brief.id_column]
    if brief.id_column is not None:
        predicted = predicted.set_index(brief.id_column).loc[truth[brief.id_column]].reset_index()
    labels = truth[brief.targets[0]]
    metric = registry.metrics.named(brief.metric)
    if brief.kind != "regression" and brief.wanted == "probability":
        codes = labels.astype(str).map({c: i for i, c in enumerate(brief.classes)}).to_numpy()
        values = predicted[columns[0]].to_numpy() if len(columns) == 1 else predicted[columns].to_numpy()
        return metric(codes, values)
    if brief.wanted == "label":
        return metric(labels.astype(str).to_numpy(), predicted[columns[0]].astype(str).to_numpy())
    return metric(labels.to_numpy(), predicted[columns[0]].to_numpy())


def _fresh(path: Path) -> RunFolder:
    folder = RunFolder(path)
    folder.create()
    return folder


async def one(name: str, folder: Path, budget_s: float, seed: int) -> dict[str, object]:
    """Run one task and both baselines."""
    task_folder = folder / name
    write_example(name, task_folder, seed=seed)
    registry = Registry()
    builtin.register(registry)
    settings = Settings(budget_s=budget_s, seed=seed)
    task = read_task(task_folder, registry.metrics)
    prepared = prepare(task, _fresh(folder / f"{name}-reference"), settings, registry)
    submission = folder / f"{name}-lightgbm.csv"
    turns = [folder / f"{name}-lightgbm-{turn}.csv" for turn in range(prepared.turns)]
    for search, answers in zip(prepared.inputs.searches, turns, strict=True):
        default_lightgbm(search, prepared.brief, answers)
    prepared.harness.gather(turns, folder / f"{name}-lightgbm-all.csv")
    lightgbm_final, _ = prepared.harness.final(folder / f"{name}-lightgbm-all.csv")
    default_lightgbm(prepared.inputs.full, prepared.brief, submission)
    lightgbm_test = on_test(name, registry, prepared.brief, submission, seed=seed)
    began = time.monotonic()
    async with Runtime(settings) as runtime:
        run = await runtime.start(task_folder, out=folder / f"{name}-run")
        messages = [envelope.message async for envelope in run.events()]
        result = await run.result()
    assert result.best is not None
    sign = 1 if prepared.brief.higher_is_better else -1
    gome_test = on_test(name, registry, prepared.brief, Path(str(result.submission)), seed=seed)
    [scored] = [message for message in messages if isinstance(message, FinalistsScored)]
    single = next(score for score in scored.scores if score.trial != ENSEMBLE)
    alone = folder / f"{name}-single.csv"
    prepared.harness.official(run.folder.submission(single.trial)).to_csv(alone, index=False)
    single_test = on_test(name, registry, prepared.brief, alone, seed=seed)
    together = next((score for score in scored.scores if score.trial == ENSEMBLE), None)
    constant = prepared.harness.constant
    return {
        "task": name,
        "metric": prepared.brief.metric,
        "constant": constant,
        "lightgbm_final": lightgbm_final,
        "gome_final": result.best.final_score,
        "final_better": bool(sign * (result.best.final_score - lightgbm_final) > 0),
        "lightgbm_test": lightgbm_test,
        "gome_test": gome_test,
        "test_better": bool(sign * (gome_test - lightgbm_test) > 0),
        "beats_constant": constant is None or bool(sign * (result.best.final_score - constant) > 0),
        "single_test": single_test,
        "members": len(scored.members),
        "refitted": scored.refit is not None,
        "export_better": bool(sign * (gome_test - single_test) > 0),
        "export_worse": bool(sign * (gome_test - single_test) < 0),
        "ensemble_against_final": together is not None and bool(sign * (together.final - single.final) <= 0),
        "reason": scored.reason,
        "first": result.first.score if result.first else None,
        "best": result.best.score,
        "trials": result.trials,
        "accepted": result.accepted,
        "wall_s": round(time.monotonic() - began, 1),
    }


def table(rows: list[dict[str, object]], budget: str) -> str:
    """Return the rows as Markdown."""
    scores = ("constant", "lightgbm_final", "gome_final", "lightgbm_test", "single_test", "gome_test")
    names = ("task", "metric", *scores, "members", "refitted", "trials", "wall_s")

    def cell(row: dict[str, object], name: str) -> str:
        return f"{row[name]:.4f}" if name in scores and row[name] is not None else str(row[name])

    lines = [f"Built-in model, budget {budget} a task, on {len(rows)} tasks.", "", " | ".join(("", *names, "")).strip()]
    lines.append("|".join(("", *("---" for _ in names), "")))
    lines += [" | ".join(("", *(cell(row, name) for name in names), "")).strip() for row in rows]
    better = sum(bool(row["final_better"]) for row in rows)
    test = sum(bool(row["test_better"]) for row in rows)
    above = sum(bool(row["beats_constant"]) for row in rows)
    lines += ["", f"Better than LightGBM on the final holdout: {better} of {len(rows)}; on the test rows: {test} of "
              f"{len(rows)}; better than a constant: {above} of {len(rows)}."]  # fmt: skip
    better, worse, against = (
        sum(bool(row[key]) for row in rows) for key in ("export_better", "export_worse", "ensemble_against_final")
    )
    lines.append(
        "\nThe export (an ensemble where `members` is not 0, fitted on all labelled rows) against the best single "
        f"trial on the test rows: better on {better} of {len(rows)}, worse on {worse}. Ensembles chosen against "
        f"the final holdout: {against}."
    )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the tasks one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", default="3m")
    parser.add_argument("--quick", action="store_true", help="45 seconds a task; written to tasks_quick.md and .json")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=list(EXAMPLES))
    parser.add_argument("--keep", type=Path, help="folder for the runs; a temporary one by default")
    options = parser.parse_args()
    budget, stem = ("45s", "tasks_quick") if options.quick else (options.budget, "tasks")
    rows = []
    with tempfile.TemporaryDirectory(dir=".", ignore_cleanup_errors=True) as temporary:
        folder = options.keep or Path(temporary)
        for name in options.only:
            rows.append(anyio.run(one, name, folder, parse_duration(budget), options.seed))
            print(rows[-1], flush=True)
    print(table(rows, budget))
    if options.only == list(EXAMPLES):
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{stem}.md").write_text(table(rows, budget))
        (RESULTS / f"{stem}.json").write_text(json.dumps(rows, indent=2) + "\n")
    enough = sum(bool(row["final_better"]) for row in rows) >= len(rows) - 1
    return 0 if enough and all(row["beats_constant"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
