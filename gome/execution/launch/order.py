"""What the runtime asks for: the first line of stdin."""

import json


class Order:
    """What to run, and within which limits."""

    token: str  # opens the report; whoever does not know it cannot write one
    runtime: int  # pid of the process that waits
    argv: list[str]
    folder: str
    temporary: str  # removed if nobody waits for the end
    cores: list[int]  # empty: all
    limit_s: float
    grace_s: float  # between SIGTERM and SIGKILL at the deadline
    memory_mib: int | None
    output_bytes: int  # kept of each stream

    def __init__(self, line: bytes) -> None:
        vars(self).update(json.loads(line))
