"""What a program is expected to take on the full data, from what it took on a sample."""

import math

FIXED_SHARE = 0.8  # of the quickest sample's time that no program is without: loading libraries, reading, writing
GROWTH = 0.75  # power of the rows by which the rest grows, as that of a refit
DOUBT = 3.0  # times too long by this estimate, before a program is not begun: models differ in how they grow


class Estimate:
    """Learns from every sample what programs have in common."""

    def __init__(self, growth: float) -> None:
        """Take the rows of the full data, for one of the sample."""
        self._growth, self._quickest_s = max(growth, 1.0), float("inf")

    def full_s(self, sample_s: float) -> float:
        """Return the seconds that the full data is expected to take, and remember the sample's.

        The quickest sample of all bounds what is spent before anything is learnt; what goes beyond that grows with
        the rows to the power 0.75.
        """
        self._quickest_s = min(self._quickest_s, sample_s)
        fixed_s = FIXED_SHARE * self._quickest_s
        return fixed_s + (sample_s - fixed_s) * math.pow(self._growth, GROWTH)


def hopeless(expected_s: float, limit_s: float) -> str:
    """Return why a program that is expected to take so long is not begun within a limit; "" where it is."""
    if expected_s <= DOUBT * limit_s:
        return ""
    return (
        f"not started: by its sample it would take about {expected_s:.0f} s on the full data, "
        f"and {max(limit_s, 0.0):.0f} s are left for it"
    )
