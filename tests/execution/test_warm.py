"""Programs forked from a process that has their imports done: nobody can tell from what they see, do and leave."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import anyio
import anyio.lowlevel
import msgspec
import pytest

from gome.execution import Device, Program
from gome.execution.local import LocalRunner
from gome.execution.sandbox.choice import choose

SLOT = Device(name="cpu:0", cores=tuple(sorted(os.sched_getaffinity(0)))[:1])


@pytest.fixture
def anyio_backend():
    """Real processes need real time."""
    return "asyncio"


@pytest.fixture(scope="module")
def opened():
    """A runner with warm workers, for all tests that leave them alone."""
    runner = LocalRunner(choose(), grace_s=0.2, warm=True)
    yield runner
    runner.close()


@pytest.fixture
async def shared(opened):
    """That runner, its worker ready: programs wait for none that is slow to import."""
    await opened.warm.start(SLOT, 7).ready()
    return opened


@pytest.fixture
def own():
    """A runner with warm workers, for a test that does not."""
    runner = LocalRunner(choose(), grace_s=0.2, warm=True)
    yield runner
    runner.close()


@pytest.fixture
def cold():
    return LocalRunner(choose(tiers=["namespaces"]), grace_s=0.2)


@pytest.fixture
def program(tmp_path):
    """Return a function that makes a program of its code."""

    def make(code="", *, name="trial", **options):
        folder, data = tmp_path / name, tmp_path / "data"
        folder.mkdir(exist_ok=True)
        data.mkdir(exist_ok=True)
        if code is not None:
            (folder / "solution.py").write_text(textwrap.dedent(code), encoding="utf-8")
        return Program(folder=folder, input=data, **({"device": SLOT, "limit_s": 120.0, "seed": 7} | options))

    return make


async def both(shared, cold, made):
    """Run a program warm and cold."""
    warm = await shared.run(made)
    assert warm.warm, (shared.warm.refused, warm)
    got = await cold.run(made)
    assert not got.warm
    return warm, got


SURROUNDINGS = """
    import gc, json, locale, os, resource, signal, sys, threading, warnings
    main = sys.modules["__main__"]
    streams = [sys.stdin, sys.stdout, sys.stderr]
    print(json.dumps({
        "environment": {k: v for k, v in sorted(os.environ.items()) if k != "GOME_TRIAL"},
        "mark": os.environ["GOME_TRIAL"].partition(":")[2],
        "argv": [sys.argv, sys.orig_argv, sys.path, sys.executable, os.getcwd()],
        "flags": [str(sys.flags), repr(sys.warnoptions), sys.getrecursionlimit(), sys._xoptions, sys.byteorder],
        "main": {k: repr(v)[:60].partition(" at 0x")[0] for k, v in vars(main).items() if k.startswith("__")},
        "streams": [(s.name, s.mode, s.encoding, s.errors, s.line_buffering, s.isatty(), s.fileno()) for s in streams],
        "through": [sys.stdout.write_through, sys.stdin.read()],
        "descriptors": sorted(os.listdir("/proc/self/fd")),
        "signals": {n: repr(signal.getsignal(n)) for n in signal.valid_signals()},
        "blocked": repr(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "limits": {n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith("RLIMIT_")},
        "cores": [sorted(os.sched_getaffinity(0)), os.cpu_count()],
        "session": [os.getsid(0) == os.getpid(), os.getpgrp() == os.getpid(), os.getppid() == 1],
        "threads": [threading.active_count(), threading.current_thread() is threading.main_thread(), gc.isenabled()],
        "hash": hash("a string"),
        "locale": [locale.setlocale(locale.LC_ALL), locale.getpreferredencoding()],
        "launch": [name for name in sys.modules if "launch" in name],
        "umask": [os.umask(0o022), open("/proc/self/oom_score_adj").read()],
        "status": [line for line in open("/proc/self/status") if line.startswith(("Cap", "NoNew", "Seccomp", "Uid"))],
        "seen": sorted(os.listdir("/")),
        "tracebacks": sys._getframe().f_back is None,
    }))
"""


BY_LIBRARIES = {"KMP_INIT_AT_FORK", "KMP_DUPLICATE_LIB_OK"}  # set when scikit-learn is imported


async def test_surroundings(shared, cold, program):
    """A program that asks about its process gets the same answers, but for the frames below its own."""
    warm, got = await both(shared, cold, program(SURROUNDINGS))

    assert (warm.error, warm.stderr_tail) == ("", "")
    told, expected = json.loads(warm.stdout_tail), json.loads(got.stdout_tail)
    assert 120 <= told["limits"].pop("RLIMIT_CPU")[0] <= expected["limits"].pop("RLIMIT_CPU")[0]  # waiting takes time
    assert {name for name in told["environment"] if name not in expected["environment"]} <= BY_LIBRARIES
    told["environment"] = {name: told["environment"][name] for name in expected["environment"]}
    assert told.pop("tracebacks") is False
    assert expected.pop("tracebacks") is True
    assert told == expected


RESULTS = {
    "numpy": """
        import numpy as np
        rng = np.random.default_rng(0)
        a = rng.normal(size=(300, 300))
        print(repr(np.linalg.svd(a)[1].sum()), repr((a @ a).sum()), np.linalg.eigvals(a)[:2])
    """,
    "scikit-learn": """
        import pandas as pd
        from sklearn.datasets import make_classification
        from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import cross_val_predict
        x, y = make_classification(600, 12, random_state=0)
        for model in (RandomForestClassifier(30, random_state=0, n_jobs=-1), LogisticRegression(),
                      HistGradientBoostingClassifier(max_iter=20)):
            p = cross_val_predict(model, pd.DataFrame(x).rename(columns=str), y, cv=3, method="predict_proba")
            print(repr(p.sum(axis=0)), repr((p[:, 1] * x[:, 0]).sum()))
        print({"a", "b", "c", "dd"})
    """,
    "lightgbm": """
        import lightgbm
        from sklearn.datasets import make_regression
        x, y = make_regression(2000, 20, noise=3, random_state=0)
        model = lightgbm.LGBMRegressor(n_estimators=50, subsample=0.8, subsample_freq=1, random_state=3, verbose=-1)
        print(repr(model.fit(x, y).predict(x).sum()))
        print(model.booster_.model_to_string()[-2000:])
    """,
    "torch": """
        import torch
        from torch.utils.data import DataLoader, TensorDataset
        torch.manual_seed(5)
        x = torch.randn(512, 10); y = (x[:, :1] * x[:, 1:2] > 0).float()
        model = torch.nn.Sequential(torch.nn.Linear(10, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
        optimizer = torch.optim.Adam(model.parameters(), 1e-2)
        for _ in range(3):
            for a, b in DataLoader(TensorDataset(x, y), 64, shuffle=True, num_workers=1):
                optimizer.zero_grad()
                torch.nn.functional.binary_cross_entropy_with_logits(model(a), b).backward()
                optimizer.step()
        print(model(x).double().sum().item(), torch.get_num_threads(), torch.get_num_interop_threads())
    """,
    "processes": """
        import multiprocessing, sys
        from joblib import Parallel, delayed
        def square(number):
            return number * number
        if __name__ == "__main__":
            for method in ("fork", "spawn", "forkserver"):
                with multiprocessing.get_context(method).Pool(2) as pool:
                    print(pool.map(square, range(4)))
            print(Parallel(n_jobs=2)(delayed(square)(n) for n in range(4)))
            import subprocess
            print(subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True).stdout)
    """,
    "threads": """
        import os
        from threadpoolctl import threadpool_info
        import numpy, sklearn.cluster, lightgbm
        found = {(i["user_api"], os.path.basename(i["filepath"]), i["num_threads"]) for i in threadpool_info()}
        print(sorted(found), os.environ["OMP_NUM_THREADS"])
    """,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", RESULTS)
async def test_results(name, shared, cold, program):
    """What a program computes is the same to the last bit."""
    warm, got = await both(shared, cold, program(RESULTS[name]))

    assert (warm.status, warm.error) == ("ok", "")
    assert warm.stdout_tail == got.stdout_tail
    assert len(warm.stdout_tail) > 20


ENDS = {
    "well": "print('hello')",
    "exception": "def f():\n    return {}['k']\nf()",
    "chained": "try:\n 1/0\nexcept ZeroDivisionError:\n {}['k']",
    "syntax": "def f(:\n pass",
    "code": "import sys; sys.exit(3)",
    "large code": "import sys; sys.exit(256 + 4)",
    "last words": "import sys; sys.exit('no data')",
    "exit of a function": "raise SystemExit",
    "interrupted": "raise KeyboardInterrupt",
    "at once": "import os; print('x', flush=True); os._exit(9)",
    "in a thread": "import threading\nt = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()",
    "a thread goes on": "import threading, time\nthreading.Timer(0.1, print, ['late']).start()",
    "a file left open": "f = open('working/left', 'w'); f.write('all of it')",
    "in a cycle": "class A: pass\na = A(); a.a = a; a.f = open('working/left', 'w'); a.f.write('all of it'); del a",
    "at exit": "import atexit; atexit.register(print, 'bye'); atexit.register(lambda: 1 / 0)",
    "own hook": "import sys; sys.excepthook = lambda *e: print('mine', e[0].__name__)\nraise ValueError",
    "from C": "import ctypes; ctypes.CDLL(None).printf(b'in C')",
    "warning": "import warnings; warnings.warn('careful')",
    "group": "raise ExceptionGroup('many', [ValueError(1), TypeError(2)])",
    "not there": None,
}


def plain(outcome):
    """How a program ended, without what differs from run to run."""
    said = re.sub(r"0x[0-9a-f]+", "0x", outcome.stderr_tail)
    return outcome.status, outcome.exit_code, outcome.error, outcome.stdout_tail, said


@pytest.mark.parametrize("name", ENDS)
async def test_ends(name, shared, cold, program):
    """A program ends with the same code and the same words, however it ends, and leaves the same files."""
    made = program(ENDS[name])
    warm = await shared.run(made)
    left = [path.read_text() for path in (made.folder / "working").iterdir()]
    for path in (made.folder / "working").iterdir():
        path.unlink()
    got = await cold.run(made)

    assert warm.warm or warm.status == "killed" or ENDS[name] is None
    assert plain(warm) == plain(got)
    assert left == [path.read_text() for path in (made.folder / "working").iterdir()]


async def test_random_numbers(shared, program):
    """Two forks draw different numbers unless they are seeded the same."""
    code = """
        import random, numpy, torch, uuid, tempfile
        print([random.random(), numpy.random.rand(), torch.rand(1).item(), str(uuid.uuid4()), tempfile.mktemp()])
        print([numpy.random.default_rng().random(), torch.initial_seed()])
        random.seed(1), numpy.random.seed(1), torch.manual_seed(1)
        print([random.random(), numpy.random.rand(), torch.rand(1).item()])
    """
    first, second = [(await shared.run(program(code))).stdout_tail.splitlines() for _ in range(2)]

    for mine, other in zip(first[:2], second[:2], strict=True):
        assert not set(mine.strip("[]").split(", ")) & set(other.strip("[]").split(", "))
    assert first[2] == second[2]


@pytest.mark.parametrize(("idle_s", "other"), [(0.0, True), (600.0, False)], ids=["idle", "asked for"])
def test_the_worker_that_nobody_asks_for_makes_room(idle_s, other, own, monkeypatch):
    """There are only so many at once; a program with another seed gets one where an older one stands idle."""
    monkeypatch.setattr("gome.execution.warm.MOST", 1)
    monkeypatch.setattr("gome.execution.warm.IDLE_S", idle_s)
    first = own.warm.start(SLOT, 7)

    second = own.warm.start(SLOT, 8)

    assert (second is not None) == other
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    assert (str(first.pid) in children) != other


FINDS = """
    import gc, sys
    found, frame = {}, sys._getframe()
    while frame:
        for one in list(frame.f_locals.values()):
            if type(one).__name__ == "Order":
                found |= vars(one)
            elif isinstance(one, bytes) and b'"token"' in one:
                print("raw", b'"token": ""' in one)
        frame = frame.f_back
    for one in gc.get_objects():
        if type(one).__name__ == "Order":
            found |= vars(one)
    print(bool(found), repr(found.get("token")), repr(found.get("report")))
"""


async def test_a_fork_finds_nothing_with_which_it_could_report(shared, program, tmp_path):
    """It can look through all that the worker left in its memory: its order's token is not there."""
    made = program(FINDS, report=tmp_path / "kept" / "report.json")

    got = await shared.run(made)

    assert got.warm
    assert got.stdout_tail.splitlines()[-1] == "True '' ''"
    assert "False" not in got.stdout_tail
    assert made.report.is_file()


async def test_seeds(shared, program):
    """A program with another seed hashes strings as that seed has it."""
    made = program("print(hash('x'))")

    got = {seed: (await shared.run(msgspec.structs.replace(made, seed=seed))).stdout_tail for seed in (7, 8, 7)}

    assert got[7] != got[8]
    assert got[8] == subprocess.run(  # noqa: ASYNC221 - a moment
        [sys.executable, "-c", "print(hash('x'))"], env={"PYTHONHASHSEED": "8"}, capture_output=True, text=True
    ).stdout  # fmt: skip


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import os\nos.environ['OMP_NUM_THREADS'] = '1'", id="sets a variable"),
        pytest.param("import os\nos.environ.setdefault('OMP_NUM_THREADS', '1')", id="sets a default"),
    ],
)
async def test_what_is_not_forked(code, shared, program):
    """What libraries read when they are loaded would come too late."""
    got = await shared.run(program(code))

    assert (got.status, got.warm) == ("ok", False)


async def test_a_lease_on_a_gpu(shared, program):
    """A fork is told of its own GPU; the next one, on a CPU slot, of none."""
    code = "import os\nprint(os.environ['CUDA_VISIBLE_DEVICES'])"

    leased = await shared.run(program(code, device=msgspec.structs.replace(SLOT, gpu="GPU-1")))
    without = await shared.run(program(code))

    assert (leased.stdout_tail, leased.warm) == ("GPU-1\n", True)
    assert (without.stdout_tail, without.warm) == ("\n", True)


async def test_reading_a_variable(shared, program):
    """A program that only reads the environment is forked."""
    code = "import os\nprint(os.environ['GOME_SEED'], os.environ.get('HOME') == '', os.environ['TMPDIR'] == 1)"

    got = await shared.run(program(code))

    assert (got.stdout_tail, got.warm) == ("7 False False\n", True)


async def test_a_signal(shared, program):
    """What a signal ended in a fork is run again without; if a signal ends that too, it was the program's own fault."""
    code = "import os, sys\nos.kill(os.getpid(), 11 if 'numpy' in sys.modules or {always} else 0)\nprint('fine')"

    once, always = [await shared.run(program(code.format(always=always))) for always in (False, True)]

    assert (once.status, once.stdout_tail, once.warm) == ("ok", "fine\n", False)
    assert (always.status, always.error, always.warm) == ("killed", "killed by SIGSEGV", False)


async def test_a_folder_that_is_not_as_it_was(shared, program):
    """What a program puts where the next one's input, folders and output belong is cleared away: its end is its own."""
    code = """
        import os, shutil, signal
        for name in ("input", "working/x", ".home", ".tmp"):
            if os.path.islink(name):
                os.unlink(name)
        os.rmdir("working")
        os.mkdir("input"), os.mkdir("input/x")
        open("working", "w").close()
        for name in ("stdout.log", "stderr.log"):
            os.unlink(name)
            os.mkdir(name), os.mkdir(name + "/x")
        os.kill(os.getpid(), signal.SIGSEGV)
    """
    for _ in range(2):
        got = await shared.run(program(code))
        assert (got.status, got.error, got.warm) == ("killed", "killed by SIGSEGV", False)


async def test_torch(own, program):
    """Nobody waits for torch: until a worker has it, forks of the other import it; then it is there."""
    made = program("import sys\nbefore = 'torch' in sys.modules\nimport torch\nprint(before)")
    await own.run(program("print(1)", name="first"))

    got = [await own.run(made)]
    await own.warm.start(SLOT, 7, torch=True).ready()
    got.append(await own.run(made))

    assert [(one.stdout_tail, one.warm) for one in got] == [("False\n", True), ("True\n", True)]


async def test_pyarrow(shared, program):
    """Where pandas brings pyarrow, whose allocator starts a thread, programs are forked as well."""
    pytest.importorskip("pyarrow")
    code = "import sys, pandas, pyarrow as pa\nprint(pa.jemalloc_memory_pool().backend_name, 'pyarrow' in sys.modules)"

    got = await shared.run(program(code))

    assert (got.status, got.stdout_tail, got.warm) == ("ok", "jemalloc True\n", True)


async def test_memory(shared, program):
    """What was imported is not held against a program: it may have its cap, and no more."""
    await shared.warm.start(SLOT, 7, torch=True).ready()
    code = "import torch, time\nx = bytearray({mib} << 20)\ntime.sleep(0.3)\nprint(len(x))"

    little = await shared.run(program(code.format(mib=60), memory_mib=100))
    much = await shared.run(program(code.format(mib=600), memory_mib=100))

    assert (little.status, little.error, little.warm) == ("ok", "", True)
    assert (much.error, much.warm) == ("memory cap of 100 MiB", True)
    assert 60 < little.peak_mib < 1000


async def text_of(path):
    """Wait for a program to have written a whole line."""
    with anyio.fail_after(30):
        while not (path.exists() and path.read_text().endswith("\n")):
            await anyio.lowlevel.checkpoint()
    return path.read_text()


def zygotes(runner):
    """The numbers of a runner's zygotes."""
    return [zygote.pid for zygote in runner.warm._zygotes.values()]


async def kill(pid):
    """Kill a process; with it go the forks of it that nobody has asked for yet."""
    os.kill(pid, signal.SIGKILL)
    while is_alive(pid):
        await anyio.lowlevel.checkpoint()


async def test_a_zygote_that_dies(own, program):
    """A trial in flight goes on, the next one runs without, then there is a new worker; at last there is none."""
    wait = "import os, time\nopen('up', 'w').write('up\\n')\nwhile not os.path.exists('go'): time.sleep(0.01)\n"
    await own.run(program())
    outcomes = []

    async def run(made):
        outcomes.append(await own.run(made))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, program(wait + "print('done')", name="flight"))
        made = program("print('next')")
        await text_of(made.folder.parent / "flight" / "up")
        (pid,) = zygotes(own)
        await kill(pid)
        follow = [await own.run(made) for _ in range(2)]
        (made.folder.parent / "flight" / "go").touch()
    for _ in range(2):
        await kill(zygotes(own)[0])
        follow += [await own.run(made) for _ in range(2)]

    assert [(one.stdout_tail, one.warm) for one in outcomes] == [("done\n", True)]
    assert {one.stdout_tail for one in follow} == {"next\n"}
    assert [one.warm for one in follow] == [False, True, False, True, False, False]
    assert own.warm.refused


async def test_a_zygote_that_dies_while_several_wait_for_it(own, program):
    """All who wait run without; nobody takes another's loss for a bug."""
    outcomes = []

    async def run(name):
        outcomes.append(await own.run(program("print('there')", name=name)))

    async with anyio.create_task_group() as tasks:
        for name in ("a", "b", "c"):
            tasks.start_soon(run, name)
        await anyio.wait_all_tasks_blocked()
        (pid,) = zygotes(own)
        await kill(pid)

    assert [(one.status, one.stdout_tail, one.warm) for one in outcomes] == [("ok", "there\n", False)] * 3


async def test_cancelled_while_it_imports(own, program):
    """Who waits for a worker may be cancelled; the worker is there for the next."""
    with anyio.move_on_after(0.05) as scope:
        await own.run(program("print(1)"))
    assert scope.cancelled_caught

    assert (await own.run(program("print(1)"))).warm


async def test_no_time_to_wait(own, program):
    """A program with little time does not spend it on waiting for a worker."""
    got = await own.run(program("print(1)", limit_s=4.0))

    assert (got.status, got.stdout_tail) == ("ok", "1\n")


async def test_an_interpreter_without_libraries(tmp_path, program):
    """Where nothing can be imported a worker still forks; where it cannot be started, nothing is lost."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *zygote*) exit 3;; esac\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    runner = LocalRunner(choose(python, tiers=["limits"], allow_unsandboxed=True), warm=True)

    got = [await runner.run(program("print(1)")) for _ in range(4)]
    runner.close()

    assert {(one.status, one.stdout_tail, one.warm) for one in got} == {("ok", "1\n", False)}
    assert "ended" in runner.warm.refused


async def test_many_at_once(shared, program):
    """Forks side by side keep apart."""
    outcomes = {}

    async def run(name):
        outcomes[name] = await shared.run(program(f"import numpy\nprint({name!r})", name=name))

    async with anyio.create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(run, f"t{number}")

    assert all(outcomes[name].stdout_tail == f"{name}\n" and outcomes[name].warm for name in outcomes)


RUNTIME = """
    import sys, anyio
    from pathlib import Path
    from gome.execution import Device, Program
    from gome.execution.local import LocalRunner
    from gome.execution.sandbox.choice import choose
    runner = LocalRunner(choose(), warm=True)
    folder = Path(sys.argv[1])
    program = Program(folder=folder, input=folder / "data", device=Device(name="cpu:0", cores=()), limit_s=600)
    async def main():
        zygote = await runner.warm.zygote(program)
        (folder / "zygote").write_text(f"{zygote.pid}\\n")
        await runner.run(program)
    anyio.run(main)
"""


def is_alive(pid):
    """Whether a process runs: a zombie does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def test_the_runtime_is_killed(tmp_path):
    """`kill -9` of the runtime ends its zygote, and what was forked from it."""
    (tmp_path / "data").mkdir()
    (tmp_path / "solution.py").write_text("import time\nopen('up', 'w').write('up\\n')\ntime.sleep(600)")
    with subprocess.Popen(  # noqa: ASYNC220 - not ours to wait for
        [sys.executable, "-c", textwrap.dedent(RUNTIME), str(tmp_path)], start_new_session=True
    ) as runtime:
        zygote = int(await text_of(tmp_path / "zygote"))
        await text_of(tmp_path / "up")
        carriers = [path for path in Path("/proc").glob("[0-9]*") if os.fsencode(tmp_path) in cmdline(path)]
        forks = [int(path.name) for path in carriers if int(path.name) != runtime.pid]
        assert len(forks) >= 2
        runtime.kill()
        with anyio.fail_after(10):
            while any(map(is_alive, [zygote, *forks])):
                await anyio.lowlevel.checkpoint()


IMPORTING = """
    import sys, time
    from pathlib import Path
    from gome.execution.zygote import Zygote
    folder = sys.argv[1]
    zygote = Zygote(Path(sys.executable), ["slow"], {"PYTHONPATH": folder}, ())
    Path(folder, "zygote").write_text(f"{zygote.pid}\\n")
    time.sleep(600)
"""


async def test_the_runtime_is_killed_while_its_zygote_imports(tmp_path):
    """A zygote that is still importing does not outlive its runtime either."""
    (tmp_path / "slow.py").write_text(
        f"import time\nopen({str(tmp_path / 'up')!r}, 'w').write('up\\n')\ntime.sleep(600)"
    )
    with subprocess.Popen(  # noqa: ASYNC220 - not ours to wait for
        [sys.executable, "-c", textwrap.dedent(IMPORTING), str(tmp_path)], start_new_session=True
    ) as runtime:
        zygote = int(await text_of(tmp_path / "zygote"))
        await text_of(tmp_path / "up")
        runtime.kill()
        with anyio.fail_after(10):
            while is_alive(zygote):
                await anyio.lowlevel.checkpoint()


def cmdline(process):
    """What a process shows of its arguments."""
    with contextlib.suppress(OSError):
        return (process / "cmdline").read_bytes()
    return b""


async def test_nothing_is_left(program, tmp_path):
    """Once a runner is closed, no fork of its worker is there, and no control group that one had."""
    runner = LocalRunner(choose(), grace_s=0.2, warm=True)
    outcomes = [await runner.run(program("print(1)")) for _ in range(2)]
    (zygote,) = runner.warm._zygotes.values()
    with anyio.fail_after(10):
        while not (forks := children(zygote.pid)):  # one stands ready, or is about to
            await anyio.lowlevel.checkpoint()

    runner.close()

    assert [one.warm for one in outcomes] == [True, True]
    with anyio.fail_after(1):
        while any(map(is_alive, forks)):
            await anyio.lowlevel.checkpoint()
    assert [path for name in zygote._groups for path in Path(name).parent.glob(f"{Path(name).name}*")] == []


def children(pid):
    """The children of a process."""
    return [int(number) for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
