"""A run without data, processes or waiting: the ring's own deciding, writing and remembering, on a landscape.

The Chooser, the Author, the MemoryKeeper, the History and the strategy are those of a real run; the model and the
trials are a `Landscape`, time is virtual, and what the bus carries goes from hand to hand.
"""

import heapq
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, NamedTuple, TypeVar

from gome.actors.memory_keeper import MemoryKeeper
from gome.author import Author
from gome.budget import Ledger
from gome.chooser import Chooser
from gome.evaluation.ladder import improves
from gome.memory import History
from gome.messages import (
    BudgetExhausted,
    Diagnosed,
    DiagnoseQuestion,
    Envelope,
    Limits,
    Message,
    MomentumReady,
    Profile,
    RunId,
    SolutionProposed,
    StepChosen,
    StepDropped,
    TaskBrief,
    TraceId,
    TraceOpened,
    TrialFinished,
    TrialId,
)
from gome.pace import Pace
from gome.search import Strategy
from gome.testing.landscape import Landscape

Outcome = TypeVar("Outcome")
PROFILE = Profile(rows=1000, test_rows=1000, columns=(), targets=())


class Shelf:
    """What a run's folder is to those who write and read code."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}

    def code(self, trial: TrialId) -> str:
        """Return a trial's program."""
        return self._codes[trial]

    def write_code(self, trial: TrialId, code: str) -> tuple[str, str]:
        """Keep a trial's program. Returns a path and a hash, as a folder does."""
        self._codes[trial] = code
        return f"trials/{trial}/solution.py", str(hash(code))


class Once:
    """A context in which every effect is performed."""

    async def once(
        self, key: str, perform: Callable[[], Awaitable[Outcome]], kind: type[Outcome], **_told: object
    ) -> Outcome:
        """Return what comes of it."""
        assert key, "an effect has a key"
        assert kind is not None, "and a type"
        return await perform()


class Point(NamedTuple):
    """A trial that has ended, and how far the run was."""

    at_s: float
    trial: TrialId
    score: float | None
    worth: float | None  # the true score; None where there is none
    accepted: bool


class Rehearsal:
    """One run on a landscape. `run` plays it to its end; `messages` and `points` tell it."""

    def __init__(
        self,
        landscape: Landscape,
        strategy: Strategy,
        *,
        traces: int = 4,
        trials: int | None = 60,
        wall_s: float | None = None,
        devices: int = 2,
        think_s: float = 5.0,
        seed: int = 0,
        momentum: bool = True,
        diagnosis: bool = True,
    ) -> None:
        self.landscape, self.strategy = landscape, strategy
        self.messages: list[Envelope] = []
        self.points: list[Point] = []
        self.now_s = 0.0
        self._traces, self._think_s, self._seed = traces, think_s, seed
        self._diagnosis = diagnosis and strategy.diagnoses
        self._wall_s = wall_s
        self._task = TaskBrief(
            name="landscape",
            description="",
            kind="regression",
            metric="r2",
            higher_is_better=landscape.higher_is_better,
            wanted="value",
            id_column=None,
            targets=("y",),
            submission_columns=("y",),
        )
        limits = Limits(trials=trials, wall_s=wall_s)
        ledger = Ledger(limits)
        self.history, self._shelf = History(), Shelf()
        self._pace = Pace(wall_s, now=lambda: self.now_s)
        shelf: Any = self._shelf
        self.keeper = MemoryKeeper(shelf, self.history, weighs=momentum)
        self.author = Author(
            self._task,
            PROFILE,
            model=landscape,
            strategy=strategy,
            history=self.history,
            folder=shelf,
            scope=lambda _: ledger,
            pace=self._pace,
            seed=seed,
        )
        self.chooser = Chooser(
            strategy,
            self.history,
            limits,
            traces=traces,
            higher_is_better=landscape.higher_is_better,
            seed=seed,
        )
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0
        self._free_s = [0.0] * devices
        heapq.heapify(self._free_s)

    def run(self) -> "Rehearsal":
        """Play the run to its end."""
        context: Any = Once()
        for number, start in enumerate(_now(self.author.starts(self._traces, "draft", context)), start=1):
            trace = TraceId(f"t{number}")
            self._say(
                TraceOpened(trace=trace, start=start, reason=start.statement),
                StepChosen(trace=trace, operator="draft", hypothesis=start, reason="the trace's first solution"),
            )
        while self._events:
            self.now_s, _, act = heapq.heappop(self._events)
            if self._wall_s is not None and self._pace.is_over() and self.history.end is None:
                left = BudgetExhausted(
                    resource="wall_s", spent=self.now_s, limit=self._wall_s, reason="the time is used"
                )
                self._say(left)
            act()
        return self

    @property
    def best(self) -> float | None:
        """The true score of the solution with the best score that was shown; None where none has a score."""
        shown = [point for point in self.points if point.score is not None]
        sign = 1.0 if self.landscape.higher_is_better else -1.0
        return max(shown, key=lambda point: sign * (point.score or 0.0)).worth if shown else None

    def curve(self) -> list[float]:
        """Return the true score of what would be handed in after each trial; minus infinity before the first."""
        sign, best, worth, found = (1.0 if self.landscape.higher_is_better else -1.0), -float("inf"), -float("inf"), []
        for point in self.points:
            if point.score is not None and point.worth is not None and sign * point.score > best:
                best, worth = sign * point.score, sign * point.worth
            found.append(worth)
        return found

    def _later(self, wait_s: float, act: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._events, (self.now_s + wait_s, self._number, act))

    def _say(self, *messages: Message) -> None:
        """Put messages on record, all of them, then let each be heard."""
        for message in messages:
            envelope = Envelope(len(self.messages) + 1, self.now_s, None, RunId("rehearsal"), message)
            self.messages.append(envelope)
            self.history.fold(envelope)
            if type(message) in self.keeper.folds:
                self.keeper.fold(envelope)
        for message in messages:
            match message:
                case StepChosen():
                    self._later(self._think_s, lambda chosen=message: self._write(chosen))  # type: ignore[misc]
                case SolutionProposed():
                    self._run(message)
                case Diagnosed():
                    context: Any = Once()
                    self._say(*_now(self.keeper.handle(message, context)))
                case MomentumReady() | StepDropped():
                    self._say(*self.chooser.decide(self._pace.left_share()))
                case _:
                    pass

    def _write(self, chosen: StepChosen) -> None:
        context: Any = Once()
        if self.history.end is not None:
            self._say(StepDropped(trace=chosen.trace, why="budget", reason=self.history.end))
            return
        self._say(*_now(self.author.write(chosen, context)))

    def _run(self, proposed: SolutionProposed) -> None:
        code = self._shelf.code(proposed.trial)
        outcome = self.landscape.run(code)
        began_s = max(heapq.heappop(self._free_s), self.now_s)
        heapq.heappush(self._free_s, began_s + outcome.wall_s)
        finished = TrialFinished(
            trace=proposed.trace,
            trial=proposed.trial,
            stage="full",
            status="failed" if outcome.score is None else "ok",
            score=outcome.score,
            noise=outcome.noise,
            error=outcome.error,
            wall_s=outcome.wall_s,
            device_s=outcome.wall_s,
        )

        def end() -> None:
            self._say(finished)
            self._say(self._judge(finished, proposed, code))

        self._later(began_s + outcome.wall_s - self.now_s, end)

    def _judge(self, finished: TrialFinished, proposed: SolutionProposed, code: str) -> Diagnosed:
        best = self.history.traces[finished.trace].best
        gain, noise = None, None
        if finished.score is not None and best is not None:
            gain, noise = self.landscape.compare(self._shelf.code(best), code)
        improved = finished.score is not None and (
            gain is None or improves(gain, noise or 0.0, trials=len(self.history.attempts))
        )
        question = DiagnoseQuestion(
            task=self._task,
            profile=PROFILE,
            code=code,
            trial=finished,
            hypothesis=proposed.hypothesis,
            checks=(),
            best_score=None,
            best_code=self._shelf.code(best) if best and not improved else None,
            gain=gain,
            limit_s=60.0,
            seed=self._seed,
            key=f"diagnose/{finished.trial}",
        )
        asked = self._diagnosis and finished.score is not None
        problems = _now(self.landscape.diagnose(question)).problems if asked else ()
        worth = self.landscape.worth(code) if finished.score is not None else None
        self.points.append(Point(self.now_s, finished.trial, finished.score, worth, improved))
        return Diagnosed(
            trace=finished.trace,
            trial=finished.trial,
            verdict="accepted" if finished.score is not None else "rejected",
            improved=improved,
            score=finished.score,
            noise=finished.noise,
            gain=gain,
            gain_noise=noise,
            best=finished.trial if improved else best,
            hypothesis=proposed.hypothesis,
            problems=problems,
        )


def _now(work: Coroutine[Any, Any, Outcome]) -> Outcome:
    """Return what comes of work that never waits."""
    try:
        work.send(None)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome
    raise AssertionError("it waits for something")


def rehearse(landscape: Landscape, strategy: Strategy, **told: Any) -> Sequence[Point]:
    """Return the trials of one rehearsal."""
    return Rehearsal(landscape, strategy, **told).run().points
