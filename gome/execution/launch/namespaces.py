"""A world of its own for the program: users, processes, network, and only the files it is to see."""
# ruff: noqa: PTH102, PTH103, PTH120, PTH123, PTH211 - importing pathlib takes longer than most of this

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import stat
import struct

from .confine import DEVICES, bind_life
from .fork import Fork
from .kernel import PR_SET_DUMPABLE, Libc
from .order import OF_PROC, Order, hear, say

NEW = 0x10000000 | 0x00020000 | 0x20000000 | 0x40000000 | 0x08000000 | 0x04000000 | 0x02000000
# linux/sched.h: user, mount, process, network, IPC, host name and cgroup namespaces
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_SLAVE = 1, 2, 4, 8, 0x4000, 1 << 19  # linux/mount.h
RDONLY, NOSUID, NODEV = 1, 2, 4  # of mount_setattr
OPEN_TREE, MOVE_MOUNT, PIVOT_ROOT, MOUNT_SETATTR = 428, 429, {"x86_64": 155, "aarch64": 41}, 442  # unistd.h
AT_FDCWD, AT_EMPTY_PATH, AT_RECURSIVE, OPEN_TREE_CLONE = -100 & (2**64 - 1), 0x1000, 0x8000, 1
MOVE_MOUNT_F_EMPTY_PATH, MNT_DETACH = 4, 2
AF_INET, SOCK_STREAM, SIOCSIFFLAGS, IFF_UP = 2, 1, 0x8914, 1
ROOT = "/tmp"  # noqa: S108 - a folder that exists everywhere, to hang the new root on


def enter(libc: Libc, hears: int, verdict: int, user: tuple[int, int], fork: Fork | None) -> int:
    """As the first process of new namespaces hear the order, and make a world of them; return as the second process.

    That one is to become the program, and hears the order when its world is there, from the descriptor that is
    returned. The first stays, ends the world with the program, and writes how that ended to `verdict`. Raises OSError.

    Args:
        libc: for system calls.
        hears: descriptor.
        verdict: descriptor.
        user: uid and gid, as they were outside.
        fork: what it has of a worker, if it is one of its forks.
    """
    for name, words in (("setgroups", "deny"), ("uid_map", "{0} {0} 1"), ("gid_map", "{1} {1} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(words.format(*user))
    libc.prctl(PR_SET_DUMPABLE, 0)  # who stays is a copy of the supervisor: nobody looks into it
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    _loopback(libc)
    heard, says = os.pipe()
    if program := os.fork():
        os.close(heard)
        if line := hear(hears):
            order = Order(line)
            if fork is not None:
                fork.carry(os.fsencode(order.mark))
            _mount(order, libc)
            say(says, line)
            _wait(program, verdict, fork)
        os._exit(0)
    os.close(says)
    os.close(hears)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    bind_life(libc, 0)
    return heard


def _wait(program: int, verdict: int, fork: Fork | None) -> None:
    """Stay until the program has ended, end whom it left behind, and say how it ended when nobody else is left."""
    os.closerange(0, verdict)  # the streams end with whoever writes to them
    os.closerange(verdict + 1, 1 << 16)
    status, pid = 0, 0
    while pid != program:
        pid, status = os.wait()
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)  # all at once: none of them gets to fork
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    if fork is not None:
        fork.carry(b"")  # what remains is to end
    os.write(verdict, b"%d %f %d\n" % (status, used.ru_utime + used.ru_stime, used.ru_maxrss))


def _loopback(libc: Libc) -> None:
    end = libc.call("socket", AF_INET, SOCK_STREAM, 0)  # importing socket takes longer than all of this
    fcntl.ioctl(end, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", IFF_UP))
    os.close(end)


def _mount(order: Order, libc: Libc) -> None:
    """Replace the file system by a new one that holds the order's places, and little else."""
    libc.call("mount", None, b"/", None, MS_REC | MS_SLAVE, None)
    places = [(_clone(libc, source, 0 if writable else RDONLY), path) for source, path, writable in order.places]
    named = (*(f"/dev/{name}" for name in DEVICES), *order.nodes)
    nodes = [(_clone(libc, node, 0, dev=True), node) for node in named]
    scratch = b"mode=1777,size=%d" % order.scratch_bytes
    _tmpfs(libc, ROOT, b"mode=755,size=1m")
    os.chdir(ROOT)
    for name in ("proc", "tmp", "dev"):
        os.mkdir(name)
    libc.call("mount", b"proc", b"proc", b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
    for name in OF_PROC:
        with contextlib.suppress(FileNotFoundError):
            _attach(libc, _clone(libc, f"proc/{name}", RDONLY), f"proc/{name}")
    _tmpfs(libc, "dev", b"mode=755,size=64k")
    os.mkdir("dev/shm")
    for name in ("tmp", "dev/shm"):
        _tmpfs(libc, name, scratch)
    os.symlink("/proc/self/fd", "dev/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"dev/{name}")
    for tree, path in nodes + places:
        _attach(libc, tree, f".{path}")
    for name in (".", "dev"):
        _set(libc, AT_FDCWD, name.encode(), RDONLY, 0)
    libc.system("pivot_root", PIVOT_ROOT[os.uname().machine], b".", b".")
    libc.call("umount2", b".", MNT_DETACH)
    os.chdir(order.folder)


def _tmpfs(libc: Libc, path: str, options: bytes) -> None:
    libc.call("mount", b"tmpfs", path.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, options)


def _clone(libc: Libc, path: str, flags: int, *, dev: bool = False) -> int:
    """Return a copy of the mounts at and below a path, as a descriptor."""
    how = OPEN_TREE_CLONE | AT_RECURSIVE | os.O_CLOEXEC
    try:
        tree = libc.system("open_tree", OPEN_TREE, AT_FDCWD, os.fsencode(path), how)
        _set(libc, tree, b"", flags | NOSUID | NODEV * (not dev), AT_EMPTY_PATH | AT_RECURSIVE)
    except OSError as error:
        raise type(error)(error.errno, f"{path}: {error.strerror}") from None
    return tree


def _set(libc: Libc, tree: int, path: bytes, flags: int, how: int) -> None:
    attributes = (ctypes.c_uint64 * 4)(flags, 0, 0, 0)
    libc.system("mount_setattr", MOUNT_SETATTR, tree, path, how, attributes, ctypes.sizeof(attributes))


def _attach(libc: Libc, tree: int, path: str) -> None:
    """Put a copy of mounts at a path of the new world, which is made where it is not there yet."""
    if stat.S_ISDIR(os.fstat(tree).st_mode):
        os.makedirs(path, exist_ok=True)
    elif not os.path.lexists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))
    try:
        target = os.fsencode(path)
        libc.system("move_mount", MOVE_MOUNT, tree, b"", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH)
    except OSError as error:
        raise OSError(error.errno, f"{path}: {error.strerror}") from None
    os.close(tree)
