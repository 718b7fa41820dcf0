"""What holds a program in, layer by layer, from what the canary found."""

import os
from collections.abc import Iterator

import msgspec

from gome.execution.sandbox import LETTERS, Tier
from gome.execution.sandbox.groups import Groups
from gome.messages import Layer

TITLES: dict[Tier, str] = {
    "bubblewrap": "bubblewrap",
    "namespaces": "namespaces, Landlock and seccomp",
    "landlock": "Landlock and seccomp",
    "limits": "limits only",
}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a canary could do. The values are those of a program without any walls."""

    trouble: str = ""  # what it should have been able to do and was not
    network: bool = True  # reach a port of this machine, or an abstract socket
    socket: bool = True  # reach a socket that has a path
    read: bool = True  # read a file beside its folder
    write: bool = True  # write there
    kernel: bool = True  # change a setting of the machine's kernel
    environment: bool = True  # read the runtime's
    signal: bool = True  # reach the runtime with a signal
    powers: bool = True  # capabilities, or means to gain them
    filtered: bool = False  # system calls


SHARED = "sockets that have a path, and /dev/shm, where files stay, are shared; other processes' arguments can be read"

WATCHED = (
    "looked at every 50 ms; what waits in pipes, in sockets whose sender has gone and in files without a name is "
    "guessed from what the machine has more in use; no control group can be made"
)

GROWN = (
    "the folder is looked at as it grows, and may pass the cap between two looks; what nobody can look at counts as "
    "far as the file system has grown, by whomever; the size of one file is enforced"
)


def layers(tier: Tier, found: Found, groups: Groups, refused: str) -> Iterator[Layer]:
    """Yield every layer of a tier.

    Args:
        tier: that was tried.
        found: by the canary in it.
        groups: that programs get.
        refused: why no better tier is taken.
    """
    own_world = tier in ("bubblewrap", "namespaces")
    said = f"tier {LETTERS[tier]}: {TITLES[tier]}" + (f"; {refused}" if refused else "")
    yield Layer(name="sandbox", state="enforced" if own_world else "soft" if tier == "landlock" else "off", reason=said)
    yield _held("network", off=found.network and "the program may reach the network")
    yield _held(
        "filesystem",
        off=(found.read or found.write) and "the program may read and write what its user may",
        soft=(found.socket or not own_world) and SHARED,
    )
    settings = found.kernel and "the program may change settings of the kernel"
    yield _held("privileges", off=(found.powers and "the program has the powers of its user") or settings)
    yield _held("system-calls", off=not found.filtered and "no filter of system calls")
    yield _held("environment", soft=found.environment and "scrubbed; but that of the runtime can be read")
    loose = "a program that kills its supervisor may leave processes"
    yield _held("process-tree", soft=(found.signal or not own_world) and loose)
    counted = "pids" in groups.parents or (tier == "namespaces" and os.getuid() != 0)
    yield _held("processes", soft=not counted and "counted every 50 ms")
    yield _held("memory", soft="memory" not in groups.parents and WATCHED)
    yield _held("disk", soft=GROWN)
    for name in ("files", "output", "time"):
        yield _held(name)


def _held(name: str, *, off: str | bool = False, soft: str | bool = False) -> Layer:
    """Return a layer that is off or soft for a reason, if there is one."""
    if off:
        return Layer(name=name, state="off", reason=str(off))
    return Layer(name=name, state="soft", reason=str(soft)) if soft else Layer(name=name, state="enforced")
