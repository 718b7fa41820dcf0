"""What a run is told, and where from: defaults < user's file < ./gome.toml < GOME_* < the command line."""

import math
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from operator import attrgetter
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from gome.budget import LEAST, WITHIN, parse_duration, parse_energy
from gome.errors import SettingInvalid
from gome.settings import ModelSettings, Settings

MAX_TRACES = 64  # more would share too little time each, and are a slip of the finger


class Key(NamedTuple):
    """A setting as users write it."""

    field: str  # of Settings
    kind: Any  # what msgspec checks
    expected: str  # the same in words


_TEXT = Annotated[str, Meta(min_length=1)]
_COUNT = Annotated[int, Meta(ge=1)]
KEYS = {
    "model": Key("model", _TEXT, "a name"),
    "strategy": Key("strategy", _TEXT, "a name"),
    "traces": Key("traces", Annotated[int, Meta(ge=1, le=MAX_TRACES)], f"a whole number from 1 to {MAX_TRACES}"),
    "seed": Key("seed", Annotated[int, Meta(ge=0, le=2**32 - 1)], "a whole number from 0 to 4294967295"),
    "budget": Key("budget_s", str | float, "a time such as 12h, 30m, 1h30m or a number of seconds"),
    "max_trials": Key("max_trials", _COUNT, "a whole number from 1"),
    "max_tokens": Key("max_tokens", _COUNT, "a whole number from 1"),
    "max_cost": Key("max_cost_usd", Annotated[float, Meta(ge=0)], "an amount in dollars, 0 or more"),
    "max_device_time": Key("max_device_s", str | float, "a time such as 12h, 30m or a number of seconds"),
    "max_energy": Key("max_energy_j", str | float, "an energy such as 2kWh, 500Wh or 100kJ"),
    "max_trial_time": Key("max_trial_s", str | float, "a time such as 10m or a number of seconds"),
    "max_trace_trials": Key("max_trace_trials", _COUNT, "a whole number from 1"),
    "max_trace_tokens": Key("max_trace_tokens", _COUNT, "a whole number from 1"),
    "max_trace_cost": Key("max_trace_cost_usd", Annotated[float, Meta(ge=0)], "an amount in dollars, 0 or more"),
    "max_trace_device_time": Key("max_trace_device_s", str | float, "a time such as 2h, 30m or a number of seconds"),
    "max_trace_energy": Key("max_trace_energy_j", str | float, "an energy such as 2kWh, 500Wh or 100kJ"),
    "reserve": Key("reserve_s", str | float, "a time such as 10m or a number of seconds"),
    "max_traces": Key(
        "max_traces", Annotated[int, Meta(ge=1, le=MAX_TRACES)], f"a whole number from 1 to {MAX_TRACES}"
    ),
    "devices": Key("devices", _TEXT, "auto, cpu:N, or GPU numbers such as 0,1"),
    "base_url": Key("llm.base_url", _TEXT, "an address such as http://localhost:8000/v1"),
    "llm": Key("llm", ModelSettings, "a table: see `gome config show`"),
    "executor": Key("executor", _TEXT, "a name"),
    "trial_memory": Key("trial_memory_mib", Annotated[int, Meta(ge=64)], "a whole number of MiB from 64"),
    "trial_disk": Key("trial_disk_mib", Annotated[int, Meta(ge=1)], "a whole number of MiB from 1"),
    "warm_workers": Key("warm_workers", bool, "true or false"),
    "allow_unsandboxed": Key("allow_unsandboxed", bool, "true or false"),
    "record": Key("record", _TEXT, "a file"),
    "replay": Key("replay", _TEXT, "a file"),
    "diagnosis": Key("diagnosis", bool, "true or false"),
    "momentum": Key("momentum", bool, "true or false"),
    "memory": Key("memory", _TEXT, "a file"),
    "stop_when_converged": Key("stop_when_converged", bool, "true or false"),
    "confirm_seeds": Key("confirm_seeds", Annotated[int, Meta(ge=0, le=20)], "a whole number from 0 to 20"),
}
PARSED = {
    "budget": parse_duration,
    "max_device_time": parse_duration,
    "max_energy": parse_energy,
    "max_trial_time": parse_duration,
    "max_trace_device_time": parse_duration,
    "max_trace_energy": parse_energy,
    "reserve": parse_duration,
}
PREFIX = "GOME_"


class Value(NamedTuple):
    """A setting's value and who gave it."""

    value: Any
    origin: str  # "default", a file, "GOME_MODEL", "--model"


class Configuration(NamedTuple):
    """All settings, and the origin of each."""

    values: dict[str, Value]  # by the name that users write

    @property
    def settings(self) -> Settings:
        """What a runtime is given."""
        told = {KEYS[name].field: value.value for name, value in self.values.items()}
        base_url = told.pop("llm.base_url")
        if base_url is not None:
            told["llm"] = msgspec.structs.replace(told["llm"], base_url=base_url)
        return Settings(**told)

    def but(self, name: str, value: Any) -> "Configuration":
        """Return these settings with another default: one that nobody has told."""
        told = self.values[name]
        return Configuration(self.values | {name: Value(value, told.origin)}) if told.origin == "default" else self


def load(options: Mapping[str, Any], environment: Mapping[str, str], folder: Path) -> Configuration:
    """Return the settings.

    Args:
        options: of the command line, by name; None was not given.
        environment: the process's.
        folder: where `gome.toml` is looked for.

    Raises:
        SettingInvalid: an unknown key, or a value of the wrong type or size; it names where that stands.
    """
    defaults = Settings()
    values = {name: Value(attrgetter(key.field)(defaults), "default") for name, key in KEYS.items()}
    for file in files(environment, folder):
        for name, value in _read(file):
            values[name] = Value(_checked(name, value, f"{file}: {name} = {_shown(value)}", strict=True), str(file))
    for name, value in _from_environment(environment):
        variable = PREFIX + name.upper()
        values[name] = Value(_checked(name, value, f"{variable}={value}", strict=False), variable)
    values |= _from_options(options)
    for place in map(str, files(environment, folder)):
        _compare({name: value for name, value in values.items() if value.origin == place}, f"{place}: ")
    return Configuration(values)


def changes(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the command line alone tells, by field of Settings; `llm.base_url` is one.

    Raises:
        SettingInvalid: a value of the wrong type or size.
    """
    return {KEYS[name].field: told.value for name, told in _from_options(options).items()}


def _from_options(options: Mapping[str, Any]) -> dict[str, Value]:
    told = {}
    for name, value in options.items():
        if name in KEYS and value is not None:
            option = _option(name)
            told[name] = Value(_checked(name, value, f"{option} {value}", strict=False), option)
    _compare(told)
    return told


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _compare(told: Mapping[str, Value], file: str = "") -> None:
    """Refuse of what was told in one place a limit that says nothing beside another.

    From different places both may stand: a limit that a project has for every trial is not in the way of a short run.
    """
    names = {KEYS[name].field: name for name in told}
    for inner, outer in WITHIN.items():
        if inner in names and outer in names:
            (what, value), (whole, most) = ((names[field], told[names[field]].value) for field in (inner, outer))
            if value > most:
                what, whole = (what, whole) if file else (_option(what), _option(whole))
                raise SettingInvalid(
                    f"{file}{what} {value:g} is more than {whole} {most:g}, of the whole run: give less"
                )


def files(environment: Mapping[str, str], folder: Path) -> list[Path]:
    """Return the configuration files that exist, weakest first.

    Raises:
        SettingInvalid: GOME_CONFIG names a file that is not there.
    """
    told = environment.get("GOME_CONFIG")
    if told and not Path(told).is_file():
        raise SettingInvalid(f"GOME_CONFIG={told}: no such file")
    home = Path(environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME") or "~").expanduser() / ".config")
    user = Path(told) if told else home / "gome" / "config.toml"
    return [file for file in (user, folder / "gome.toml") if file.is_file()]


def _read(file: Path) -> Iterator[tuple[str, Any]]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingInvalid(f"{file}: not valid TOML: {error}") from error
    except OSError as error:
        raise SettingInvalid(f"{file}: cannot be read: {error.strerror}") from error
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in KEYS:
            near = get_close_matches(name, KEYS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(KEYS)}"
            raise SettingInvalid(f"{file}: unknown key {key!r}; {hint}")
        yield name, value


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what GOME_* variables tell. A name that nearly is a setting is an error; others belong to others."""
    for variable, value in sorted(environment.items()):
        if not variable.startswith(PREFIX) or not value:
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name in KEYS and KEYS[name].kind is not ModelSettings:
            yield name, value
        elif near := get_close_matches(name, KEYS, n=1, cutoff=0.8):
            raise SettingInvalid(f"unknown variable {variable}; did you mean {PREFIX}{near[0].upper()}?")


def _checked(name: str, value: Any, shown: str, *, strict: bool) -> Any:
    """Return a value as Settings has it. Raises SettingInvalid with `shown` and what was expected."""
    key = KEYS[name]
    try:
        converted = msgspec.convert(value, key.kind, strict=strict)
        if name in PARSED:
            converted = PARSED[name](converted if isinstance(converted, str) else repr(converted))
    except (msgspec.ValidationError, SettingInvalid) as error:
        if key.kind is ModelSettings:
            raise SettingInvalid(f"{shown.partition(' = ')[0]}: {_place(str(error))}") from error
        raise SettingInvalid(f"{shown}: expected {key.expected}") from error
    if isinstance(converted, float) and not math.isfinite(converted):
        raise SettingInvalid(f"{shown}: expected {key.expected}")
    least = LEAST.get(key.field)
    if least is not None and converted < least:
        raise SettingInvalid(f"{shown}: give {least:g} or more")
    return converted


def _place(error: str) -> str:
    """Return msgspec's words with the place as TOML writes it: `$.roles.draft` is [llm.roles.draft]."""
    what, _, path = error.partition(" - at ")
    return f"{what} in [llm{path.strip('`').removeprefix('$')}]"


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
