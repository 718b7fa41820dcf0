"""A run's summary, folded from its messages: what run.json, `--json` and the live view show."""

from typing import Any

import msgspec

from gome.messages import (
    BudgetExhausted,
    Diagnosed,
    Envelope,
    FinalistsChosen,
    FinalistsScored,
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


class Summary:
    """The fold. `best_changed` tells whether the last message brought a new best."""

    def __init__(self, run: RunId) -> None:
        self.result = RunResult(run=run)
        self.best_changed = False
        self.refit: TrialId | None = None
        self._began, self._before_s = 0.0, 0.0  # of the sitting: at, and the run's time used until then
        self._improved = self._promised = self._came = 0
        self._trusted = False  # whether the best so far is above suspicion

    def fold(self, envelope: Envelope) -> None:
        """Take a message into account."""
        self.best_changed = False
        result = self.result
        match envelope.message:
            case RunStarted(task=task) as started:
                result.task, result.metric, result.higher_is_better = task.name, task.metric, task.higher_is_better
                result.warnings = started.warnings
                result.strategy, result.model, result.traces = started.strategy, started.model, started.traces
                told = Settings.of(started.settings or "{}")
                result.without = tuple(part for part in ("diagnosis", "momentum") if not getattr(told, part))
                self._began = envelope.at
            case RunResumed() as resumed:
                self._resumed(resumed, envelope.at)
            case SolutionProposed():
                result.trials += 1
            case TrialFinished(device_s=device_s):
                result.device_s = round(result.device_s + device_s, 3)
            case ModelCalled() as called:
                result.tokens += called.input_tokens + called.output_tokens
                result.cost_usd = round(result.cost_usd + (called.cost_usd or 0.0), 9)
            case Diagnosed() as diagnosed:
                self._diagnosed(diagnosed)
            case BudgetExhausted(reason=reason) | StopRequested(reason=reason) | FinalistsChosen(reason=reason):
                result.stop_reason = result.stop_reason or reason
            case FinalistsScored() as scored:
                self._scored(scored)
            case RunFinished() as finished:
                result.status, result.stop_reason = finished.status, finished.stop_reason
            case _:
                pass
        wall_s = self._before_s + envelope.at - self._began
        if wall_s > result.wall_s:
            result.wall_s = round(wall_s, 3)

    def _resumed(self, resumed: RunResumed, at: float) -> None:
        self._began, self._before_s = at, resumed.elapsed_s
        if resumed.reopens:
            self.result.status, self.result.stop_reason = "running", None

    def _diagnosed(self, diagnosed: Diagnosed) -> None:
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

    def _scored(self, scored: FinalistsScored) -> None:
        for score in scored.scores:
            if score.trial == scored.winner:
                self.result.best = Best(trial=score.trial, score=score.search, final_score=score.final)
                self.result.other_seeds = next((one.final for one in scored.seeds if one.trial == score.trial), ())
                self.refit = scored.refit
                self.result.device_s = round(self.result.device_s + scored.refit_s, 3)
                self.best_changed = True

    def _better(self, one: float, other: float) -> bool:
        return one > other if self.result.higher_is_better else one < other
