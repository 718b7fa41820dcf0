"""What every Runner does, the fake that ships included."""

import anyio
import pytest

from gome.errors import ExecutionError
from gome.execution import Device, Outcome, Program
from gome.execution.local import LocalRunner
from gome.execution.sandbox.choice import unsandboxed
from gome.testing.runner import FakeRunner

OK = Outcome(status="ok", exit_code=0, wall_s=0.01, stdout_tail="hello\n")
FAILED = Outcome(status="failed", exit_code=1, wall_s=0.01, error="KeyError: 'k'", stderr_tail="KeyError: 'k'\n")
LONG = Outcome(status="ok", exit_code=0, wall_s=600.0)


def writing(program):
    """Leave a file, as a program would."""
    (program.folder / "submission.csv").write_text("id,y\n")
    return OK


CASES = {  # what a real program does, and the line that plays it
    "ok": ("print('hello')", OK),
    "failed": ("{}['k']", FAILED),
    "long": ("import time; time.sleep(600)", LONG),
    "writes": ("open('submission.csv', 'w').write('id,y\\n')", writing),
}


@pytest.fixture
def anyio_backend():
    """Real processes need real time."""
    return "asyncio"


@pytest.fixture(params=["local", "fake"])
def start(request, tmp_path):
    """Return a function that runs a case within a limit."""

    def prepare(case, limit_s=20.0):
        code, line = CASES[case]
        (tmp_path / "solution.py").write_text(code)
        device = Device(name="cpu:0", cores=())
        runner = LocalRunner(unsandboxed(), grace_s=0.1) if request.param == "local" else FakeRunner([line])
        return runner.run(Program(folder=tmp_path, input=tmp_path, device=device, limit_s=limit_s))

    return prepare


async def test_an_end(start, tmp_path):
    """A program that ends well says so, and its logs lie in its folder."""
    got = await start("ok")

    assert (got.status, got.exit_code, got.error, got.stdout_tail) == ("ok", 0, "", "hello\n")
    assert (tmp_path / "stdout.log").read_text() == "hello\n"
    assert (tmp_path / "stderr.log").read_text() == ""


async def test_a_failure_is_an_outcome(start):
    """A failing program is an outcome with one line, never an exception."""
    got = await start("failed")

    assert (got.status, got.exit_code, got.error) == ("failed", 1, "KeyError: 'k'")


async def test_the_deadline(start):
    """A program that takes longer than it may is a timeout without exit code."""
    got = await start("long", limit_s=0.2)

    assert (got.status, got.exit_code, got.error) == ("timeout", None, "ran past its 0.2 s")


async def test_what_it_writes(start, tmp_path):
    """What the program writes is there when the outcome is."""
    await start("writes")

    assert (tmp_path / "submission.csv").read_text() == "id,y\n"


async def test_cancellation_is_not_swallowed(start):
    """A cancelled run ends at once."""
    with anyio.fail_after(10), anyio.move_on_after(0.1) as scope:
        await start("long")

    assert scope.cancelled_caught


async def test_the_script_runs_out(tmp_path):
    """A fake that is asked more often than its script knows says so, and raises what the script tells it to."""
    runner = FakeRunner([ExecutionError("no device")])
    program = Program(folder=tmp_path, input=tmp_path, device=Device(name="cpu:0", cores=()), limit_s=1)

    with pytest.raises(ExecutionError, match="no device"):
        await runner.run(program)
    with pytest.raises(AssertionError, match="run number 2"):
        await runner.run(program)
    assert runner.programs == [program, program]
