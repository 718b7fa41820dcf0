"""`gome demo`: a real task, solved offline within two minutes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gome.cli import options
from gome.cli.commands.run import exit_code, report
from gome.cli.output import Exit, document, say, tell

if TYPE_CHECKING:
    from gome.cli.drive import Driven

BUDGET = "60s"  # with what comes before and after, less than 90 s on two cores
EXAMPLE = "digits"
TRACES = 2  # in a minute, two traces come further than four


@click.command(short_help="Solve a real task, offline, in about a minute.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run; new or empty.  [runs/demo-TIME]")
@click.option("--budget", default=BUDGET, show_default=True, metavar="TIME", help="Wall clock of the run.")
@options.as_json
@options.no_plugins
@options.verbose
def demo(*, out: Path | None, budget: str, as_json: bool, no_plugins: bool, verbose: int) -> Exit:
    """Solve a real task with the built-in model, and show what was changed and why.

    Needs no network and no key. The built-in model is an expert system, not an LLM.
    """
    from gome.budget import parse_duration
    from gome.cli import logging
    from gome.cli.drive import drive, starting
    from gome.folder import RunFolder
    from gome.prepare import read_task
    from gome.settings import Settings
    from gome.task.examples import write_example

    logging.configure(verbose)
    # Nothing else is read: a demo is the same everywhere, also where no sandbox can be had, as its programs are ours.
    settings = Settings(budget_s=parse_duration(budget), traces=TRACES, allow_unsandboxed=True)
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")  # noqa: TID251 - the name of a folder, not a decision
    folder = (out or Path("runs") / f"demo-{stamp}").absolute()
    RunFolder(folder).check()  # before the task is written beside it
    task = folder.with_name(f"{folder.name}-task") / EXAMPLE
    if not task.is_dir():  # else an earlier demo has written it
        write_example(EXAMPLE, task)
    say(f"Task: scikit-learn's {EXAMPLE} data, in {task}.")
    say("Model: builtin, an expert system and not an LLM. No network, no key.")
    begin = starting(lambda registry: read_task(task, registry.metrics), folder)
    driven = drive(begin, settings, plugins=not no_plugins)
    if as_json:
        document(driven.result)
    else:
        _tell(driven)
    return exit_code(driven)


def _tell(driven: "Driven") -> None:
    from gome.cli.chain import in_vain, told
    from gome.cli.figures import clock, figure

    result = driven.result
    if result.best is not None:
        direction = "higher" if result.higher_is_better else "lower"
        tell(f"{result.task}, scored by {result.metric} ({direction} is better), in {clock(result.wall_s)}:")
        tell(f"  first score  {figure(result.first.score if result.first else None)}  (rows held out for the search)")
        tell(f"  best score   {figure(result.best.score)}  (the same rows; {result.trials} trials)")
        tell(f"  final score  {figure(result.best.final_score)}  (rows that no trial was scored on)")
        if result.other_seeds:
            tell(f"  other seeds  {', '.join(map(figure, result.other_seeds))}  (the same program and rows)")
        tell("")
        tell(f"What was changed on the way to {result.best.trial}, and why:")
        for line in told(driven.board.history, result.best.trial):
            tell(line)
        if tried := in_vain(driven.board.history, result.best.trial):
            tell(tried)
        tell("")
    report(driven)
