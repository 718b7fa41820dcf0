"""How long a command has been at it: a run's time by the wall begins with its command."""

import os
import time
from pathlib import Path

EXIT_S = 0.4  # of CPU time, from the end of a run to that of its process
SLOWEST = 8.0  # times as long as that may be expected to take where others use the machine


class Age:
    """Call it for the seconds from a command's beginning to its end, if it ended now."""

    def __init__(self, *, own_process: bool) -> None:
        """Begin now, or where the process is the command's own, when that was started."""
        now = time.monotonic()
        self._began = now - (_process_s() if own_process else 0.0)
        self._own_process = own_process

    def __call__(self) -> float:
        """Return seconds. How busy the machine is shows in what has been taken so far, beside the CPU time in it."""
        took_s = time.monotonic() - self._began
        if not self._own_process:
            return took_s
        slowness = took_s / max(time.process_time(), 1e-3)
        return took_s + EXIT_S * min(max(slowness, 1.0), SLOWEST)


def _process_s() -> float:
    """Return how long this process has run, as far as the system says."""
    try:
        stat = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        began_s = int(stat[19]) / os.sysconf("SC_CLK_TCK")  # since the machine was started
        return max(time.clock_gettime(time.CLOCK_BOOTTIME) - began_s, 0.0)
    except (OSError, AttributeError):  # not on Linux, where no trial runs either
        return 0.0
