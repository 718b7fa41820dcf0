"""Why a program failed, in one line."""

import re
import signal
from collections.abc import Iterator

HEADER = "Traceback (most recent call last):"
IGNORED = "Exception ignored in"  # opens a traceback that ended nothing
RAISED = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Interrupt|Exit)\b")
LONGEST = 400  # characters


def exit_line(exit_code: int, stderr: str) -> str:
    """Return what ended a program: the exception where there was one, or the code and its last words."""
    last = raised(stderr)
    if not last:
        words = [line.strip() for line in stderr.splitlines() if line.strip()]
        last = f"exit code {exit_code}" + (f": {words[-1]}" if words else "")
    return last if len(last) <= LONGEST else f"{last[: LONGEST - 3]}..."


def signal_line(number: int) -> str:
    """Return which signal killed a program."""
    try:
        return f"killed by {signal.Signals(number).name}"
    except ValueError:
        return f"killed by signal {number}"


def raised(stderr: str) -> str:
    """Return the line "Type: message" of the last exception that was not ignored; "" where there is none."""
    lines = stderr.splitlines()
    starts = [
        number
        for number, line in enumerate(lines)
        if HEADER in line and not (number and lines[number - 1].startswith(IGNORED))
    ]
    if starts:
        return next(_flush_left(lines[starts[-1] + 1 :]), "")
    # A syntax error has no header, and a long traceback may have lost it.
    return next((line for line in reversed(list(_flush_left(lines))) if RAISED.match(line)), "")


def _flush_left(lines: list[str]) -> Iterator[str]:
    """Yield what is not indented: within a traceback, its end."""
    yield from (line.strip() for line in lines if line.strip() and not line[0].isspace())
