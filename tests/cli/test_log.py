"""`gome log`: the journal as a story."""

import json

import anyio
import cli_messages as say
import msgspec
import pytest

from gome.cli import main
from gome.folder import RunFolder
from gome.hold import Hold
from gome.journal import Batch, Record
from gome.store import open_journal

ACTORS = {"RunStarted": "", "TrialFinished": "executor", "Diagnosed": "reasoner", "MomentumReady": "memory_keeper"}


def write(folder, envelopes, others=()):
    """Write a journal of these envelopes and of other records."""
    batch = Batch()
    for envelope in envelopes:
        message = envelope.message
        actor = ACTORS.get(type(message).__name__, "updater")
        tag, body = message.__struct_config__.tag, msgspec.json.encode(message).decode()
        batch.records.append(Record(envelope.seq, envelope.at, envelope.cause, actor, tag, message.lane, body))
    batch.records += others

    async def commit():
        async with open_journal(RunFolder(folder).journal, "r", "test") as journal:
            await journal.commit(batch)

    anyio.run(commit)


@pytest.fixture
def run(tmp_path):
    """A run that has ended."""
    write(tmp_path, say.story_of_a_run())
    return tmp_path


def test_the_story(run, capsys):
    """A line a message: number, time, who, what, because of which number, and in words."""
    assert main(["log", str(run)]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(say.story_of_a_run())
    assert lines[0].startswith("    1   0:00.0  runtime       run.started                   churn: binary, auc")
    assert lines[8] == (
        "    9   0:11.0  updater       solution.proposed    <- 8     "
        "t1 proposes t1-002 (improve t1-001): Regularise the trees — because rated 0.7 for overfit"
    )


def test_one_trace(run, capsys):
    """With --trace, only what concerns it; a trace that is not there is bad input that names those that are."""
    assert main(["log", str(run), "--trace", "t2", "--json"]) == 0
    assert {json.loads(line)["message"]["trace"] for line in capsys.readouterr().out.splitlines()} == {"t2"}

    assert main(["log", str(run), "--trace", "t9"]) == 2
    assert "there is no trace 't9'; there are: t1, t2" in capsys.readouterr().err


def test_json_lines(run, capsys):
    """With --json, each line is a message with its envelope, as it was recorded."""
    assert main(["log", str(run), "--json"]) == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, 19))
    assert lines[5] == {
        "seq": 6,
        "at": say.BEGAN + 10,
        "cause": 5,
        "actor": "executor",
        "message": msgspec.to_builtins(say.finished("t1-001", 0.80)),
    }


def test_follow_ends_with_the_run(run, capsys):
    """A run that has ended is told once."""
    assert main(["log", str(run), "--follow"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 18


def test_a_plugins_message(tmp_path, capsys):
    """A message whose plugin is not here is told as it was recorded; a line break in it stays one line."""
    body = '{"type":"tuner/tuned","note":"a\\nb"}'
    write(tmp_path, say.story_of_a_run()[:1], [Record(2, say.BEGAN, 1, "tuner", "tuner/tuned", "", body)])

    assert main(["log", str(tmp_path)]) == 0

    assert capsys.readouterr().out.splitlines()[1].endswith(body)


def test_no_journal(tmp_path, capsys):
    """A folder without a journal, and a journal that is something else, are bad input."""
    assert main(["log", str(tmp_path)]) == 2
    (tmp_path / "journal.db").write_bytes(b"no database" * 100)
    assert main(["log", str(tmp_path)]) == 2
    assert "journal" in capsys.readouterr().err


def test_a_run_that_was_killed(tmp_path, capsys):
    """Nobody holds its lock: following it ends, and says how it goes on. While somebody does, nothing is said."""
    write(tmp_path, say.story_of_a_run()[:6])
    lock = RunFolder(tmp_path).lock
    with Hold(lock):
        assert main(["log", str(tmp_path)]) == 0
        assert capsys.readouterr().err == ""
    assert main(["log", str(tmp_path), "--follow"]) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 6
    assert f"`gome resume {tmp_path}` goes on" in said.err
