"""The tasks of the corpus: five of the examples, three that give the target away, six of the unseen programs."""

from pathlib import Path

import numpy as np
import pandas as pd

from gome.task import write_example

from .givings import write_loans, write_stays
from .unseen_tasks import write_churn, write_crops, write_opinions, write_outlets, write_server, write_spectra

EXAMPLES = ("shops", "rides", "reviews", "digits", "breast_cancer")
ROWS, GENES, WORKING = 1500, 200, 8


def write_task(name: str, folder: Path) -> Path:
    """Write one as a task folder."""
    return OURS[name](folder) if name in OURS else write_example(name, folder)


def _write_assays(folder: Path) -> Path:
    """A response that eight of two hundred genes drive; `followup` was measured after it, and only in training."""
    random = np.random.default_rng(17)
    genes = random.normal(size=(ROWS, GENES)).round(4)
    effect = genes[:, :WORKING] @ random.uniform(0.3, 1.0, WORKING)
    response = effect + 0.8 * np.tanh(genes[:, 0] * genes[:, 1]) + random.normal(0, 1.2, ROWS)
    table = pd.DataFrame(genes, columns=[f"g{number:03d}" for number in range(GENES)])
    table.insert(0, "id", np.arange(1, ROWS + 1))
    table["followup"] = (response + random.normal(0, 0.05, ROWS)).round(3)
    table["response"] = response.round(4)
    train, test = table.iloc[:1050], table.iloc[1050:].drop(columns=["followup", "response"])
    folder.mkdir(parents=True)
    train.to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)
    test[["id"]].assign(response=0.0).to_csv(folder / "sample_submission.csv", index=False)
    (folder / "task.toml").write_text('metric = "rmse"\ntarget = "response"\nid = "id"\n')
    (folder / "description.md").write_text("# assays\n\nHow strongly does a cell respond?\n")
    return folder


OURS = {
    "assays": _write_assays, "loans": write_loans, "stays": write_stays,
    "outlets": write_outlets, "server": write_server, "opinions": write_opinions,
    "spectra": write_spectra, "churn": write_churn, "crops": write_crops,
}  # fmt: skip
TASKS = (*EXAMPLES, *OURS)
