"""`gome resume`: go on with a run."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gome.cli import options
from gome.cli.commands.run import exit_code, report
from gome.cli.output import Exit, document

if TYPE_CHECKING:
    from gome.run import Run
    from gome.runtime import Runtime


@click.command(short_help="Go on with a run.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--task", type=click.Path(path_type=Path), help="Where the task's folder is now, if it was moved.")
@click.option("--again", is_flag=True, help="Try once more what the run gave up, gome having been killed at it.")
@options.settings
@options.as_json
@options.no_plugins
@options.verbose
def resume(
    *, run: Path, task: Path | None, again: bool, as_json: bool, no_plugins: bool, verbose: int, **settings: Any
) -> Exit:
    """Go on with RUN, a run's folder: one that was stopped or killed, or that has ended and is given more.

    What it was told when it began still holds, whatever the configuration says now; options change it from now on.
    Limits are those of the whole run: --budget 2h gives a run that has used an hour another one.
    """
    from gome.cli import logging
    from gome.cli.config import changes
    from gome.cli.drive import drive
    from gome.settings import Settings

    logging.configure(verbose)
    changed = changes(settings)

    async def begin(runtime: "Runtime") -> "Run":
        return await runtime.resume(run, task=task, again=again, **changed)

    driven = drive(begin, Settings(), plugins=not no_plugins, lost=document if as_json else None)
    if as_json:
        document(driven.result)
    else:
        report(driven)
    return exit_code(driven)
