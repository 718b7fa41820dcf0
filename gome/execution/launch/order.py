"""What the runtime asks for: the first line of stdin."""

import json
import os

CHUNK = 65536  # bytes; what a pipe holds
STATUS_FD, FILTER_FD = 60, 61  # that bubblewrap finds open: for its report, with the filter
# below /proc, but of the whole machine: they ask for their owner, which uid 0 of a user namespace still is
OF_PROC = ("sys", "sysrq-trigger", "irq", "bus", "pressure", "fs", "driver", "scsi", "acpi")


class Order:
    """What to run, and within which limits."""

    mark: str  # that whoever works on it carries
    token: str  # opens the report; whoever does not know it cannot write one
    runtime: int  # pid of the process that waits
    argv: list[str]  # of the program; with bubblewrap, its own in front
    folder: str
    report: str  # file in which the report is kept as well, for whoever comes after the runtime; empty: none
    temporary: str  # removed if nobody waits for the end
    cores: list[int]  # empty: all
    limit_s: float
    grace_s: float  # between SIGTERM and SIGKILL at the deadline
    memory_mib: int | None
    output_bytes: int  # kept of each stream
    disk_bytes: int  # below the folder
    entries: int  # files and folders there
    files: int  # open at once, by one process
    processes: int
    scratch_bytes: int  # of /tmp and of /dev/shm each, where they are the program's own
    tier: str  # "bubblewrap", "namespaces", "landlock", "limits"
    places: list[tuple[str, str, bool]]  # of the file system: where it is, where it is seen, may it be written
    nodes: list[str]  # device files that it needs beside the usual ones, where it has a GPU
    filter: bytes  # of system calls; empty: none
    groups: list[str]  # folders of cgroups to make for it
    variables: dict[str, str]  # environment of a program that is run in a fork; others inherit the supervisor's

    def __init__(self, line: bytes) -> None:
        vars(self).update(json.loads(line))
        self.filter = bytes.fromhex(str(self.filter))


def hear(end: int) -> bytes:
    """Return what is said until nobody speaks any more, and close this end."""
    said = b""
    while chunk := os.read(end, CHUNK):
        said += chunk
    os.close(end)
    return said


def say(end: int, words: bytes) -> None:
    """Say something and close this end. Raises OSError where nobody listens."""
    try:
        while words:
            words = words[os.write(end, words) :]
    finally:
        os.close(end)
