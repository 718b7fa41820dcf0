"""What each trace may spend, inside what the run may: a ledger for each, charged with what the run's past has cost."""

from gome.budget import LEAST_DEVICE_S, Ledger
from gome.memory import History
from gome.memory.history import TraceHistory
from gome.messages import Limits, Resource, TraceId


class Scopes:
    """The traces' ledgers."""

    def __init__(self, run: Ledger, limits: Limits, history: History) -> None:
        """Take the run's ledger, the limits of each trace, and what has happened. `run` is charged by others."""
        self._run, self._limits, self._history = run, limits, history
        self._ledgers: dict[TraceId, Ledger] = {}

    def of(self, trace: TraceId) -> Ledger:
        """Return a trace's ledger, made when it is first asked for: by then the past is known."""
        if trace not in self._ledgers:
            past = self._history.traces.get(trace, TraceHistory())
            spent: dict[Resource, float] = {"trials": float(len(past.attempts)), "device_s": past.device_s}
            self._ledgers[trace] = self._run.inner(trace, self._limits, spent)
        return self._ledgers[trace]


def used_up(trace: TraceHistory, limits: Limits) -> str:
    """Return which of its own limits a trace has reached, in one line; empty where there is none."""
    if limits.trials is not None and len(trace.attempts) >= limits.trials:
        return f"all {limits.trials} trials of the trace are used"
    if limits.device_s is not None and trace.device_s + LEAST_DEVICE_S > limits.device_s:
        return f"the trace's device time is used: {trace.device_s:.1f} s of {limits.device_s:g} s"
    return ""
