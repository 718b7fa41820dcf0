"""`gome init`: a task folder from one table."""

from pathlib import Path

import click

from gome.cli import options
from gome.cli.output import Exit, document, tell


@click.command(short_help="Make a task folder from one table.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--data", required=True, type=click.Path(path_type=Path), help="CSV, TSV or Parquet, labels included.")
@click.option("--target", metavar="NAME", multiple=True, help="Column to predict; may be repeated.  [inferred]")
@click.option("--metric", metavar="NAME", help="As scikit-learn, Kaggle or MLE-Bench spell it.  [inferred]")
@options.as_json
@options.no_plugins
def init(
    *, folder: Path, data: Path, target: tuple[str, ...], metric: str | None, as_json: bool, no_plugins: bool
) -> Exit:
    """Write DIR with train.csv, description.md and task.toml, and say what was inferred."""
    from gome.cli.found import Found
    from gome.evaluation.custom import resolver
    from gome.plugin import Registry, register_all
    from gome.task.init import init_task

    registry, found = Registry(), Found(enabled=not no_plugins)
    register_all(registry, found.registers)
    found.warn()
    task = init_task(folder, data, target or None, metric, resolver(registry.metrics))
    told = {
        "task": str(task.path),
        "kind": task.kind,
        "metric": task.metric,
        "higher_is_better": task.higher_is_better,
        "target": list(task.targets),
        "id": task.id_column,
        "classes": list(task.classes),
        "text_columns": list(task.text_columns),
        "date_columns": list(task.date_columns),
        "group_column": task.group_column,
        "time_column": task.time_column,
        "inferred": list(task.inferred),
    }
    if as_json:
        document(told)
        return Exit.OK
    direction = "higher" if task.higher_is_better else "lower"
    tell(f"{task.path}: {task.kind}, target {', '.join(task.targets)}, {task.metric} ({direction} is better)")
    for sentence in task.inferred:
        tell(f"  {sentence}")
    tell(f"Mend description.md and task.toml where they are wrong, then: gome run {folder}")
    return Exit.OK
