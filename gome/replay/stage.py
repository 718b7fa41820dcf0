"""The five actors of a run, with stand-ins for the world: what they do outside is on record."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from gome.actor import Actor
from gome.author import written
from gome.execution.devices import parse_devices
from gome.execution.pool import DevicePool
from gome.folder import RunFolder
from gome.messages import Envelope, Limits, RunStarted, TrialId
from gome.parts import Parts, Plan
from gome.plugin import Registry
from gome.prepare import Prepared
from gome.replay.recording import Recording
from gome.ring import core
from gome.search import Strategy
from gome.settings import Settings

RECORDED = "recorded"  # name of the stand-ins for model and executor


class Shelf(RunFolder):
    """A run's folder in memory: the programs that its actors write."""

    def __init__(self, outcomes: Mapping[str, str]) -> None:
        super().__init__(Path("run"))
        self._outcomes: Mapping[str, str | None] = outcomes  # of the run's effects
        self._codes: dict[str, str] = {}

    def code(self, trial: str) -> str:
        """Return a trial's program; where its writer is not replayed, as the model gave it."""
        if trial not in self._codes:
            code = written(self._outcomes, TrialId(trial))
            if code is None:
                raise LookupError(f"reads the program of {trial}, which nobody has written")
            self._codes[trial] = code
        return self._codes[trial]

    def write_code(self, trial: str, code: str) -> tuple[str, str]:
        """Keep a trial's program. Returns what the run's folder would."""
        self._codes[trial] = code
        return f"trials/{trial}/solution.py", hashlib.sha256(code.encode()).hexdigest()


class Absent:
    """Stands for a part of the world that a replay does without."""

    keeps = True  # nobody waits for a record here

    def __init__(self, what: str) -> None:
        self._what = what

    def __getattr__(self, name: str) -> Any:
        raise LookupError(f"turns to the {self._what} ({name}) where nothing is recorded")


class Unknown:
    """Stands for a strategy that is not installed; who asks it what to do is not replayed."""

    def __init__(self, *, diagnoses: bool) -> None:
        self.diagnoses = diagnoses

    def steps(self, *_: object) -> Any:
        """Not to be asked."""
        raise LookupError("the strategy is not installed")

    choose = steps


class _Parts(Parts):
    """Parts whose devices are no machine's, and where nothing is run."""

    def _rig(self, *_: object) -> Any:
        return Absent("rig")

    def _pool(self) -> DevicePool:
        return DevicePool(parse_devices("cpu:1"), now=lambda: 0.0)


class Stage:
    """The actors of one sitting. Folds and time are the caller's to move."""

    def __init__(self, recording: Recording, registry: Registry, shelf: Shelf, settings: str, limits: Limits) -> None:
        """Build the actors as that sitting did.

        Args:
            recording: of the run.
            registry: where its strategy comes from.
            shelf: what was written so far.
            settings: of the sitting, as JSON.
            limits: of the sitting.
        """
        self.elapsed_s = 0.0
        self.by_record: dict[str, str] = {}  # actors that cannot decide here, and why
        started, told = recording.started, Settings.of(settings or "{}")
        told = msgspec.structs.replace(
            told, model=RECORDED, executor=RECORDED, devices="cpu:1", record=None, replay=None, seed=started.seed
        )
        plan = Plan(run=recording.run, folder=shelf, prepared=_prepared(started, limits), settings=told)
        pace = plan.pace(lambda: self.elapsed_s)
        doors = Registry()
        doors.add_model(RECORDED, lambda *_: Absent("model"))
        doors.add_executor(RECORDED, lambda _: Absent("executor"))
        doors.add_strategy(told.strategy, lambda: self._strategy(told.strategy, registry, recording))
        self.parts = _Parts(plan, doors, pace, report=lambda _: None)
        self.actors: dict[str, Actor] = {actor.name: actor for actor in core(self.parts)}

    def fold(self, envelope: Envelope) -> None:
        """Let every actor take a message into account."""
        for actor in self.actors.values():
            if type(envelope.message) in getattr(actor, "folds", ()):
                actor.fold(envelope)  # type: ignore[attr-defined]

    def _strategy(self, name: str, registry: Registry, recording: Recording) -> Strategy:
        if name in registry.strategies:
            return registry.strategy(name)
        self.by_record["updater"] = f"the strategy {name!r} is not installed here"
        asked = any(key.startswith("diagnose/") for key in recording.outcomes)
        return Unknown(diagnoses=asked)


def _prepared(started: RunStarted, limits: Limits) -> Prepared:
    """Return the task as far as it is on record."""
    absent: Any = Absent("data")
    return Prepared(
        brief=started.task,
        profile=started.profile,
        inputs=absent,
        harness=absent,
        search_rows=started.search_rows,
        final_rows=started.final_rows,
        turns=started.turns,
        slots=started.slots,
        inferred=started.inferred,
        limits=limits,
        source=started.source,
        fingerprint=started.fingerprint,
    )
