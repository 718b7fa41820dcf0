"""Start a program, stay until it ends or must, leave nothing of it."""
# ruff: noqa: PTH116, PTH118 - importing pathlib takes longer than most of this

import contextlib
import json
import os
import resource
import select
import signal
import sys
import time

from .confine import PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE, confine, prctl
from .log import CHUNK, Log
from .order import Order
from .tree import Tree, send, wakened

SAMPLE_S = 0.05  # between looks at the tree's memory; more where a look takes over a twentieth of that


def start(order: Order, logs: list[Log]) -> int:
    """Start the program in its own session; return its pid. Raises OSError when it does not start."""
    said, says = os.pipe()  # closed by a successful exec
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        try:
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            for target, log in enumerate(logs, start=1):
                os.dup2(log.sink, target)
            os.chdir(order.folder)
            confine(order, parent)
            os.execv(order.argv[0], order.argv)  # noqa: S606 - a list, and no shell
        except BaseException as error:  # noqa: BLE001 - between fork and exec nobody else can hear of it
            os.write(says, str(error).encode("utf-8", "replace"))
        finally:
            os._exit(127)
    for fd in (says, *(log.sink for log in logs)):
        os.close(fd)
    if refusal := os.read(said, CHUNK):
        raise OSError(refusal.decode())
    return pid


def watch(order: Order, pid: int, logs: list[Log], tree: Tree) -> tuple[str, float]:
    """Stay until the program ends or must; return why it must ("" when it did) and the largest size seen."""
    poll = select.poll()
    for fd in (0, tree.wake, *(log.source for log in logs)):
        poll.register(fd, select.POLLIN)
    by_source = {log.source: log for log in logs}
    ends_at, sample_at, peak_mib, reason = time.monotonic() + order.limit_s, 0.0, 0.0, ""
    while pid not in tree.ended:
        now = time.monotonic()
        if now >= ends_at:
            if reason:
                break
            reason, ends_at = "deadline", now + order.grace_s
            send(tree.pids(), signal.SIGTERM)
        if now >= sample_at:
            mib = tree.resident_mib()
            peak_mib = max(peak_mib, mib)
            if order.memory_mib is not None and mib > order.memory_mib and tree.outweighs(order.memory_mib):
                return reason or "memory", peak_mib
            sample_at = now + max(SAMPLE_S, 20 * (time.monotonic() - now))
        for fd, _ in poll.poll(1000 * max(0.0, min(ends_at, sample_at) - now)):
            if fd in by_source:
                if not by_source[fd].read() and by_source[fd].ended:
                    poll.unregister(fd)
            elif (signal.SIGTERM in wakened(fd)) if fd == tree.wake else not os.read(fd, CHUNK):
                return "stopped", peak_mib
        if os.getppid() != order.runtime:  # a fork of the runtime may hold our stdin open after its death
            return "stopped", peak_mib
        tree.reap()
    return reason, peak_mib


def supervise(order: Order, wake: int) -> dict[str, object]:
    """Run the order to its end, leave nothing of it, and return the report."""
    tree = Tree(wake)
    try:
        os.stat(f"/proc/self/task/{os.getpid()}/children")  # without CONFIG_PROC_CHILDREN no tree can be seen
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        prctl(PR_SET_DUMPABLE, 0)  # unless it is root, the program cannot look into this process, nor open its pipes
        logs = [Log(os.path.join(order.folder, name), order.output_bytes) for name in ("stdout.log", "stderr.log")]
        began = time.monotonic()
        pid = start(order, logs)
        reason, peak_mib = watch(order, pid, logs, tree)
        wall_s = time.monotonic() - began
    except OSError as error:
        return {"refused": str(error).encode("utf-8", "replace").decode()}
    finally:
        left = tree.kill()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "reason": reason,
        "status": os.waitstatus_to_exitcode(tree.ended.get(pid, 0)),  # negative: the signal
        "wall_s": wall_s,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mib": max(peak_mib, usage.ru_maxrss / 1024),
        "stdout_tail": logs[0].close(),
        "stderr_tail": logs[1].close(),
        "left": left,
    }


def main() -> None:
    """Read the order, run it, report."""
    line = sys.stdin.buffer.readline()
    if not line:
        return  # cancelled before it began
    order = Order(line)
    wake, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    report = supervise(order, wake)
    if report.get("reason") == "stopped":  # nobody listens, and writing could block; maybe nobody tidies up either
        import shutil  # takes 6 ms

        with contextlib.suppress(RecursionError):
            shutil.rmtree(order.temporary, ignore_errors=True)
    else:
        with contextlib.suppress(BrokenPipeError):
            said = f"\n{order.token} {json.dumps(report)}\n".encode()
            while said:
                said = said[os.write(1, said) :]
