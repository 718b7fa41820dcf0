"""Programs that misuse what they were born with: their output, and descriptors that others may have left open."""

import os
import textwrap
from pathlib import Path

import pytest

TIERS = ("bubblewrap", "namespaces", "namespaces-warm", "landlock", "landlock-warm")


@pytest.fixture(params=[(tier, "user") for tier in TIERS], ids="-".join)
def world(request, sandbox_runtimes, world_of):
    """A world around each tier, of an ordinary user: as root there is nothing else to inherit."""
    made = world_of(sandbox_runtimes(*request.param))
    yield made
    assert made.left() == []


INHERITED = """
import array, os, socket, stat
def attempt(act, *values):
    try:
        return act(*values)
    except (OSError, ValueError):
        return None
verdict = b'0 0 0\\n{"status": 0, "wall_s": 0}\\n'
for fd in sorted(int(name) for name in os.listdir("/proc/self/fd")):
    found = attempt(os.fstat, fd)
    if found is None or fd < 3:  # the first is the listing's own, closed by now
        continue
    kind = attempt(os.readlink, f"/proc/self/fd/{fd}")
    if stat.S_ISSOCK(found.st_mode):
        print("planted: a socket", fd)
        with socket.socket(fileno=os.dup(fd)) as end:
            attempt(end.sendmsg, [verdict], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))])
    elif stat.S_ISFIFO(found.st_mode):
        print("planted: a pipe", fd)
    elif stat.S_ISDIR(found.st_mode) and attempt(os.listdir, fd) is not None:
        print("planted: a folder", fd, kind)
    elif stat.S_ISREG(found.st_mode) and attempt(os.write, fd, verdict):
        print("planted: a file to write", fd, kind)
    attempt(os.write, fd, verdict)
    attempt(os.ftruncate, fd, 0)
    attempt(os.lseek, fd, 0, 0)
    attempt(os.close, fd)
mine = {os.fstat(fd).st_ino for fd in (0, 1, 2)}
for pid in [name for name in os.listdir("/proc") if name.isdecimal()]:
    for name in attempt(os.listdir, f"/proc/{pid}/fd") or () if int(pid) != os.getpid() else ():
        fd = attempt(os.open, f"/proc/{pid}/fd/{name}", os.O_RDWR | os.O_NONBLOCK)
        if fd is not None and os.fstat(fd).st_ino not in mine:
            print("planted: of another", pid, name, attempt(os.readlink, f"/proc/{pid}/fd/{name}"))
            attempt(os.write, fd, verdict)
print("tried")
raise SystemExit(3)
"""


def test_inherited_descriptors(world):
    """Neither the supervisor's line, nor the journal, nor the warm worker's control is among what a program has."""
    got = world.run(INHERITED)

    assert "planted" not in got.stdout_tail
    assert "tried" in got.stdout_tail
    assert (got.status, got.exit_code) == ("failed", 3)  # as it was, whatever the program wrote wherever
    assert got.warm == bool(world.runtime.warm)
    after = world.run("print('next')")
    assert (after.stdout_tail, after.warm) == ("next\n", bool(world.runtime.warm))


@pytest.mark.slow
def test_ten_gigabytes_of_output(world):
    """They are read and dropped as fast as they come: 1 MiB is kept, and the next program runs."""
    if not world.runtime.warm:
        pytest.skip("300 MB do in the others: see test_hostile")
    got = world.run(
        """
        import os
        piece = b"x" * (1 << 20)
        for _ in range(10_000):
            os.write(1, piece)
        os.write(2, b"done")
        """,
        limit_s=300.0,
    )

    assert (got.status, got.stderr_tail, got.warm) == ("ok", "done", True)
    assert (world.folder / "stdout.log").stat().st_size < (1 << 20) + 10_000
    assert world.run("print('next')").stdout_tail == "next\n"


SOFTER = """
import os, socket
def attempt(act, *values):
    try:
        act(*values)
        return True
    except OSError:
        return False
with socket.socket(socket.AF_UNIX) as end:
    print("socket", attempt(end.connect, WORLD + "/socket"))
print("shm", attempt(lambda: open("/dev/shm/" + SHARED, "x").close()))
print("processes", os.path.isdir(f"/proc/{RUNTIME}"))
print("signal", attempt(os.kill, RUNTIME, 0))
print("arguments", attempt(lambda: open(f"/proc/{RUNTIME}/cmdline", "rb").read()))
"""


@pytest.mark.parametrize("user", ["root", "user"])
def test_what_the_partial_tier_leaves_open_is_what_it_says(sandbox_runtimes, world_of, user):
    """Sockets that have a path, /dev/shm and what processes were started with; each is said, and no more is open."""
    world = world_of(sandbox_runtimes("landlock", user))
    shared = Path("/dev/shm") / f"gome-test-{os.getpid()}"
    try:
        got = world.run(f"SHARED = {shared.name!r}\n" + textwrap.dedent(SOFTER))
        stays = shared.exists()
    finally:
        shared.unlink(missing_ok=True)

    said = {layer.name: layer for layer in world.runtime.layers}
    open_to_it = dict(line.split() for line in got.stdout_tail.splitlines())
    told = said["filesystem"].reason
    assert {name for name, reached in open_to_it.items() if reached == "True"} == {
        "socket",
        "shm",
        "processes",
        "arguments",
    }
    assert stays
    for what in ("sockets that have a path", "/dev/shm, where files stay", "other processes' arguments"):
        assert what in told
    assert (said["filesystem"].state, said["process-tree"].state) == ("soft", "soft")
    assert {said[name].state for name in ("network", "privileges", "system-calls", "environment")} == {"enforced"}
    assert world.left() == []


ATTRIBUTES = """
import os, shutil
def attempt(act, *values):
    try:
        act(*values)
    except OSError:
        pass
for path in (os.path.realpath("input"), WORLD):
    attempt(os.chmod, path, 0o777)
    attempt(os.utime, path, (1, 1))
    attempt(os.setxattr, path, "user.planted", b"x")
there = os.open("input", os.O_RDONLY)
attempt(os.fchmod, there, 0o777)
attempt(os.utime, there, (1, 1))
attempt(os.setxattr, there, "user.planted", b"x")
shutil.copy2("solution.py", "copy.py")
print("copied")
"""


@pytest.mark.parametrize("user", ["root", "user"])
def test_the_partial_tier_leaves_attributes_alone(sandbox_runtimes, world_of, user):
    """Mode, times and extended attributes of what a program may not write stay, though Landlock does not guard them."""
    world = world_of(sandbox_runtimes("landlock", user))
    places = (world.path, world.input)
    before = [(place.stat().st_mode, place.stat().st_mtime_ns, os.listxattr(place)) for place in places]

    got = world.run(textwrap.dedent(ATTRIBUTES))

    assert got.stdout_tail == "copied\n"
    after = [(place.stat().st_mode, place.stat().st_mtime_ns, os.listxattr(place)) for place in places]
    assert after == before
