"""`gome doctor`: what this machine offers, and what is missing."""

import os
from itertools import chain
from pathlib import Path

import click

from gome.cli import options
from gome.cli.output import Exit, document, tell


@click.command(short_help="Check this machine.")
@click.option("--model", metavar="NAME", help="Also ask this model one small question, and what its endpoint can do.")
@click.option("--base-url", metavar="URL", help="Where that model is, with its /v1.")
@options.as_json
@options.no_plugins
def doctor(*, model: str | None, base_url: str | None, as_json: bool, no_plugins: bool) -> Exit:
    """Check Python, SQLite, cores, memory, disk, GPU, libraries, what protects trials, and plugins.

    With --model, also that model's endpoint. Ends with 1 where something must be mended before a run.
    """
    from gome import builtin
    from gome.cli import logging
    from gome.cli.checkup import findings
    from gome.cli.config import load
    from gome.cli.found import Found
    from gome.cli.reach import reached
    from gome.plugin import Registry, register_all

    logging.configure(0)
    found = Found(enabled=not no_plugins)
    registry = Registry()
    register_all(registry, (builtin.register, *found.registers))
    configuration = load({"model": model, "base_url": base_url}, os.environ, Path.cwd())
    asked = () if model is None else reached(configuration.settings, registry)
    made = []
    for finding in chain(findings(Path.cwd(), found.loaded), asked):
        made.append(finding)
        if not as_json:
            tell(f"{finding.status:<5} {finding.name:<18} {finding.what}")
            if finding.mend:
                tell(f"{'':<24} to mend: {finding.mend}")
    failed = any(finding.status == "fail" for finding in made)
    if as_json:
        document({"ok": not failed, "checks": made})
    return Exit.FAILED if failed else Exit.OK
