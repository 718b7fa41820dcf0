"""Landlock: which files this process may touch, held by the kernel and never taken back."""

import ctypes
import os
import stat
from collections.abc import Iterable

from .kernel import Libc

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # unistd.h, on every machine
VERSION_FLAG, PATH_BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8  # linux/landlock.h
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
ALL_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}  # by version; moving between folders, truncating
RIGHTS = (1 << 16) - 1  # from version 5: ioctls on devices
READ = EXECUTE | READ_FILE | READ_DIR
FOR_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
SCOPED = 0b11  # from version 6: neither abstract sockets nor signals reach outside


def version(libc: Libc) -> int:
    """Return which Landlock the kernel has. Raises OSError where it has none."""
    return libc.system("landlock", CREATE_RULESET, None, 0, VERSION_FLAG)


def restrict(libc: Libc, rules: Iterable[tuple[str, int]]) -> None:
    """Deny this process every file but those at or below these paths, as far as they exist. Raises OSError."""
    known = version(libc)
    handled = ALL_RIGHTS.get(known, RIGHTS)
    attributes = (ctypes.c_uint64 * 3)(handled, 0, SCOPED if known >= 6 else 0)
    size = 24 if known >= 6 else 8
    ruleset = libc.system("landlock_create_ruleset", CREATE_RULESET, attributes, size, 0)
    for path, rights in rules:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        allowed = rights & handled
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            allowed &= FOR_FILES
        rule = allowed.to_bytes(8, "little") + place.to_bytes(4, "little")
        libc.system("landlock_add_rule", ADD_RULE, ruleset, PATH_BENEATH, rule, 0)
        os.close(place)
    libc.system("landlock_restrict_self", RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
