"""How a run shares out its time: what a trial may take, and what is kept for the end. Seconds by the wall."""

from collections.abc import Callable

import anyio

MIN_TRIAL_S = 2.0  # below this a trial is not worth starting
TRIAL_SHARE = 0.35  # of the budget that one trial may take at most
RESERVE_SHARE = 0.3  # of the budget that is kept for the end at most
FINISH_S = 2.0  # to compare the finalists and write the export
REFIT = 2.0  # a refit sees up to two thirds more rows than a trial, and many models take more than in proportion
UNLIMITED_TRIAL_S = 3600.0  # what a trial may take when the run's time is not limited


class Pace:
    """The run's clock, and what it leaves for whom."""

    def __init__(
        self, budget_s: float | None, *, before_s: float = 0.0, now: Callable[[], float] = anyio.current_time
    ) -> None:
        """Start the clock.

        Args:
            budget_s: of the whole run; None is unlimited.
            before_s: what earlier sittings of the run have used.
            now: any clock that runs in seconds.
        """
        self._budget_s, self._now = budget_s, now
        self._began = now() - before_s
        self._walls: list[float] = []
        self._leaders_s: dict[str, float] = {}

    def took(self, wall_s: float) -> None:
        """Note what a valid trial took."""
        self._walls.append(wall_s)

    def leads(self, trace: str, wall_s: float) -> None:
        """Note what a trace's best trial took: one of these will be fitted again at the end."""
        self._leaders_s[trace] = wall_s

    def elapsed_s(self) -> float:
        """Return the time used."""
        return self._now() - self._began

    def left_s(self) -> float:
        """Return the time left, the reserve included."""
        return float("inf") if self._budget_s is None else self._budget_s - self.elapsed_s()

    def left_share(self) -> float:
        """Return the share of the time that is left, 1 to 0."""
        return 1.0 if self._budget_s is None else max(self.left_s() / self._budget_s, 0.0)

    def reserve_s(self) -> float:
        """Return what is kept for comparing the finalists and refitting the winner."""
        if self._budget_s is None:
            return 0.0
        return min(FINISH_S + REFIT * max(self._leaders_s.values(), default=0.0), RESERVE_SHARE * self._budget_s)

    def trial_limit_s(self) -> float:
        """Return what a trial that begins now may take; below MIN_TRIAL_S it should not begin."""
        if self._budget_s is None:
            return UNLIMITED_TRIAL_S
        return min(TRIAL_SHARE * self._budget_s, self.left_s() - self.reserve_s())

    def is_over(self) -> bool:
        """Whether a usual trial, begun now, would not end before the reserve."""
        ordered = sorted(self._walls)
        usual = ordered[len(ordered) // 2] if ordered else 0.0
        return self.left_s() - self.reserve_s() < max(MIN_TRIAL_S, 0.5 * usual)
