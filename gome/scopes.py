"""What each trace may spend, inside what the run may: a ledger for each, charged with what the run's past has cost."""

from gome.budget import Ledger, charged_to, is_used_up
from gome.memory import History
from gome.memory.history import TraceHistory
from gome.messages import NO_TRACE, Limits, Message, Resource, TraceId


class Scopes:
    """The traces' ledgers."""

    def __init__(self, run: Ledger, limits: Limits, history: History) -> None:
        """Take the run's ledger, the limits of each trace, and what has happened. `run` is charged by others."""
        self._run, self._limits, self._history = run, limits, history
        self._ledgers: dict[TraceId, Ledger] = {}

    def of(self, trace: TraceId) -> Ledger:
        """Return a trace's ledger, made when it is first asked for: by then the past is known. NO_TRACE: the run's."""
        if trace == NO_TRACE:
            return self._run
        if trace not in self._ledgers:
            past = self._history.traces.get(trace, TraceHistory())
            self._ledgers[trace] = self._run.inner(trace, self._limits, past.spent)
        return self._ledgers[trace]

    def charged(self, message: Message) -> Ledger:
        """Return the ledger that is charged with what a message says was spent."""
        return self.of(charged_to(message))


def used_up(trace: TraceHistory, limits: Limits) -> str:
    """Return which of its own limits a trace has reached, in one line; empty where there is none."""
    for resource, words in WORDS.items():
        spent, limit = trace.spent.get(resource, 0.0), getattr(limits, resource)
        if limit is not None and spent and is_used_up(resource, spent, limit):
            return words.format(spent=spent, limit=limit)
    return ""


WORDS: dict[Resource, str] = {
    "trials": "all {limit:.0f} trials of the trace are used",
    "device_s": "the trace's device time is used: {spent:.1f} s of {limit:g} s",
    "energy_j": "the trace's energy is used: {spent:.0f} J of {limit:.0f} J",
    "tokens": "the trace's tokens are used: {spent:,.0f} of {limit:,.0f}",
    "cost_usd": "the trace's money is used: ${spent:.4f} of ${limit:.2f}",
}
