"""`gome plugins`: what is loaded."""

import click

from gome.cli import options
from gome.cli.output import Exit, document, tell

RING = ("budget_guard", "executor", "memory_keeper", "reasoner", "updater")


@click.command(short_help="Show what is loaded.")
@options.as_json
@options.no_plugins
def plugins(*, as_json: bool, no_plugins: bool) -> Exit:
    """Show the plugins, and the actors, strategies, models, executors and metrics that there are."""
    from gome import builtin
    from gome.cli.found import Found
    from gome.plugin import Registry, register_all

    registry, found = Registry(), Found(enabled=not no_plugins)
    register_all(registry, (builtin.register, *found.registers))
    loaded: dict[str, list[str]] = {
        "actors": [*RING, *sorted(registry.actors)],
        "strategies": sorted(registry.strategies),
        "models": sorted(registry.models),
        "executors": sorted(registry.executors),
        "metrics": sorted(registry.metrics),
    }
    there = [plugin._asdict() for plugin in found.loaded]
    if as_json:
        document({"plugins": there, **loaded})
        return Exit.OK
    for plugin in found.loaded:
        tell(f"plugin {plugin.name} {plugin.version}" + (f": not loaded: {plugin.error}" if plugin.error else ""))
    if not there:
        tell("no plugins")
    for kind, names in loaded.items():
        tell(f"{kind}: {', '.join(names)}")
    return Exit.OK
