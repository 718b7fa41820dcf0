"""`gome export`: what came of a run, for others."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gome.cli import options
from gome.cli.output import Exit, document, say, tell

if TYPE_CHECKING:
    from gome.handout import Handout


@click.command(short_help="Write what came of a run: traces, script, notebook.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the files.  [RUN/export]")
@options.as_json
def export(*, run: Path, out: Path | None, as_json: bool) -> Exit:
    """Write what came of RUN, the folder of a run: its traces as JSON lines, its best solution as a script and as a
    notebook, and that one's predictions. Needs no more of RUN than its journal; predictions are not in there.
    """  # noqa: D205 - click shows it as one paragraph
    import anyio

    from gome.folder import RunFolder
    from gome.handout import collect

    handout: Handout = anyio.run(collect, RunFolder(run))
    if handout.damage:
        say(f"warning: {handout.damage}")
    files = [str(path) for path in handout.write(out or run / "export", say)]
    found: dict[str, Any] = {"files": files}
    if as_json:
        document(found)
    else:
        for path in files:
            tell(path)
    return Exit.OK
