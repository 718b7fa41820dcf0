"""The ring of one run: its five actors, its plugins, and the post between them. The whole story is here.

     ┌───────── SolutionProposed ────────▶ Executor ──── TrialFinished ────┐
     │                                                                     ▼
  Updater ◀── MomentumReady ── MemoryKeeper ◀── Diagnosed ───────────── Reasoner
     │
     └── RunStarted ▶ StepChosen ... TraceClosed ▶ FinalistsChosen ▶ FinalistsScored ▶ RunFinished

BudgetGuard listens to what costs and to the clock, and says when it is enough.
"""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress

import anyio
import msgspec
import structlog
from anyio.abc import TaskStatus

from gome import clock
from gome.actor import Actor, Member, prove
from gome.actors.budget_guard import BudgetGuard
from gome.actors.executor import Executor
from gome.actors.memory_keeper import MemoryKeeper
from gome.actors.reasoner import Reasoner
from gome.actors.updater import Updater
from gome.author import written, written_under
from gome.budget import costs
from gome.bus import Bus
from gome.effects import Effects
from gome.errors import PluginInvalid, RingStalled, StoreError
from gome.execution.leases import LEASES, Ended
from gome.export import Exporter
from gome.journal import Batch, Journal
from gome.llm.account import CALLS, Kept
from gome.messages import (
    MESSAGES,
    BudgetLow,
    ClockTicked,
    DeviceBack,
    DeviceLost,
    DeviceSampled,
    FinalistsChosen,
    FinalistsScored,
    LeaseLost,
    Message,
    ModelBack,
    ModelCalled,
    ModelDown,
    RunFinished,
    RunResumed,
    RunStarted,
    Silenced,
    StepFailed,
    StopRequested,
    SuccessRecorded,
    TraceClosed,
    TrialStarted,
)
from gome.parts import Parts, Plan
from gome.plugin import Registry
from gome.restore import Restored
from gome.snapshot import Snapshots
from gome.summary import Summary

BY_MODELS = (ModelCalled, ModelDown, ModelBack)  # said by a model's adapter, through its site
BY_DRIVERS = (DeviceLost, DeviceBack)
OUTSIDE = (  # said by the runtime itself
    RunStarted, RunResumed, StopRequested, ClockTicked, StepFailed, Silenced, LeaseLost,
    *BY_MODELS, *BY_DRIVERS,
)  # fmt: skip
FOR_OBSERVERS = (
    RunFinished, SuccessRecorded, BudgetLow, DeviceSampled, TrialStarted, StepFailed, Silenced, LeaseLost,
    *BY_MODELS, *BY_DRIVERS,
)  # fmt: skip
TICK_S = 0.5  # between notes of the time
SNAPSHOT_S = 1.0  # between looks whether one is due
OF_THE_END = (TraceClosed, FinalistsChosen, FinalistsScored)  # void where a run goes on that was about to end
LAST_WORDS = 100  # messages that an error quotes from, the newest of each lane
DRAIN_S = 5.0  # that actors may take to finish with what was said, once the run is over


def core(parts: Parts) -> tuple[Actor, ...]:
    """Return the five actors of a run, each with the parts that it needs."""
    return (
        Updater(parts.author, parts.chooser, parts.pace, parts.history),
        Executor(parts.folder, parts.rig, parts.pace, parts.final, seed=parts.settings.seed),
        Reasoner(
            parts.brief,
            parts.profile,
            parts.folder,
            parts.harness,
            parts.model,
            parts.pace,
            parts.history,
            diagnoses=parts.strategy.diagnoses and parts.settings.diagnosis,
            seed=parts.settings.seed,
        ),
        MemoryKeeper(parts.folder, parts.history, weighs=parts.settings.momentum, keepsakes=parts.keepsakes),
        BudgetGuard(parts.ledger, parts.limits, parts.pace, parts.devices, parts.width, parts.spending),
    )


class Ring:
    """One run, built and proved whole; `run` turns it."""

    def __init__(self, plan: Plan, registry: Registry, journal: Journal, *, last: int = 0) -> None:
        """Build the ring.

        Args:
            plan: of this sitting.
            registry: the plugins' actors, and whatever the settings name.
            journal: of the run.
            last: seq of its newest message; 0 where the run begins.

        Raises:
            BadInput: a setting or a plugin cannot be used.
            RoutingInvalid: a message has no hearer, or an actor waits for what nobody says.
        """
        plugins = registry.actors.values()
        self._plan, self._journal, self._last = plan, journal, last
        self.summary = Summary(plan.run)
        pace = plan.pace(clock.now)
        self.bus = Bus(plan.run, journal, _types(plugins), last=last, elapsed_s=pace.elapsed_s)
        self._effects = Effects(self.bus, journal, earlier=last > 0)
        self._parts = Parts(plan, registry, pace, lambda message: self.bus.post((message,)), effects=self._effects)
        self._members = [
            *(Member(actor) for actor in core(self._parts)),
            *(Member(actor, plugin=True) for actor in plugins),
        ]
        _check_names(self._members)
        prove(self._members, OUTSIDE, FOR_OBSERVERS)
        self._exporter = Exporter(
            plan.folder, self._parts.harness, self.summary, pace.elapsed_s, sample=plan.prepared.carried
        )
        self._course = Summary(plan.run)  # never behind, as the exporter's own may be
        self._snapshots = Snapshots(plan.folder.snapshot, plan.run, self._members, {"course": self._course})

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Turn the ring until the run has finished and its export is written.

        Raises:
            BadInput: the model cannot be asked; nothing has been run.
            StoreError: the journal cannot be written.
            RingStalled: a message was answered by nobody.
            Exception: a bug in a built-in actor.
        """
        try:
            await self._parts.check()
            await self._turn(task_status)
        finally:
            await self._parts.close()

    async def _turn(self, task_status: TaskStatus[None]) -> None:
        log = structlog.get_logger().bind(run=self.summary.result.run)
        for name in self._snapshots.without:
            why = f"{name} folds messages and has no `remembers`, `state` and `restore`: a resume folds all anew"
            log.warning("snapshots.none", because=why)
        for member in self._members:
            member.join(self.bus)
        self.bus.fold(self._course.fold, *Summary.folds)
        opening = await self._open()
        self.bus.fold(lambda _: self._parts.stop.pull(), StopRequested)  # those of earlier sittings are void
        async with anyio.create_task_group() as post:
            carried = anyio.CancelScope(shield=True)  # outlives the actors: what they did is recorded as they leave
            post.start_soon(self._carry, carried, name="bus")
            try:
                await opening.wait()
                async with anyio.create_task_group() as tasks:
                    for member in self._members:
                        tasks.start_soon(member.run, self.bus, self._effects, log, name=member.name)
                    task_status.started()
                    tasks.start_soon(self._tick, name="clock")
                    tasks.start_soon(self._remember, name="snapshots")
                    tasks.start_soon(self._parts.watch.run, name="gpus")
                    tasks.start_soon(self._watch, name="stall detector")
                    await self._exporter.run(self.bus, after=self._last, over=self._ended)
                    with anyio.move_on_after(DRAIN_S):
                        await self.bus.quiet()  # who listens to the end gets to hear it
                    tasks.cancel_scope.cancel()
            finally:
                self._plan.beat(self._parts.pace.elapsed_s())
                with anyio.CancelScope(shield=True), suppress(StoreError):
                    await self.bus.publish()  # what was done and answered, and nobody waits for
                carried.cancel()

    async def _open(self) -> Batch:
        """Return what the sitting begins with, on its way to the journal; nothing is heard before it is there."""
        restored = Restored(self._members, self._journal)
        if not self._last:
            opening = self.bus.post((self._plan.started(),))
            restored.join(opening, opening.records[-1].seq)
            return opening
        await restored.fold(self.bus, self._snapshots)
        self._parts.charge()
        self.summary.restore(self._course.state())
        await self._put_back()
        opening = Batch()
        opening.committed.set()
        history = self._parts.history
        ended = self._ended or history.end is not None or (bool(history.traces) and history.all_closed())
        reopens = ended and (history.stopped or bool(self._plan.changed))
        if not self._ended or reopens:
            opening = self.bus.post((self._plan.resumed(reopens=reopens),))
            restored.join(opening, opening.records[-1].seq)
            if reopens:
                restored.withdraw(OF_THE_END, opening)
            await self._close_doubts()
            await restored.count(self.bus, opening, crashed=self._plan.crashed, again=self._plan.again)
        restored.hand_over(self.bus)
        return opening

    async def _put_back(self) -> None:
        """Write programs again that are no longer in the run's folder: the journal has them. It has no predictions."""
        gone = self._plan.folder.without_code(self._parts.history.attempts)
        outcomes = await self._journal.outcomes([key for trial in gone for key in written_under(trial)])
        for trial in gone:
            if (code := written(outcomes, trial)) is not None:
                self._plan.folder.write_code(trial, code)
                structlog.get_logger().warning("resume.put_back", trial=trial)

    async def _close_doubts(self) -> None:
        """Count as spent what calls and leases can have cost at most whose end nobody put on record.

        Other effects in doubt are done again when the message is heard again that they belong to.
        """
        for key, intent in (await self._journal.in_doubt()).items():
            if key.startswith(CALLS) and intent is not None:
                self._lose(key, msgspec.json.decode(intent, type=ModelCalled), Kept())
            elif key.startswith(LEASES) and intent is not None and self._parts.leases is not None:
                self._lose(key, self._parts.leases.lost(intent, self._plan.used_s + TICK_S), Ended())

    def _lose(self, key: str, message: Message, outcome: msgspec.Struct) -> None:
        self.bus.post((message,))
        self.bus.note(key, outcome)
        for resource, amount in costs(message).items():
            self._parts.scopes.charged(message).charge(resource, amount)

    async def _carry(self, scope: anyio.CancelScope) -> None:
        with scope:
            await self.bus.run()

    async def _tick(self) -> None:
        while True:
            elapsed_s = self._parts.pace.elapsed_s()
            self._plan.beat(elapsed_s)
            self.bus.emit(ClockTicked(elapsed_s=elapsed_s))
            await anyio.sleep(TICK_S)

    async def _remember(self) -> None:
        """Keep what the actors remember, now and then, so that a later sitting need not hear everything again."""
        while True:
            await anyio.sleep(SNAPSHOT_S)
            if self._snapshots.is_due(self.bus.committed):
                taken = self._snapshots.take(self.bus.committed)
                await self.bus.publish()  # then all that was answered until then is on record as answered
                await self._snapshots.write(taken)

    @property
    def _ended(self) -> bool:
        return self._course.result.status != "running"

    async def _watch(self) -> None:
        """End the run with an error when it can no longer move: nothing queued, nobody at work, and not finished."""
        await self.bus.quiet()
        if not self._ended:
            newest = await self._journal.read(max(self.bus.committed - LAST_WORDS, 0), LAST_WORDS)
            last = {record.trace: record for record in newest}
            words = "; ".join(f"{lane or 'run'}: {record.tag} (seq {record.seq})" for lane, record in last.items())
            raise RingStalled(f"nobody answers any more; last words: {words}")


def _check_names(members: Iterable[Member]) -> None:
    """Raise PluginInvalid where two actors have one name."""
    names = Counter(member.actor.name for member in members)
    if names.total() > len(names):
        raise PluginInvalid(f"two actors are called {names.most_common(1)[0][0]!r}: name one of them otherwise")


def _types(plugins: Iterable[Actor]) -> tuple[type[Message], ...]:
    """Return every type that can be said or heard here, plugins' own included."""
    theirs = (kind for actor in plugins for kind in (*getattr(actor, "says", ()), *actor.listens))
    return tuple(dict.fromkeys((*MESSAGES, *theirs)))
