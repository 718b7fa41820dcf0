"""The command line of bubblewrap."""

from collections.abc import Sequence
from pathlib import Path

from gome.execution.launch.order import FILTER_FD, OF_PROC, STATUS_FD
from gome.execution.sandbox.places import Place

WALLS = (
    "--unshare-user", "--disable-userns", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
    "--json-status-fd", str(STATUS_FD),
)  # fmt: skip


def command(
    bwrap: str,
    places: Sequence[Place],
    folder: Path,
    argv: Sequence[str],
    *,
    nodes: Sequence[str],
    scratch_bytes: int,
    filtered: bool,
) -> list[str]:
    """Return what runs `argv` in `folder`, seeing these places and device files and nothing else."""
    line = [bwrap, *WALLS]
    if filtered:
        line += ["--seccomp", str(FILTER_FD)]
    line += ["--proc", "/proc", "--dev", "/dev"]
    for name in OF_PROC:
        line += ["--ro-bind-try", f"/proc/{name}", f"/proc/{name}"]
    for path in ("/tmp", "/dev/shm"):  # noqa: S108 - the program's own
        line += ["--perms", "1777", "--size", str(scratch_bytes), "--tmpfs", path]
    for place in places:
        line += ["--bind" if place.writable else "--ro-bind", place.source, place.path]
    for node in nodes:
        line += ["--dev-bind", node, node]
    return [*line, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", str(folder), "--", *argv]
