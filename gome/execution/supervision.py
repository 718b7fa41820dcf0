"""One program under one supervisor: the order, the control groups, the conversation, and what must end with it."""

import json
import secrets
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec

from gome.errors import ExecutionError
from gome.execution import Program
from gome.execution.environment import environment
from gome.execution.leftovers import end_marked, new_mark
from gome.execution.sandbox.groups import FORKED_MIB, enter, limit, remove
from gome.execution.sandbox.sandbox import Caps, Sandbox
from gome.execution.supervisor import MARGIN_S, Report, Supervisor, report, start
from gome.execution.zygote import Zygote


class Supervision(msgspec.Struct, frozen=True, kw_only=True):
    """How programs are run."""

    sandbox: Sandbox
    caps: Caps
    grace_s: float

    async def run(self, program: Program, temporary: Path, zygote: Zygote | None = None) -> Report:
        """Run a program to its end, or to its deadline.

        Args:
            program: to run.
            temporary: folder for what it keeps outside its own, where it has no world of its own.
            zygote: to fork it from; None: it is started from nothing.

        Raises:
            ExecutionError: it cannot be started.
        """
        token, mark = secrets.token_hex(16), new_mark(program.folder)
        variables = environment(
            self.sandbox.python,
            program.device,
            home=program.folder.resolve() / ".home",
            temporary=self.sandbox.temporary(temporary),
            seed=program.seed,
            mark=mark,
        )
        try:
            order = self.sandbox.order(
                program, self.caps, mark=mark, token=token, temporary=temporary, grace_s=self.grace_s
            )
        except OSError as error:
            raise ExecutionError(f"{program.input} cannot be shown to a program: {error}") from error
        began = anyio.current_time()
        supervisor: Supervisor
        if zygote:
            supervisor = await zygote.fork(mark)
            groups, order["variables"] = supervisor.groups, variables
        else:
            supervisor = await start(variables, mark)
            groups, order["variables"] = self.sandbox.group(program, token), {}  # it inherits them
        order["groups"] = groups
        line = json.dumps(order).encode() + b"\n"  # names of files need not be Unicode: msgspec would refuse them
        told, ended = None, False
        try:
            with anyio.move_on_after(program.limit_s + self.grace_s + MARGIN_S):
                await self._group(program, supervisor, groups, is_fork=zygote is not None)
                told = report(await supervisor.converse(line), token)
                ended = True
        finally:
            with anyio.CancelScope(shield=True):
                await supervisor.stop()
                if told is None:  # it ended too early, or we have ended it: what it would have ended may live
                    await anyio.to_thread.run_sync(end_marked, mark)
                if told is None or not zygote:  # a fork removes its own as it ends
                    await _removed(groups)
        return told or Report(reason="lost" if ended else "deadline", wall_s=anyio.current_time() - began)

    async def _group(self, program: Program, supervisor: Supervisor, groups: list[str], *, is_fork: bool) -> None:
        """Put a supervisor into its groups before it has its order, for all it will start: a fork is there."""
        memory_mib, processes = program.memory_mib, self.caps.processes
        join = partial(enter, groups, supervisor.pid, memory_mib=memory_mib, processes=processes)
        try:
            if is_fork:
                limit(groups, memory_mib=memory_mib, processes=processes, beside_mib=FORKED_MIB)
            else:
                await anyio.to_thread.run_sync(join)
        except OSError as error:
            raise ExecutionError(f"control groups cannot be made: {error}") from error


async def _removed(groups: list[str]) -> None:
    """Remove the groups of a supervisor that has ended; where it was killed, the kernel may need a moment."""
    for _ in range(100):
        if remove(groups):
            break
        await anyio.sleep(0.01)
