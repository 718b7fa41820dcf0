"""The built-in parts, registered as any plugin registers its own."""

import os
from functools import partial

from gome.errors import SettingInvalid
from gome.execution.local import LocalRunner
from gome.execution.sandbox.choice import choose
from gome.execution.sandbox.sandbox import Caps, Sandbox
from gome.execution.supervisor import warden
from gome.expert import Expert
from gome.llm import Site
from gome.llm.chain import Chain, channel
from gome.llm.command import command
from gome.llm.manual import manual
from gome.plugin import ENDPOINT, Registry
from gome.search.auto import Auto
from gome.search.gradient import Gradient
from gome.settings import Settings

TREE = "greedy"  # the search that `auto` compares the gradient with


def register(registry: Registry) -> None:
    """Register the built-in model, strategy and executor. The metrics come with the registry."""
    registry.add_model("builtin", _expert)
    registry.add_model("manual", manual)
    registry.add_model("command", lambda argument, site: command(argument, site, warden()))
    registry.add_model(ENDPOINT, _endpoint)
    registry.add_strategy("gradient", Gradient)
    registry.add_strategy("auto", partial(_auto, registry))
    registry.add_executor("local", _Local())


def _auto(registry: Registry) -> Auto:
    """Return the bandit between the gradient and the greedy search of a plugin."""
    if TREE not in registry.strategies:
        raise SettingInvalid(f"the strategy 'auto' moves between gradient and {TREE}: pip install gome-treesearch")
    return Auto(Gradient(), registry.strategy(TREE))


class _Local:
    """Makes runners of the sandbox that was found to hold on this machine; it is looked for once."""

    def __init__(self) -> None:
        self._sandbox: Sandbox | None = None

    def __call__(self, settings: Settings) -> LocalRunner:
        """Return a runner. Raises SettingInvalid where programs cannot be held in, unless that is allowed."""
        if self._sandbox is None:
            self._sandbox = choose(allow_unsandboxed=settings.allow_unsandboxed)
        caps = Caps(disk_mib=settings.trial_disk_mib)
        return LocalRunner(self._sandbox, caps=caps, warm=settings.warm_workers)


def _expert(argument: str, _: Site) -> Expert:
    """Return the built-in expert; `builtin@0.3` replaces 70 % of its diagnoses by random ones."""
    try:
        reliability = float(argument) if argument else 1.0
    except ValueError:
        reliability = -1.0
    if not 0.0 <= reliability <= 1.0:
        raise SettingInvalid(f"builtin@{argument}: the reliability runs from 0 to 1, as in builtin@0.3")
    return Expert(reliability=reliability)


def _endpoint(argument: str, site: Site) -> Chain:
    """Return a model behind an OpenAI-compatible endpoint: `openai:gpt-5`, or plainly `gpt-5`."""
    spare = Expert() if "builtin" in site.settings.fallbacks else None
    return Chain(channel(argument, site, os.environ), spare)
