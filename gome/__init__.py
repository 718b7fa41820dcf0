"""gome: an async, event-driven agent runtime that does machine-learning engineering on its own."""

from importlib.metadata import version

__version__ = version("gome")
