"""Programs that answer: real ones."""

import contextlib
import json
import os
import shlex
import sys
from pathlib import Path

import anyio
import pytest
from llm_questions import CODE, DRAFT, IMPLEMENT

from gome.budget import Ledger
from gome.errors import BudgetExceeded, ModelUnavailable, SettingInvalid
from gome.execution.supervisor import warden
from gome.llm import Site
from gome.llm.answering import Answering
from gome.llm.command import Command, command

STARTS = json.dumps({"starts": [{"caption": f"s{n}", "statement": "x", "component": "model"} for n in range(3)]})


@pytest.fixture
def anyio_backend():
    """Processes live in real time."""
    return "asyncio"


def site(tmp_path, left_s=1e9):
    return Site(folder=tmp_path, ledger=Ledger(), left_s=lambda: left_s, report=lambda message: None)


def program(tmp_path, text):
    """Return the words that run a Python program."""
    path = tmp_path / "program with spaces.py"
    path.write_text(text)
    return [sys.executable, str(path)]


def asked(tmp_path, text, **options):
    return Answering(Command(program(tmp_path, text), site(tmp_path), warden(), **options))


def alive(tmp_path):
    """Return the command lines of live processes that were told of this test's folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = str(tmp_path).encode() in (folder / "environ").read_bytes()
            if told and int(folder.name) != os.getpid():
                found.append((folder / "cmdline").read_bytes())
        except OSError:
            continue
    return found


async def test_the_question_goes_in_and_the_answer_comes_out(tmp_path, monkeypatch):
    """All of it on stdin, schema included; the program has the user's environment and an empty folder."""
    monkeypatch.setenv("MY_KEY", "planted")
    monkeypatch.setenv("STARTED", str(tmp_path))
    text = f"""
import os, sys
question = sys.stdin.read()
assert "# Your question: draft" in question and '"starts"' in question
assert os.environ["MY_KEY"] == "planted" and os.listdir() == []
print("thinking aloud", file=sys.stderr)
print("Well:", {STARTS!r})
"""
    model = command(shlex.join(program(tmp_path, text)), site(tmp_path), warden())
    assert [start.caption for start in (await model.draft(DRAFT)).starts] == ["s0", "s1", "s2"]
    assert alive(tmp_path) == []


async def test_a_program_may_print_code_as_it_is(tmp_path):
    """Edits in blocks, as coding agents write them."""
    text = """print('''Done.
<<<<<<< SEARCH
model = LGBMClassifier(n_estimators=200, verbose=-1)
=======
model = LGBMClassifier(n_estimators=900, verbose=-1)
>>>>>>> REPLACE
''')"""
    assert (await asked(tmp_path, text).implement(IMPLEMENT)).code == CODE.replace("200", "900")


async def test_it_is_asked_again_with_its_error(tmp_path):
    """A second process, which sees the first one's reply; both are on record."""
    text = f"""
import sys
question = sys.stdin.read()
print({STARTS!r} if "What is wrong with it: it does not fit the schema" in question else '{{"starts": 1}}')
"""
    said = []
    place = Site(folder=tmp_path, ledger=Ledger(), left_s=lambda: 1e9, report=said.append)
    assert len((await Answering(Command(program(tmp_path, text), place, warden())).draft(DRAFT)).starts) == 3
    assert [(call.key, call.attempt, call.outcome) for call in said] == [("draft", 1, "ok"), ("draft", 2, "ok")]
    assert said[0].latency_s > 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("import sys; sys.exit('no credit')", "ended with 1: no credit .asked for draft.", id="fails"),
        pytest.param("raise SystemExit(1)", "ended with 1: it said nothing", id="fails silently"),
        pytest.param("import os; os.kill(os.getpid(), 9)", "ended with -9", id="killed"),
        pytest.param("pass", "printed nothing", id="says nothing"),
        pytest.param("for _ in range(80): print('x' * 2**17)", "more than 4 MiB", id="says too much"),
    ],
)  # fmt: skip
async def test_a_program_that_gives_no_answer(tmp_path, text, told):
    """One line says why."""
    with pytest.raises(ModelUnavailable, match=told):
        await asked(tmp_path, text).draft(DRAFT)


async def test_a_key_in_its_complaint_is_not_put_on_record(tmp_path, monkeypatch):
    """What it says about its key says nothing of the key."""
    monkeypatch.setenv("SOME_API_KEY", "sk-planted-1234")
    said = []
    place = Site(folder=tmp_path, ledger=Ledger(), left_s=lambda: 1e9, report=said.append)
    text = "import os, sys; sys.exit('wrong key ' + os.environ['SOME_API_KEY'])"
    with pytest.raises(ModelUnavailable, match=r"wrong key \[secret\]") as raised:
        await Answering(Command(program(tmp_path, text), place, warden())).draft(DRAFT)
    assert "planted" not in f"{said} {raised.value}"


TREE = """
import os, subprocess, sys, time
sleeper = [sys.executable, "-c", "import time; time.sleep(300)"]
subprocess.Popen(sleeper)                                  # a child
subprocess.Popen(sleeper, start_new_session=True)          # one that left the group
if os.fork() == 0:                                         # one that lost its parent
    subprocess.Popen(sleeper, start_new_session=True)
    os._exit(0)
open(os.environ["STARTED"], "w").close()
"""


@pytest.mark.slow
async def test_at_the_deadline_the_whole_tree_dies(tmp_path, monkeypatch):
    """Children, also those that left the group or were orphaned; the reason names the limit."""
    monkeypatch.setenv("STARTED", str(tmp_path / "started"))
    with pytest.raises(ModelUnavailable, match=r"gave no answer within 2 s .asked for draft."):
        await asked(tmp_path, TREE + "time.sleep(300)", limit_s=2.0).draft(DRAFT)
    assert (tmp_path / "started").exists()
    assert alive(tmp_path) == []


async def test_what_it_leaves_behind_is_killed_and_not_waited_for(tmp_path, monkeypatch):
    """An answer counts when its program has ended, though a child still holds its stdout."""
    monkeypatch.setenv("STARTED", str(tmp_path / "started"))
    with anyio.fail_after(30):
        answer = await asked(tmp_path, TREE + f"print({STARTS!r})").draft(DRAFT)
    assert len(answer.starts) == 3
    assert alive(tmp_path) == []


SHED = """
import os, subprocess, sys
code = "import time; time.sleep(300)  # {mark}"
subprocess.Popen([sys.executable, "-c", code], start_new_session=True, env={{}}, cwd="/")
if os.fork() == 0:                                         # a daemon as the book says
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, [sys.executable, "-c", code], {{}})
    os._exit(0)
os.wait()
print({answer!r}, flush=True)
"""


def called(mark):
    """Return the processes whose command line names the mark."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (folder / "cmdline").read_bytes() and int(folder.name) != os.getpid():
                found.append(int(folder.name))
    return found


@pytest.mark.parametrize("ends", ["by itself", "at the deadline"])
async def test_whoever_sheds_its_name_its_parent_and_its_environment_dies_too(tmp_path, ends):
    """Nothing that a program started outlives it, whatever it did to hide."""
    mark = f"shed-{tmp_path.name}-{os.getpid()}-{ends.replace(' ', '-')}"
    text = SHED.format(mark=mark, answer=STARTS)
    if ends == "by itself":
        with anyio.fail_after(30):
            assert len((await asked(tmp_path, text).draft(DRAFT)).starts) == 3
    else:
        with pytest.raises(ModelUnavailable, match="gave no answer"):
            await asked(tmp_path, text + "import time; time.sleep(300)", limit_s=2.0).draft(DRAFT)
    assert called(mark) == []


async def test_a_program_ends_with_its_runtime(tmp_path):
    """Also where that is killed and can tidy up nothing."""
    mark = f"orphan-{tmp_path.name}-{os.getpid()}"
    sleeper = [sys.executable, "-c", f"import time; time.sleep(300)  # {mark}"]
    starts = f"import subprocess, time; subprocess.Popen({[*warden(), *sleeper]!r}); time.sleep(300)"
    runtime = await anyio.open_process([sys.executable, "-c", starts])
    with anyio.fail_after(30):
        while len(called(mark)) < 3:  # noqa: ASYNC110 - the runtime, the warden, the program
            await anyio.sleep(0.02)
        runtime.kill()
        await runtime.wait()
        while called(mark):  # noqa: ASYNC110 - processes tell nobody
            await anyio.sleep(0.02)


async def test_a_key_in_its_answer_is_not_put_on_record(tmp_path, monkeypatch):
    """The answer counts, without the key."""
    monkeypatch.setenv("SOME_API_KEY", "sk-planted-1234")
    text = f"import os; print({STARTS!r}.replace('s0', os.environ['SOME_API_KEY']))"
    assert [start.caption for start in (await asked(tmp_path, text).draft(DRAFT)).starts] == ["[secret]", "s1", "s2"]


async def test_called_off_the_whole_tree_dies(tmp_path, monkeypatch):
    """Cancellation waits until nothing is left."""
    monkeypatch.setenv("STARTED", str(tmp_path / "started"))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(asked(tmp_path, TREE + "time.sleep(300)").draft, DRAFT)
        with anyio.fail_after(20):
            while not (tmp_path / "started").exists():  # noqa: ASYNC110 - files tell nobody
                await anyio.sleep(0.02)
        tasks.cancel_scope.cancel()
    assert alive(tmp_path) == []


async def test_its_deadline_is_the_runs_where_that_is_nearer(tmp_path):
    """No program outlives its run; where no time is left, none is started."""
    slow = program(tmp_path, "import time; time.sleep(300)")
    with pytest.raises(ModelUnavailable, match="within 0 s"):
        await Answering(Command(slow, site(tmp_path, 0.3), warden())).draft(DRAFT)
    with pytest.raises(BudgetExceeded, match="wall_s"):
        await Answering(Command(slow, site(tmp_path, 0.0), warden())).draft(DRAFT)


async def test_a_program_that_the_end_of_the_run_stops(tmp_path):
    """That is the budget's end, not a failure of the program to try again."""
    slow = program(tmp_path, "import time; time.sleep(300)")
    end = anyio.current_time() + 0.2
    said = []
    place = Site(folder=tmp_path, ledger=Ledger(), left_s=lambda: end - anyio.current_time(), report=said.append)
    with pytest.raises(BudgetExceeded, match="wall_s"):
        await Answering(Command(slow, place, warden())).draft(DRAFT)
    assert [message.outcome for message in said] == ["timeout"]


async def test_a_program_that_does_not_read(tmp_path):
    """A closed stdin is its own affair."""
    assert len((await asked(tmp_path, f"import sys; sys.stdin.close(); print({STARTS!r})").draft(DRAFT)).starts) == 3


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        pytest.param("", "names no program", id="none"),
        pytest.param("no-such-program --x", "there is no program 'no-such-program'", id="unknown"),
        pytest.param("cat 'x", "No closing quotation", id="quotes"),
    ],
)
def test_bad_input(tmp_path, argument, told):
    """One line says what to mend, before anything runs."""
    with pytest.raises(SettingInvalid, match=told):
        command(argument, site(tmp_path), warden())
