"""gome: an async, event-driven agent runtime that does machine-learning engineering on its own.

    result = await gome.solve("tasks/churn", budget="30m")

`Runtime`, `solve` and `Task` are loaded when first used: they need pandas, and the messages do not.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from gome.messages import *  # noqa: F403 - every message class is public here
from gome.messages import __all__ as _messages

if TYPE_CHECKING:
    from gome.actor import Actor, Context
    from gome.plugin import Registry
    from gome.run import Run
    from gome.runtime import Runtime, solve
    from gome.settings import Settings
    from gome.summary import RunResult
    from gome.task.task import Task

__version__ = version("gome")

_HOMES = {
    "Actor": "gome.actor",
    "Context": "gome.actor",
    "Registry": "gome.plugin",
    "Run": "gome.run",
    "RunResult": "gome.summary",
    "Runtime": "gome.runtime",
    "Settings": "gome.settings",
    "Task": "gome.task.task",
    "solve": "gome.runtime",
}

__all__ = [
    "Actor",
    "Context",
    "Registry",
    "Run",
    "RunResult",
    "Runtime",
    "Settings",
    "Task",
    "__version__",
    "solve",
    *_messages,
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'gome' has no attribute {name!r}")
