"""A new task folder from one table: what `gome init` writes."""

import json
from collections.abc import Sequence
from pathlib import Path

from gome.errors import BadInput, TaskInvalid
from gome.task.load import load_task
from gome.task.measure import ResolveMetric
from gome.task.tables import read_table
from gome.task.task import Task
from gome.task.toml import as_names, nearest

_DESCRIPTION = """# {name}

Predict {targets}. Say here what a row is, what the columns mean, and what the predictions are for.

## Evaluation

Submissions are scored by {metric} ({direction} is better).
"""


def init_task(
    folder: str | Path,
    data_file: str | Path,
    target: str | Sequence[str] | None,
    metric: str | None,
    resolve_metric: ResolveMetric,
) -> Task:
    """Write a task folder (train.csv, description.md, task.toml) and load it.

    Args:
        folder: must not exist, or be empty.
        data_file: one table in any format that tasks accept.
        target: the column or columns to predict; None infers.
        metric: its name; None takes the usual one for the target.
        resolve_metric: finds a metric by any of its names.

    Raises:
        TaskInvalid: the folder is not empty, or the table cannot be used; nothing is left behind.
        MetricUnknown: no metric of that name.
    """
    folder, data_file = Path(folder), Path(data_file)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TaskInvalid(f"{folder}: is not an empty folder; choose a new one")
    table = read_table(data_file)
    for name in as_names(target):
        if name not in table.columns:
            raise TaskInvalid(f"{data_file}: no target column {name!r}; {nearest(name, table.columns)}")
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        table.to_csv(folder / "train.csv", index=False)
        task = load_task(folder, resolve_metric, metric=metric, target=target)
    except BadInput:
        (folder / "train.csv").unlink(missing_ok=True)
        if made:
            folder.rmdir()
        raise
    direction = "higher" if task.higher_is_better else "lower"
    written = _DESCRIPTION.format(
        name=task.name, targets=", ".join(task.targets), metric=task.metric, direction=direction
    )
    (folder / "description.md").write_text(written, encoding="utf-8")
    (folder / "task.toml").write_text(task_toml(task), encoding="utf-8")
    return load_task(folder, resolve_metric)


def task_toml(task: Task) -> str:
    """The text of a task.toml that tells what the task already is, with what was inferred as comments."""
    targets = task.targets[0] if len(task.targets) == 1 else list(task.targets)
    lines = [
        *(f"# {' '.join(sentence.split())}" for sentence in task.inferred),
        f"metric = {_quoted(task.metric)}",
        f"target = {_quoted(targets)}",
        f"id = {_quoted(task.id_column or '')}" + ("" if task.id_column else "  # none: predictions go by row order"),
        "",
        "# [split]          # at most one of the first two",
        '# group = "..."    # rows of one group stay on one side',
        '# time = "..."     # the latest rows are held out',
        "# copies = false   # copies of a row may lie on both sides of the split",
        "# folds = 5        # rows are hidden in turns; every trial then runs so many times",
        "# search = 0.2     # the holdouts: shares of the labelled rows, or numbers of rows",
        "# final = 0.1",
    ]
    return "\n".join(lines) + "\n"


def _quoted(value: str | list[str]) -> str:
    """A TOML value: its strings and lists are spelled as in JSON."""
    return json.dumps(value, ensure_ascii=False)
