"""Warm workers: zygotes for the programs that may be forked from one, proved to hold them in as well as without."""

import re
import time
from pathlib import Path

import anyio
import msgspec

from gome.errors import ExecutionError, WorkerLost
from gome.execution import Device, Program
from gome.execution.environment import environment
from gome.execution.leftovers import NAME
from gome.execution.sandbox.canary import asking
from gome.execution.sandbox.layers import layers
from gome.execution.sandbox.sandbox import Sandbox, build
from gome.execution.supervision import Supervision
from gome.execution.zygote import MODULES, TORCH, Zygote

MOST = 4  # zygotes at once: each holds some 160 MiB, with torch 340
IDLE_S = 60.0  # after which one that nobody asked for makes room for another
DEATHS = 3  # after which no more are started
WAIT_S, WAIT_SHARE = 20.0, 0.25  # longest that a program waits for imports, which it would else do itself; of its time
SETS_VARIABLES = re.compile(  # that libraries read when they are loaded: in a fork it is too late
    r"environ\s*\[[^\]\n]*\]\s*=(?!=)|environ\s*\.\s*(?:update|setdefault|pop|popitem|clear)\b|environ\s*\|="
    r"|\b(?:put|unset)env\b|\bdel\s+os\s*\.\s*environ"
)
STATES = ("off", "soft", "enforced")


class Warm:
    """Zygotes by what their forks have in common: how many cores, how strings are hashed, whether torch is there."""

    def __init__(self, cold: Supervision) -> None:
        """Take how programs are run without; none is started before it is asked for."""
        sandbox = cold.sandbox
        if sandbox.tier == "bubblewrap":  # which wraps what is executed, not what is forked
            sandbox = build("namespaces", sandbox.python, groups=sandbox.groups)
        self.supervision = msgspec.structs.replace(cold, sandbox=sandbox)
        self.refused = ""  # why there is none any more
        self._least = {layer.name: STATES.index(layer.state) for layer in cold.sandbox.layers}
        self._zygotes: dict[tuple[int, int, bool], Zygote] = {}
        self._asked: dict[tuple[int, int, bool], float] = {}  # when a program last asked for one
        self._proved: set[Zygote] = set()
        self._proving = anyio.Lock()
        self._lost: list[Zygote] = []
        self._deaths = 0

    def start(self, device: Device, seed: int, *, torch: bool = False) -> Zygote | None:
        """Return the zygote for a device and a seed, started if need be; None where there is to be none."""
        key = len(device.cores), seed, torch
        if self.refused or (key not in self._zygotes and not self._has_room()):
            return None
        self._asked[key] = time.monotonic()
        if key not in self._zygotes:
            sandbox, nowhere = self.supervision.sandbox, Path("/nonexistent")
            device = Device(name="cpu:0", cores=device.cores)  # each fork is told of its GPU; none is begun before
            variables = environment(sandbox.python, device, home=nowhere, temporary=nowhere, seed=seed, mark=f"{NAME}=")
            try:
                self._zygotes[key] = Zygote(
                    sandbox.python,
                    MODULES + TORCH * torch,
                    variables,
                    device.cores,
                    tier=sandbox.tier,
                    groups=sandbox.groups,
                )
            except ExecutionError as error:
                self.refused = str(error)
                return None
        return self._zygotes[key]

    def _has_room(self) -> bool:
        """Whether another can be started; the one that nobody has asked for longest makes room for it."""
        if len(self._zygotes) < MOST:
            return True
        key = min(self._zygotes, key=lambda key: self._asked[key])
        if time.monotonic() - self._asked[key] < IDLE_S:
            return False
        zygote = self._zygotes.pop(key)
        self._proved.discard(zygote)
        zygote.close()
        self._lost.append(zygote)
        return True

    async def zygote(self, program: Program) -> Zygote | None:
        """Return a zygote that is ready to fork, or None where the program is to run without."""
        try:
            code = (program.folder / "solution.py").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        zygote = None
        if not SETS_VARIABLES.search(code):
            zygote = self._best(program.device, program.seed, torch="torch" in code)
        if zygote is None or zygote in self._proved:
            return zygote
        with anyio.move_on_after(min(WAIT_S, WAIT_SHARE * program.limit_s)):
            async with self._proving:
                try:
                    await self._prove(zygote)
                except ExecutionError as error:
                    self.lost(zygote, str(error))
                    return None
                return zygote
        return None

    def _best(self, device: Device, seed: int, *, torch: bool) -> Zygote | None:
        """Return the zygote that has most of what a program needs: until torch is there, forks import it themselves."""
        plain = self.start(device, seed)
        if not torch:
            return plain
        full = self.start(device, seed, torch=True)
        return full if full is not None and full.is_ready else plain

    def lost(self, zygote: Zygote, why: str) -> None:
        """Note that a zygote is of no use any more; the next program starts another, if too many have not been lost."""
        self._proved.discard(zygote)
        for key, known in list(self._zygotes.items()):
            if known is zygote:
                del self._zygotes[key]
                zygote.close()
                self._lost.append(zygote)
                self._deaths += 1
                if self._deaths >= DEATHS:
                    self.refused = why

    def close(self) -> None:
        """End them all."""
        for zygote in self._zygotes.values():
            zygote.close()
        for zygote in (*self._zygotes.values(), *self._lost):
            zygote.settle()
        self._zygotes.clear()
        self._lost.clear()
        self._proved.clear()

    async def _prove(self, zygote: Zygote) -> None:
        """Run the program that tries to get out. Raises ExecutionError where it gets further than it would without."""
        if zygote in self._proved:
            return
        if zygote not in self._zygotes.values():
            raise WorkerLost("a warm worker has ended")  # while we waited for whoever waited for it
        await zygote.ready()
        sandbox = self.supervision.sandbox
        if not sandbox.layers:
            self.supervision = msgspec.structs.replace(self.supervision, sandbox=await self._described(zygote, sandbox))
        self._proved.add(zygote)

    async def _described(self, zygote: Zygote, sandbox: Sandbox) -> Sandbox:
        with asking() as (program, found):
            told = found(await self.supervision.run(program, program.folder / ".tmp", zygote))
        said = tuple(layers(sandbox.tier, told, sandbox.groups, "forked from a warm worker"))
        weaker = [layer.name for layer in said if STATES.index(layer.state) < self._least.get(layer.name, 0)]
        if weaker:
            self.refused = f"a warm worker does not hold programs as well: {', '.join(weaker)}"
            raise ExecutionError(self.refused)
        return msgspec.structs.replace(sandbox, layers=said)
