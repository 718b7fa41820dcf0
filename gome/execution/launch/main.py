"""Start a program, stay until it ends or must, leave nothing of it."""
# ruff: noqa: PTH116, PTH118 - importing pathlib takes longer than most of this

import contextlib
import json
import os
import resource
import select
import signal
import time
from functools import partial

from .disk import Disk
from .fork import Fork
from .groups import Groups, leave
from .kernel import PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE, Libc
from .look import Look
from .memory import Memory, in_files
from .order import CHUNK, Order
from .start import Child
from .tree import MIB, Tree, children_of, send, wakened

SAMPLE_S = 0.05  # between looks at the tree; more where a look takes over a twentieth of that


class Watch:
    """Stays with a running program until it ends or must."""

    def __init__(self, order: Order, child: Child, tree: Tree, groups: Groups, *, is_fork: bool) -> None:
        self.order, self.child, self.tree, self.groups = order, child, tree, groups
        self.poll, self.logs = select.poll(), {log.source: log for log in child.logs}
        self.disk = Disk(order)
        self.at_memory, self.at_disk = Look(pause=10), Look(pause=10)
        self.peak_mib = 0.0
        given_mib = tree.resident_mib({os.getpid()}) if is_fork else 0.0  # what was imported is nobody's use
        self.memory = Memory((order.memory_mib + given_mib) * MIB) if order.memory_mib is not None else None
        self.runtime = os.pidfd_open(order.runtime) if is_fork else -1  # whose fork may hold our stdin open after it

    def run(self) -> str:
        """Return why the program must end; "" when it did."""
        order, tree, child = self.order, self.tree, self.child
        for fd in {0, tree.wake, self.runtime, child.verdict if child.tells else -1, *self.logs} - {-1}:
            self.poll.register(fd, select.POLLIN)
        ends_at, sample_at, reason = time.monotonic() + order.limit_s, 0.0, ""
        while child.pid not in tree.ended and not child.is_over:
            now = time.monotonic()
            if now >= ends_at:
                if reason:
                    break
                reason, ends_at = "deadline", now + order.grace_s
                send(tree.pids() - self.wardens(), signal.SIGTERM)
            if now >= sample_at:
                if excess := self.excess():
                    return reason or excess
                sample_at = now + max(SAMPLE_S, 20 * (time.monotonic() - now))
            for fd, _ in self.poll.poll(1000 * max(0.0, min(ends_at, sample_at) - now)):
                if self.must_stop(fd):
                    return "stopped"
            if self.runtime < 0 and os.getppid() != order.runtime:
                return "stopped"
            tree.reap()
        return reason

    def must_stop(self, fd: int) -> bool:
        """Take in what is here; whether there is nobody to work for, or somebody says so."""
        if fd in self.logs:
            if not self.logs[fd].read() and self.logs[fd].ended:
                self.poll.unregister(fd)
            return False
        if fd == self.child.verdict:
            if not self.child.listen():
                self.poll.unregister(fd)
            return False
        if fd == self.tree.wake:
            return signal.SIGTERM in wakened(fd)
        return fd == self.runtime or not heard()

    def excess(self) -> str:
        """Return of what the program has more than it may; "" for nothing."""
        order, tree = self.order, self.tree
        pids = tree.pids()
        own = pids - self.wardens()
        mib = tree.resident_mib(own)
        self.peak_mib = max(self.peak_mib, mib)
        if self.groups.starved():
            return "memory"
        if len(own) > order.processes:
            return "processes"
        if self.memory is not None:
            scratch = in_files(pids) if order.tier in ("bubblewrap", "namespaces") else 0.0
            look = partial(self.memory.look, self.holders(pids), mib * MIB, scratch)
            if said := self.at_memory.ask(look, is_due=self.memory.is_due(mib * MIB)):
                return said
        return self.at_disk.ask(partial(self.disk.look, self.holders(pids)))

    def holders(self, pids: set[int]) -> set[int]:
        """All of these that the program is, or may become: what they hold is its own."""
        match self.order.tier:
            case "bubblewrap":  # whose first process within may be taken over, where it can be looked into
                closed = {pid for pid in children_of(self.child.pid) if not os.access(f"/proc/{pid}/fd", os.R_OK)}
                return pids - {self.child.pid} - closed
            case "namespaces":
                return pids - {self.child.pid}
        return pids

    def wardens(self) -> set[int]:
        """Who stands between this process and the program, and ends with it."""
        match self.order.tier:
            case "bubblewrap":
                return {self.child.pid, *children_of(self.child.pid)}
            case "namespaces":
                return {self.child.pid}
        return set()


def heard() -> bytes:
    """What the runtime says: nothing, once it has gone; it has no reason to say anything else."""
    try:
        return os.read(0, CHUNK)
    except ConnectionResetError:
        return b""


def prepare() -> Tree:
    """Make this process a supervisor, before it has a child. Raises OSError."""
    wake, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    libc = Libc()
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    libc.prctl(PR_SET_DUMPABLE, 0)  # unless it is root, the program cannot look into this process
    return Tree(wake)


def supervise(line: bytes, order: Order, child: Child, tree: Tree, *, is_fork: bool) -> dict[str, object]:
    """Run the order to its end, leave nothing of it but what is about to end by itself, and return the report."""
    groups, left = Groups(order), 0
    try:
        os.stat(f"/proc/self/task/{os.getpid()}/children")  # without CONFIG_PROC_CHILDREN no tree can be seen
        for log, name in zip(child.logs, ("stdout.log", "stderr.log"), strict=True):
            log.open(os.path.join(order.folder, name), order.output_bytes)
        watch = Watch(order, child, tree, groups, is_fork=is_fork)
        began = time.monotonic()
        child.begin(public(line, order))
        reason = watch.run()
        wall_s = time.monotonic() - began
    except OSError as error:
        return {"refused": str(error).encode("utf-8", "replace").decode()}
    finally:
        if not child.is_over:
            left = tree.kill()
    status = child.status(tree.ended.get(child.pid, 0))
    if child.is_over:
        cpu_s, most_mib = child.used()
    else:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s, most_mib = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    starved = groups.starved()
    said, complained = (log.close() for log in child.logs)
    if status is None and not reason and complained.startswith("bwrap: "):
        return {"refused": complained.splitlines()[0]}
    return {
        "reason": reason or ("memory" if starved else ""),
        "status": os.waitstatus_to_exitcode(status or 0),  # negative: the signal
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "peak_mib": max(watch.peak_mib, most_mib, order.memory_mib or 0 if starved else 0),
        "stdout_tail": said,
        "stderr_tail": complained,
        "left": left,
    }


def public(line: bytes, order: Order) -> bytes:
    """An order as the process may have it that becomes the program: without what would let it speak in our place."""
    report = json.dumps(order.report).encode()
    return line.replace(order.token.encode(), b"").replace(b'"report": ' + report, b'"report": ""')


def attend(line: bytes, order: Order, child: Child, tree: Tree, fork: Fork | None = None) -> None:
    """Run an order, report, and see all that was for it end. For `fork` see `Child`."""
    report = supervise(line, order, child, tree, is_fork=fork is not None)
    is_stopped = report.get("reason") == "stopped"
    if not is_stopped:  # nobody would listen, and writing could block
        keep(order.report, report)
        tell(f"\n{order.token} {json.dumps(report)}\n".encode())
    if fork is not None:
        fork.carry(b"")  # its work is done, and who waits for that need not wait for its end
        nobody = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nobody, number)
    tree.kill()
    if is_stopped:  # maybe nobody tidies up
        import shutil  # takes 6 ms

        leave(order.groups)
        with contextlib.suppress(RecursionError):
            shutil.rmtree(order.temporary, ignore_errors=True)


def keep(path: str, report: dict[str, object]) -> None:
    """Write the report to a file, whole or not at all: the runtime may be gone before it has heard it."""
    if not path or "refused" in report:
        return
    with contextlib.suppress(OSError):
        with open(f"{path}.part", "x") as file:  # noqa: PTH123 - as above
            json.dump(report, file)
        os.replace(f"{path}.part", path)  # noqa: PTH105 - as above


def tell(words: bytes) -> None:
    """Say something to the runtime, if it is there."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        while words:
            words = words[os.write(1, words) :]


def ordered() -> bytes:
    """Return the order; nothing where there is to be none."""
    line = b""
    while not line.endswith(b"\n"):
        chunk = heard()
        if not chunk:
            return b""
        line += chunk
    return line


def main() -> None:
    """Read the order, run it, report."""
    if line := ordered():
        order, tree = Order(line), prepare()
        attend(line, order, Child(order.tier, None), tree)
