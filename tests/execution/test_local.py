"""Real programs in real processes, without walls; no test sleeps: programs say over files and pipes where they are."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from gome.errors import ExecutionError
from gome.execution import Device, Program
from gome.execution.local import LocalRunner
from gome.execution.sandbox.choice import unsandboxed
from gome.task.folders import discard


@pytest.fixture
def anyio_backend():
    """Real processes need real time."""
    return "asyncio"


on_both = pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])


@pytest.fixture
def runner():
    return LocalRunner(unsandboxed(), grace_s=0.2)


@pytest.fixture
def program(tmp_path):
    """Return a function that makes a program of its code."""

    def make(code="", *, folder=tmp_path / "trial", **options):
        folder.mkdir(parents=True, exist_ok=True)
        data = tmp_path / "data"
        data.mkdir(exist_ok=True)
        if code is not None:
            (folder / "solution.py").write_text(textwrap.dedent(code), encoding="utf-8")
        options = {"device": Device(name="cpu:0", cores=()), "limit_s": 20.0} | options
        return Program(folder=folder, input=data, **options)

    return make


def is_alive(pid):
    """Whether a process runs: a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def gone(*pids):
    """Wait until none of these runs."""
    with anyio.fail_after(10):
        while any(map(is_alive, pids)):
            await anyio.lowlevel.checkpoint()


async def text_of(path):
    """Wait for a program to have written a whole line."""
    with anyio.fail_after(10):
        while not (path.exists() and path.read_text().endswith("\n")):
            await anyio.lowlevel.checkpoint()
    return path.read_text()


DAEMON = """
    import os, signal, sys, time
    def daemon(name, forks=2):
        '''Start what no process group and no session of ours holds; return once it runs.'''
        said, says = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if forks == 2 and os.fork():
                os._exit(0)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            with open(name + ".tmp", "w") as file:
                file.write(f"{os.getpid()}\\n")
            os.rename(name + ".tmp", name)
            os.close(said), os.close(says)
            time.sleep(600)
            os._exit(0)
        os.close(says)
        os.read(said, 1)
"""


@on_both
async def test_ok(runner, program):
    """A program that ends well has exit code 0, no error, and its output in both places."""
    made = program("import sys; print('hello'); print('careful', file=sys.stderr)")

    got = await runner.run(made)

    assert (got.status, got.exit_code, got.error) == ("ok", 0, "")
    assert (got.stdout_tail, got.stderr_tail) == ("hello\n", "careful\n")
    assert (made.folder / "stdout.log").read_text() == "hello\n"
    assert (made.folder / "stderr.log").read_text() == "careful\n"
    assert 0 < got.wall_s < 20
    assert 0 < got.cpu_s < 20
    assert 1 < got.peak_mib < 500


@pytest.mark.parametrize(
    ("code", "exit_code", "error"),
    [
        pytest.param("x = 1\nfloat('a')", 1, "ValueError: could not convert string to float: 'a'", id="exception"),
        pytest.param("raise ValueError('one\\ntwo')", 1, "ValueError: one", id="message of two lines"),
        pytest.param("try:\n 1/0\nexcept ZeroDivisionError:\n {}['k']", 1, "KeyError: 'k'", id="chained"),
        pytest.param("raise MemoryError", 1, "MemoryError", id="without message"),
        pytest.param("def f(:\n pass", 1, "SyntaxError: invalid syntax", id="syntax"),
        pytest.param("import sys; sys.exit(3)", 3, "exit code 3", id="code"),
        pytest.param("import sys; sys.exit('no data')", 1, "exit code 1: no data", id="last words"),
    ],
)
async def test_failed(runner, program, code, exit_code, error):
    """A program that fails is an outcome with one line that says why."""
    got = await runner.run(program(code))

    assert (got.status, got.exit_code, got.error) == ("failed", exit_code, error)


async def test_no_solution(runner, program):
    """A missing solution.py is the candidate's failure."""
    got = await runner.run(program(None))

    assert got.status == "failed"
    assert "solution.py" in got.error


async def test_killed_by_itself(runner, program):
    """A signal that was not ours is named."""
    got = await runner.run(program("import os; os.kill(os.getpid(), 9)"))

    assert (got.status, got.exit_code, got.error) == ("killed", None, "killed by SIGKILL")


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("", id="obedient"),
        pytest.param("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)", id="ignores SIGTERM"),
        pytest.param("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", id="stops itself"),
    ],
)
async def test_timeout(runner, program, before):
    """At the deadline a program ends, whatever it thinks of it."""
    got = await runner.run(program(f"{before}\nimport time; time.sleep(600)", limit_s=0.5))

    assert (got.status, got.exit_code, got.error) == ("timeout", None, "ran past its 0.5 s")
    assert 0.5 <= got.wall_s < 10


@pytest.mark.slow
async def test_output_before_the_deadline(runner, program):
    """What a program said until its deadline is kept, though it never flushed."""
    got = await runner.run(program("print('begun', end='')\nimport time; time.sleep(600)", limit_s=2))

    assert (got.status, got.stdout_tail) == ("timeout", "begun")


async def test_deadline_reaches_children(runner, program):
    """A program may end well on SIGTERM; past its deadline it is a timeout all the same."""
    code = """
        import signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        time.sleep(600)
    """
    got = await runner.run(program(code, limit_s=0.3))

    assert (got.status, got.exit_code) == ("timeout", None)


@pytest.mark.parametrize("forks", [1, 2], ids=["child left behind", "double fork and setsid"])
async def test_nothing_survives_the_end(runner, program, forks):
    """What a program leaves running is dead when its outcome is known."""
    made = program(textwrap.dedent(DAEMON) + f"daemon('pid', {forks})\nwhile not os.path.exists('pid'): pass\n")

    got = await runner.run(made)

    assert got.status == "ok"
    assert not is_alive(int((made.folder / "pid").read_text()))


@pytest.mark.slow
async def test_nothing_survives_the_deadline(runner, program):
    """A tree of forks is dead at the deadline, and more forks do not outrun it."""
    code = """
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for _ in range(4):
            os.fork()
        with open(f"pid-{os.getpid()}", "w"):
            pass
        while True:
            if os.fork() == 0:
                os._exit(0)
            os.wait()
    """
    made = program(code, limit_s=1.0)

    got = await runner.run(made)

    pids = [int(path.name.removeprefix("pid-")) for path in made.folder.glob("pid-*")]
    assert got.status == "timeout"
    assert len(pids) > 1
    assert not any(map(is_alive, pids))


@on_both
async def test_cancellation(runner, program):
    """When `run` returns because it was cancelled, the tree is dead, its daemon too, and nothing is swallowed."""
    made = program(textwrap.dedent(DAEMON) + "daemon('pid')\ntime.sleep(600)")

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(runner.run, made)
            pid = int(await text_of(made.folder / "pid"))
            assert is_alive(pid)
            tasks.cancel_scope.cancel()

    assert not is_alive(pid)
    assert not (made.folder / ".tmp").exists()


@on_both
async def test_cancelled_before_it_began(runner, program):
    """A cancelled task starts nothing that goes on."""
    made = program("open('ran', 'w').close()")
    with anyio.CancelScope() as scope:
        scope.cancel()
        await runner.run(made)

    assert scope.cancelled_caught
    assert not (made.folder / "ran").exists()


RUNTIME = """
    import sys, anyio
    from pathlib import Path
    from gome.execution import Device, Program
    from gome.execution.local import LocalRunner
    from gome.execution.sandbox.choice import unsandboxed
    folder = Path(sys.argv[1])
    program = Program(folder=folder, input=folder, device=Device(name="cpu:0", cores=()), limit_s=600)
    {before}
    anyio.run(LocalRunner(unsandboxed()).run, program)
"""


@pytest.mark.parametrize(
    "before",
    [
        pytest.param("", id="alone"),
        pytest.param("import os, time; os.fork() or time.sleep(600)", id="a fork of it lives on"),
    ],
)
async def test_the_runtime_is_killed(program, before):
    """`kill -9` of the runtime kills the whole tree, even where a fork of the runtime holds its pipes."""
    if before:  # the fork must come after the pipes: patch it in when the supervisor has its order
        before = textwrap.dedent("""
            import os, time
            from gome.execution import supervisor
            converse = supervisor.Line.converse
            async def forking(*args):
                if os.fork() == 0:
                    time.sleep(600)
                return await converse(*args)
            supervisor.Line.converse = forking
        """).replace("\n", "\n    ")
    made = program(
        textwrap.dedent(DAEMON) + "daemon('pid')\nopen('main','w').write(f'{os.getpid()}\\n')\ntime.sleep(600)"
    )
    code = textwrap.dedent(RUNTIME.format(before=before))
    with subprocess.Popen(  # noqa: ASYNC220 - not ours to wait for
        [sys.executable, "-c", code, str(made.folder)], start_new_session=True
    ) as runtime:
        try:
            pids = [int(await text_of(made.folder / name)) for name in ("pid", "main")]
            assert all(map(is_alive, pids))
            runtime.kill()
            await gone(*pids)
        finally:
            os.killpg(runtime.pid, signal.SIGKILL)


@on_both
async def test_a_killed_supervisor(runner, program):
    """A program that kills its supervisor gains nothing: it and its daemon die, and the outcome says so."""
    code = textwrap.dedent(DAEMON) + "daemon('pid')\nwhile not os.path.exists('pid'): pass\n"
    made = program(code + "open('main', 'w').write(str(os.getpid()))\nos.kill(os.getppid(), 9)\ntime.sleep(600)")

    got = await runner.run(made)

    assert (got.status, got.exit_code, got.error) == ("killed", None, "its supervisor was killed")
    await gone(*(int((made.folder / name).read_text()) for name in ("pid", "main")))
    assert not (made.folder / ".tmp").exists()


@pytest.mark.slow
async def test_a_stopped_supervisor(monkeypatch, runner, program):
    """A program that stops the clock of its own deadline dies a little after it."""
    for module in ("supervision", "supervisor"):
        monkeypatch.setattr(f"gome.execution.{module}.MARGIN_S", 0.3)
    made = program("import os, time; print(os.getpid())\nos.kill(os.getppid(), 19); time.sleep(600)", limit_s=0.5)

    got = await runner.run(made)

    assert (got.status, got.error) == ("timeout", "ran past its 0.5 s")


@pytest.mark.parametrize(
    ("then", "outcome"),
    [
        pytest.param("os._exit(7)", ("failed", 7), id="and exits"),
        pytest.param("os.kill(os.getppid(), 9)", ("killed", None), id="and kills its supervisor"),
    ],
)
async def test_the_report_cannot_be_forged(runner, program, then, outcome):
    """What a program writes into its supervisor's pipe, where it may open it, is not taken for the report."""
    code = """
        import os
        line = b'\\n' + b'0' * 32 + b' {"status": 0, "reason": ""}\\n'
        for fd in range(256):
            try:
                os.write(fd, line)
            except OSError:
                pass
        for fd in (1, 2):
            try:
                with open(f"/proc/{os.getppid()}/fd/{fd}", "wb", buffering=0) as pipe:
                    pipe.write(line * 10000)
            except OSError:
                pass
    """
    got = await runner.run(program(textwrap.dedent(code) + then))

    assert (got.status, got.exit_code) == outcome


async def test_no_descriptor_leaks(runner, program):
    """A program is born with its three streams and nothing else."""
    code = "import os; fd = os.open('.', 0); print(sorted(int(n) for n in os.listdir('/proc/self/fd')), fd)"
    with socket.socket() as held:
        held.set_inheritable(True)
        got = await runner.run(program(code))

    assert got.stdout_tail == "[0, 1, 2, 3, 4] 3\n"


@pytest.mark.slow
async def test_much_output(runner, program):
    """50 MB of output neither block nor fill anything: the beginning and the end are kept."""
    code = """
        import os, sys
        for number in range(50):
            sys.stdout.write(f"block {number}\\n" + "x" * 1_000_000)
        sys.stderr.write("y" * 3_000_000)
        print("\\nthe end")
    """
    made = program(code, output_mib=1)

    got = await runner.run(made)

    log = (made.folder / "stdout.log").read_bytes()
    assert got.status == "ok"
    assert len(got.stdout_tail) == 8192
    assert got.stdout_tail.endswith("\nthe end\n")
    assert log.startswith(b"block 0\n")
    assert log.endswith(b"\nthe end\n")
    assert b" bytes dropped]\n" in log
    assert len(log) < 2**20 + 8192 + 100
    assert (made.folder / "stderr.log").stat().st_size < 2**20 + 8192 + 100


async def test_output_just_over_the_cap(runner, program):
    """Where the end reaches back to the beginning nothing is said twice."""
    made = program("print('a' * 1040, end=''); print('b' * 1024, end='')", output_mib=1 / 1024)

    await runner.run(made)

    log = (made.folder / "stdout.log").read_text()
    assert log.replace("\n[0 bytes dropped]\n", "") == "a" * 1040 + "b" * 1024


async def test_binary_output(runner, program):
    """Output is text to us: what is none is replaced, and the log keeps the bytes."""
    made = program("import sys; sys.stdout.buffer.write(b'a\\xff\\x00\\xed\\xa0\\x80z')")

    got = await runner.run(made)

    assert got.stdout_tail == b"a\xff\x00\xed\xa0\x80z".decode("utf-8", "replace")
    assert (made.folder / "stdout.log").read_bytes() == b"a\xff\x00\xed\xa0\x80z"


async def test_the_report_has_room(runner, program):
    """The worst two tails, every byte of them escaped, fit into the report."""
    got = await runner.run(program("import os; [os.write(fd, b'\\x00\\xff' * 8192) for fd in (1, 2)]"))

    assert got.status == "ok"
    assert len(got.stdout_tail) == len(got.stderr_tail) == 8192


async def test_environment(monkeypatch, runner, program):
    """A program sees a few variables that we chose, and none of ours."""
    monkeypatch.setenv("OPENAI_API_KEY", "planted")
    monkeypatch.setenv("PYTHONPATH", "/planted")
    code = "import os, json; print(json.dumps(dict(os.environ)))"
    made = program(code, seed=7, device=Device(name="cpu:0", cores=(min(os.sched_getaffinity(0)),)))

    got = (await runner.run(made)).stdout_tail

    assert "planted" not in got
    assert '"GOME_SEED": "7"' in got
    assert '"PYTHONHASHSEED": "7"' in got
    assert '"OMP_NUM_THREADS": "1"' in got
    assert f'"HOME": "{made.folder}/.home"' in got


async def test_surroundings(runner, program):
    """A program finds its input and a place to write, reads nothing from stdin, runs on its cores, dumps no core."""
    core = min(os.sched_getaffinity(0))
    code = """
        import os, resource, sys, tempfile
        print(os.listdir("input"), os.path.isdir("working"), repr(sys.stdin.read()), os.sched_getaffinity(0))
        print(resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_CPU)[0])
        print(os.getsid(0) == os.getpid())
        print(open("/proc/self/oom_score_adj").read().strip())
        print("NoNewPrivs:\\t1" in open("/proc/self/status").read(), os.path.isdir(tempfile.gettempdir()))
    """
    made = program(code, device=Device(name="cpu:0", cores=(core,)), limit_s=30)
    (made.input / "train.csv").touch()

    got = await runner.run(made)

    assert got.stdout_tail.splitlines() == [
        f"['train.csv'] True '' {{{core}}}",
        "(0, 0) 90",
        "True",
        "500",
        "True True",
    ]


async def test_temporary_files_go(runner, program, tmp_path):
    """Temporary files end with the program, and their folder is short enough for the sockets of multiprocessing."""
    code = """
        import multiprocessing.connection, os, tempfile
        print(tempfile.mkdtemp())
        multiprocessing.connection.Listener(family="AF_UNIX")
    """
    got = await runner.run(program(code, folder=tmp_path / ("deep" * 20)))

    assert got.error == ""
    assert not Path(got.stdout_tail.strip()).parent.exists()


@pytest.mark.slow
async def test_memory_cap(runner, program):
    """A tree that grows past its cap is killed, and its peak is known."""
    code = """
        import os, time
        os.fork()
        held = b"x" * 60 * 2**20
        time.sleep(600)
    """
    got = await runner.run(program(code, memory_mib=100))

    assert (got.status, got.exit_code, got.error) == ("killed", None, "memory cap of 100 MiB")
    assert 100 < got.peak_mib < 200


@pytest.mark.slow
async def test_shared_memory_counts_once(runner, program):
    """Forks that share what they were born with do not add up against the cap."""
    code = """
        import os, time
        held = b"x" * 60 * 2**20
        if os.fork() and os.fork():
            time.sleep(0.5)
        else:
            time.sleep(600)
    """
    got = await runner.run(program(code, memory_mib=100))

    assert (got.status, got.peak_mib > 150) == ("ok", True)


@pytest.mark.parametrize("name", ["a trial with spaces", "größe-表-🎈", os.fsdecode(b"caf\xe9")], ids=ascii)
async def test_names_of_folders(runner, program, tmp_path, name):
    """A folder may be called anything."""
    made = program("open('out.txt', 'w').write('done')", folder=tmp_path / name)

    got = await runner.run(made)

    assert got.error == ""
    assert (made.folder / "out.txt").read_text() == "done"


async def test_relative_folders(monkeypatch, runner, program, tmp_path):
    """Paths may be relative to where the runtime is."""
    program("import os; print(os.listdir('input'))")
    (tmp_path / "data" / "x").touch()
    monkeypatch.chdir(tmp_path)
    got = await runner.run(
        Program(folder=Path("trial"), input=Path("data"), device=Device(name="cpu:0", cores=()), limit_s=20)
    )

    assert got.stdout_tail == "['x']\n"


async def test_links_are_not_followed(runner, program, tmp_path):
    """A log that an earlier stage made a link to elsewhere is replaced, not written through."""
    made = program("print('new')")
    (tmp_path / "elsewhere").write_text("mine")
    (made.folder / "stdout.log").symlink_to(tmp_path / "elsewhere")
    (made.folder / "input").symlink_to(tmp_path)

    got = await runner.run(made)

    assert got.status == "ok"
    assert (tmp_path / "elsewhere").read_text() == "mine"
    assert (made.folder / "stdout.log").read_text() == "new\n"
    assert (made.folder / "input").readlink() == made.input


@pytest.mark.parametrize("name", ["input", "working", ".home", "stdout.log"])
@pytest.mark.parametrize("kind", ["folder", "file", "deep"])
async def test_what_stands_in_the_way(runner, program, name, kind):
    """What a program that ran before laid in the place of what the next one needs is removed."""
    made = program("import os; print(os.listdir('input'), os.path.isdir('working'))")
    place = made.folder / name
    place.touch() if kind == "file" else place.mkdir()
    if kind == "folder":
        (place / "kept").touch()
    if kind == "deep":
        for _ in range(1200):  # more than calls may be nested
            place /= "x"
            place.mkdir()

    got = await runner.run(made)

    assert (got.status, got.error) == ("ok", "")
    assert got.stdout_tail.endswith(" True\n")
    assert (made.folder / "input").readlink() == made.input
    discard(made.folder)  # pytest removes what is left later, and stumbles over what is so deep


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        pytest.param(lambda made: made.input.rmdir(), "input folder", id="no input"),
        pytest.param(lambda made: made.folder.rename(made.folder.with_name("gone")), "prepared", id="no folder"),
    ],
)
async def test_cannot_start(runner, program, spoil, complaint):
    """What keeps a program from starting says nothing about its code: an error of one line."""
    made = program()
    spoil(made)

    with pytest.raises(ExecutionError, match=complaint) as caught:
        await runner.run(made)

    assert "\n" not in str(caught.value)


@on_both
async def test_no_interpreter(monkeypatch, program, tmp_path):
    """A missing interpreter, the program's or our own, is the world's failure, and leaves nothing."""
    made = program()
    with pytest.raises(ExecutionError, match="no-python"):
        await LocalRunner(unsandboxed(tmp_path / "no-python")).run(made)
    bare = unsandboxed()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    with pytest.raises(ExecutionError, match="cannot start"):
        await LocalRunner(bare).run(made)

    assert not (made.folder / ".tmp").exists()


async def test_a_supervisor_that_fails(monkeypatch, runner, program):
    """A supervisor that cannot do its work is the world's failure; its last words say why."""
    monkeypatch.setattr("gome.execution.supervisor.LAUNCH", "raise SystemExit('no stdlib')")

    with pytest.raises(ExecutionError, match=r"a supervisor failed: .*no stdlib"):
        await runner.run(program())


async def test_cores_that_are_not_there(runner, program):
    """A device of another machine cannot be run on."""
    with pytest.raises(ExecutionError, match="Invalid argument"):
        await runner.run(program(device=Device(name="cpu:9", cores=(4000,))))


async def test_several_at_once(runner, program, tmp_path):
    """Programs do not disturb each other."""
    got = {}

    async def one(number):
        made = program(f"print({number})", folder=tmp_path / str(number))
        got[number] = (await runner.run(made)).stdout_tail

    async with anyio.create_task_group() as tasks:
        for number in range(4):
            tasks.start_soon(one, number)

    assert got == {number: f"{number}\n" for number in range(4)}


async def test_what_is_not_enforced_is_said(runner, program):
    """Every protection is named with how far it held."""
    got = await runner.run(program(memory_mib=1000))

    states = {layer.name: layer.state for layer in got.sandbox}
    assert states == {
        "sandbox": "off",
        "network": "off",
        "filesystem": "off",
        "privileges": "enforced" if os.getuid() else "off",  # root changes settings of the kernel without powers
        "system-calls": "off",
        "environment": "soft",
        "process-tree": "soft",
        "processes": "soft",
        "memory": "soft",
        "disk": "soft",
        "files": "enforced",
        "output": "enforced",
        "time": "enforced",
    }
    assert all(layer.reason for layer in got.sandbox if layer.state != "enforced")
