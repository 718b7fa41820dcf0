"""Running programs that nobody trusts. The port is Runner; the local one is built in, others are plugins.

local        LocalRunner: child processes here     environment  what programs see of the environment
launch/      their supervisor, gome not in it      failure      why one failed, in one line
sandbox/     what holds them in, and how far       supervisor   how it is started, told and listened to
leftovers    what lives on after a supervisor      remains      what lies there after a runtime
machine      what there is to hold
devices      what --devices means                  pool         DevicePool: who holds what
watch        what becomes of what GPUs say         monitor      watches GPUs from a thread
nvml         what GPUs there are and do           gpu          what one is and lacks
leases       what is held, on record
leasing      a program under a lease                needs        of a GPU's memory, expected
rig          a solution's way through its stages    estimate    of the full stage, from the sample
"""

from pathlib import Path
from typing import Protocol

import msgspec

from gome.messages import Layer, TrialStatus


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """What a lease grants: some CPU cores, and perhaps a GPU."""

    name: str  # "cpu:0", "gpu:1"
    cores: tuple[int, ...]  # ids that the program may be scheduled on; empty: all
    gpu: str = ""  # uuid, which names it to CUDA; empty: there is none
    memory_mib: int = 0  # of the GPU
    limit_w: float | None = None  # power that the GPU draws at most; None: the driver does not say
    is_metered: bool = False  # whether the energy that it draws is known
    nodes: tuple[str, ...] = ()  # device files that the program needs beside the usual ones
    words: str = ""  # what whoever writes code for it must know
    lease: str = ""  # under which it is held; processes are found by it


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A solution, ready to run."""

    folder: Path  # its working directory; holds solution.py; the only place it may write
    input: Path  # folder that it sees as ./input, read-only
    device: Device
    limit_s: float  # wall clock; at its end the whole process tree is killed, after a second's warning
    seed: int = 0
    memory_mib: int | None = None  # None: no cap
    report: Path | None = None  # where how it ended is kept, beyond its reach; one that is there is taken for its end
    output_mib: float = 4.0  # kept of stdout and of stderr each; the rest is read and dropped


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a program ended. A failing program is an outcome, never an exception."""

    status: TrialStatus  # "killed": by a signal that was not ours, or a cap; "timeout": at the deadline
    exit_code: int | None  # None when killed
    wall_s: float
    cpu_s: float = 0.0
    peak_mib: float = 0.0  # largest resident size of the tree, as sampled
    error: str = ""  # one line: the last line of the traceback, the signal, the deadline
    stdout_tail: str = ""  # last 8 KiB, UTF-8 with replacement
    stderr_tail: str = ""
    sandbox: tuple[Layer, ...] = ()
    warm: bool = False  # forked from a process that had its imports done, not started from nothing
    adopted: bool = False  # it had ended already, and whoever had begun it was gone
    device: str = ""  # this and what follows is filled in by whoever held the lease
    device_s: float = 0.0  # under lease, that of lost devices too; shared out where several held the device
    energy_j: float = 0.0
    peak_gpu_mib: float = 0.0


class Runner(Protocol):
    """Runs programs. Safe to call from several tasks at once."""

    async def run(self, program: Program, /) -> Outcome:
        """Run to the end, or to the deadline; when cancelled, kill the whole tree before returning.

        One that holds something from run to run has also `open(device, seed)`, to begin before it is asked, and
        `close()`. Writes stdout.log and stderr.log into the program's folder.

        Raises:
            ExecutionError: the program could not be started.
        """
        ...


__all__ = ["Device", "Outcome", "Program", "Runner"]
