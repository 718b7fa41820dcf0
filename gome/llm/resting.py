"""Models that are left alone for a while, since all tries at them came to nothing and a fallback answered."""

from collections.abc import Callable, Mapping, Sequence

import anyio

from gome.errors import AttemptFailed
from gome.llm.retry import LONGEST_AFTER_S, SLOW
from gome.messages import Message, ModelBack, ModelDown

FIRST_S = 60.0  # of rest; twice as long each time that it has not helped
LONGEST_S = 1800.0


class _Rest:
    """One model's rest."""

    def __init__(self, now: float) -> None:
        self.since, self.until, self.last_s = now, now, 0.0
        self.tried = False  # again, after its end

    def lengthen(self, now: float, after_s: float) -> None:
        """Rest from now on: as long as the endpoint asked for or a minute, then twice as long as before."""
        self.last_s = min(2.0 * self.last_s, LONGEST_S) if self.last_s else min(after_s, LONGEST_S) or FIRST_S
        self.tried, self.until = False, now + max(self.last_s, min(after_s, LONGEST_AFTER_S))


class Resting:
    """Which models rest. It is said once when one begins to, and once when it answers again."""

    def __init__(self, endpoint: str, report: Callable[[Message], object]) -> None:
        self._endpoint, self._report = endpoint, report
        self._rests: dict[str, _Rest] = {}

    def order(self, models: Sequence[str], attempts: int) -> list[tuple[str, int]]:
        """Return whom to ask, in order, and how often. Those who rest come last: asked once, if nobody else answers.

        A model whose rest is over is asked once, by one question at a time.
        """
        now = anyio.current_time()
        awake: list[tuple[str, int]] = []
        asleep: list[tuple[str, int]] = []
        for model in models:
            rest = self._rests.get(model)
            if rest is None:
                awake.append((model, attempts))
            elif rest.until <= now:
                rest.tried, rest.until = True, now + rest.last_s  # others go on without it meanwhile
                awake.append((model, 1))
            else:
                asleep.append((model, 1))
        return awake + asleep

    def rests(self, model: str) -> bool:
        """Whether a model has failed and not answered since."""
        return model in self._rests

    def answered(self, model: str, failed: Mapping[str, AttemptFailed]) -> None:
        """Let those rest that failed for a reason of their own; the one that has answered does not any longer."""
        now = anyio.current_time()
        if (rest := self._rests.pop(model, None)) is not None:
            self._report(ModelBack(endpoint=self._endpoint, model=model, down_s=round(now - rest.since, 3)))
        for name, failure in failed.items():
            if not (failure.dead or failure.outcome in SLOW):
                continue  # it may be the question's fault
            if name not in self._rests:
                self._rests[name] = _Rest(now)
                self._rests[name].lengthen(now, failure.after_s or 0.0)
                rest_s = round(self._rests[name].until - now, 3)
                told = ModelDown(endpoint=self._endpoint, model=name, reason=str(failure), spare=model, rest_s=rest_s)
                self._report(told)
            elif self._rests[name].tried:
                self._rests[name].lengthen(now, failure.after_s or 0.0)
