"""How a run shares out its time: what a trial may take, and what is kept for the end. Seconds by the wall."""

import math
from collections.abc import Callable, Sequence

import anyio
import msgspec

from gome.messages import Limits

MIN_TRIAL_S = 2.0  # below this a trial is not worth starting
TRIAL_SHARE = 0.35  # of the budget that one trial may take at most
RESERVE_SHARE = 0.3  # of the budget that is kept for the end at most, where nobody has said how much
FINISH_S = 2.0  # to compare the finalists, check what was refitted and write the export
FIXED_SHARE = 0.8  # of the quickest trial's time that no trial is without: loading libraries, reading data
GROWTH = 0.5  # power of the rows by which the rest grows; measured, with the other devices at rest meanwhile
QUICK_SHARE = 0.7  # of the quickest valid trial's time below which another is not begun
TURN_S = 8.0  # that each turn of a trial may take at least, where rows are hidden in turns: libraries load in it
SLACK = 1.3  # that a refit may take longer than expected
UNLIMITED_TRIAL_S = 3600.0  # what a trial may take when the run's time is not limited


class PaceState(msgspec.Struct):
    """What trials have taken."""

    shortest_s: float | None
    quickest_s: float
    leaders_s: dict[str, float]
    used_device_s: float


class Pace:
    """The run's clock, and what it leaves for whom."""

    def __init__(
        self,
        limits: Limits | float | None,
        *,
        before_s: float = 0.0,
        turns: int = 1,
        slots: int = 1,
        rows: float = 5 / 3,
        reserve_s: float | None = None,
        trial_s: float | None = None,
        now: Callable[[], float] = anyio.current_time,
    ) -> None:
        """Start the clock.

        Args:
            limits: of the run, or its seconds by the wall alone; None is unlimited.
            before_s: what earlier sittings of the run have used.
            turns: how often a trial runs its program, each time with other rows hidden.
            slots: programs that run at once, at the end as before.
            rows: that a refit learns from, for one that a trial learns from.
            reserve_s: kept for the end; None: estimated.
            trial_s: that a trial may take, all its turns together; None: as much as there is time for.
            now: any clock that runs in seconds.
        """
        limits = limits if isinstance(limits, Limits) else Limits(wall_s=limits)
        self._budget_s, self._device_s, self._now = limits.wall_s, limits.device_s, now
        self._turns, self._slots, self._rows, self._reserve_s = turns, slots, rows, reserve_s
        self._trial_s, self._began = trial_s, now() - before_s
        self._shortest_s: float | None = None  # valid trial
        self._quickest_s = float("inf")  # stage of a valid trial
        self._leaders_s: dict[str, float] = {}
        self._used_device_s = 0.0

    def state(self) -> PaceState:
        """See gome.snapshot.Remembers."""
        return PaceState(self._shortest_s, self._quickest_s, self._leaders_s, self._used_device_s)

    def restore(self, state: PaceState) -> None:
        """See gome.snapshot.Remembers."""
        self._shortest_s, self._quickest_s = state.shortest_s, state.quickest_s
        self._leaders_s, self._used_device_s = state.leaders_s, state.used_device_s

    def took(self, wall_s: float, stage_s: float | None = None) -> None:
        """Note what a valid trial took: in all, and its last stage alone."""
        self._shortest_s = wall_s if self._shortest_s is None else min(self._shortest_s, wall_s)
        self._quickest_s = min(self._quickest_s, stage_s or wall_s)

    def leads(self, trace: str, stage_s: float) -> None:
        """Note what a trace's best trial took to run once: these may be fitted again at the end, as an ensemble."""
        self._leaders_s[trace] = stage_s

    def held(self, device_s: float) -> None:
        """Note for how long devices were held."""
        self._used_device_s += device_s

    def elapsed_s(self) -> float:
        """Return the time used."""
        return self._now() - self._began

    def left_s(self) -> float:
        """Return the time left, the reserve included."""
        return float("inf") if self._budget_s is None else self._budget_s - self.elapsed_s()

    def left_share(self) -> float:
        """Return the share of the time that is left, 1 to 0."""
        return 1.0 if self._budget_s is None else max(self.left_s() / self._budget_s, 0.0)

    def refit_s(self) -> float:
        """Return what fitting the leaders on all rows, side by side on what there is, is expected to take."""
        return self.side_by_side_s([self.expected_refit_s(stage_s) for stage_s in self._leaders_s.values()])

    def side_by_side_s(self, each_s: Sequence[float]) -> float:
        """Return what programs that take so long take together."""
        return max(max(each_s, default=0.0), sum(each_s) / self._slots)

    def spare_s(self, stages_s: Sequence[float]) -> float:
        """Return what may be spent before programs that took so long in a trial are fitted on all rows."""
        refit_s = self.side_by_side_s([SLACK * self.expected_refit_s(stage_s) for stage_s in stages_s])
        left_s = self.left_s() - FINISH_S - refit_s
        return left_s if self._device_s is None else min(left_s, self._left_device_s())

    def expected_refit_s(self, stage_s: float) -> float:
        """Return what a program that took so long in a trial is expected to take on all labelled rows.

        The quickest trial bounds what is spent before anything is learnt; the rest grows with the rows.
        """
        fixed_s = min(FIXED_SHARE * self._quickest_s, stage_s)
        return fixed_s + (stage_s - fixed_s) * math.pow(max(self._rows, 1.0), GROWTH)

    def reserve_s(self) -> float:
        """Return what is kept for comparing the finalists and refitting the winner, or an ensemble of the leaders."""
        if self._budget_s is None:
            return 0.0
        if self._reserve_s is not None:
            return self._reserve_s
        return min(FINISH_S + self.refit_s(), RESERVE_SHARE * self._budget_s)

    def trial_limit_s(self) -> float:
        """Return what a trial's program that begins now may take; below MIN_TRIAL_S it should not begin."""
        limit_s = UNLIMITED_TRIAL_S if self._trial_s is None else self._trial_s / self._turns
        if self._budget_s is not None:
            limit_s = min(limit_s, TRIAL_SHARE * self._budget_s / self._turns, self.left_s() - self.reserve_s())
        if self._device_s is not None:
            limit_s = min(limit_s, TRIAL_SHARE * self._device_s / self._turns, self._left_device_s())
        return limit_s

    def is_over(self) -> bool:
        """Whether no trial that begins now could be expected to end before the reserve."""
        return self.left_s() - self.reserve_s() < self._least_s()

    def is_used_up(self) -> bool:
        """Whether the device time that is left would do for no trial, and the refit after it."""
        return self._left_device_s() < self._least_s()

    def _left_device_s(self) -> float:
        if self._device_s is None:
            return float("inf")
        return self._device_s - self._used_device_s - min(self.refit_s(), RESERVE_SHARE * self._device_s)

    def _least_s(self) -> float:
        return max(MIN_TRIAL_S, QUICK_SHARE * (self._shortest_s or 0.0))


def turns_within(budget_s: float | None, trial_s: float | None = None) -> float:
    """Return how many turns a trial can take in its share of a budget, and in what it may take at most."""
    most_s = float("inf") if budget_s is None else TRIAL_SHARE * budget_s
    return min(most_s, most_s if trial_s is None else trial_s) / TURN_S
