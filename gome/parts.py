"""What the actors of one run share, each part built in one place: clock, ledger, model, devices, rig.

Whatever a new feature needs of a run is added here, and handed to its actor in `gome.ring.core`.
"""

from collections.abc import Callable
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec

from gome import __version__
from gome.author import Author
from gome.budget import Ledger, asked_in
from gome.chooser import Chooser
from gome.effects import Effects
from gome.errors import SettingInvalid
from gome.execution.devices import helpers, parse_devices
from gome.execution.leases import Leases
from gome.execution.machine import memory_mib
from gome.execution.pool import DevicePool
from gome.execution.rig import Rig
from gome.execution.watch import Watch
from gome.final import FinalChoice
from gome.folder import RunFolder
from gome.llm import Archive, Model, Site
from gome.llm.record import taped
from gome.llm.stoppable import Stop
from gome.memory import History
from gome.memory.keepsakes import Keepsakes
from gome.messages import (
    Limits,
    Message,
    RunId,
    RunResumed,
    RunStarted,
)
from gome.pace import Pace
from gome.plugin import Registry
from gome.prepare import Prepared, review
from gome.scopes import Scopes
from gome.settings import Settings
from gome.spending import Spending
from gome.width import Width

MEMORY_SHARE = 0.9  # of the machine's memory that all trials together may take, where no cap was asked for
CLOSE_S = 5.0  # that a model may take to close its connections


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a sitting of a run is to do, and with what."""

    run: RunId
    folder: RunFolder
    prepared: Prepared
    settings: Settings
    outer: Ledger | None = None  # of all runs together: what this one spends, that one spends
    used_s: float = 0.0  # of the run's time: by earlier sittings, and by preparing this one
    changed: tuple[str, ...] = ()  # settings that differ from those of the sitting before
    crashed: bool = False  # whether the sitting before was killed
    again: bool = False  # forget how often sittings have died on what is heard again
    beat: Callable[[float], None] = lambda _: None  # is told now and then how much of the time is used

    @property
    def limits(self) -> Limits:
        """What the run may use: what the settings allow, and no more than the task does."""
        return limits_of(self.settings, self.prepared.limits)

    def pace(self, now: Callable[[], float]) -> Pace:
        """Return the run's clock, started."""
        prepared, learnt = self.prepared, self.prepared.brief.train_rows
        return Pace(
            self.limits,
            before_s=self.used_s,
            turns=prepared.turns,
            slots=prepared.slots,
            rows=prepared.profile.rows / learnt if learnt else 1.0,
            reserve_s=self.settings.reserve_s,
            trial_s=self.settings.max_trial_s,
            now=now,
        )

    def started(self) -> RunStarted:
        """Return the run's first message: all that a later sitting needs to go on."""
        prepared, settings = self.prepared, self.settings
        return RunStarted(
            task=prepared.brief,
            profile=prepared.profile,
            limits=self.limits,
            traces=settings.traces,
            strategy=settings.strategy,
            model=settings.model,
            seed=settings.seed,
            search_rows=prepared.search_rows,
            final_rows=prepared.final_rows,
            turns=prepared.turns,
            slots=prepared.slots,
            inferred=prepared.inferred,
            warnings=prepared.warnings,
            version=__version__,
            settings=settings.json(),
            source=prepared.source,
            fingerprint=prepared.fingerprint,
        )

    def resumed(self, *, reopens: bool) -> RunResumed:
        """Return the first message of a later sitting."""
        return RunResumed(
            limits=self.limits,
            traces=self.settings.traces,
            strategy=self.settings.strategy,
            model=self.settings.model,
            settings=self.settings.json(),
            elapsed_s=round(self.used_s, 3),
            changed=self.changed,
            reopens=reopens,
            version=__version__,
            slots=self.prepared.slots,
            hardware=self.prepared.brief.hardware,
        )


class Parts:
    """The parts of one run. Actors get those that they need, never the whole."""

    def __init__(
        self,
        plan: Plan,
        registry: Registry,
        pace: Pace,
        report: Callable[[Message], object],
        *,
        effects: Effects | None = None,
    ) -> None:
        """Build them.

        Args:
            plan: of the run.
            registry: where strategies, models and executors come from.
            pace: the run's clock.
            report: puts a message on record that no actor says, as a model's adapter does.
            effects: keep what is done in the world; None: nobody does.

        Raises:
            SettingInvalid: a setting names what there is not, or what cannot be used.
        """
        self.plan, self.settings, self.folder, self.harness = plan, plan.settings, plan.folder, plan.prepared.harness
        self.brief, self.profile = plan.prepared.brief, plan.prepared.profile
        self.limits, self.pace = plan.limits, pace
        self.ledger = Ledger(self.limits, outer=plan.outer)
        self.stop = Stop()  # pulled when the run is asked to end: questions that are open end with it
        self.history = History()  # Updater folds it, others read
        self.each = limits_of_each(plan.settings)
        self.scopes = Scopes(self.ledger, self.each, self.history)
        self.strategy = registry.strategy(self.settings.strategy)
        self.model = self._model(registry, report, effects)
        fixed = self.settings.record or self.settings.replay  # answered from a file, devices idle at other times
        self.width = Width(self.settings.traces, self.settings.traces if fixed else self.settings.max_traces)
        self.devices = self._pool()
        self.spending = Spending(pace, self.devices, self.width)
        self.watch = Watch(self.devices, report)
        self.leases = None if effects is None else Leases(effects, pace.elapsed_s)
        self.rig = self._rig(registry, effects)
        self.keepsakes = Keepsakes(Path(self.settings.memory)) if self.settings.memory else None
        self.final = FinalChoice(
            self.brief,
            self.folder,
            self.rig,
            self.harness,
            pace,
            seed=self.settings.seed,
            seeds=self.settings.confirm_seeds,
        )
        self.author, self.chooser = self._author(), self._chooser()

    def _model(self, registry: Registry, report: Callable[[Message], object], archive: Archive | None) -> Model:
        settings, pace = self.settings, self.pace
        site = Site(
            folder=self.folder.path,
            ledger=self.ledger,
            each=self.each,
            scope=lambda key: self.scopes.of(asked_in(key)),
            left_s=lambda: pace.left_s() - pace.reserve_s(),
            report=report,
            settings=settings.llm,
            archive=archive,
        )
        return taped(
            lambda: registry.model(settings.model, site),
            stop=self.stop,
            record=settings.record,
            replay=settings.replay,
        )

    def _pool(self) -> DevicePool:
        pool = DevicePool(parse_devices(self.settings.devices))
        limited = {"--max-energy": self.limits.energy_j, "--max-trace-energy": self.each.energy_j}
        told = " and ".join(option for option, limit in limited.items() if limit is not None)
        if told and not all(device.is_metered for device in pool.devices):
            raise SettingInvalid(f"{told}: only GPUs that count their energy can be held to it; leave it out")
        return pool

    def _rig(self, registry: Registry, effects: Effects | None) -> Rig:
        has_gpus = any(device.gpu for device in self.devices.devices)
        slots = DevicePool(helpers()) if has_gpus else self.devices
        number = len(slots.devices) + has_gpus * len(self.devices.devices)
        return Rig(
            registry.executor(self.settings),
            self.devices,
            self.plan.prepared.inputs,
            self.harness,
            slots=slots,
            memory_mib=self.settings.trial_memory_mib or int(MEMORY_SHARE * memory_mib() / number),
            ledger=self.ledger,
            scope=self.scopes.of,
            leases=self.leases,
            look=self.watch.look,
            once=None if effects is None else effects.once,
            review=review(self.plan.prepared, self.folder, seed=self.settings.seed),
        )

    def _author(self) -> Author:
        return Author(
            self.brief,
            self.profile,
            model=self.model,
            strategy=self.strategy,
            history=self.history,
            folder=self.folder,
            scope=self.scopes.of,
            pace=self.pace,
            seed=self.settings.seed,
        )

    def _chooser(self) -> Chooser:
        return Chooser(
            self.strategy,
            self.history,
            self.limits,
            traces=self.settings.traces,
            higher_is_better=self.brief.higher_is_better,
            seed=self.settings.seed,
            until_converged=self.settings.stop_when_converged,
            each=self.each,
        )

    def charge(self) -> None:
        """Charge the ledger with what earlier sittings have spent. Call it once, when all their messages are folded."""
        for resource, amount in self.spending.amounts.items():
            self.ledger.charge(resource, amount)

    async def check(self) -> None:
        """Begin with what trials would wait for.

        Raises:
            BadInput: the model cannot be asked, or the memory of earlier runs cannot be used.
        """
        if self.keepsakes is not None:
            await anyio.to_thread.run_sync(self.keepsakes.check)
        self.rig.open(self.settings.seed)
        if (check := getattr(self.model, "check", None)) is not None:
            await check()

    async def close(self) -> None:
        """Let go of what the model and the runner hold."""
        self.rig.close()
        if (close := getattr(self.model, "close", None)) is not None:
            with anyio.move_on_after(CLOSE_S, shield=True):
                await close()


def limits_of(settings: Settings, task: Limits) -> Limits:
    """Return what a run may use: what the settings allow, and no more than the task does."""
    told = Limits(
        wall_s=settings.budget_s,
        trials=settings.max_trials,
        tokens=settings.max_tokens,
        cost_usd=settings.max_cost_usd,
        device_s=settings.max_device_s,
        energy_j=settings.max_energy_j,
    )
    both = {name: (getattr(told, name), getattr(task, name)) for name in Limits.__struct_fields__}
    return Limits(**{name: min((x for x in pair if x is not None), default=None) for name, pair in both.items()})


def limits_of_each(settings: Settings) -> Limits:
    """Return what each trace of a run may use."""
    return Limits(
        trials=settings.max_trace_trials,
        tokens=settings.max_trace_tokens,
        cost_usd=settings.max_trace_cost_usd,
        device_s=settings.max_trace_device_s,
        energy_j=settings.max_trace_energy_j,
    )
