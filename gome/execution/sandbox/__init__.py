"""What holds a program in, in four tiers; which one works here is found by running a program that tries to get out.

bubblewrap   a world of its own, built by bwrap       bubblewrap  its command line
namespaces   the same, built by ourselves             places      what of the file system is in that world
landlock     the files and sockets of this world      filter      which system calls are left
limits       caps and a deadline, and no walls        canary      the program that tries to get out
choice       the best tier that held                  groups      where control groups can be made
"""

from typing import Literal

Tier = Literal["bubblewrap", "namespaces", "landlock", "limits"]
TIERS: tuple[Tier, ...] = ("bubblewrap", "namespaces", "landlock", "limits")  # best first
LETTERS: dict[Tier, str] = dict(zip(TIERS, "ABCD", strict=True))

__all__ = ["LETTERS", "TIERS", "Tier"]
