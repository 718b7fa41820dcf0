"""SPEC.toml: what a study compares. Checked whole before anything runs.

tasks = ["tasks/churn", "example:digits"]   # folders, from the spec's own; or the examples that come with gome
models = ["builtin", "builtin@0.3"]
strategies = ["gradient", "greedy"]
blind = ["greedy"]                          # of these, what does not depend on the model: run with the first alone
seeds = 3                                   # 0, 1, 2; or a list
max_trials = 20                             # or budget = "10m", or both: of each run
traces = 2                                  # and any other setting of a run
parallel = 1                                # runs at once; each gets its share of the CPU slots
"""

import itertools
import tomllib
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from gome.budget import Ledger, parse_duration
from gome.errors import BadInput, StudyInvalid
from gome.execution.devices import parse_devices
from gome.llm import Site
from gome.plugin import Registry
from gome.prepare import read_task
from gome.settings import Settings
from gome.task.examples import EXAMPLES

EXAMPLE = "example:"
OWN = ("tasks", "models", "strategies", "blind", "seeds", "parallel", "budget", "max_cost")


class Cell(NamedTuple):
    """One run of a study."""

    task: str  # as the spec names it
    model: str
    strategy: str
    seed: int

    @property
    def folder(self) -> Path:
        """Its folder below the study's."""
        task = Path(self.task.removeprefix(EXAMPLE)).name or "task"
        return Path("runs") / _slug(task) / _slug(self.model) / _slug(self.strategy) / str(self.seed)


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared, and with what settings."""

    tasks: tuple[str, ...]
    models: tuple[str, ...]
    strategies: tuple[str, ...]
    blind: tuple[str, ...]  # strategies whose runs with the first model stand for those with any
    seeds: tuple[int, ...]
    settings: Settings
    parallel: int
    home: Path  # from which folders are named

    def cells(self) -> Iterator[Cell]:
        """Yield all runs, seed by seed: a study that is cut short compares like with like."""
        for seed, task, model, strategy in itertools.product(self.seeds, self.tasks, self.models, self.strategies):
            if strategy not in self.blind or model == self.models[0]:
                yield Cell(task, model, strategy, seed)

    def settings_of(self, cell: Cell) -> Settings:
        """Return what the run of a cell is told: its part of the machine included."""
        devices = self.settings.devices
        if self.parallel > 1 and devices == "auto":
            devices = f"cpu:{max(1, len(parse_devices('auto')) // self.parallel)}"
        return msgspec.structs.replace(
            self.settings, model=cell.model, strategy=cell.strategy, seed=cell.seed, devices=devices
        )


def read_spec(path: Path, registry: Registry) -> Spec:
    """Return a spec of which every run could begin.

    Raises:
        StudyInvalid: it cannot be read, lacks something, or names what there is not; one line says what to mend.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise StudyInvalid(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyInvalid(f"{path}: not valid TOML: {error}") from error
    names = {
        name: _names(path, told, name, hint)
        for name, hint in (
            ("tasks", '["tasks/churn", "example:digits"]'),
            ("models", '["builtin", "builtin@0.5"]'),
            ("strategies", '["gradient", "greedy"]'),
        )
    }
    spec = Spec(
        tasks=names["tasks"],
        models=names["models"],
        strategies=names["strategies"],
        blind=_blind(path, told, names["strategies"]),
        seeds=_seeds(path, told),
        settings=_settings(path, told),
        parallel=_parallel(path, told),
        home=path.parent,
    )
    _check_folders(path, spec)
    _check_tasks(path, spec, registry)
    for strategy in spec.strategies:
        _checked(path, "strategies", lambda name=strategy: registry.strategy(name))
    site = Site(folder=path.parent, ledger=Ledger(), left_s=lambda: 0.0, report=lambda _: None)
    site = msgspec.structs.replace(site, settings=spec.settings.llm)
    for model in spec.models:
        _checked(path, "models", lambda name=model: registry.model(name, site))
    return spec


def _check_tasks(path: Path, spec: Spec, registry: Registry) -> None:
    for task in spec.tasks:
        if task.startswith(EXAMPLE):
            name = task.removeprefix(EXAMPLE)
            if name not in EXAMPLES:
                raise StudyInvalid(f"{path}: tasks: there is no {task!r}; {_near(name, EXAMPLES)}")
        elif not (spec.home / task).is_dir():
            raise StudyInvalid(f"{path}: tasks: there is no folder {spec.home / task}")
        else:
            _checked(path, "tasks", lambda folder=spec.home / task: read_task(folder, registry.metrics))


def _check_folders(path: Path, spec: Spec) -> None:
    seen: dict[Path, Cell] = {}
    for cell in spec.cells():
        other = seen.setdefault(cell.folder, cell)
        if other != cell:
            raise StudyInvalid(f"{path}: two runs would share the folder {cell.folder}: name their tasks otherwise")


def _checked(path: Path, key: str, look: Any) -> None:
    try:
        look()
    except BadInput as error:
        raise StudyInvalid(f"{path}: {key}: {error}") from error


def _names(path: Path, told: dict[str, Any], key: str, hint: str) -> tuple[str, ...]:
    value = told.get(key)
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        raise StudyInvalid(f"{path}: {key} is missing or no list of names: write {key} = {hint}")
    if len(set(value)) < len(value):
        raise StudyInvalid(f"{path}: {key} names something twice")
    return tuple(value)


def _blind(path: Path, told: dict[str, Any], strategies: Sequence[str]) -> tuple[str, ...]:
    if "blind" not in told:
        return ()
    blind = _names(path, told, "blind", '["greedy"]')
    for name in blind:
        if name not in strategies:
            raise StudyInvalid(f"{path}: blind: {name!r} is not among the strategies: {', '.join(strategies)}")
    return blind


def _seeds(path: Path, told: dict[str, Any]) -> tuple[int, ...]:
    value = told.get("seeds", 1)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return tuple(range(value))
    if isinstance(value, list) and value and all(isinstance(seed, int) and seed >= 0 for seed in value):
        return tuple(dict.fromkeys(value))
    raise StudyInvalid(f"{path}: seeds = {value!r}: write a number of seeds, or a list of them: [0, 1, 2]")


def _parallel(path: Path, told: dict[str, Any]) -> int:
    value = told.get("parallel", 1)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise StudyInvalid(f"{path}: parallel = {value!r}: write how many runs may go on at once")
    return value


def _settings(path: Path, told: dict[str, Any]) -> Settings:
    fields = {name: value for name, value in told.items() if name not in OWN}
    known = set(Settings.__struct_fields__) - {"model", "strategy", "seed"}
    for name in fields:
        if name not in known:
            raise StudyInvalid(f"{path}: unknown key {name!r}; {_near(name, [*OWN, *sorted(known)])}")
    if "budget" not in told and not {"max_trials", "budget_s"} & set(fields):
        raise StudyInvalid(f'{path}: say how long a run may be: max_trials = 20, or budget = "10m"')
    fields.setdefault("budget_s", parse_duration(str(told["budget"])) if "budget" in told else None)
    if "max_cost" in told:
        fields["max_cost_usd"] = told["max_cost"]
    try:
        return msgspec.convert(fields, Settings)
    except msgspec.ValidationError as error:
        raise StudyInvalid(f"{path}: {error}") from error


def _near(name: str, there: Sequence[str]) -> str:
    near = get_close_matches(name, there, n=2)
    return f"did you mean {' or '.join(map(repr, near))}?" if near else f"there are: {', '.join(there)}"


def _slug(text: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_.@" else "-" for sign in text).strip(".") or "-"
