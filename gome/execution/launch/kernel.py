"""System calls that Python has no names for."""

import ctypes
import os
import signal

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_SECUREBITS = 1, 4, 24, 28  # linux/prctl.h
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 36, 38, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
SET_SECCOMP = {"x86_64": 317, "aarch64": 277}  # unistd.h; the others below are the same everywhere
SET_CAPABILITIES = {"x86_64": 126, "aarch64": 91}
SYS_CLONE = {"x86_64": 56, "aarch64": 220}
SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW = 1, 4  # programs run one beside the other, not in one process
SECUREBITS = 0b11_11_11  # linux/securebits.h: uid 0 is no reason for capabilities; for good
CAP_VERSION = 0x20080522  # linux/capability.h: sets of 64 bits
LAST_CAP = 63


class Libc:
    """The C library of this process; its failures are OSErrors."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)

    def call(self, name: str, *values: object) -> int:
        """Call a function that returns -1 on failure: whole numbers, bytes, or what ctypes made. Raises OSError."""
        wide = (ctypes.c_ulong(value) if isinstance(value, int) else value for value in values)
        result: int = getattr(self._libc, name)(*wide)
        if result == -1:
            number = ctypes.get_errno()
            raise OSError(number, f"{name}: {os.strerror(number)}")
        return result

    def system(self, what: str, number: int, *values: object) -> int:
        """Make a system call by its number; `what` is its name, for the error. Raises OSError."""
        try:
            return self.call("syscall", number, *values)
        except OSError as error:
            raise OSError(error.errno, f"{what}: {os.strerror(error.errno or 0)}") from None

    def fork(self, flags: int) -> int:
        """Fork as `os.fork` does, the child in new namespaces. Raises OSError."""
        number, api = SYS_CLONE[os.uname().machine], ctypes.pythonapi
        clone = ctypes.PyDLL(None, use_errno=True).syscall  # it keeps the interpreter's lock, as a fork must
        api.PyOS_BeforeFork()
        pid: int = clone(*map(ctypes.c_ulong, (number, flags | signal.SIGCHLD, 0, 0, 0, 0)))
        refusal = ctypes.get_errno()
        if pid:
            api.PyOS_AfterFork_Parent()
        else:
            api.PyOS_AfterFork_Child()
        if pid == -1:
            raise OSError(refusal, f"clone: {os.strerror(refusal)}")
        return pid

    def prctl(self, option: int, *values: int) -> None:
        """Set one property of this process. Raises OSError."""
        self.call("prctl", option, *values, *[0] * (4 - len(values)))

    def drop_capabilities(self) -> None:
        """Give up every power of uid 0 over others, also after an exec. Raises OSError."""
        try:
            self.prctl(PR_SET_SECUREBITS, SECUREBITS)
            for capability in range(LAST_CAP):
                self.prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            pass  # past the last one; or not allowed, and so without powers to lose
        self.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
        header = (ctypes.c_uint32 * 2)(CAP_VERSION, 0)
        self.system("capset", SET_CAPABILITIES[os.uname().machine], header, (ctypes.c_uint32 * 6)())

    def filter_calls(self, program: bytes) -> None:
        """Put a filter of system calls on this process and all it starts. Raises OSError."""
        code = ctypes.create_string_buffer(program)

        class Program(ctypes.Structure):
            _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

        lines = Program(len(program) // 8, ctypes.addressof(code))
        number = SET_SECCOMP[os.uname().machine]
        flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW
        self.system("seccomp", number, SECCOMP_SET_MODE_FILTER, flags, ctypes.byref(lines))
