"""`gome run`: work on a task."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gome.cli import options
from gome.cli.output import Exit, document, say, tell

if TYPE_CHECKING:
    from gome.cli.drive import Driven
    from gome.plugin import Registry
    from gome.task.task import Task


@click.command(short_help="Work on a task.")
@click.argument("task", required=False, type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), help="A folder with train.csv, instead of TASK.")
@click.option("--goal", metavar="TEXT", help="What is to be predicted, in words.")
@click.option("--metric", metavar="NAME", help="As scikit-learn, Kaggle or MLE-Bench spell it.")
@click.option("--target", metavar="NAME", multiple=True, help="Column to predict; may be repeated.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run; new or empty.  [runs/TASK-TIME]")
@options.settings
@options.as_json
@options.no_plugins
@options.verbose
def run(
    *,
    task: Path | None,
    data: Path | None,
    goal: str | None,
    metric: str | None,
    target: tuple[str, ...],
    out: Path | None,
    as_json: bool,
    no_plugins: bool,
    verbose: int,
    **settings: Any,
) -> Exit:
    """Work on TASK, a folder with train.csv (and test.csv, sample_submission.csv, description.md, task.toml), or on
    --data with --goal and --metric.

    Ctrl-C asks the run to finish what is in flight; a second one ends it at once. `gome resume` goes on with it.
    """  # noqa: D205 - click shows it as one paragraph
    if (task is None) == (data is None):
        raise click.UsageError("name either a task folder or --data DIR", click.get_current_context())
    from gome.cli import logging
    from gome.cli.config import load
    from gome.cli.drive import drive, starting
    from gome.prepare import read_task

    logging.configure(verbose)
    configuration = load(settings, os.environ, Path.cwd())
    folder = task or data
    assert folder is not None, "one of them was named"

    def read(registry: "Registry") -> "Task":
        return read_task(folder, registry.metrics, metric=metric, goal=goal, target=target or None)

    lost = document if as_json else None
    driven = drive(starting(read, out), configuration.settings, plugins=not no_plugins, lost=lost)
    if as_json:
        document(driven.result)
    else:
        report(driven)
    return exit_code(driven)


def report(driven: "Driven") -> None:
    """Say what came of a run and where it is."""
    from gome.cli.figures import figure

    result = driven.result
    if result.best is None or result.submission is None:
        say(f"no valid submission: {result.stop_reason}; `gome log {driven.folder.path}` tells why")
        return
    final = f", {figure(result.best.final_score)} on the final rows" if result.best.final_score is not None else ""
    if result.other_seeds:
        final += f" ({', '.join(map(figure, result.other_seeds))} with other seeds)"
    for warning in result.warnings:
        say(f"warning: {warning}")
    tell(f"best: {result.metric} {figure(result.best.score)} on the search rows{final} (trial {result.best.trial})")
    tell(f"code: {result.solution}")
    tell(f"predictions: {result.submission}")
    tell(f"the whole story: gome log {driven.folder.path}")


def exit_code(driven: "Driven") -> Exit:
    """Return the exit code of a run that has ended."""
    if driven.interrupted:
        return Exit.INTERRUPTED
    return Exit.OK if driven.result.submission is not None else Exit.NO_SUBMISSION
