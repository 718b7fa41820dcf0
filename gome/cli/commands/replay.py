"""`gome replay`: take the decisions of a run again, and compare."""

from functools import partial
from pathlib import Path

import click

from gome.cli import options
from gome.cli.output import Exit, document, say, tell


@click.command(short_help="Take the decisions of a run again, and compare.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--until", type=click.IntRange(min=1), metavar="SEQ", help="Look at no message after this one.")
@click.option("--branch", type=click.Path(path_type=Path), help="Folder of a new run that goes on from --from.")
@click.option("--from", "since", type=click.IntRange(min=1), metavar="SEQ", help="The last message that it keeps.")
@options.as_json
@options.no_plugins
def replay(
    *, run: Path, until: int | None, branch: Path | None, since: int | None, as_json: bool, no_plugins: bool
) -> Exit:
    """Take every decision of RUN, the folder of a run, again: from its journal alone, in seconds.

    What the models answered and what the trials showed is on record, so neither the task nor a model is needed.
    Exit code 0: the decisions are the same; 1: at least one differs.

    With --branch and --from, what comes after that message is left out, and a new run stands in the new folder as
    the old one stood then: `gome resume` goes on there, with another model or budget if you like.
    """
    if (branch is None) != (since is None):
        raise click.UsageError("--branch and --from belong together", click.get_current_context())
    import anyio
    import msgspec

    from gome import builtin
    from gome.cli.found import Found
    from gome.folder import RunFolder
    from gome.plugin import Registry, register_all
    from gome.replay import branch as fork
    from gome.replay import load
    from gome.replay import replay as play

    recording = anyio.run(partial(load, until=since), RunFolder(run).journal)
    registry, found = Registry(), Found(enabled=not no_plugins)
    register_all(registry, (builtin.register, *found.registers))
    found.warn()
    if branch is not None and since is not None:
        anyio.run(fork, recording, RunFolder(run), RunFolder(branch), since)
        say(f"a new run stands at message {since}: `gome resume {branch}` goes on with it")
    replayed = play(recording, registry, until=until or since)
    if as_json:
        document(msgspec.to_builtins(replayed) | ({} if branch is None else {"branch": str(branch)}))
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
