"""A tier, ready to hold programs: what the supervisor is told, and what the trial's record says of it."""

import os
import sys
from pathlib import Path

import msgspec

from gome.execution import Program, machine
from gome.execution.sandbox import Tier, bubblewrap
from gome.execution.sandbox.filter import assemble
from gome.execution.sandbox.groups import Groups
from gome.execution.sandbox.places import Place, interpreter, kernel, ordered, own, system
from gome.messages import Layer

MIB = 1 << 20
LEAST_SCRATCH_MIB = 64
TMP = Path("/tmp")  # noqa: S108 - a world of its own has one of its own


class Caps(msgspec.Struct, frozen=True, kw_only=True):
    """What a program may have at most, whatever it is."""

    files: int = 4096  # open at once, by one process
    processes: int = 2048  # and threads, where the kernel counts
    disk_mib: int = 16 << 10  # below its folder
    entries: int = 1_000_000  # files and folders there


class Sandbox(msgspec.Struct, frozen=True, kw_only=True):
    """How programs are held in here."""

    tier: Tier
    python: Path  # that programs run with
    bwrap: str = ""  # path of bubblewrap, for its tier
    filter: bytes = b""  # of system calls
    places: tuple[Place, ...] = ()  # what every program sees
    groups: Groups = Groups()
    layers: tuple[Layer, ...] = ()  # what was found to hold

    @property
    def has_own_world(self) -> bool:
        """Whether programs have files and processes of their own."""
        return self.tier in ("bubblewrap", "namespaces")

    def temporary(self, otherwise: Path) -> Path:
        """Return where programs put temporary files, as they see it."""
        return TMP if self.has_own_world else otherwise

    def group(self, program: Program, name: str) -> list[str]:
        """Return the folders of a program's control groups."""
        return self.groups.named(name, memory=program.memory_mib is not None)

    def order(
        self, program: Program, caps: Caps, *, mark: str, token: str, temporary: Path, grace_s: float
    ) -> dict[str, object]:
        """Return what the supervisor of a program is told. Raises OSError when its input cannot be read."""
        folder, argv = program.folder.resolve(), [str(self.python), "solution.py"]
        scratch_bytes = scratch_mib(program.memory_mib) * MIB
        places: list[Place] = []
        if self.tier != "limits":
            driver = kernel() if program.device.nodes else ()
            places = ordered([*self.places, *driver, *own(folder, program.input.resolve())])
        if self.tier == "landlock":
            places.append(Place(str(temporary), str(temporary), writable=True))
        if self.tier == "bubblewrap":
            filtered = bool(self.filter)
            argv = bubblewrap.command(
                self.bwrap,
                places,
                folder,
                argv,
                nodes=program.device.nodes,
                scratch_bytes=scratch_bytes,
                filtered=filtered,
            )
        return {
            "mark": mark,
            "token": token,
            "runtime": os.getpid(),
            "argv": argv,
            "folder": str(folder),
            "report": str(program.report.resolve()) if program.report else "",
            "temporary": str(temporary),
            "cores": program.device.cores,
            "limit_s": program.limit_s,
            "grace_s": grace_s,
            "memory_mib": program.memory_mib,
            "output_bytes": int(program.output_mib * MIB),
            "disk_bytes": caps.disk_mib * MIB,
            "entries": caps.entries,
            "files": caps.files,
            "processes": caps.processes,
            "scratch_bytes": scratch_bytes,
            "tier": self.tier,
            "places": places,
            "nodes": program.device.nodes,
            "filter": self.filter.hex(),
        }

    def report(self, program: Program, left: int) -> tuple[Layer, ...]:
        """Return what held a program in, and what did not.

        Args:
            program: what was run.
            left: processes that could not be killed.
        """
        instead = {}
        if program.memory_mib is None:
            instead["memory"] = Layer(name="memory", state="off", reason="no cap was asked for")
        if left:
            instead["process-tree"] = Layer(
                name="process-tree", state="off", reason=f"{left} processes could not be killed"
            )
        return tuple(instead.get(layer.name, layer) for layer in self.layers)


def scratch_mib(cap_mib: int | None) -> int:
    """Return how much may be in /tmp and in /dev/shm each, where these are memory: half of what there is."""
    there = machine.memory_mib()
    return max(LEAST_SCRATCH_MIB, min(there, cap_mib or there) // 2)


def build(tier: Tier, python: Path, *, bwrap: str = "", groups: Groups | None = None) -> Sandbox:
    """Return a tier that nobody has tried yet."""
    return Sandbox(
        tier=tier,
        python=python,
        bwrap=bwrap,
        filter=assemble(tier, os.uname().machine),
        places=() if tier == "limits" else (*system(), *interpreter(python)),
        groups=groups or Groups(),
    )


def interpreter_path(python: str | Path | None) -> Path:
    """Return the interpreter that programs run with, by default the one that runs us."""
    return Path(python or sys.executable).absolute()
