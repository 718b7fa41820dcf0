"""How much work a run keeps in flight: more when its devices are idle, less when they are full.

Work is trials that share a GPU, and traces that take steps. Pure: it is fed what was measured and judges from that.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from gome.messages import BudgetExhausted, Envelope, TraceClosed, TraceId, TrialFinished, WidthChanged

WINDOW_S = 6.0  # that is looked at: long enough to be no accident, short enough to act within ten seconds
IDLE, FULL = 0.5, 0.95  # share of the window in which a device computed
MOST_SHARING = 8  # trials on one GPU
LEAST_LEFT = 0.15  # of the time: a trace that is opened later comes to nothing


class Load(NamedTuple):
    """A device at one moment."""

    device: str
    held_s: float  # in which anybody has held it, in all
    computing: float | None  # share, as the device says; None: it does not
    holders: int
    slots: int  # for so many trials at once
    is_gpu: bool


class Judged(NamedTuple):
    """What a look at what is around the run has led to: at the devices, at limits that it shares with other runs."""

    changed: WidthChanged | None
    over: BudgetExhausted | None = None


class _Sample(NamedTuple):
    elapsed_s: float
    loads: Sequence[Load]
    waiting: int


class WidthState(msgspec.Struct):
    """What has been decided, whatever the run was begun with."""

    traces: int | None  # that take steps; None: as many as at first
    most: int | None  # to which they may be raised; None: as at first
    finished: bool
    awaited: bool
    known: list[TraceId]


class Width:
    """Judges once a window, from the change before on."""

    def __init__(self, traces: int, most: int | None = None) -> None:
        """Begin with so many traces.

        Args:
            traces: that take steps at first, and at least.
            most: to which they may be raised; by default twice as many, and a single one stays single.
        """
        self._least, self.traces = traces, traces
        self._most = most if most is not None else traces if traces == 1 else 2 * traces
        self._told: int | None = None  # what traces were set to last
        self._capped: int | None = None  # so many were enough
        self._samples: deque[_Sample] = deque()
        self._finished = False  # whether any trial has: before, the first steps are still being thought of
        self._awaited = False  # whether the trace that was opened last has still to show what it adds
        self._known: set[TraceId] = set()  # traces of which a trial has finished

    def state(self) -> WidthState:
        """See gome.snapshot.Remembers."""
        return WidthState(self._told, self._capped, self._finished, self._awaited, sorted(self._known))

    def restore(self, state: WidthState) -> None:
        """See gome.snapshot.Remembers."""
        self._told, self._capped, self._known = state.traces, state.most, set(state.known)
        self._finished, self._awaited = state.finished, state.awaited
        self.traces = self.traces if self._told is None else self._told
        self._most = self._most if self._capped is None else self._capped

    def fold(self, envelope: Envelope) -> None:
        """Take a message into account."""
        match envelope.message:
            case WidthChanged(device="") as changed:
                self._awaited, self.traces, self._told = changed.raised, changed.traces, changed.traces
                if not changed.raised:
                    # so many are enough: none is opened again to be closed again
                    self._most = self._capped = changed.traces
                self._samples.clear()
            case WidthChanged():
                self._samples.clear()
            case TrialFinished(trace=trace) | TraceClosed(trace=trace):
                self._finished = True
                self._awaited &= trace in self._known
                self._known.add(trace)
            case _:
                pass

    def judge(self, elapsed_s: float, loads: Sequence[Load], waiting: int, *, left: float = 1.0) -> WidthChanged | None:
        """Return what is to change now, if anything is.

        Args:
            elapsed_s: of the run.
            loads: of all devices.
            waiting: trials in line for one.
            left: share of the budget.
        """
        samples = self._samples
        if not loads or (samples and len(samples[-1].loads) != len(loads)):
            samples.clear()  # a device was lost, or came back
        samples.append(_Sample(elapsed_s, loads, waiting))
        while len(samples) > 1 and elapsed_s - samples[1].elapsed_s >= WINDOW_S:
            samples.popleft()
        if elapsed_s - samples[0].elapsed_s < WINDOW_S or not loads:
            return None
        busy = {load.device: self._busy(number) for number, load in enumerate(loads)}
        changed = self._sharing(loads, busy, waiting) or self._stepping(loads, busy, waiting, left)
        if changed is not None:
            samples.clear()  # also before it is on record
        return changed

    def _busy(self, number: int) -> float:
        """Return the share of the window in which a device was busy."""
        first, last = self._samples[0], self._samples[-1]
        said = [sample.loads[number].computing for sample in self._samples]
        known = [share for share in said if share is not None]
        if known:
            return sum(known) / len(known)
        held_s = last.loads[number].held_s - first.loads[number].held_s
        return held_s / (last.elapsed_s - first.elapsed_s)

    def _sharing(self, loads: Sequence[Load], busy: dict[str, float], waiting: int) -> WidthChanged | None:
        for load in loads:
            share = f"{load.device} computed {busy[load.device]:.0%} of the last {WINDOW_S:.0f} s"
            if load.is_gpu and busy[load.device] >= FULL and load.slots > 1:
                slots = load.slots - 1
                reason = f"{share}: {slots} trial{'s' * (slots > 1)} may share it, no longer {load.slots}"
                return WidthChanged(raised=False, reason=reason, traces=self.traces, device=load.device, slots=slots)
            idle = load.is_gpu and busy[load.device] < IDLE
            if idle and waiting and load.holders >= load.slots and load.slots < MOST_SHARING:
                reason = f"{share}, with {waiting} in line: {load.slots + 1} trials may share it"
                return WidthChanged(
                    raised=True, reason=reason, traces=self.traces, device=load.device, slots=load.slots + 1
                )
        return None

    def _stepping(
        self, loads: Sequence[Load], busy: dict[str, float], waiting: int, left: float
    ) -> WidthChanged | None:
        share = sum(busy.values()) / len(busy)
        ready = self._finished and not self._awaited
        nobody_waits = not any(sample.waiting for sample in self._samples)
        if ready and share < IDLE and nobody_waits and self.traces < self._most and left > LEAST_LEFT:
            reason = f"the devices were busy {share:.0%} of the last {WINDOW_S:.0f} s: a trace more takes steps"
            return WidthChanged(raised=True, reason=reason, traces=self.traces + 1)
        capacity = sum(load.slots for load in loads)
        if share >= FULL and self.traces > self._least and min(s.waiting for s in self._samples) >= 2 * capacity:
            reason = (
                f"the devices were busy {share:.0%} of the last {WINDOW_S:.0f} s, with {waiting} in line: a trace less"
            )
            return WidthChanged(raised=False, reason=reason, traces=self.traces - 1)
        return None
