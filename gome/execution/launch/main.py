"""Start a program, stay until it ends or must, leave nothing of it."""
# ruff: noqa: PTH116, PTH118 - importing pathlib takes longer than most of this

import contextlib
import json
import os
import resource
import select
import signal
import time

from .disk import Disk
from .groups import Groups
from .kernel import PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE, Libc
from .log import CHUNK, Log
from .order import Order
from .start import start
from .tree import Tree, children_of, send, wakened

SAMPLE_S = 0.05  # between looks at the tree; more where a look takes over a twentieth of that


class Watch:
    """Stays with a running program until it ends or must."""

    def __init__(self, order: Order, pid: int, logs: list[Log], tree: Tree, groups: Groups, *, is_fork: bool) -> None:
        self.order, self.pid, self.logs, self.tree, self.groups = order, pid, logs, tree, groups
        self.disk = Disk(order)
        self.peak_mib = 0.0
        self.given_mib = tree.resident_mib({os.getpid()}) if is_fork else 0.0  # what was imported is nobody's use
        self.runtime = os.pidfd_open(order.runtime) if is_fork else -1  # whose fork may hold our stdin open after it

    def run(self) -> str:
        """Return why the program must end; "" when it did."""
        order, tree = self.order, self.tree
        poll = select.poll()
        for fd in {0, tree.wake, self.runtime, *(log.source for log in self.logs)} - {-1}:
            poll.register(fd, select.POLLIN)
        by_source = {log.source: log for log in self.logs}
        ends_at, sample_at, reason = time.monotonic() + order.limit_s, 0.0, ""
        while self.pid not in tree.ended:
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
            for fd, _ in poll.poll(1000 * max(0.0, min(ends_at, sample_at) - now)):
                if fd in by_source:
                    if not by_source[fd].read() and by_source[fd].ended:
                        poll.unregister(fd)
                elif self.must_stop(fd):
                    return "stopped"
            if self.runtime < 0 and os.getppid() != order.runtime:
                return "stopped"
            tree.reap()
        return reason

    def must_stop(self, fd: int) -> bool:
        """Whether it means that there is nobody to work for, or that somebody says so, that there is something here."""
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
        scratch_mib = tree.scratch_mib(pids) if order.tier in ("bubblewrap", "namespaces") else 0.0
        if self.groups.starved():
            return "memory"
        if order.memory_mib is not None:
            cap_mib = order.memory_mib + self.given_mib
            if mib + scratch_mib > cap_mib and tree.outweighs(own, cap_mib, scratch_mib):
                return "memory"
        if len(own) > order.processes:
            return "processes"
        return "disk" if self.disk.is_over(tree) else ""

    def wardens(self) -> set[int]:
        """Who stands between this process and the program, and ends with it."""
        match self.order.tier:
            case "bubblewrap":
                return {self.pid, *children_of(self.pid)}
            case "namespaces":
                return {self.pid}
        return set()


def heard() -> bytes:
    """What the runtime says: nothing, once it has gone; it has no reason to say anything else."""
    try:
        return os.read(0, CHUNK)
    except ConnectionResetError:
        return b""


def supervise(order: Order, wake: int, held: set[int] | None) -> dict[str, object]:
    """Run the order to its end, leave nothing of it, and return the report. For `held` see `start`."""
    tree, groups = Tree(wake), Groups(order)
    try:
        os.stat(f"/proc/self/task/{os.getpid()}/children")  # without CONFIG_PROC_CHILDREN no tree can be seen
        libc = Libc()
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
        libc.prctl(PR_SET_DUMPABLE, 0)  # unless it is root, the program cannot look into this process
        logs = [Log(os.path.join(order.folder, name), order.output_bytes) for name in ("stdout.log", "stderr.log")]
        began = time.monotonic()
        program = start(order, logs, held)
        watch = Watch(order, program.pid, logs, tree, groups, is_fork=held is not None)
        reason = watch.run()
        wall_s = time.monotonic() - began
    except OSError as error:
        return {"refused": str(error).encode("utf-8", "replace").decode()}
    finally:
        left = tree.kill()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    starved = groups.starved()
    status = program.status(tree.ended.get(program.pid, 0))
    said, complained = (log.close() for log in logs)
    if status is None and not reason and complained.startswith("bwrap: "):
        return {"refused": complained.splitlines()[0]}
    return {
        "reason": reason or ("memory" if starved else ""),
        "status": os.waitstatus_to_exitcode(status or 0),  # negative: the signal
        "wall_s": wall_s,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mib": max(watch.peak_mib, usage.ru_maxrss / 1024, order.memory_mib or 0 if starved else 0),
        "stdout_tail": said,
        "stderr_tail": complained,
        "left": left,
    }


def main(held: set[int] | None = None) -> None:
    """Read the order, run it, report. For `held` see `start`."""
    line = b""
    while not line.endswith(b"\n"):
        chunk = os.read(0, CHUNK)
        if not chunk:
            return  # cancelled before it began
        line += chunk
    order = Order(line)
    wake, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    report = supervise(order, wake, held)
    if report.get("reason") == "stopped":  # nobody listens, and writing could block; maybe nobody tidies up either
        import shutil  # takes 6 ms

        Groups(order).leave()
        with contextlib.suppress(RecursionError):
            shutil.rmtree(order.temporary, ignore_errors=True)
    else:
        with contextlib.suppress(BrokenPipeError):
            said = f"\n{order.token} {json.dumps(report)}\n".encode()
            while said:
                said = said[os.write(1, said) :]
