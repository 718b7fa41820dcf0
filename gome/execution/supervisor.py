"""What is said to the supervisor of a program, and what it says at the end."""

import sys
from pathlib import Path

import msgspec

LAUNCH = "import sys; sys.path.append(sys.argv.pop()); from launch.main import main; main()"
REPORT_BYTES = 1 << 18  # room for the report; two tails of escaped bytes take a third of it


class Report(msgspec.Struct):
    """What a supervisor says at the end."""

    refused: str = ""  # why nothing was run
    reason: str = ""  # "deadline", "memory", "processes", "disk", or "" when the program ended by itself
    status: int = 0  # exit code; negative: the signal
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mib: float = 0.0
    stdout_tail: str = ""
    stderr_tail: str = ""
    left: int = 0  # processes that could not be killed


def command() -> list[str]:
    """Return what starts a supervisor. It waits for its order, and ends at once when none comes."""
    return [sys.executable, "-I", "-S", "-c", LAUNCH, str(Path(__file__).parent)]


def report(said: bytes, token: str) -> Report | None:
    """Return the report, or None. A line without the token is not the supervisor's."""
    for line in reversed(said.splitlines()):
        if line.startswith(token.encode()):
            return msgspec.json.decode(line[len(token) :], type=Report)
    return None
