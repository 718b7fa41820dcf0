"""What every honest program may do, in each tier; and that nothing is left when its runtime ends."""

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest
from sandbox_world import SandboxRuntime

from gome.execution.leftovers import end_leftovers

TIERS = [("bubblewrap", "root"), ("bubblewrap", "user"), ("namespaces", "root"), ("namespaces", "user")]


@pytest.fixture(params=[*TIERS, ("namespaces-warm", "user"), ("landlock", "user"), ("limits", "user")], ids="-".join)
def world(request, sandbox_runtimes, world_of):
    """A world around each tier."""
    return world_of(sandbox_runtimes(*request.param))


def test_files_and_processes(world):
    """Programs read their input, write their folder, and share semaphores, sockets and memory with their children."""
    (world.path / "task" / "images").mkdir()
    (world.path / "task" / "images" / "1.txt").write_text("picture")
    (world.input / "images").symlink_to(world.path / "task" / "images")
    got = world.run("""
        import getpass, multiprocessing, os, pathlib, socket, subprocess, sys, tempfile, threading
        from multiprocessing import shared_memory
        def work(number):
            return number * number
        if __name__ == "__main__":
            assert open("input/train.csv").read() == "id,y\\n1,0\\n"
            assert open("input/images/1.txt").read() == "picture"
            pathlib.Path("working/submission.csv").write_text("id,y\\n")
            pathlib.Path(pathlib.Path.home(), "cache").write_text("x")
            tempfile.NamedTemporaryFile().write(b"x")
            for method in ("fork", "spawn", "forkserver"):
                with multiprocessing.get_context(method).Pool(2) as pool:
                    assert pool.map(work, range(4)) == [0, 1, 4, 9]
            block = shared_memory.SharedMemory(create=True, size=1 << 20)
            block.close(), block.unlink()
            with multiprocessing.Manager() as manager:
                assert manager.list([1])[0] == 1
            assert subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True).stdout == b"1\\n"
            thread = threading.Thread(target=work, args=(1,)); thread.start(); thread.join()
            assert os.path.exists(f"/proc/{os.getpid()}/status") and os.cpu_count()
            print("done")
    """)  # fmt: skip

    assert (got.error, got.stdout_tail) == ("", "done\n")
    assert (world.folder / "working" / "submission.csv").exists()


def test_files_larger_than_the_memory_cap(world):
    """What is mapped of a file that has a name is no memory of the program's: the kernel takes it back."""
    if world.runtime.tier == "limits":
        pytest.skip("nothing is capped")
    with (world.input / "large.bin").open("wb") as file:
        for _ in range(8):
            file.write(bytes(32 << 20))
    got = world.run(
        """
        import mmap
        with open("input/large.bin", "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as held:
            print(sum(held[at] for at in range(0, len(held), 4096)), len(held) >> 20)
        """,
        memory_mib=128,
    )

    assert (got.error, got.stdout_tail) == ("", "0 256\n")


def test_a_file_without_a_name(world):
    """A temporary file that is mapped counts as what it is, whatever others write on the same disk."""
    code = """
        import mmap, os, tempfile, time
        with tempfile.TemporaryFile(dir=".") as file:
            file.truncate(8 << 20)
            held = mmap.mmap(file.fileno(), 0)
            held[:] = bytes(8 << 20)
            open("up", "w").close()
            while not os.path.exists("input/others"):
                time.sleep(0.01)
            time.sleep(1)
    """
    world.runtime.ask(**world.prepare(code, caps={"disk_mib": 64}))
    while not (world.folder / "up").exists():
        time.sleep(0.01)
    (world.path / "large").write_bytes(bytes(96 << 20))
    (world.input / "others").touch()

    assert world.runtime.answer().error == ""


def test_loopback(world):
    """In a world of its own a program may talk to itself over the network, as distributed training does."""
    if world.runtime.tier in ("landlock", "limits"):
        pytest.skip("this tier has no network of its own")
    got = world.run("""
        import socket
        with socket.create_server(("127.0.0.1", 0)) as server:
            with socket.create_connection(server.getsockname()) as end:
                server.accept()[0].send(b"hello")
                print(end.recv(10).decode())
    """)  # fmt: skip

    assert got.stdout_tail == "hello\n"


NODES = ("/dev/autofs", "/dev/kmsg", "/dev/rfkill")  # devices that every user may open


@pytest.mark.parametrize("leased", [True, False], ids=["leased", "not leased"])
def test_device_files(world, leased):
    """The device files of its lease are a program's, and no others; with them it may do what drivers do to begin."""
    if world.runtime.tier == "limits":
        pytest.skip("this tier has no walls")
    node = next((name for name in NODES if os.access(name, os.R_OK) and Path(name).stat().st_mode & 0o004), None)
    if node is None:
        pytest.skip(f"none of {', '.join(NODES)} is here")
    nodes = (node,) if leased else ()
    got = world.run(f"""
        import errno, os, pathlib, threading
        def name():
            pathlib.Path(f"/proc/self/task/{{threading.get_native_id()}}/comm").write_text("cuda")
        try:
            os.close(os.open("{node}", os.O_RDONLY))
            print("reached")
        except OSError as error:
            print("kept out" if error.errno in (errno.ENOENT, errno.EACCES) else "reached")
        if {leased}:
            failed = []
            threading.excepthook = lambda told: failed.append(told.exc_value)
            for _ in range(3):
                thread = threading.Thread(target=name); thread.start(); thread.join()
            name()
            print(failed, len(os.listdir("/sys/devices")) > 1)
    """, nodes=nodes)  # fmt: skip

    assert got.error == ""
    assert got.stdout_tail.splitlines() == (["reached", "[] True"] if leased else ["kept out"])


@pytest.mark.slow
@pytest.mark.parametrize("tier", ["bubblewrap", "namespaces", "landlock"])
def test_libraries(tier, sandbox_runtimes, world_of):
    """torch with workers, LightGBM with OpenMP and joblib's processes run as they do without walls."""
    world = world_of(sandbox_runtimes(tier, "user"))
    got = world.run("""
        import lightgbm, numpy, torch
        from joblib import Parallel, delayed
        from torch.utils.data import DataLoader, TensorDataset
        def square(number):
            return number * number
        if __name__ == "__main__":
            x = numpy.random.default_rng(0).normal(size=(2000, 5)); y = x[:, 0] > 0
            lightgbm.LGBMClassifier(n_estimators=5, verbose=-1, n_jobs=2).fit(x, y)
            assert sum(Parallel(n_jobs=2)(delayed(square)(n) for n in range(4))) == 14
            big = Parallel(n_jobs=2, max_nbytes=1000)(delayed(numpy.sum)(x) for _ in range(2))
            data = TensorDataset(torch.tensor(x, dtype=torch.float32))
            rows = sum(len(batch[0]) for batch in DataLoader(data, batch_size=500, num_workers=2))
            model = torch.nn.Linear(5, 1)
            model(data.tensors[0]).sum().backward()
            torch.save(model, "working/model.pt")
            print(rows)
    """, limit_s=60.0)  # fmt: skip

    assert (got.error, got.stdout_tail) == ("", "2000\n")


STAY = """
    import os, signal, time
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
    open(f"up-{os.getpid()}", "w").close()
    time.sleep(600)
"""


def waits(condition):
    """Wait for something that is about to be so."""
    ends = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.005)


def lives(pid):
    """Whether there is such a process, and not its remains only."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    return False


def children(pid):
    """The children of a process."""
    with contextlib.suppress(OSError), Path(f"/proc/{pid}/task/{pid}/children").open() as file:
        return [int(child) for child in file.read().split()]
    return []


WARM = [("namespaces-warm", "root"), ("namespaces-warm", "user"), ("landlock-warm", "user")]


def supervisors(runtime):
    """The processes that watch over its programs."""
    own = children(runtime.process.pid)
    return [fork for zygote in own for fork in children(zygote)] if runtime.warm else own


@pytest.mark.parametrize("victim", ["runtime", "supervisor"])
@pytest.mark.parametrize(("tier", "user"), [*TIERS, *WARM], ids=map("-".join, [*TIERS, *WARM]))
def test_kill_9(tier, user, victim, sandbox_runtimes, world_of):
    """Whether the runtime or a trial's supervisor is killed with -9, nothing of the trial lives on."""
    sandbox_runtimes(tier, user)  # skips where the tier is not to be had
    runtime = SandboxRuntime(tier, user)
    world = world_of(runtime)
    try:
        runtime.ask(**world.prepare(STAY, limit_s=60.0))
        waits(lambda: len(list(world.folder.glob("up-*"))) == 2)
        assert world.left()
        if victim == "runtime":
            runtime.process.kill()
        else:
            for pid in supervisors(runtime):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            assert runtime.answer().error == "its supervisor was killed"
        waits(lambda: not world.left())
    finally:
        runtime.process.kill()
        with contextlib.suppress(BrokenPipeError):
            runtime.close()


OTHERS = [*WARM, ("limits", "user")]


@pytest.mark.parametrize(("tier", "user"), [*TIERS, *OTHERS], ids=map("-".join, [*TIERS, *OTHERS]))
def test_leftovers(tier, user, sandbox_runtimes, world_of):
    """What outlives its runtime, since its supervisor was stopped, is found by the run's folder and ended."""
    sandbox_runtimes(tier, user)  # skips where the tier is not to be had
    runtime = SandboxRuntime(tier, user)
    world = world_of(runtime)
    try:
        runtime.ask(**world.prepare(STAY, limit_s=60.0))
        waits(lambda: len(list(world.folder.glob("up-*"))) == 2)
        stopped = supervisors(runtime)
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        runtime.process.kill()
        runtime.process.wait()
        assert world.left()
        assert end_leftovers(world.path / "another run") == 0

        assert end_leftovers(world.path / "run") >= 2

        assert not world.left()
        waits(lambda: not any(map(lives, stopped)))  # a fork that stood ready carries no mark: it goes with its parent
        assert end_leftovers(world.path / "run") == 0
    finally:
        with contextlib.suppress(BrokenPipeError):
            runtime.close()
