"""A filter of system calls for seccomp, assembled for this machine."""

import errno
import struct
from collections.abc import Iterator, Sequence

from gome.execution.sandbox import Tier

MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}  # linux/audit.h; column of the table below
X32 = 0x40000000  # calls of another ABI on x86_64, by other numbers
NEW_NAMESPACES = 0x7E020080  # flags of clone, linux/sched.h: any of the eight namespaces
TYPE_FOR_OTHERS = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: into somebody's terminal
MARK_FILES = (0x40086602, 0x40046602, 0x401C5820)  # linux/fs.h: such as not to be removed; Landlock does not guard it
FORBIDDEN = {  # unistd.h: (x86_64, aarch64), -1 where there is no such call
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),  # pass by filters
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225),
    "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443), "syslog": (103, 116),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171),
    "iopl": (172, -1), "ioperm": (173, -1), "modify_ldt": (154, -1), "vhangup": (153, 58),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "memfd_secret": (447, 447), "shmget": (29, 194), "vmsplice": (278, 75),  # memory that no process need have mapped
    # What outlives whoever made it, where there is no world of its own:
    "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180), "mq_unlink": (241, 181),
}  # fmt: skip
PRETENDED = {"sched_setaffinity": (203, 122)}  # the lease says which cores; libraries that bind threads would end
ALSO_PRETENDED = {  # where only Landlock guards files, and it does not guard these: whoever copies a file asks for them
    "chmod": (90, -1), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, -1),
    "fchown": (93, 55), "lchown": (94, -1), "fchownat": (260, 54), "utime": (132, -1), "utimes": (235, -1),
    "futimesat": (261, -1), "utimensat": (280, 88),
}  # fmt: skip
UNSUPPORTED = {  # there
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16), "setxattrat": (463, 463), "removexattrat": (466, 466),
    "file_setattr": (469, 469),
}  # fmt: skip
PRIORITY = {"setpriority": (141, 140), "ioprio_set": (251, 30)}  # of what the first argument says, named by the second
WHO_PROCESS = {"setpriority": 0, "ioprio_set": 1}  # one process or thread; linux/resource.h, linux/ioprio.h
SCHEDULED = {"sched_setparam": (142, 118), "sched_setscheduler": (144, 119), "sched_setattr": (314, 274)}
MODES = {  # where a call is told a file's mode: its numbers, and the argument's offset
    "chmod": ((90, -1), 24), "fchmod": ((91, 52), 24), "fchmodat": ((268, 53), 32), "fchmodat2": ((452, 452), 32),
    "creat": ((85, -1), 24), "mknod": ((133, -1), 24), "mknodat": ((259, 33), 32),
}  # fmt: skip
OPENS = {"open": ((2, -1), 24), "openat": ((257, 56), 32)}  # the flags' offset; the mode, if they create, comes next
O_CREAT, O_TMPFILE, SET_ID = 0x40, 0x400000, 0o6000  # bits/fcntl.h; set-user-ID and set-group-ID
SOCKET, CLONE, CLONE3, OPENAT2, IOCTL = (41, 198), (56, 220), (435, 435), (437, 437), (16, 29)
PRLIMIT, PRCTL, FCNTL = (302, 261), (157, 167), (72, 25)
# linux/fcntl.h, F_SETLEASE, F_NOTIFY, F_SETPIPE_SZ: who opens a leased file waits; what a pipe holds is nobody's memory
REFUSED_FCNTL = (1024, 1026, 1031)
PR_SET_DUMPABLE = 4  # linux/prctl.h; with it a program could keep us from looking at what it holds
LANDLOCK = (444, 445, 446)  # whose rules keep the blocks of files that are gone, where nobody counts them
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16  # linux/socket.h
FAMILIES = (AF_UNIX, AF_INET, AF_INET6, AF_NETLINK)  # those that a namespace holds

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # linux/bpf_common.h: words, against constants
NUMBER, ARCHITECTURE, FIRST, SECOND, ARGUMENT = 0, 4, 16, 24, 8  # in struct seccomp_data; arguments' low halves
ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000  # linux/seccomp.h


Line = tuple[int, int, int, int]  # code, lines to skip if so, lines to skip if not, constant


def assemble(tier: Tier, machine: str) -> bytes:
    """Return the filter of a tier for a machine as `os.uname` names it; empty where there is none.

    It lists what is refused: programs may be anything that computes. In a world of its own a program has sockets
    of the internet, which lead nowhere; in this one it has none.
    """
    if machine not in MACHINES or tier == "limits":
        return b""
    architecture, column = MACHINES[machine]
    guarded = tier != "landlock"  # by namespaces: what a program may change beside itself is its own
    families = FAMILIES if guarded else (AF_UNIX,)
    lines = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        *([(AT_LEAST, 0, 1, X32), _refuse(errno.ENOSYS)] if machine == "x86_64" else []),
        *_forbid(_column(FORBIDDEN, column)),
        *_forbid(_column(PRETENDED, column), 0),
        *(() if guarded else _forbid(_column(ALSO_PRETENDED, column), 0)),
        *(() if guarded else _forbid(_column(UNSUPPORTED, column), errno.ENOTSUP)),
        *_forbid(LANDLOCK, errno.ENOSYS),
        *_forbid([CLONE3[column], OPENAT2[column]], errno.ENOSYS),  # their flags lie where no filter sees them
        *_when(CLONE[column], FIRST, [(ANY_BIT, 0, 1, NEW_NAMESPACES), _refuse(errno.EPERM)]),
        *_when(IOCTL[column], SECOND, list(_forbid(TYPE_FOR_OTHERS + MARK_FILES))),
        *_when(FCNTL[column], SECOND, list(_forbid(REFUSED_FCNTL))),
        *_when(SOCKET[column], FIRST, list(_only(families, errno.EAFNOSUPPORT))),
        *_when(PRLIMIT[column], FIRST, _OWN),
        *_when(PRCTL[column], FIRST, list(_forbid([PR_SET_DUMPABLE]))),
        *_modes(column),
        *(() if guarded else _schedules(column)),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("<HBBI", code, yes, no, value) for code, yes, no, value in lines)


def _modes(column: int) -> Iterator[Line]:
    """Refuse files that run as their owner: they would lie here, outside the trial's world, for anybody to start."""
    set_id = [(ANY_BIT, 0, 1, SET_ID), _refuse(errno.EPERM)]
    for numbers, mode in MODES.values():
        yield from _when(numbers[column], mode, set_id)
    for numbers, flags in OPENS.values():
        yield from _when(
            numbers[column], flags, [(ANY_BIT, 0, 3, O_CREAT | O_TMPFILE), (LOAD, 0, 0, flags + ARGUMENT), *set_id]
        )


def _schedules(column: int) -> Iterator[Line]:
    """Leave a program the priority of its own processes, each of itself: Landlock guards nobody else's."""
    for name, numbers in PRIORITY.items():
        me = WHO_PROCESS[name]
        yield from _when(numbers[column], FIRST, [*_only((me,), errno.EPERM), (LOAD, 0, 0, SECOND), *_OWN])
    for numbers in SCHEDULED.values():
        yield from _when(numbers[column], FIRST, _OWN)


def _refuse(number: int) -> Line:
    return RETURN, 0, 0, ERROR | number


_OWN = [(EQUAL, 1, 0, 0), _refuse(errno.EPERM)]  # one's own process, which 0 names, and nobody else's


def _column(calls: dict[str, tuple[int, int]], column: int) -> list[int]:
    """Return the numbers of these calls, where there are any."""
    return sorted(numbers[column] for numbers in calls.values() if numbers[column] >= 0)


def _forbid(values: Sequence[int], refusal: int = errno.EPERM) -> Iterator[Line]:
    """Refuse what was loaded if it is one of these; 0 does nothing and says that all is well."""
    for place, value in enumerate(values):
        yield EQUAL, len(values) - 1 - place, 0 if place < len(values) - 1 else 1, value
    yield _refuse(refusal)


def _only(values: tuple[int, ...], refusal: int) -> Iterator[Line]:
    """Refuse what was loaded if it is none of these."""
    for place, value in enumerate(values):
        yield EQUAL, len(values) - place, 0, value
    yield _refuse(refusal)


def _when(number: int, argument: int, lines: list[Line]) -> Iterator[Line]:
    """Look at an argument of one system call, where there is such a call; then the number is loaded again."""
    if number < 0:
        return
    yield EQUAL, 0, len(lines) + 2, number
    yield LOAD, 0, 0, argument
    yield from lines
    yield LOAD, 0, 0, NUMBER
