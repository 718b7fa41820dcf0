"""How much work is in flight: idle devices raise it, full ones lower it, and no sooner than a window shows it."""

import pytest

from gome.messages import Envelope, RunId, TraceClosed, TraceId, TrialFinished, TrialId, WidthChanged
from gome.width import MOST_SHARING, WINDOW_S, Load, Width

TICK_S = 0.5


def gpu(computing, *, holders=1, slots=1, held_s=0.0):
    return Load("gpu:0", held_s, computing, holders, slots, True)


def slot(held_s):
    return Load("cpu:0", held_s, None, 1, 1, False)


def said(message):
    return Envelope(1, 0.0, None, RunId("r"), message)


def finished(trace="t1"):
    return said(TrialFinished(trace=TraceId(trace), trial=TrialId(f"{trace}-001"), stage="full", status="ok"))


def weigh(width, load, *, waiting=0, seconds=WINDOW_S + 1, began=0.0, left=1.0):
    """Feed a width ticks until it says something. Returns that, and when."""
    ticks = int(seconds / TICK_S)
    for tick in range(ticks + 1):
        elapsed_s = began + tick * TICK_S
        loads = [load(elapsed_s) if callable(load) else load]
        if (changed := width.judge(elapsed_s, loads, waiting, left=left)) is not None:
            return changed, elapsed_s - began
    return None, seconds


def test_an_idle_gpu_with_a_line():
    """A GPU that computes less than half of a window, while trials wait for it, is shared by one more: within 10 s."""
    changed, after_s = weigh(Width(4), gpu(0.2), waiting=3)

    assert (changed.raised, changed.device, changed.slots, changed.traces) == (True, "gpu:0", 2, 4)
    assert changed.reason == "gpu:0 computed 20% of the last 6 s, with 3 in line: 2 trials may share it"
    assert after_s <= 10


def test_a_full_gpu():
    """A GPU that several share and that is full is shared by one less; one that a single trial fills is not."""
    changed, after_s = weigh(Width(4), gpu(1.0, holders=3, slots=3), waiting=3)

    assert (changed.raised, changed.slots) == (False, 2)
    assert after_s <= 10
    assert weigh(Width(4), gpu(1.0), waiting=3)[0] is None


@pytest.mark.parametrize(
    ("load", "waiting"),
    [
        pytest.param(gpu(0.7), 3, id="neither idle nor full"),
        pytest.param(gpu(0.2, holders=1, slots=2), 3, id="not as many on it as may be: memory is in the way"),
        pytest.param(gpu(0.2, holders=MOST_SHARING, slots=MOST_SHARING), 3, id="as many as ever"),
        pytest.param(gpu(0.2), 0, id="nobody in line, and no trial has ended yet"),
    ],
)
def test_what_changes_nothing(load, waiting):
    """Without a reason nothing changes."""
    assert weigh(Width(4), load, waiting=waiting)[0] is None


def test_idle_devices_without_a_line():
    """Devices that wait for the traces to think get another trace, once trials have begun to end."""
    width = Width(4)
    width.fold(finished())
    changed, after_s = weigh(width, slot(0.0))

    assert (changed.raised, changed.device, changed.traces) == (True, "", 5)
    assert after_s <= 10


def test_one_at_a_time():
    """The next trace is opened only when the last one has shown what it adds, and no more than were asked for."""
    width = Width(2, 3)
    width.fold(finished("t1"))
    changed, _ = weigh(width, slot(0.0))
    width.fold(said(changed))
    width.fold(finished("t1"))
    assert weigh(width, slot(0.0), seconds=60, began=100)[0] is None
    width.fold(finished("t3"))
    assert weigh(width, slot(0.0), seconds=60, began=200)[0] is None  # three were the most

    more = Width(2, 4)
    for message in (finished("t1"), said(changed), finished("t3")):
        more.fold(message)
    assert weigh(more, slot(0.0), began=300)[0].traces == 4


@pytest.mark.parametrize(
    ("width", "left"),
    [
        pytest.param(Width(1), 1.0, id="a single trace stays single"),
        pytest.param(Width(4, 4), 1.0, id="no more were asked for"),
        pytest.param(Width(4), 0.1, id="too late"),
    ],
)
def test_when_no_trace_is_opened(width, left):
    """A trace more is not always what is wanted."""
    width.fold(finished())
    assert weigh(width, slot(0.0), seconds=60, left=left)[0] is None


def test_traces_that_only_stand_in_line():
    """A trace that was opened and only makes the line longer is closed again, and none is opened any more."""
    width = Width(2)
    for message in (finished("t1"), said(WidthChanged(raised=True, reason="idle", traces=3)), finished("t3")):
        width.fold(message)
    changed, _ = weigh(width, lambda elapsed_s: slot(elapsed_s), waiting=2)

    assert (changed.raised, changed.traces, changed.device) == (False, 2, "")
    width.fold(said(changed))
    assert weigh(width, slot(0.0), seconds=60, began=100)[0] is None
    assert (
        weigh(width, lambda elapsed_s: slot(elapsed_s), waiting=9, began=200)[0] is None
    )  # fewer than at first: never


def test_closed_traces_are_not_waited_for():
    """A trace that ends without a trial is no longer waited for."""
    width = Width(2, 4)
    for message in (finished("t1"), said(WidthChanged(raised=True, reason="idle", traces=3))):
        width.fold(message)
    width.fold(said(TraceClosed(trace=TraceId("t3"), reason="nothing to try")))
    assert weigh(width, slot(0.0))[0].traces == 4


def test_a_lost_device_begins_a_new_window():
    """Devices that come and go are not measured against each other."""
    width = Width(2)
    width.fold(finished())
    for tick in range(40):
        loads = [slot(0.0)] * (1 + tick // 8 % 2)
        assert width.judge(tick * TICK_S, loads, 0) is None
    assert width.judge(100.0, [], 0) is None
