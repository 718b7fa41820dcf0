"""Installed plugins, as they are handed to a runtime."""

from gome.cli.output import say
from gome.plugin import Loaded, Register, Registry, discover


class Found:
    """What discovery has loaded. Pass `registers` to a runtime."""

    def __init__(self, *, enabled: bool) -> None:
        self.loaded: list[Loaded] = []
        self.registers: tuple[Register, ...] = (self._discover,) if enabled else ()

    def _discover(self, registry: Registry, /) -> None:
        self.loaded += discover(registry)

    def warn(self) -> None:
        """Say which plugins could not be loaded, a line each."""
        for plugin in self.loaded:
            if plugin.error:
                say(f"warning: the plugin {plugin.name} {plugin.version} was not loaded: {plugin.error}")
