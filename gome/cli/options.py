"""Options that several commands share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

allow_unsandboxed = click.option(
    "--allow-unsandboxed", is_flag=True, default=None, help="Run trials even where a protection is missing."
)
SETTINGS = (
    click.option(
        "--model",
        metavar="NAME",
        help="builtin (needs no key), an endpoint's model, manual, or 'command:PROGRAM ARGS'.  [builtin]",
    ),
    click.option("--base-url", metavar="URL", help="Where that model is, with its /v1.  [OPENAI_BASE_URL, or OpenAI]"),
    click.option(
        "--strategy",
        metavar="NAME",
        help="Which solution comes next: gradient, auto, or a search of a plugin.  [gradient]",
    ),
    click.option("--traces", metavar="K", help="Chains of improvements that run side by side.  [4]"),
    click.option("--budget", metavar="TIME", help="Wall clock, export included: 12h, 30m, 90s.  [10m]"),
    click.option("--max-trials", metavar="N", help="Trials at most."),
    click.option("--max-tokens", metavar="N", help="Tokens at most."),
    click.option("--max-cost", metavar="USD", help="Money at most, in dollars."),
    click.option("--max-device-time", metavar="TIME", help="Time under lease at most, all devices together: 8h."),
    click.option("--max-energy", metavar="ENERGY", help="Energy that leased GPUs draw at most: 2kWh, 500Wh."),
    click.option("--max-trial-time", metavar="TIME", help="What one trial may take at most: 10m.  [a third of it all]"),
    click.option("--max-trace-trials", metavar="N", help="Trials of one trace at most."),
    click.option("--max-trace-tokens", metavar="N", help="Tokens of one trace's questions at most."),
    click.option("--max-trace-cost", metavar="USD", help="Money for one trace's questions at most, in dollars."),
    click.option("--max-trace-device-time", metavar="TIME", help="Time under lease of one trace's trials at most: 2h."),
    click.option("--max-trace-energy", metavar="ENERGY", help="Energy that one trace's trials draw at most: 500Wh."),
    click.option("--reserve", metavar="TIME", help="Of the budget, kept for the end.  [estimated]"),
    click.option("--max-traces", metavar="N", help="To which idle devices may raise --traces.  [twice as many]"),
    click.option("--devices", metavar="SPEC", help="auto, cpu:N, or GPU numbers: 0,1.  [auto]"),
    click.option("--executor", metavar="NAME", help="What runs the trials.  [local]"),
    click.option("--trial-memory", metavar="MIB", help="Memory of one trial at most."),
    click.option("--trial-disk", metavar="MIB", help="Disk that one trial may fill at most.  [16384]"),
    click.option(
        "--warm-workers/--no-warm-workers",
        default=None,
        help="Fork trials on CPU slots from a process that has imported what they need.  [warm]",
    ),
    click.option("--seed", metavar="N", help="Same seed, same decisions.  [0]"),
    click.option("--record", metavar="FILE", help="Write every answer of the model to a new file."),
    click.option("--replay", metavar="FILE", help="Take the answers from such a file; no model is asked."),
    click.option("--memory", metavar="FILE", help="Keep successes in FILE, and begin with those that are there."),
    click.option("--no-diagnosis", "diagnosis", flag_value="false", help="Ask no model why: an ablation."),
    click.option("--no-momentum", "momentum", flag_value="false", help="Let no success weigh: an ablation."),
    click.option("--confirm-seeds", metavar="N", help="Run the winner again with N other seeds, given time.  [2]"),
    click.option("--stop-when-converged", is_flag=True, default=None, help="End when a new best is unlikely."),
    allow_unsandboxed,
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document as the last line of stdout.")
no_plugins = click.option("--no-plugins", is_flag=True, help="Load no installed plugin.")
verbose = click.option("-v", "--verbose", count=True, help="Log more to stderr; twice: everything.")


def settings(command: Command) -> Command:
    """Add an option for each setting of a run."""
    for option in reversed(SETTINGS):
        command = option(command)
    return command
