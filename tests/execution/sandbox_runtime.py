"""A runtime as a process of its own, under some user: runs the programs that its stdin names, in one tier.

`python sandbox_runtime.py TIER UID [warm]`. It is started with a secret in its environment.
"""

import os
import sys
import tempfile
from functools import partial
from pathlib import Path

import anyio
import msgspec

import gome
from gome.errors import ExecutionError, SettingInvalid
from gome.execution import Device, Outcome, Program
from gome.execution.launch import namespaces
from gome.execution.launch.kernel import Libc
from gome.execution.local import LocalRunner
from gome.execution.sandbox.choice import choose, unsandboxed
from gome.execution.sandbox.sandbox import Caps
from gome.messages import Layer

NEW_MOUNTS = 0x00020000


class Asked(msgspec.Struct):
    """A program to run."""

    folder: str
    input: str
    limit_s: float
    memory_mib: int | None = None
    output_mib: float = 1.0
    caps: Caps = Caps()
    cores: tuple[int, ...] = ()
    nodes: tuple[str, ...] = ()  # of its device


def become(uid: int) -> None:
    """Go on as another user, who sees the interpreter and this wherever they lie."""
    needed = [Path(sys.prefix), Path(sys.base_prefix), Path(gome.__file__).parent, Path(__file__).parent]
    closed = {}
    for path in needed:
        for above in reversed(path.parents):
            if not above.stat().st_mode & 0o001:
                closed.setdefault(above, []).append(path)
                break
    libc = Libc()
    libc.call("unshare", NEW_MOUNTS)
    libc.call("mount", None, b"/", None, namespaces.MS_REC | namespaces.MS_SLAVE, None)
    for above, paths in closed.items():
        trees = [(namespaces._clone(libc, str(path), 0), str(path)) for path in paths]
        namespaces._tmpfs(libc, str(above), b"mode=755")
        for tree, path in trees:
            namespaces._attach(libc, tree, path)
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    os.execv(sys.executable, [sys.executable, *sys.argv])  # as that user's process from its beginning


DEVICE = Device(name="cpu:0", cores=())


def cap(runner: LocalRunner, caps: Caps) -> LocalRunner:
    """Give a runner other caps."""
    runner._cold = msgspec.structs.replace(runner._cold, caps=caps)
    if runner.warm is not None:
        runner.warm.supervision = msgspec.structs.replace(runner.warm.supervision, caps=caps)
    return runner


async def warmed(runner: LocalRunner) -> tuple[Layer, ...]:
    """Wait for a warm worker; return what it holds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "solution.py").write_text("print('warm')")
        outcome = await runner.run(Program(folder=folder, input=folder, device=DEVICE, limit_s=300.0))
        assert outcome.warm, (outcome, runner.warm and runner.warm.refused)
        return outcome.sandbox


def main(tier: str, uid: int, warm: str = "") -> None:
    """Say what the tier holds, then answer every line with an outcome."""
    if os.getuid() != uid:
        become(uid)
    say = partial(print, flush=True)
    try:
        sandbox = unsandboxed() if tier == "limits" else choose(tiers=[tier])
    except SettingInvalid as error:
        say(msgspec.json.encode(str(error)).decode())
        return
    runner = LocalRunner(sandbox, grace_s=0.1, warm=bool(warm))
    say(msgspec.json.encode(anyio.run(warmed, runner) if warm else sandbox.layers).decode())
    for line in sys.stdin:
        asked = msgspec.json.decode(line, type=Asked)
        program = Program(
            folder=Path(asked.folder),
            input=Path(asked.input),
            device=Device(name="cpu:0", cores=asked.cores, nodes=asked.nodes),
            limit_s=asked.limit_s,
            memory_mib=asked.memory_mib,
            output_mib=asked.output_mib,
        )
        try:
            outcome = anyio.run(cap(runner, asked.caps).run, program)
        except ExecutionError as error:
            outcome = Outcome(status="failed", exit_code=None, wall_s=0, error=f"ExecutionError: {error}")
        say(msgspec.json.encode(outcome).decode())
    runner.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
