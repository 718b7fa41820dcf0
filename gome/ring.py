"""The ring of one run: its five actors, its plugins, and the post between them. The whole story is here.

     ┌───────── SolutionProposed ────────▶ Executor ──── TrialFinished ────┐
     │                                                                     ▼
  Updater ◀── MomentumReady ── MemoryKeeper ◀── Diagnosed ───────────── Reasoner
     │
     └── RunStarted ▶ TraceOpened ... TraceClosed ▶ FinalistsChosen ▶ FinalistsScored ▶ RunFinished

BudgetGuard listens to what costs and to the clock, and says when it is enough.
"""

from collections import Counter
from collections.abc import Iterable

import anyio
import structlog
from anyio.abc import TaskStatus

from gome import __version__, clock
from gome.actor import Actor, Effects, Member, prove
from gome.actors.budget_guard import BudgetGuard
from gome.actors.executor import Executor
from gome.actors.memory_keeper import MemoryKeeper
from gome.actors.reasoner import Reasoner
from gome.actors.updater import Updater
from gome.author import Author
from gome.budget import Ledger
from gome.bus import Bus
from gome.errors import PluginInvalid, RingStalled
from gome.execution.devices import DevicePool, parse_devices
from gome.execution.machine import memory_mib
from gome.execution.rig import Rig
from gome.export import Exporter
from gome.folder import RunFolder
from gome.journal import Journal
from gome.llm import Site
from gome.llm.record import taped
from gome.memory import History
from gome.messages import (
    MESSAGES,
    BudgetLow,
    ClockTicked,
    DeviceSampled,
    Envelope,
    Limits,
    Message,
    ModelBack,
    ModelCalled,
    ModelDown,
    RunFinished,
    RunId,
    RunStarted,
    Silenced,
    StepFailed,
    StopRequested,
    SuccessRecorded,
    TrialStarted,
)
from gome.pace import Pace
from gome.plugin import Registry
from gome.prepare import Prepared
from gome.settings import Settings
from gome.summary import Summary

BY_MODELS = (ModelCalled, ModelDown, ModelBack)  # said by a model's adapter, through its site
OUTSIDE = (RunStarted, StopRequested, ClockTicked, StepFailed, Silenced, *BY_MODELS)  # said by the runtime itself
FOR_OBSERVERS = (RunFinished, SuccessRecorded, BudgetLow, DeviceSampled, TrialStarted, StepFailed, Silenced, *BY_MODELS)
TICK_S = 0.5
MEMORY_SHARE = 0.9  # of the machine's memory that all trials together may take, where no cap was asked for
DRAIN_S = 5.0  # that actors may take to finish with what was said, once the run is over
CLOSE_S = 5.0  # that a model may take to close its connections


class Ring:
    """One run, built and proved whole; `run` turns it."""

    def __init__(
        self,
        run: RunId,
        folder: RunFolder,
        prepared: Prepared,
        settings: Settings,
        registry: Registry,
        journal: Journal,
        *,
        used_s: float = 0.0,
    ) -> None:
        limits = limits_of(settings, prepared.limits)
        self._pace, ledger = Pace(limits.wall_s, before_s=used_s, now=clock.now), Ledger(limits)
        self.bus = Bus(run, journal, _types(registry.actors.values()), elapsed_s=self._pace.elapsed_s)
        site = Site(
            folder=folder.path,
            ledger=ledger,
            left_s=lambda: self._pace.left_s() - self._pace.reserve_s(),
            report=lambda message: self.bus.post((message,)),
            settings=settings.llm,
        )
        strategy = registry.strategy(settings.strategy)
        model = taped(lambda: registry.model(settings.model, site), record=settings.record, replay=settings.replay)
        self._model = model
        devices = DevicePool(parse_devices(settings.devices))
        rig = Rig(
            registry.executor(settings),
            devices,
            prepared.inputs,
            prepared.harness,
            memory_mib=settings.trial_memory_mib or int(MEMORY_SHARE * memory_mib() / len(devices.devices)),
        )
        history, brief, profile, harness = History(), prepared.brief, prepared.profile, prepared.harness
        author = Author(
            brief,
            profile,
            model=model,
            strategy=strategy,
            history=history,
            folder=folder,
            ledger=ledger,
            pace=self._pace,
            seed=settings.seed,
        )
        self._members = [
            Member(Updater(author, self._pace, history)),
            Member(
                Executor(
                    folder,
                    rig,
                    harness,
                    self._pace,
                    higher_is_better=brief.higher_is_better,
                    seed=settings.seed,
                )
            ),
            Member(
                Reasoner(
                    brief,
                    profile,
                    folder,
                    harness,
                    model,
                    self._pace,
                    diagnoses=strategy.diagnoses,
                    seed=settings.seed,
                )
            ),
            Member(MemoryKeeper(folder)),
            Member(BudgetGuard(limits, self._pace, devices)),
            *(Member(actor, plugin=True) for actor in registry.actors.values()),
        ]
        names = Counter(member.actor.name for member in self._members)
        if names.total() > len(names):
            raise PluginInvalid(f"two actors are called {names.most_common(1)[0][0]!r}: name one of them otherwise")
        prove(self._members, OUTSIDE, FOR_OBSERVERS)
        self.summary = Summary(run)
        self._exporter = Exporter(folder, harness, self.summary, self._pace.elapsed_s)
        self._started = RunStarted(
            task=brief,
            profile=profile,
            limits=limits,
            traces=settings.traces,
            strategy=settings.strategy,
            model=settings.model,
            seed=settings.seed,
            search_rows=prepared.search_rows,
            final_rows=prepared.final_rows,
            inferred=prepared.inferred,
            version=__version__,
        )
        self._last_words: dict[str, str] = {}
        self._ended = False

    async def _check(self) -> None:
        """Raise BadInput when the model cannot be asked."""
        if (check := getattr(self._model, "check", None)) is not None:
            await check()

    async def _close(self) -> None:
        """Let go of what the model holds."""
        if (close := getattr(self._model, "close", None)) is not None:
            with anyio.move_on_after(CLOSE_S, shield=True):
                await close()

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Turn the ring until the run has finished and its export is written.

        Raises:
            BadInput: the model cannot be asked; nothing has been run.
            StoreError: the journal cannot be written.
            RingStalled: a message was answered by nobody.
            Exception: a bug in a built-in actor.
        """
        try:
            await self._check()
            await self._turn(task_status)
        finally:
            await self._close()

    async def _turn(self, task_status: TaskStatus[None]) -> None:
        log = structlog.get_logger().bind(run=self.summary.result.run)
        effects = Effects(self.bus)
        for member in self._members:
            member.join(self.bus)
        self.bus.fold(self._overhear, *(kind for kind in MESSAGES if kind.durable))
        async with anyio.create_task_group() as post:
            carried = anyio.CancelScope(shield=True)  # outlives the actors: what they did is recorded as they leave
            post.start_soon(self._carry, carried, name="bus")
            try:
                async with anyio.create_task_group() as tasks:
                    for member in self._members:
                        tasks.start_soon(member.run, self.bus, effects, log, name=member.actor.name)
                    await self.bus.publish(self._started)
                    task_status.started()
                    tasks.start_soon(self._tick, name="clock")
                    tasks.start_soon(self._watch, name="stall detector")
                    await self._exporter.run(self.bus)
                    with anyio.move_on_after(DRAIN_S):
                        await self.bus.quiet()  # who listens to the end gets to hear it
                    tasks.cancel_scope.cancel()
            finally:
                carried.cancel()

    async def _carry(self, scope: anyio.CancelScope) -> None:
        with scope:
            await self.bus.run()

    async def _tick(self) -> None:
        while True:
            self.bus.emit(ClockTicked(elapsed_s=self._pace.elapsed_s()))
            await anyio.sleep(TICK_S)

    async def _watch(self) -> None:
        """End the run with an error when it can no longer move: nothing queued, nobody at work, and not finished."""
        await self.bus.quiet()
        if not self._ended:
            words = "; ".join(f"{lane or 'run'}: {word}" for lane, word in self._last_words.items())
            raise RingStalled(f"nobody answers any more; last words: {words}")

    def _overhear(self, envelope: Envelope) -> None:
        self._last_words[envelope.message.lane] = f"{type(envelope.message).__name__} (seq {envelope.seq})"
        self._ended |= isinstance(envelope.message, RunFinished)


def limits_of(settings: Settings, task: Limits) -> Limits:
    """Return what a run may use: what the settings allow, and no more than the task does."""
    told = Limits(
        wall_s=settings.budget_s,
        trials=settings.max_trials,
        tokens=settings.max_tokens,
        cost_usd=settings.max_cost_usd,
    )
    both = {name: (getattr(told, name), getattr(task, name)) for name in Limits.__struct_fields__}
    return Limits(**{name: min((x for x in pair if x is not None), default=None) for name, pair in both.items()})


def _types(plugins: Iterable[Actor]) -> tuple[type[Message], ...]:
    """Return every type that can be said or heard here, plugins' own included."""
    theirs = (kind for actor in plugins for kind in (*getattr(actor, "says", ()), *actor.listens))
    return tuple(dict.fromkeys((*MESSAGES, *theirs)))
