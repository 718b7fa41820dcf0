"""How actors, strategies, models, executors and metrics are registered; the built-in ones use the same door.

A plugin is a distribution with an entry point in group `gome.plugins`: a function `register(registry)`.
"""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from importlib.metadata import entry_points
from typing import Any, NamedTuple, Protocol, TypeVar

from gome.actor import Actor, one_line
from gome.errors import PluginInvalid, SettingInvalid
from gome.evaluation.metrics import Metrics
from gome.execution import Runner
from gome.llm import Model, Site
from gome.messages import Wanted
from gome.search import Strategy
from gome.settings import Settings

GROUP = "gome.plugins"
ENDPOINT = "openai"  # the model that is asked for names that nobody registered
Part = TypeVar("Part")


class Registry:
    """What a runtime can be built from. One object a runtime; nothing is global."""

    def __init__(self) -> None:
        self.actors: dict[str, Actor] = {}
        self.strategies: dict[str, Callable[[], Strategy]] = {}
        self.models: dict[str, Callable[[str, Site], Model]] = {}
        self.executors: dict[str, Callable[[Settings], Runner]] = {}
        self.metrics = Metrics.builtin()

    def add_actor(self, actor: Actor) -> None:
        """Put an actor into the ring of every run. Its `name` must be new."""
        _add(self.actors, "actor", actor.name, actor)

    def add_strategy(self, name: str, factory: Callable[[], Strategy]) -> None:
        """Offer a strategy to `--strategy`; the factory is called once a run."""
        _add(self.strategies, "strategy", name, factory)

    def add_model(self, name: str, factory: Callable[[str, Site], Model]) -> None:
        """Offer a model to `--model`; the factory is called once a run.

        It gets what follows the name ("0.3" for `builtin@0.3`), and what the run lends to it.
        """
        _add(self.models, "model", name, factory)

    def add_executor(self, name: str, factory: Callable[[Settings], Runner]) -> None:
        """Offer a way to run programs; the factory is called once a run, and may refuse its settings."""
        _add(self.executors, "executor", name, factory)

    def add_metric(
        self, name: str, function: Callable[..., float], *, higher_is_better: bool, wanted: Wanted = "value"
    ) -> None:
        """Offer a metric to tasks: `function(truth, predicted) -> float`."""
        self.metrics.add(name, function, higher_is_better=higher_is_better, wanted=wanted)

    def parts(self) -> list[dict[str, Any]]:
        """Return what is registered now, to `restore` it later."""
        return [dict(kept) for kept in self._kept()]

    def restore(self, before: list[dict[str, Any]]) -> None:
        """Forget what was registered since."""
        for kept, old in zip(self._kept(), before, strict=True):
            kept.clear()
            kept.update(old)

    def _kept(self) -> tuple[dict[str, Any], ...]:
        return self.actors, self.strategies, self.models, self.executors, *self.metrics.parts()

    def strategy(self, name: str) -> Strategy:
        """Return a new strategy. Raises SettingInvalid for an unknown name."""
        return _named(self.strategies, "strategy", name)()

    def model(self, spec: str, site: Site) -> Model:
        """Return a new model for `NAME`, `NAME@ARGUMENT` or `NAME:ARGUMENT`; other names belong to an endpoint.

        Raises:
            SettingInvalid: there is no such model, or it is nearly the name of one that is registered.
        """
        for mark in ("@", ":"):
            name, found, argument = spec.partition(mark)
            if found and name in self.models:
                return self.models[name](argument, site)
        if spec in self.models or ENDPOINT not in self.models:
            return _named(self.models, "model", spec)("", site)
        word = spec.partition("@")[0]  # names of endpoints' models mostly hold a digit or a dash
        if word.isalpha() and (near := get_close_matches(word.lower(), self.models, n=1, cutoff=0.75)):
            hint = f"(a model of an endpoint that is really called that: {ENDPOINT}:{spec})"
            raise SettingInvalid(f"unknown model {spec!r}; did you mean {near[0]!r}? {hint}")
        return self.models[ENDPOINT](spec, site)

    def executor(self, settings: Settings) -> Runner:
        """Return a new runner. Raises SettingInvalid for an unknown name, or where it must not run programs."""
        return _named(self.executors, "executor", settings.executor)(settings)


class Register(Protocol):
    """What a plugin exports."""

    def __call__(self, registry: Registry, /) -> None:
        """Add what the plugin offers."""
        ...


class Loaded(NamedTuple):
    """A plugin, and what came of loading it."""

    name: str
    version: str
    error: str  # one line; empty when it was loaded


def _add(parts: dict[str, Part], kind: str, name: str, part: Part) -> None:
    if name in parts:
        raise PluginInvalid(f"the {kind} {name!r} is registered twice")
    parts[name] = part


def _named(parts: Mapping[str, Part], kind: str, name: str) -> Part:
    if name not in parts:
        near = get_close_matches(name.lower(), parts, n=2, cutoff=0.5)
        hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        raise SettingInvalid(f"unknown {kind} {name!r}; {hint}there are: {', '.join(sorted(parts)) or 'none'}")
    return parts[name]


def register_all(registry: Registry, plugins: Iterable[Register]) -> None:
    """Register plugins that were handed over. Raises whatever they raise."""
    for register in plugins:
        register(registry)


def discover(registry: Registry) -> list[Loaded]:
    """Register every installed plugin. One that cannot be loaded is reported, not raised."""
    loaded = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        version = point.dist.version if point.dist else "?"
        before = registry.parts()
        try:
            point.load()(registry)
        except Exception as error:  # noqa: BLE001 - somebody else's code; reported by name
            registry.restore(before)  # all of a plugin, or nothing
            loaded.append(Loaded(point.name, version, one_line(error)))
        else:
            loaded.append(Loaded(point.name, version, ""))
    return loaded
