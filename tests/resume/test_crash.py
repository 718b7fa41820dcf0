"""What a kill leaves behind: calls and programs in doubt, messages that kill, a full disk, files that are gone."""

import json
import shutil
import sqlite3

import pytest
from resume_world import STRONG, WEAK

import gome
from gome.errors import StoreError
from gome.restore import MOST_ATTEMPTS
from gome.settings import ModelSettings
from gome.testing.scripted import Answers
from gome.testing.server import serve

pytestmark = pytest.mark.anyio
AFTER_FIRST = {"cut": lambda m: isinstance(m, gome.Diagnosed)}


def killed(run, *statements):
    """Make a sitting look as if it had been killed, with the journal as the statements make it."""
    holder = json.loads((run / "lock").read_text())
    (run / "lock").write_text(json.dumps(holder | {"ended": False}))
    with sqlite3.connect(run / "journal.db") as journal:
        for statement in statements:
            journal.execute(statement)
    journal.close()


async def asked(server, world):
    """Begin a run that asks a server, and cut it off after its first diagnosis."""
    settings = gome.Settings(
        model="gpt-test",
        traces=1,
        max_trials=2,
        budget_s=120.0,
        max_tokens=10_000_000,
        warm_workers=False,
        llm=ModelSettings(base_url=server.base_url),
    )
    await world._sit(lambda runtime: runtime.start(world.task, out=world.out), [], AFTER_FIRST["cut"], (), settings)


async def test_an_answer_that_was_paid_for_is_not_paid_for_again(world, monkeypatch):
    """It is on record before it has been read: a kill in between costs nothing."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    with serve(Answers([WEAK, STRONG])) as server:
        await asked(server, world)
        killed(
            world.out,
            "UPDATE effects SET outcome = NULL, ended = NULL WHERE key = 'implement/t1-001'",
            "DELETE FROM messages WHERE seq > (SELECT seq FROM messages WHERE tag = 'step.chosen')",
            "UPDATE cursors SET seq = 0 WHERE trace = 't1'",
        )
        result = await world.resume([])
    assert (result.status, result.trials) == ("finished", 2)
    assert [one.schema for one in server.asked].count("implementation") == 2, "one for each trial"


async def test_a_call_in_doubt_counts_as_spent_and_is_made_again(world, monkeypatch):
    """Nobody knows whether it was paid for, so it is: at its most."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")
    with serve(Answers([WEAK, STRONG])) as server:
        await asked(server, world)
        killed(
            world.out,
            "UPDATE effects SET outcome = NULL, ended = NULL "
            "WHERE key IN ('implement/t1-001', 'call/implement/t1-001/1')",
        )
        result = await world.resume([])
    [lost] = [message for message in world.of(gome.ModelCalled) if message.outcome == "lost"]
    assert lost.key == "implement/t1-001"
    assert lost.estimated
    assert lost.output_tokens > 0
    told = world.of(gome.ModelCalled)
    assert result.tokens == sum(message.input_tokens + message.output_tokens for message in told)


async def test_a_message_that_kills_again_and_again_is_given_up(world):
    """Its trace gets a failed step and goes on; the run does not die for ever."""
    cut = lambda m: isinstance(m, gome.SolutionProposed)  # noqa: E731
    await world.begin([WEAK, STRONG, STRONG], cut=cut)
    with sqlite3.connect(world.out / "journal.db") as journal:
        [(seq,)] = journal.execute("SELECT seq FROM messages WHERE tag = 'solution.proposed'").fetchall()
    journal.close()
    killed(
        world.out,
        "UPDATE effects SET outcome = NULL, ended = NULL WHERE key LIKE 'trial/%' OR key LIKE 'stage/%'",
        f"DELETE FROM messages WHERE seq > {seq}",
        f"UPDATE cursors SET seq = {seq} - 1 WHERE trace = 't1' AND actor = 'executor'",
        f"INSERT OR REPLACE INTO attempts VALUES ('executor', 't1', {seq}, {MOST_ATTEMPTS})",
    )
    result = await world.resume([STRONG, STRONG])
    [failed] = world.of(gome.StepFailed)
    assert failed.actor == "executor"
    assert "killed 6 times in a row" in failed.error
    assert result.status == "finished"


async def test_a_sitting_that_was_stopped_is_no_attempt(world):
    """Only a kill counts against the message that was at work."""
    await world.begin([WEAK, STRONG], cut=lambda m: isinstance(m, gome.SolutionProposed), max_trials=2)
    await world.resume([STRONG])
    with sqlite3.connect(world.out / "journal.db") as journal:
        assert journal.execute("SELECT count(*) FROM attempts").fetchone() == (0,)
    journal.close()


async def test_programs_that_are_gone_are_put_back(world):
    """The journal has their code; a trial's folder may be removed while nobody works on the run."""
    await world.begin([WEAK, STRONG], max_trials=2, **AFTER_FIRST)
    shutil.rmtree(world.out / "trials")
    for path in (world.out / "kept").glob("*.py"):
        path.unlink()
    result = await world.resume([STRONG])
    assert result.status == "finished"
    assert (world.out / "trials" / "t1-001" / "solution.py").read_text() == WEAK


async def test_a_lock_that_cannot_be_read_costs_no_run(world):
    """The time used is then what the journal tells."""
    await world.begin([WEAK, STRONG], max_trials=2, **AFTER_FIRST)
    (world.out / "lock").write_bytes(b"\0" * 100)
    result = await world.resume([STRONG])
    assert result.status == "finished"
    assert 0 < world.of(gome.RunResumed)[0].elapsed_s < 60


@pytest.mark.parametrize("year_s", [31536000, -31536000])
async def test_a_wall_clock_that_jumps_changes_no_budget(world, year_s):
    """The times in the journal are what it said; what counts is a clock that does not jump."""
    await world.begin([WEAK, STRONG], max_trials=2, **AFTER_FIRST)
    killed(world.out, f"UPDATE messages SET at = at + {year_s} WHERE seq > 3")
    result = await world.resume([STRONG])
    assert result.status == "finished"
    assert world.of(gome.RunResumed)[0].elapsed_s < 60
    assert result.wall_s < 60


async def test_a_full_disk_ends_a_run_in_one_line_and_it_goes_on_later(world, monkeypatch):
    """What cannot be written must not happen; when there is room again, nothing is missing."""
    from gome.folder import RunFolder

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "write_code", full)
        with pytest.raises(StoreError, match="No space left"):
            await world.begin([WEAK, STRONG], max_trials=2)
    assert json.loads((world.out / "run.json").read_text())["status"] == "failed"
    result = await world.resume([STRONG])
    assert (result.status, result.trials) == ("finished", 2)
    assert len(world.asked) == len(set(world.asked))
