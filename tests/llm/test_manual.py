"""A person, or a program that watches a folder."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from llm_questions import CODE, DRAFT, IMPLEMENT, PROPOSE
from msgspec.structs import replace
from structlog.testing import capture_logs
from trio.testing import MockClock

from gome.budget import Ledger
from gome.errors import BudgetExceeded, SettingInvalid
from gome.llm import Site
from gome.llm.manual import manual

STARTS = {"starts": [{"caption": f"s{n}", "statement": "x", "component": "model"} for n in range(3)]}


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def model(folder, left_s=1e9):
    left = left_s if callable(left_s) else lambda: left_s
    return manual("", Site(folder=folder, ledger=Ledger(), left_s=left, report=lambda message: None))


@pytest.fixture
def anyio_backend():
    """Virtual time: what is waited for is not."""
    return "trio", {"clock": MockClock(autojump_threshold=0)}


async def appears(path):
    while not path.is_file():  # noqa: ASYNC110 - files tell nobody
        await anyio.sleep(0.05)
    return path.read_text()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


async def test_a_question_that_was_taken_away(folder):
    """Whoever moves a question out of its folder to work on it spoils nothing: its answer counts, and both are kept."""
    answers = []

    async def ask():
        answers.append(await model(folder).draft(DRAFT))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        text = await appears(folder / "questions" / "draft.md")
        (folder / "questions" / "draft.md").unlink()
        (folder / "answers" / "draft.json").write_text(json.dumps(STARTS))
    assert [start.caption for start in answers[0].starts] == ["s0", "s1", "s2"]
    assert names(folder / "answered") == ["draft.json", "draft.question.md"]
    assert (folder / "answered" / "draft.question.md").read_text() == text


async def test_a_question_waits_for_its_file(folder, capsys):
    """The question holds everything; once answered it is no longer among the open ones, and stderr was told."""
    with capture_logs() as logs:
        async with anyio.create_task_group() as tasks:
            answer = None

            async def ask():
                nonlocal answer
                answer = await model(folder).draft(DRAFT)

            tasks.start_soon(ask)
            text = await appears(folder / "questions" / "draft.md")
            assert str(folder / "answers" / "draft.json") in text
            assert '"months" numeric' in text
            (folder / "answers" / "draft.json").write_text(json.dumps(STARTS))
    assert [start.caption for start in answer.starts] == ["s0", "s1", "s2"]
    assert names(folder / "questions") == names(folder / "answers") == []
    assert names(folder / "answered") == ["draft.json", "draft.question.md"]
    assert [(log["event"], log["log_level"]) for log in logs] == [("model.waits_for_answer", "info")]
    place = folder / "answers" / "draft.json"
    assert (
        capsys.readouterr().err
        == f"draft: read {folder / 'questions' / 'draft.md'}, answer in {place}, within 1000000000 s (16666666 min)\n"
    )


async def test_several_questions_are_open_at_once(folder):
    """Each takes its own answer, in whatever order they come; programs may be pasted as they are."""
    asked, answers = model(folder), {}

    async def ask(name, question, kind):
        answers[name] = await kind(question)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask, "draft", DRAFT, asked.draft)
        tasks.start_soon(ask, "implement", IMPLEMENT, asked.implement)
        await appears(folder / "questions" / "draft.md")
        await appears(folder / "questions" / "implement-t1-003.md")
        assert names(folder / "questions") == ["draft.md", "implement-t1-003.md"]
        (folder / "answers" / "implement-t1-003.md").write_text(f"Here you are:\n```python\n{CODE}x = 1\n```\n")
        await appears(folder / "answered" / "implement-t1-003.question.md")
        assert names(folder / "questions") == ["draft.md"]
        (folder / "answers" / "draft.txt").write_text(json.dumps(STARTS))
    assert answers["implement"].code == CODE + "x = 1\n"


async def test_a_wrong_answer_is_asked_for_again_with_its_error(folder):
    """As often as it takes, each time in a new file."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(model(folder).draft, DRAFT)
        await appears(folder / "questions" / "draft.md")
        (folder / "answers" / "draft.json").write_text('{"starts": "many"}')
        again = await appears(folder / "questions" / "draft.2.md")
        assert "Expected `array`, got `str`" in again
        assert '{"starts": "many"}' in again
        assert again.count("Expected `array`, got `str`") == 2
        assert str(folder / "answers" / "draft.2.json") in again
        (folder / "answers" / "draft.2.json").write_text(json.dumps({"starts": STARTS["starts"][:1]}))
        third = await appears(folder / "questions" / "draft.3.md")
        assert "3 different starts are asked for, it names 1" in third
        assert names(folder / "questions") == ["draft.3.md"]
        (folder / "answers" / "draft.3.json").write_text(json.dumps(STARTS))
    assert len(names(folder / "answered")) == 6


async def test_half_a_file_is_not_an_answer(folder):
    """An empty or growing file is waited for; one that stays wrong is an answer that is wrong."""
    text = json.dumps(STARTS)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(model(folder).draft, DRAFT)
        await appears(folder / "questions" / "draft.md")
        place = folder / "answers" / "draft.json"
        place.write_text("")
        await anyio.sleep(4)
        for end in range(20, len(text), 40):
            place.write_text(text[:end])
            os.utime(place, ns=(end, end))
            await anyio.sleep(0.6)
        assert names(folder / "questions") == ["draft.md"]
        place.write_text(text)
    assert names(folder / "answered") == ["draft.json", "draft.question.md"]


@pytest.mark.parametrize(
    "half",
    [
        pytest.param('Let me see.\n```json\n{"starts": [{"caption": "s0"},', id="an object inside"),
        pytest.param("Let me see, with {} first.", id="prose"),
    ],
)
async def test_a_file_with_more_to_come_is_not_an_answer(folder, half):
    """Whatever it holds by then: unless it is one JSON object, it counts when it no longer changes."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(model(folder).draft, DRAFT)
        await appears(folder / "questions" / "draft.md")
        place = folder / "answers" / "draft.md"
        place.write_text(half)
        await anyio.sleep(1.2)
        assert names(folder / "questions") == ["draft.md"]
        place.write_text(f"Let me see.\n```json\n{json.dumps(STARTS)}\n```\n")
    assert names(folder / "answered") == ["draft.md", "draft.question.md"]


async def test_an_answer_that_lies_there_already_is_taken(folder):
    """Somebody answered while the run was not there."""
    (folder / "answers").mkdir()
    (folder / "answers" / "propose-t1-003.json").write_text('{"hypotheses": []}')
    assert (await model(folder).propose(PROPOSE)).hypotheses == ()


async def test_it_waits_as_long_as_there_is_time(folder):
    """At the end of the run's time, and not before, there is no answer; no question stays open."""
    ends = anyio.current_time() + 3.0
    with pytest.raises(BudgetExceeded, match="wall_s"):
        await model(folder, lambda: ends - anyio.current_time()).draft(DRAFT)
    assert anyio.current_time() >= ends
    assert names(folder / "questions") == []


async def test_a_question_that_is_called_off_is_not_open(folder):
    """Cancelled, it leaves nothing that somebody might answer in vain."""
    with anyio.move_on_after(1):
        await model(folder).draft(DRAFT)
    assert names(folder / "questions") == []


def test_manual_takes_no_argument(folder):
    """One line says so."""
    with pytest.raises(SettingInvalid, match="manual takes no argument"):
        manual("x", Site(folder=folder, ledger=Ledger(), left_s=lambda: 1.0, report=print))


KILLED = """
import os, signal, sys
from pathlib import Path
import anyio
sys.path.insert(0, sys.argv[2])
from llm_questions import DRAFT
from gome.budget import Ledger
from gome.llm import Site
from gome.llm.manual import manual
kill = lambda message: os.kill(os.getpid(), signal.SIGKILL)  # both files lie in answered/, nothing is on record
anyio.run(manual("", Site(folder=Path(sys.argv[1]), ledger=Ledger(), left_s=lambda: 60.0, report=kill)).draft, DRAFT)
"""


async def test_an_answer_that_was_taken_survives_a_kill(folder):
    """Killed when the files are moved and nothing is on record, the answer is read again; nobody is asked."""
    (folder / "answers").mkdir()
    (folder / "answers" / "draft.json").write_text(json.dumps(STARTS))
    command = [sys.executable, "-c", KILLED, str(folder), str(Path(__file__).parent)]
    ended = subprocess.run(command, check=False, capture_output=True)  # noqa: ASYNC221 - virtual time stands still
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert names(folder / "answers") == []
    assert names(folder / "answered") == ["draft.json", "draft.question.md"]
    assert len((await model(folder).draft(DRAFT)).starts) == 3


@pytest.mark.parametrize(("before_s", "after_s"), [(660.0, 590.0), (7300.0, 7100.0), (60.0, 59.0)])
async def test_an_answer_is_read_again_however_much_time_is_left(folder, before_s, after_s):
    """Times are told in seconds, above ten minutes in minutes as well: neither makes another question of it."""
    (folder / "answers").mkdir()
    (folder / "answers" / "draft.json").write_text(json.dumps(STARTS))
    for left_s in (before_s, after_s):
        question = replace(DRAFT, limit_s=left_s)
        assert len((await model(folder).draft(question)).starts) == 3
    assert names(folder / "answers") == []


async def test_answers_are_on_record_as_what_they_are(folder):
    """A refused one with what is wrong; the question comes before what one may need to know."""
    said = []
    site = Site(folder=folder, ledger=Ledger(), left_s=lambda: 60.0, report=said.append)
    (folder / "answers").mkdir()
    (folder / "answers" / "draft.json").write_text('{"starts": "many"}')
    (folder / "answers" / "draft.2.json").write_text(json.dumps(STARTS))
    await manual("", site).draft(DRAFT)
    assert [(call.outcome, call.attempt) for call in said] == [("malformed", 1), ("ok", 2)]
    assert "Expected `array`" in said[0].error
    asked = (folder / "answered" / "draft.question.md").read_text()
    assert asked.index("# Your question: draft") < asked.index('"starts"') < asked.index("# What you may need to know")
    assert asked.index("# What you may need to know") < asked.index('"months" numeric')
    assert asked.count("# Your question: draft") == asked.count('"months" numeric') == 1
