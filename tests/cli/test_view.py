"""The live view: what the board says of a run, and how it is drawn."""

from io import BytesIO, TextIOWrapper

import cli_messages as say
import pytest
from msgspec.structs import replace
from rich.console import Console

from gome.cli.board import Board, Change, Row, Shown, Spent
from gome.cli.chain import in_vain, told
from gome.cli.view import View
from gome.messages import TrialStarted

SHOWN = Shown(
    task="churn",
    metric="auc",
    higher_is_better=True,
    model="builtin",
    strategy="gradient",
    elapsed_s=60.0,
    limits=(Spent(resource="wall_s", spent=60.0, limit=100.0), Spent(resource="trials", spent=3.0, limit=20.0)),
    trials=3,
    accepted=2,
    busy=0.97,
    rows=(
        Row(trace="t1", state="training", best=0.86, trials=2, trying="Regularise the trees → smaller leaves"),
        Row(trace="t2", state="thinking", best=None, trials=1, trying="A caption " * 20),
    ),
    curve=((10.0, 0.80), (30.0, 0.86)),
    first=0.80,
    best=0.86,
    best_trial="t1-002",
    changes=(
        Change(at_s=10.0, trial="t1-001", score=0.80, gain=None, noise=None, caption="Start with trees"),
        Change(at_s=30.0, trial="t1-002", score=0.86, gain=0.06, noise=0.01, caption="Regularise the trees"),
    ),
    phase="searching",
)


def drawn(shown, width, *, encoding="utf-8"):
    """Return the lines of the view on a terminal of this width and encoding, as bytes that it would get."""
    sink = TextIOWrapper(BytesIO(), encoding=encoding, errors="strict")
    console = Console(file=sink, width=width, force_terminal=True, color_system=None)
    console.print(View(shown))
    sink.flush()
    return sink.buffer.getvalue().decode(encoding).splitlines()


def test_at_80_columns():
    """Everything is legible on the usual terminal."""
    assert [line.rstrip() for line in drawn(SHOWN, 80)] == [
        "churn · auc, higher is better · gradient, builtin                      searching",
        "████████████████░░░░░░░░░░░ 1:00 of 1:40  3 trials, 2 accepted, devices 97% busy",
        "",
        "trace  now            best  trials  trying",
        "t1     training    0.86000       2  Regularise the trees → smaller leaves",
        "t2     thinking          -       1  A caption A caption A caption A caption A c…",
        "",
        "first 0.80000        ▁▁▁▁▁▁▁▁▁▁▁▁▁▁███████████████████████ best 0.86000 (t1-002)",
        "",
        "  at  trial     score   gain  accepted",
        "0:30  t1-002  0.86000  +0.06  Regularise the trees",
        "0:10  t1-001  0.80000  first  Start with trees",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
@pytest.mark.parametrize("width", [30, 60, 80, 120, 200])
def test_fits(width, encoding):
    """No line is wider than the terminal, nor than what an eye follows; no sign is one the terminal lacks."""
    lines = drawn(SHOWN, width, encoding=encoding)

    assert max(map(len, lines)) <= min(width, 120) or width < 40
    if width >= 40:
        assert len(lines) == 12


def test_without_unicode():
    """On a terminal without Unicode, bars and curves are drawn with what there is."""
    text = "\n".join(drawn(SHOWN, 80, encoding="ascii"))

    assert "####" in text
    assert "Regularise the trees -> smaller leaves" in text


@pytest.mark.parametrize(
    "shown",
    [
        Shown(),
        replace(SHOWN, limits=(), busy=None, rows=(), changes=(), best=None),
        replace(SHOWN, elapsed_s=0.0, curve=((0.0, 0.8),)),
        replace(SHOWN, curve=((1.0, 0.8), (2.0, 0.8))),
        replace(SHOWN, curve=((1.0, float("nan")),)),
        replace(SHOWN, limits=(Spent(resource="cost_usd", spent=0.0, limit=0.0),)),
    ],
    ids=["nothing", "no-limits", "at-once", "flat", "nan", "no-money"],
)
def test_any_moment_can_be_drawn(shown):
    """A run that has just begun, has no limit, or has odd scores is drawn like any other."""
    assert drawn(shown, 80)


def test_captions_are_no_markup():
    """Square brackets in a caption are signs like any other."""
    row = Row(trace="t1", state="thinking", best=None, trials=0, trying="use [bold]x[/] and [red]")

    assert "use [bold]x[/] and [red]" in "\n".join(drawn(replace(SHOWN, rows=(row,)), 80))


def board_after(count):
    board = Board("r")
    for envelope in say.story_of_a_run()[:count]:
        board.fold(envelope)
    return board


def test_states_of_a_trace():
    """A trace thinks, waits for a device, runs a stage, is diagnosed, is closed."""

    def state(count, *running):
        return board_after(count).shown(say.BEGAN, running).rows[0].state

    sample = TrialStarted(trace="t1", trial="t1-001", stage="sample", device="cpu:0", limit_s=5.0)
    assert state(3) == "thinking"
    assert state(4) == "waiting"
    assert state(4, sample) == "sample"
    assert state(4, replace(sample, stage="full")) == "training"
    assert state(6, sample) == "diagnosing"
    assert state(8, sample) == "thinking"
    assert state(9, sample) == "waiting"  # the sign of life is an earlier trial's
    assert state(14) == "closed"


def test_a_board_after_a_run():
    """Scores, counts, the curve and the limits are those of the messages."""
    shown = board_after(99).shown(say.BEGAN + 45)

    assert (shown.first, shown.best, shown.best_trial) == (0.80, 0.86, "t1-002")
    assert (shown.trials, shown.accepted) == (3, 2)
    assert shown.curve[:2] == ((10.0, 0.80), (30.0, 0.86))
    assert [(limit.resource, limit.spent) for limit in shown.limits] == [("wall_s", 45.0), ("trials", 3.0)]
    assert shown.rows[0].best == 0.86
    assert shown.rows[1].best is None
    assert shown.phase == "finished"


def test_the_chain_of_a_winner():
    """From the first solution to the best: scores, what was changed, and the problem that it answered."""
    assert list(told(board_after(99).history, "t1-002")) == [
        "  1. 0.80000  Start with trees",
        "     Start with trees, since it should help",
        "  2. 0.86000  Regularise the trees  (+0.06, 15.0 x its noise)",
        "     Regularise the trees, since it should help",
        "     because: train 0.99, valid 0.91",
    ]


def test_what_was_tried_in_vain():
    """Steps of the winner's trace that were not kept are named; where all were kept, nothing is."""
    history = board_after(99).history

    assert in_vain(history, "t1-002") == ""
    assert in_vain(history, "t1-001").endswith(": Regularise the trees")
