"""`gome replay`: take the decisions of a run again, and compare."""

from pathlib import Path

import click

from gome.cli import options
from gome.cli.output import Exit, document, say, tell


@click.command(short_help="Take the decisions of a run again, and compare.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--until", type=click.IntRange(min=1), metavar="SEQ", help="Look at no message after this one.")
@options.as_json
@options.no_plugins
def replay(*, run: Path, until: int | None, as_json: bool, no_plugins: bool) -> Exit:
    """Take every decision of RUN, the folder of a run, again: from its journal alone, in seconds.

    What the models answered and what the trials showed is on record, so neither the task nor a model is needed.
    Exit code 0: the decisions are the same; 1: at least one differs.
    """
    import anyio

    from gome import builtin
    from gome.cli.found import Found
    from gome.folder import RunFolder
    from gome.plugin import Registry, register_all
    from gome.replay import load
    from gome.replay import replay as play

    recording = anyio.run(load, RunFolder(run).journal)
    registry, found = Registry(), Found(enabled=not no_plugins)
    register_all(registry, (builtin.register, *found.registers))
    found.warn()
    replayed = play(recording, registry, until=until)
    if as_json:
        document(replayed)
    else:
        for actor, why in replayed.by_record.items():
            say(f"{actor}: its answers are taken as they are on record, since {why}")
        if replayed.first_difference is None:
            tell(f"identical: {replayed.answers} answers, {replayed.messages} messages")
        else:
            first = replayed.first_difference
            because = f", answering {first.cause}" if first.cause else ""
            tell(f"{replayed.differences} of {replayed.answers} answers differ, the first at message {first.seq}:")
            tell(f"{first.actor}{because}: {first.what}")
    return Exit.OK if replayed.identical else Exit.FAILED
