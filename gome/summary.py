"""A run's summary, folded from its messages: what run.json, `--json` and the live view show."""

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from gome.messages import (
    BudgetExhausted,
    Diagnosed,
    Envelope,
    FinalistsChosen,
    FinalistsScored,
    LeaseLost,
    Message,
    ModelCalled,
    RunFinished,
    RunId,
    RunResumed,
    RunStarted,
    RunStatus,
    SolutionProposed,
    StopRequested,
    TrialFinished,
    TrialId,
)
from gome.settings import Settings


class Best(msgspec.Struct, frozen=True, kw_only=True):
    """The best solution so far."""

    trial: TrialId
    score: float | None  # on the search holdout
    final_score: float | None = None  # on the final holdout, once that was used


class RunResult(msgspec.Struct, kw_only=True):
    """What came of a run. The fields are a contract; see architecture, section 8."""

    run: RunId
    status: RunStatus = "running"
    stop_reason: str | None = None
    metric: str = ""
    higher_is_better: bool = True
    best: Best | None = None
    warnings: tuple[str, ...] = ()  # what makes the scores worth less
    other_seeds: tuple[float, ...] = ()  # final scores of the best with other seeds, where there was time for any
    submission: str | None = None  # path of the predictions, once there are any
    solution: str | None = None  # path of the program
    trials: int = 0
    accepted: int = 0  # trials that improved on their trace's best
    wall_s: float = 0.0
    device_s: float = 0.0
    tokens: int = 0
    cost_usd: float = 0.0
    task: str = ""
    first: Best | None = None  # the first valid score, to compare with
    strategy: str = ""
    model: str = ""
    traces: int = 0  # that the run began with
    without: tuple[str, ...] = ()  # what an ablation switched off: "diagnosis", "momentum"
    steps: int = 0  # trials that were to improve on another, and have been judged
    improving: float | None = None  # share of these that did
    kept: float | None = None  # share of the expected gains that came true: the reasoner's reliability

    def json(self) -> dict[str, Any]:
        """Return the summary as plain values."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


class SummaryState(msgspec.Struct):
    """What a summary remembers."""

    result: RunResult
    refit: TrialId | None
    began: float
    before_s: float
    counts: tuple[int, int, int]  # improved, promised, came
    trusted: bool


class Summary:
    """The fold. `best_changed` tells whether the last message brought a new best."""

    remembers: ClassVar[type[SummaryState]] = SummaryState

    def __init__(self, run: RunId) -> None:
        self.result = RunResult(run=run)
        self.best_changed = False
        self.refit: TrialId | None = None
        self._began, self._before_s = 0.0, 0.0  # of the sitting: at, and the run's time used until then
        self._improved = self._promised = self._came = 0
        self._trusted = False  # whether the best so far is above suspicion

    def state(self) -> SummaryState:
        """See gome.snapshot.Remembers."""
        counts = self._improved, self._promised, self._came
        result = msgspec.structs.replace(self.result)
        return SummaryState(result, self.refit, self._began, self._before_s, counts, self._trusted)

    def restore(self, state: SummaryState) -> None:
        """See gome.snapshot.Remembers."""
        self.result, self.refit, self._trusted = state.result, state.refit, state.trusted
        self._began, self._before_s = state.began, state.before_s
        self._improved, self._promised, self._came = state.counts

    def fold(self, envelope: Envelope) -> None:
        """Take a message into account."""
        self.best_changed = False
        take = self._takes.get(type(envelope.message))
        if take is not None:
            take(self, envelope.message, envelope.at)
        wall_s = self._before_s + envelope.at - self._began
        if wall_s > self.result.wall_s:
            self.result.wall_s = round(wall_s, 3)

    def _started(self, started: RunStarted, at: float) -> None:
        result, task = self.result, started.task
        result.task, result.metric, result.higher_is_better = task.name, task.metric, task.higher_is_better
        result.warnings = started.warnings
        result.strategy, result.model, result.traces = started.strategy, started.model, started.traces
        told = Settings.of(started.settings or "{}")
        result.without = tuple(part for part in ("diagnosis", "momentum") if not getattr(told, part))
        self._began = at

    def _resumed(self, resumed: RunResumed, at: float) -> None:
        self._began, self._before_s = at, resumed.elapsed_s
        if resumed.reopens:
            self.result.status, self.result.stop_reason = "running", None

    def _proposed(self, _: SolutionProposed, _at: float) -> None:
        self.result.trials += 1

    def _held(self, used: TrialFinished | LeaseLost, _at: float) -> None:
        self.result.device_s = round(self.result.device_s + used.device_s, 3)

    def _called(self, called: ModelCalled, _at: float) -> None:
        self.result.tokens += called.input_tokens + called.output_tokens
        self.result.cost_usd = round(self.result.cost_usd + (called.cost_usd or 0.0), 9)

    def _ends(self, why: BudgetExhausted | StopRequested | FinalistsChosen, _at: float) -> None:
        self.result.stop_reason = self.result.stop_reason or why.reason

    def _finished(self, finished: RunFinished, _at: float) -> None:
        self.result.status, self.result.stop_reason = finished.status, finished.stop_reason

    def _diagnosed(self, diagnosed: Diagnosed, _at: float) -> None:
        result = self.result
        result.accepted += diagnosed.improved
        self._compare(diagnosed)
        if not diagnosed.improved or diagnosed.score is None:
            return  # a trace's accepted solution improves on its suspect ones, whatever they scored
        found, trusted = Best(trial=diagnosed.trial, score=diagnosed.score), diagnosed.believed
        result.first = result.first or found
        # A suspect solution is better than none, and worse than any that is above suspicion.
        if result.best is None or result.best.score is None or (trusted and not self._trusted):
            self.best_changed = True
        elif trusted >= self._trusted:
            self.best_changed = self._better(diagnosed.score, result.best.score)
        if self.best_changed:
            result.best, self._trusted, self.refit = found, trusted, None

    def _compare(self, diagnosed: Diagnosed) -> None:
        """Hold what was expected of a step against what came."""
        if diagnosed.gain is None:
            return
        result = self.result
        self._improved += diagnosed.improved
        result.steps += 1
        result.improving = round(self._improved / result.steps, 4)
        if diagnosed.hypothesis.problem and diagnosed.hypothesis.effect > 0:
            self._promised += 1
            self._came += diagnosed.improved
            result.kept = round(self._came / self._promised, 4)

    def _scored(self, scored: FinalistsScored, _at: float) -> None:
        for score in scored.scores:
            if score.trial == scored.winner:
                self.result.best = Best(trial=score.trial, score=score.search, final_score=score.final)
                self.result.other_seeds = next((one.final for one in scored.seeds if one.trial == score.trial), ())
                self.refit = scored.refit
                self.result.device_s = round(self.result.device_s + scored.refit_s, 3)
                self.best_changed = True

    def _better(self, one: float, other: float) -> bool:
        return one > other if self.result.higher_is_better else one < other

    _takes: ClassVar[dict[type[Message], Callable[..., None]]] = {
        RunStarted: _started,
        RunResumed: _resumed,
        SolutionProposed: _proposed,
        TrialFinished: _held,
        LeaseLost: _held,
        ModelCalled: _called,
        Diagnosed: _diagnosed,
        BudgetExhausted: _ends,
        StopRequested: _ends,
        FinalistsChosen: _ends,
        FinalistsScored: _scored,
        RunFinished: _finished,
    }
    folds: ClassVar[tuple[type[Message], ...]] = tuple(_takes)  # other types tell it only how late it is
