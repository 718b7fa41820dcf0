"""The `gome` command: which commands there are, and how what they raise becomes an exit code."""

import io
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches

import click

from gome import __version__
from gome.cli.age import Age
from gome.cli.commands.config import config
from gome.cli.commands.demo import demo
from gome.cli.commands.doctor import doctor
from gome.cli.commands.exec import exec_
from gome.cli.commands.export import export
from gome.cli.commands.init import init
from gome.cli.commands.log import log
from gome.cli.commands.plugins import plugins
from gome.cli.commands.replay import replay
from gome.cli.commands.resume import resume
from gome.cli.commands.run import run
from gome.cli.commands.study import study
from gome.cli.output import Exit, say
from gome.errors import BadInput, GomeError


class Commands(click.Group):
    """A group that names the nearest command for one that it does not know."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            names = self.list_commands(ctx)
            near = get_close_matches(args[0], names, n=1)
            ctx.fail(f"there is no command {args[0]!r}; " + (f"did you mean {near[0]!r}?" if near else _listed(names)))
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gome", message="%(prog)s %(version)s")
@click.pass_context
def gome(context: click.Context) -> None:
    """Machine-learning engineering on its own.

    Give it data, a description and a metric: it writes training code, runs it, works out why the score is what
    it is, and writes better code, until the budget is used.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for command in (demo, run, resume, exec_, init, log, export, replay, doctor, plugins, config, study):
    gome.add_command(command)


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit code; nothing that a user can mend shows a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without Unicode must not end a run
    try:
        code = gome.main(args, prog_name="gome", standalone_mode=False, obj=Age(own_process=args is None))
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "gome"
        return _complain(f"{where}: {error.format_message().rstrip('.')} (see `{where} --help`)", Exit.BAD_INPUT)
    except click.ClickException as error:
        return _complain(f"gome: {error.format_message()}", Exit.BAD_INPUT)
    except BadInput as error:
        return _complain(f"gome: {error}", Exit.BAD_INPUT)
    except GomeError as error:
        notes = "; ".join(getattr(error, "__notes__", ()))
        return _complain(f"gome: {error}" + (f" ({notes})" if notes else ""), Exit.FAILED)
    except (KeyboardInterrupt, click.Abort):
        return _complain("gome: interrupted", Exit.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the outermost frame; the traceback is shown in full
        traceback.print_exception(error)
        return Exit.FAILED
    return code if isinstance(code, int) else Exit.OK


def _complain(text: str, code: Exit) -> Exit:
    say(" ".join(text.split()))
    return code


def _listed(names: Sequence[str]) -> str:
    return f"there are: {', '.join(names)}"
