"""A run's traces as rows of JSON, for whoever learns from them; docs/traces.md says what each field means."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from gome.author import written
from gome.memory import History
from gome.memory.history import Attempt
from gome.messages import Envelope, ModelCalled, RunFinished, RunStarted, SolutionProposed
from gome.summary import Summary

NO_END = "there is no end on record, and nobody works on it"
SCHEMA = 1  # of the rows: fields are added, none is removed or changes its meaning


def rows(
    run: str, envelopes: Iterable[Envelope], outcomes: Mapping[str, str | None], *, held: bool = True
) -> Iterator[dict[str, Any]]:
    """Yield one row for the run, one for each step, trace by trace, and one for its end.

    Args:
        run: its name.
        envelopes: its messages, in order.
        outcomes: of its effects, as JSON, by key.
        held: whether somebody works on it; where nobody does, it is no longer running, whatever it has said.
    """
    fold = _Fold(run)
    for envelope in envelopes:
        fold.add(envelope)
    yield fold.head()
    for trace in fold.history.traces.values():
        for attempt in trace.attempts:
            yield fold.step(attempt, outcomes)
    yield fold.end(held=held)


class _Fold:
    """What rows are made from."""

    def __init__(self, run: str) -> None:
        self.history, self.summary = History(), Summary(run)  # type: ignore[arg-type]
        self._run = run
        self._started: RunStarted | None = None
        self._finished: RunFinished | None = None
        self._at: dict[str, float] = {}
        self._calls: dict[str, list[ModelCalled]] = {}  # by trial

    def add(self, envelope: Envelope) -> None:
        """Take a message into account."""
        self.summary.fold(envelope)
        if type(envelope.message) in History.folds:
            self.history.fold(envelope)
        match envelope.message:
            case RunStarted() as started:
                self._started = started
            case RunFinished() as finished:
                self._finished = finished
            case SolutionProposed() as proposed:
                self._at[proposed.trial] = envelope.at
            case ModelCalled() as called:
                self._calls.setdefault(called.key.partition("/")[2], []).append(called)
            case _:
                pass

    def head(self) -> dict[str, Any]:
        """Return the run's own row."""
        row: dict[str, Any] = {"kind": "run", "schema": SCHEMA, "run": self._run}
        if self._started is not None:
            told = self._started
            row |= {
                "task": told.task,
                "limits": told.limits,
                "traces": told.traces,
                "strategy": told.strategy,
                "model": told.model,
                "seed": told.seed,
                "version": told.version,
            }
        return row

    def step(self, attempt: Attempt, outcomes: Mapping[str, str | None]) -> dict[str, Any]:
        """Return the row of one step."""
        proposed, finished, diagnosed = attempt.proposed, attempt.finished, attempt.diagnosed
        trial = proposed.trial
        return {
            "kind": "step",
            "run": self._run,
            "trace": proposed.trace,
            "step": proposed.step,
            "trial": trial,
            "at": self._at[trial],
            "operator": proposed.operator,
            "parent": proposed.parent,
            "hypothesis": proposed.hypothesis,
            "reason": proposed.reason,
            "borrowed": proposed.borrowed,
            "proposal": _outcome(outcomes, f"propose/{trial}"),
            "code": written(outcomes, trial),
            "sha256": proposed.sha256,
            "trial_finished": finished,
            "diagnosed": diagnosed,
            "calls": self._calls.get(trial, []),
        }

    def end(self, *, held: bool) -> dict[str, Any]:
        """Return the last row."""
        result = self.summary.result
        if result.status == "running" and not held:
            result.status, result.stop_reason = "stopped", NO_END
        return {
            "kind": "end",
            "run": self._run,
            "status": result.status,
            "stop_reason": result.stop_reason,
            "best": result.best,
            "trials": result.trials,
            "accepted": result.accepted,
            "tokens": result.tokens,
            "cost_usd": result.cost_usd,
            "wall_s": result.wall_s,
            "device_s": result.device_s,
        }


def _outcome(outcomes: Mapping[str, str | None], key: str) -> Any:
    outcome = outcomes.get(key)
    return None if outcome is None else msgspec.json.decode(outcome)
