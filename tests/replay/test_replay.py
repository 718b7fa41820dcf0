"""A replay takes every decision of a run again, from its journal alone, and says where one differs."""

import gzip
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import anyio
import anyio.lowlevel
import msgspec
import pytest

import gome
from gome import builtin
from gome.cli import main
from gome.errors import ModelUnavailable
from gome.plugin import Registry, register_all
from gome.replay import load, replay
from gome.search.gradient import Gradient
from gome.testing.model import FakeModel
from gome.testing.quickrun import codes, quick_run, write_task


def registry(*plugins):
    made = Registry()
    register_all(made, (builtin.register, *plugins))
    return made


def replayed(run, *plugins, until=None):
    return replay(anyio.run(load, run / "journal.db"), registry(*plugins), until=until)


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    return write_task(tmp_path_factory.mktemp("task"))


@pytest.fixture(scope="module")
def finished(task, tmp_path_factory):
    """The folder of a run of three traces, with repairs, improvements and a final choice."""
    run = tmp_path_factory.mktemp("replay") / "run"
    assert anyio.run(quick_run, task, run).status == "finished"
    return run


@pytest.fixture
def journal(finished, tmp_path):
    """A copy of its journal, alone in a folder, to be spoilt."""
    shutil.copy(finished / "journal.db", tmp_path)
    connection = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    yield connection
    connection.close()


def test_a_run_is_replayed_from_its_journal_alone(journal, tmp_path):
    """No task, no trials' files, no model, no executor: every answer of the five actors comes out the same."""
    found = replayed(tmp_path)
    assert found.first_difference is None
    assert found.identical
    [(messages,)] = journal.execute("SELECT count(*) FROM messages")
    [(answers,)] = journal.execute("SELECT count(*) FROM answers")
    assert (found.messages, found.answers) == (messages, answers)
    assert found.by_record == {}
    speakers = {actor for (actor,) in journal.execute("SELECT DISTINCT actor FROM answers WHERE replies > 0")}
    assert speakers == {"updater", "executor", "reasoner", "memory_keeper", "budget_guard"}


@pytest.mark.parametrize(
    ("tag", "field", "value"),
    [
        pytest.param("solution.proposed", "reason", "because", id="updater"),
        pytest.param("trial.diagnosed", "verdict", "rejected", id="reasoner"),
        pytest.param("momentum.ready", "trial", "t9-009", id="memory"),
        pytest.param("budget.low", "spent", 99.0, id="budget"),
    ],
)
def test_a_message_that_was_changed_is_the_first_difference(journal, tmp_path, tag, field, value):
    """The replay names it: number, who said it, what of it differs, both versions."""
    rows = journal.execute("SELECT seq, actor, cause, body FROM messages WHERE tag = ? ORDER BY seq", (tag,)).fetchall()
    seq, actor, cause, body = rows[-1]
    was = json.loads(body)
    journal.execute("UPDATE messages SET body = ? WHERE seq = ?", (json.dumps(was | {field: value}), seq))
    found = replayed(tmp_path)
    assert not found.identical
    first = found.first_difference
    assert (first.seq, first.actor, first.cause) == (seq, actor, cause)
    assert first.what.startswith(field)
    assert first.recorded[field] == value
    assert first.replayed == was
    assert replayed(tmp_path, until=seq - 1).identical


def test_a_model_that_had_answered_otherwise_leads_elsewhere(journal, tmp_path):
    """The outcomes of effects decide: with another one, the answer that came of it differs."""
    [(key, outcome)] = journal.execute("SELECT key, outcome FROM effects WHERE key = 'implement/t1-002'").fetchall()
    journal.execute(
        "UPDATE effects SET outcome = ? WHERE key = ?", (json.dumps(json.loads(outcome) | {"code": "x"}), key)
    )
    first = replayed(tmp_path).first_difference
    assert first.recorded["trial"] == "t1-002"
    assert first.what.startswith("sha256")


def test_an_outcome_that_is_missing_is_told(journal, tmp_path):
    """Not a traceback: the message that hangs on it, and the key."""
    journal.execute("DELETE FROM effects WHERE key = 'trial/t1-002'")
    first = replayed(tmp_path).first_difference
    assert (first.actor, first.what) == ("executor", "asks for trial/t1-002, whose outcome is not on record")


def test_another_law_of_choice_is_found(finished):
    """Code that decides otherwise than it did then differs at its first decision, here: never to improve."""

    class Timid(Gradient):
        def steps(self, standing, /):
            for step in super().steps(standing):
                yield msgspec.structs.replace(step, operator="close") if step.operator == "improve" else step

    def register(registry):
        registry.strategies["gradient"] = Timid

    first = replayed(finished, register).first_difference
    assert first.what.startswith('type is "trace.closed"')
    assert first.recorded["operator"] == "improve"


def test_what_the_world_refused_is_refused_again(task, tmp_path):
    """A model that fails now and then costs steps and diagnoses; the replay meets the same refusals."""

    class Moody(FakeModel):
        async def diagnose(self, question, /):
            if question.trial.trial.endswith("2"):
                raise ModelUnavailable("no answer", retried=True)
            return await super().diagnose(question)

        async def implement(self, question, /):
            if len(self.asked) % 5 == 0:
                self.asked.append(question)
                raise ModelUnavailable("gave up", retried=True)
            return await super().implement(question)

    anyio.run(lambda: quick_run(task, tmp_path / "run", model=Moody(codes(12))))
    found = replayed(tmp_path / "run")
    assert found.first_difference is None
    connection = sqlite3.connect(tmp_path / "run" / "journal.db")
    tags = dict(connection.execute("SELECT tag, count(*) FROM messages GROUP BY tag"))
    connection.close()
    assert tags["step.failed"] > 0


@pytest.mark.slow
def test_a_run_that_time_ended_ends_at_the_same_moment_again(task, tmp_path):
    """The clock is on record, too: what was decided by the time that was left is decided so again."""
    result = anyio.run(lambda: quick_run(task, tmp_path / "run", 500, max_trials=None, budget_s=6.5))
    assert "time" in result.stop_reason
    found = replayed(tmp_path / "run")
    assert found.first_difference is None
    assert found.answers > 10  # few on a machine that is busy


def test_plugins_need_not_be_there(task, tmp_path):
    """A plugin's actor and its messages are taken as they are on record; the rest is replayed."""

    class Said(gome.Message, frozen=True, kw_only=True, tag="ours/said"):
        text: str

    class Talker:
        name = "talker"
        listens = (gome.TrialFinished,)
        says = (Said, gome.StopRequested)

        async def handle(self, message, context):
            await anyio.lowlevel.checkpoint()
            stop = [gome.StopRequested(reason="enough")] if message.trial == "t1-001" else []
            return [Said(text=message.trial), *stop]

    class Hearer:
        name = "hearer"
        listens = (Said,)

        async def handle(self, message, context):
            return None

    def register(registry):
        registry.add_actor(Talker())
        registry.add_actor(Hearer())

    result = anyio.run(lambda: quick_run(task, tmp_path / "run", plugins=[register]))
    assert (result.status, result.stop_reason) == ("stopped", "enough")
    found = replayed(tmp_path / "run")
    assert found.first_difference is None
    assert found.by_record == {"talker": "it belongs to a plugin"}


def test_another_machine_needs_the_journal_alone(task, tmp_path):
    """Another process, home, folder, language, time zone and hash seed; the run, its task and its plugin are gone."""

    class Said(gome.Message, frozen=True, kw_only=True, tag="theirs/said"):
        text: str

    class Talker:
        name, listens, says = "talker", (gome.TrialFinished,), (Said,)

        async def handle(self, message, context):
            return [Said(text=message.trial)]

    class Hearer:
        name, listens = "hearer", (Said,)

        async def handle(self, message, context):
            return None

    def register(registry):
        registry.add_actor(Talker())
        registry.add_actor(Hearer())

    there, here = tmp_path / "there", tmp_path / "here" / "copied"
    shutil.copytree(task, there / "task")
    anyio.run(lambda: quick_run(there / "task", there / "run", plugins=[register]))
    here.mkdir(parents=True)
    shutil.copy(there / "run" / "journal.db", here)
    shutil.rmtree(there)
    before = (here / "journal.db").read_bytes()
    for path in (here / "journal.db", here):
        path.chmod(0o555)
    world = {"HOME": str(tmp_path / "nobody"), "LANG": "C", "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-m", "gome", "replay", ".", "--json", "--no-plugins"]
    ended = subprocess.run(command, cwd=here, env=world | {"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    here.chmod(0o755)
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout.splitlines()[-1])
    assert (said["identical"], said["first_difference"]) == (True, None)
    assert said["answers"] > 20
    assert (here / "journal.db").read_bytes() == before


def test_without_its_strategy_the_rest_is_replayed(task, tmp_path):
    """What only the strategy can decide is taken as it is on record, and that is said."""

    def register(registry):
        registry.add_strategy("ours", Gradient)

    anyio.run(lambda: quick_run(task, tmp_path / "run", plugins=[register], strategy="ours"))
    found = replayed(tmp_path / "run")
    assert found.first_difference is None
    assert found.by_record == {"updater": "the strategy 'ours' is not installed here"}
    with_it = replayed(tmp_path / "run", register)
    assert with_it.identical
    assert with_it.by_record == {}
    assert with_it.answers > found.answers


def test_the_command_prints_the_contract(journal, tmp_path, capsys):
    """{identical, first_difference}, as the last line; exit code 1 where something differs."""
    assert main(["replay", str(tmp_path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["identical"] is True
    assert said["first_difference"] is None
    journal.execute("UPDATE messages SET body = json_set(body, '$.gain', 9.5) WHERE tag = 'trial.diagnosed'")
    assert main(["replay", str(tmp_path), "--json"]) == 1
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["identical"] is False
    assert said["first_difference"]["what"].startswith("gain is ")
    assert main(["replay", str(tmp_path)]) == 1
    assert "reasoner, answering" in capsys.readouterr().out


def test_a_journal_that_says_too_little_is_refused_in_one_line(journal, tmp_path, capsys):
    """One of schema 1, and none at all."""
    journal.executescript("DROP TABLE answers; PRAGMA user_version = 1")
    assert main(["replay", str(tmp_path)]) == 2
    assert "schema 1" in capsys.readouterr().err
    assert main(["replay", str(tmp_path / "nowhere")]) == 2
    assert "holds no run" in capsys.readouterr().err


def test_a_run_of_an_earlier_gome_can_be_replayed(tmp_path):
    """Its decisions need not be those of today, but each is worked out: no error, and every difference is one."""
    golden = Path(__file__).parents[1] / "store" / "golden" / "schema-2.db.gz"
    (tmp_path / "journal.db").write_bytes(gzip.decompress(golden.read_bytes()))
    found = replayed(tmp_path)
    assert found.answers > 20
    assert found.identical == (found.differences == 0)
