"""The command line: parse, call, print."""

from gome.cli.entry import main

__all__ = ["main"]
