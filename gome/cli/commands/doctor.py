"""`gome doctor`: what this machine offers, and what is missing."""

from pathlib import Path

import click

from gome.cli import options
from gome.cli.output import Exit, document, tell


@click.command(short_help="Check this machine.")
@options.as_json
@options.no_plugins
def doctor(*, as_json: bool, no_plugins: bool) -> Exit:
    """Check Python, SQLite, cores, memory, disk, GPU, libraries, what protects trials, and plugins.

    Ends with 1 where something must be mended before a run.
    """
    from gome.cli.checkup import findings
    from gome.cli.found import Found
    from gome.plugin import Registry, register_all

    found = Found(enabled=not no_plugins)
    register_all(Registry(), found.registers)
    made = []
    for finding in findings(Path.cwd(), found.loaded):
        made.append(finding)
        if not as_json:
            tell(f"{finding.status:<5} {finding.name:<18} {finding.what}")
            if finding.mend:
                tell(f"{'':<24} to mend: {finding.mend}")
    failed = any(finding.status == "fail" for finding in made)
    if as_json:
        document({"ok": not failed, "checks": made})
    return Exit.FAILED if failed else Exit.OK
