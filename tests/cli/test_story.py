"""Messages in words."""

from pathlib import Path
from typing import Union

import cli_messages as say
import msgspec
import pytest

from gome.cli.board import Board
from gome.cli.story import story
from gome.cli.watch import lines
from gome.messages import MESSAGES, BudgetLow, Message, StepFailed

GOLDEN = (Path(__file__).parents[1] / "messages" / "golden.jsonl").read_text().splitlines()
DECODER = msgspec.json.Decoder(Union[MESSAGES])  # noqa: UP007 - made from a tuple


@pytest.mark.parametrize("line", GOLDEN, ids=lambda line: line[9:40].partition('"')[0])
def test_every_recorded_message_is_told_in_words(line):
    """No message of the ring is told as a list of its fields."""
    message = DECODER.decode(line)
    assert story.dispatch(type(message)) is not story.dispatch(Message) or not message.durable
    assert story(message)


def test_a_plugins_message_is_told_by_its_fields():
    """What a plugin says is shown as it is."""

    class Tuned(Message, frozen=True, kw_only=True, tag="tuner/tuned"):
        depth: int

    assert story(Tuned(depth=3)) == "depth 3"


def test_a_proposal():
    """A proposal names trace, trial, operator, parent, what is changed, and why."""
    message = say.proposed("t2-003", "Regularise the trees", parent="t2-001", problem="overfit")

    assert story(message) == (
        "t2 proposes t2-003 (improve t2-001): Regularise the trees — because rated 0.7 for overfit"
    )


def test_a_trial():
    """A trial tells its score, or where and why it ended."""
    assert (
        story(say.finished("t1-001", 0.8, claimed=0.9)) == "t1-001 scores 0.80000 ± 0.01 in 5.0 s; it claimed 0.90000"
    )
    late = say.finished("t1-001", None, status="timeout", stage="sample", error="ran past its 8 s")
    assert story(late) == "t1-001 runs out of time at the sample stage: ran past its 8 s (5.0 s)"


def test_a_diagnosis():
    """A diagnosis tells the verdict, what it means for the trace, and what is to be mended."""
    assert story(say.diagnosed("t1-002", 0.86, "x", gain=0.06, problems=(say.GAP,))) == (
        "t1-002 is accepted, the best of t1 now (+0.06, 15.0 x its noise); to mend: overfit"
    )
    assert story(say.diagnosed("t1-003", 0.85, "x", improved=False, gain=-0.01, best="t1-002")) == (
        "t1-003 is accepted, no improvement on t1-002 (-0.01, 2.5 x its noise)"
    )


def plain(envelopes):
    board, said = Board("r"), []
    for envelope in envelopes:
        board.fold(envelope)
        said += lines(envelope.message, board)
    return said


def test_plain_lines_are_the_events_that_matter():
    """Start with what was inferred, a line a trial, the winner, the end."""
    first, inferred, *rest = plain(say.story_of_a_run())

    assert first.startswith("churn: binary, auc (higher is better)")
    assert inferred == "The target is y."
    assert rest == [
        "t1-001 scores 0.80000, the best so far: Start with trees",
        "t2-001 fails at the sample stage: ValueError: no column 'x': Start with lines",
        "t1-002 scores 0.86000, the best so far (+0.06, 15.0 x its noise): Regularise the trees",
        "t1-002 wins on the final rows (t1-002 0.85000 ± 0.02); t1-002 was refitted on all labelled rows",
        "the run has finished with t1-002 (search 0.86000, final 0.85000): the time is used",
    ]


def test_a_low_budget_is_said_late():
    """At half there is nothing to worry about; at 80 % there is. Lost steps are always said."""
    board = Board("r")
    half = BudgetLow(resource="wall_s", share=0.5, spent=50.0, limit=100.0)
    late = BudgetLow(resource="cost_usd", share=0.8, spent=16.0, limit=20.0)

    assert list(lines(half, board)) == []
    assert list(lines(late, board)) == ["80% of the money is used ($16.00 of $20.00)"]
    assert list(lines(StepFailed(trace="t1", actor="updater", error="no answer"), board)) == [
        "t1 loses a step in updater: no answer"
    ]
