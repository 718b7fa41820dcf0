"""`gome config`: the settings and where they come from."""

import os
from pathlib import Path
from typing import Any

import click
import msgspec

from gome.cli import options
from gome.cli.output import Exit, document, tell


@click.group(short_help="Show the settings.")
def config() -> None:
    """The settings of a run: defaults < user's config.toml < ./gome.toml < GOME_* variables < options."""


@config.command(short_help="Values and where they come from.")
@options.settings
@options.as_json
def show(*, as_json: bool, **settings: Any) -> Exit:
    """Show every setting's value and its origin. Takes the options of `gome run`, to see what they would do."""
    from gome.cli.config import load

    values = load(settings, os.environ, Path.cwd()).values
    if as_json:
        document({name: told._asdict() for name, told in values.items()})
        return Exit.OK
    for name, told in values.items():
        tell(f"{name:<18} {_shown(name, told.value):<12} {told.origin}")
    return Exit.OK


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "OPENAI_BASE_URL, or OpenAI" if name == "base_url" else "no limit"
    if isinstance(value, msgspec.Struct):
        return msgspec.json.encode(value).decode()
    return str(value)
