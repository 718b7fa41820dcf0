"""A program that tries to get out of a sandbox, and the supervisor that runs it: what holds is found by trying."""

import json
import os
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from gome.errors import ExecutionError
from gome.execution import Device, Program
from gome.execution.environment import environment
from gome.execution.leftovers import new_mark
from gome.execution.remains import prefix
from gome.execution.sandbox.groups import enter, remove
from gome.execution.sandbox.layers import Found
from gome.execution.sandbox.sandbox import Caps, Sandbox
from gome.execution.supervisor import Report, command, report

LIMIT_S = 10.0
SECRET = "a file that no program may read"  # noqa: S105 - a name, not a password
CODE = """
import json, os, socket, sys, tempfile
beside, abstract, port, runtime = sys.stdin and open("asked").read().splitlines()

def can(act, *values):
    try:
        act(*values)
    except OSError:
        return False
    return True

def reach(family, address):
    with socket.socket(family) as end:
        end.settimeout(2)
        end.connect(address)

def read(path):
    with open(path, "rb") as file:
        if not file.read(1):
            raise OSError("nothing in it")

def write(path):
    with open(path, "w") as file:
        file.write("x")

def change(path):
    os.close(os.open(path, os.O_WRONLY))

def work():
    read("input/train.csv")
    write("working/x")
    write(os.path.join(tempfile.gettempdir(), "x"))
    from _multiprocessing import SemLock
    SemLock(1, 1, 1, f"/gome-{os.getpid()}-{abstract}", True)
    import _posixsubprocess, select, ctypes, random
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(os.path.join(tempfile.gettempdir(), "s"))

try:
    trouble = ""
    work()
except Exception as error:
    trouble = f"{type(error).__name__}: {error}"
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({
    "trouble": trouble,
    "network": can(reach, socket.AF_INET, ("127.0.0.1", int(port))) or can(reach, socket.AF_UNIX, "\\0" + abstract),
    "socket": can(reach, socket.AF_UNIX, os.path.join(beside, "socket")),
    "read": can(read, os.path.join(beside, "secret")),
    "write": can(write, os.path.join(beside, "written")),  # maybe only into a world of its own
    "kernel": can(change, "/proc/sys/kernel/core_pattern"),
    "environment": can(read, f"/proc/{runtime}/environ"),
    "signal": os.getppid() > 1 and can(os.kill, int(runtime), 0),
    "powers": bool(int(status["CapEff"], 16) | int(status["CapPrm"], 16)) or status["NoNewPrivs"].strip() != "1",
    "filtered": status["Seccomp"].strip() == "2",
}))
"""


Told = Callable[[Report], Found]  # what a report of the program says; raises ExecutionError where it went wrong


def release(sandbox: Sandbox) -> Found:
    """Return what a program could do in a sandbox that it should not.

    Raises:
        ExecutionError: it could not be run there, or not do its work.
    """
    with asking() as (program, told):
        return told(_run(sandbox, program))


@contextmanager
def asking() -> Iterator[tuple[Program, Told]]:
    """Lend the program that tries to get out, with all around it that it should not reach."""
    with tempfile.TemporaryDirectory(prefix=f"{prefix()}canary-") as name, socket.socket() as port:
        beside = Path(name).resolve()
        port.bind(("127.0.0.1", 0))
        port.listen()
        abstract = secrets.token_hex(16)
        with socket.socket(socket.AF_UNIX) as nameless, socket.socket(socket.AF_UNIX) as named:
            for end, address in ((nameless, f"\0{abstract}"), (named, str(beside / "socket"))):
                end.bind(address)
                end.listen()
            (beside / "secret").write_text(SECRET)
            asked = f"{beside}\n{abstract}\n{port.getsockname()[1]}\n{os.getpid()}\n"
            yield _program(beside, asked), partial(_found, beside)


def _program(beside: Path, asked: str) -> Program:
    folder, data = beside / "trial", beside / "data"
    for made in (data, folder, folder / "working", folder / ".tmp"):
        made.mkdir()
    (data / "train.csv").write_text("x\n")
    (folder / "input").symlink_to(data)
    (folder / "asked").write_text(asked)
    (folder / "solution.py").write_text(CODE)
    device = Device(name="canary", cores=())
    return Program(folder=folder, input=data, device=device, limit_s=LIMIT_S, memory_mib=256)


def _run(sandbox: Sandbox, program: Program) -> Report:
    token, mark, temporary = secrets.token_hex(16), new_mark(program.folder), program.folder / ".tmp"
    groups = sandbox.group(program, token)
    order = sandbox.order(program, Caps(), mark=mark, token=token, temporary=temporary, grace_s=0.0)
    order["groups"] = groups
    places = {"home": program.folder, "temporary": sandbox.temporary(temporary)}
    with subprocess.Popen(
        command(mark),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(sandbox.python, program.device, **places, seed=0, mark=mark),
        start_new_session=True,
    ) as supervisor:
        assert supervisor.stdin is not None
        assert supervisor.stdout is not None
        enter(groups, supervisor.pid, memory_mib=program.memory_mib, processes=Caps().processes)
        supervisor.stdin.write(json.dumps(order).encode() + b"\n")
        supervisor.stdin.flush()
        said = supervisor.stdout.read()
    remove(groups)
    told = report(said, token)
    if told is None:
        last = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise ExecutionError(f"a supervisor failed: {last}")
    return told


def _found(beside: Path, told: Report) -> Found:
    if told.refused or told.reason or told.status:
        words = told.stderr_tail.strip().splitlines() or [told.reason or f"status {told.status}"]
        raise ExecutionError(told.refused or words[-1])
    found = msgspec.json.decode(told.stdout_tail, type=Found)
    if found.trouble:
        raise ExecutionError(found.trouble)
    return msgspec.structs.replace(found, write=(beside / "written").exists())
