"""What all checks cost a trial of a minute: harness, reading, probe, beside the program itself, in one run.

`just bench checks` runs one program on 20,000 rows, made long enough to take about a minute, as a trial inside a run
would be: a sample first, then the full data, then everything that gome looks at. Two metrics: one whose noise has a
formula, one that needs a bootstrap. Whatever the trial took beyond its program (on the sample and on the full data) is
what gome added: checks, copies, scoring, starting processes. Results go to results/checks.json.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import anyio
import numpy as np
import pandas as pd

from gome import builtin
from gome.execution import Outcome, Program, Runner
from gome.execution.devices import parse_devices
from gome.execution.pool import DevicePool
from gome.execution.rig import Rig
from gome.folder import RunFolder
from gome.messages import TraceId, TrialId
from gome.plugin import Registry
from gome.prepare import prepare, read_task, review
from gome.settings import Settings

RESULTS = Path(__file__).parent / "results" / "checks.json"
ROWS, COLUMNS, CLASSES = 20_000, 30, 6
AIM = 0.1  # of the program's time
PROGRAM = """
import numpy as np, pandas as pd
from lightgbm import LGBMClassifier
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

FITS = {fits}
train, test = pd.read_csv("input/train.csv"), pd.read_csv("input/test.csv")
sample = pd.read_csv("input/sample_submission.csv")
X, y = train.drop(columns=["id", "y"]), train["y"]
X_test = test[X.columns]
answers, scores = 0, []
for seed in range(FITS):
    oof = np.zeros((len(y), y.nunique()))
    for fit, valid in StratifiedKFold(3, shuffle=True, random_state=seed).split(X, y):
        model = LGBMClassifier(n_estimators=60, random_state=seed, n_jobs=1, verbose=-1).fit(X.iloc[fit], y.iloc[fit])
        oof[valid] = model.predict_proba(X.iloc[valid])
        answers = answers + model.predict_proba(X_test)
    scores.append({score})
print(f"score: {{np.mean(scores):.5f}}")
test["y"] = {answer}
sample[["id"]].merge(test[["id", "y"]], on="id").to_csv("submission.csv", index=False)
"""
METRICS = {
    "auc": ("roc_auc_score(y, oof[:, 1])", "answers[:, 1] / answers.sum(axis=1)", 2),
    "f1_macro": ("f1_score(y, oof.argmax(axis=1), average='macro')", "answers.argmax(axis=1)", CLASSES),
}


class Timed:
    """A runner, and how long each of its programs took by their own clock."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.took: list[tuple[str, float]] = []

    async def run(self, program: Program, /) -> Outcome:
        """Run and note."""
        outcome = await self._runner.run(program)
        self.took.append((program.folder.name, outcome.wall_s))
        return outcome


def write_task(folder: Path, metric: str, classes: int) -> None:
    """A table whose label follows a few of its columns."""
    random = np.random.default_rng(0)
    values = random.normal(size=(ROWS, COLUMNS)).round(4)
    level = values[:, 0] + values[:, 1] * values[:, 2] + np.tanh(values[:, 3]) + random.normal(0, 1, ROWS)
    table = pd.DataFrame(values, columns=[f"x{k}" for k in range(COLUMNS)])
    table.insert(0, "id", np.arange(ROWS))
    table["y"] = pd.qcut(level, classes, labels=False)
    folder.mkdir(parents=True)
    known = ROWS * 3 // 4
    table[:known].to_csv(folder / "train.csv", index=False)
    table[known:].drop(columns="y").to_csv(folder / "test.csv", index=False)
    table[known:][["id"]].assign(y=0.5 if classes == 2 else 0).to_csv(folder / "sample_submission.csv", index=False)
    (folder / "task.toml").write_text(f'metric = "{metric}"\ntarget = "y"\nid = "id"\n')


async def one(metric: str, root: Path, wanted_s: float) -> dict[str, object]:
    """Run a trial of about so many seconds; what it took, by part."""
    score, answer, classes = METRICS[metric]
    write_task(root / metric / "task", metric, classes)
    registry, settings = Registry(), Settings(devices="cpu:1", budget_s=1800.0)
    builtin.register(registry)
    folder = RunFolder(root / metric / "run")
    folder.create()
    begun = time.monotonic()
    prepared = prepare(read_task(root / metric / "task", registry.metrics), folder, settings, registry)
    once_s = time.monotonic() - begun
    runner = Timed(registry.executor(settings))
    rig = Rig(
        runner,
        DevicePool(parse_devices(settings.devices)),
        prepared.inputs,
        prepared.harness,
        review=review(prepared, folder, seed=0),
    )

    async def trial(name: str, fits: int) -> tuple[object, float]:
        place = folder.trial(TrialId(name))
        runner.took.clear()
        begun = time.monotonic()
        finished = await rig.try_out(
            place,
            TraceId("t1"),
            TrialId(name),
            code=PROGRAM.format(fits=fits, score=score, answer=answer).encode(),
            kept=folder.submission(TrialId(name)),
            limit_s=lambda: 600.0,
            seed=0,
            started=lambda *_: None,
        )
        assert finished.score is not None, finished.error
        return finished, time.monotonic() - begun

    try:
        await trial("short", 1)
        await trial("short-2", 3)
        first_s = dict(runner.took)["short-2"]
        finished, wall_s = await trial("long", max(3, round(3 * wanted_s / first_s)))
    finally:
        rig.close()
    took = dict(runner.took)
    own_s = took["long"] + took.get("sample", 0.0)
    return {
        "metric": metric,
        "program_s": round(took["long"], 2),
        "sample_s": round(took.get("sample", 0.0), 2),
        "probe_s": round(took.get("probe", 0.0), 2),
        "wall_s": round(wall_s, 2),
        "added_s": round(wall_s - own_s, 2),
        "added_share": round((wall_s - own_s) / took["long"], 4),
        "checks": sorted({check.name for check in finished.checks}),  # type: ignore[attr-defined]
        "prepare_s": round(once_s, 2),  # once a run: profile, giveaways, copies, split, views, harness
    }


def main() -> int:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="that the program is to take")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".", prefix=".checks-", ignore_cleanup_errors=True) as temporary:
        rows = [anyio.run(one, metric, Path(temporary).resolve(), options.seconds) for metric in METRICS]
    for row in rows:
        print(json.dumps(row))
    document = {"load": round(os.getloadavg()[0], 2), "seconds": options.seconds, "rows": rows}
    RESULTS.write_text(json.dumps(document, indent=1) + "\n")
    return 0 if all(float(str(row["added_share"])) <= AIM for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
