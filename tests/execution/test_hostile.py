"""Programs that try to get out, each on the real sandbox: nothing is reached, and no process is left."""

import os

import pytest

HELD = [(tier, user) for tier in ("bubblewrap", "namespaces", "namespaces-warm") for user in ("root", "user")]
PARTLY = [("landlock", "user"), ("landlock", "root"), ("landlock-warm", "user")]  # all but sockets that have a path


@pytest.fixture(params=[*HELD, *PARTLY], ids="-".join)
def world(request, sandbox_runtimes, world_of):
    """A world around each tier that promises to hold, as root and as an ordinary user."""
    made = world_of(sandbox_runtimes(*request.param))
    yield made
    assert made.left() == []


def reads_nothing(world, code, **asked):
    """Run a program that prints what it could read; it must end by itself and have read nothing."""
    got = world.run(code, **asked)
    assert (got.status, got.error) == ("ok", "")
    assert got.warm == bool(world.runtime.warm)
    assert "planted" not in got.stdout_tail
    assert "tried" in got.stdout_tail
    return got


CONNECT = """
import socket
for address in {addresses}:
    try:
        with socket.socket({family}) as end:
            end.settimeout(1)
            end.connect(address)
            print("planted: reached", address)
    except OSError as error:
        print(error)
print("tried")
"""


def test_tcp(world):
    """No port of the machine is reached."""
    addresses = "[('127.0.0.1', TCP), ('0.0.0.0', TCP)]"
    reads_nothing(world, CONNECT.format(addresses=addresses, family="socket.AF_INET"))
    assert not world.heard(world.tcp)


def test_udp(world):
    """No datagram leaves."""
    code = """
        import socket
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
                end.sendto(b"x", ("127.0.0.1", UDP))
        except OSError as error:
            print(error)
        print("tried")
    """
    reads_nothing(world, code)
    assert not world.heard(world.udp)


def test_dns(world):
    """No name is resolved, and no resolver asked."""
    code = """
        import socket
        try:
            print("planted:", socket.getaddrinfo("planted.example.org", 80))
        except OSError as error:
            print(type(error))
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
                end.connect(("127.0.0.1", UDP))
                end.send(b"\\x00\\x01\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x01a\\x02de\\x00\\x00\\x01\\x00\\x01")
        except OSError as error:
            print(type(error))
        print("tried")
    """
    reads_nothing(world, code)
    assert not world.heard(world.udp)


def test_abstract_socket(world):
    """A socket without a path is not reached."""
    reads_nothing(world, CONNECT.format(addresses="[ABSTRACT]", family="socket.AF_UNIX"))
    assert not world.heard(world.abstract)


def test_socket_with_a_path(world):
    """A socket with a path is not reached, as that of a container daemon would be; the partial tier says it is."""
    if world.runtime.tier == "landlock":
        held = {layer.name: layer for layer in world.runtime.layers}["filesystem"]
        assert (held.state, "sockets that have a path" in held.reason) == ("soft", True)
        return
    addresses = "[WORLD + '/socket', '/var/run/docker.sock', '/run/dbus/system_bus_socket']"
    reads_nothing(world, CONNECT.format(addresses=addresses, family="socket.AF_UNIX"))
    assert not world.heard(world.named)


def test_other_families(world):
    """Neither virtual machines' sockets nor raw packets are to be had."""
    code = """
        import socket
        for family, kind in ((40, socket.SOCK_STREAM), (17, socket.SOCK_RAW), (38, socket.SOCK_SEQPACKET)):
            try:
                socket.socket(family, kind).close()
                print("planted: a socket of family", family)
            except OSError as error:
                print(error)
        print("tried")
    """
    reads_nothing(world, code)


def test_environment_of_the_runtime(world):
    """No process's environment shows what the runtime was started with."""
    code = """
        import os
        for pid in {RUNTIME, os.getppid(), 1, *(name for name in os.listdir("/proc") if name.isdecimal())}:
            for name in ("environ", "mem", "root/etc/shadow", "fd/0"):
                try:
                    with open(f"/proc/{pid}/{name}", "rb") as file:
                        held = file.read(1 << 20)
                    print("planted" if SECRET.encode() in held else "")
                except OSError:
                    pass
        print("tried")
    """
    reads_nothing(world, code)


def test_keys(world):
    """No key is read, neither below a home nor by its full path."""
    code = """
        import os
        for path in [*SECRETS, "/root/.ssh/id_rsa", os.path.expanduser("~/.ssh/id"), "/etc/shadow"]:
            try:
                with open(path) as file:
                    print("planted", path, file.read(10))
            except OSError:
                pass
        print("tried")
    """
    reads_nothing(world, code)


def test_other_trials_and_hidden_labels(world):
    """Neither another trial's folder nor a label that was held out is seen, by whatever way."""
    code = """
        import os
        for top in ("..", "../..", WORLD, "input/..", "input/../full", "/proc/1/root" + WORLD, f"/proc/{RUNTIME}/cwd"):
            for parent, _, names in os.walk(top):
                for name in names:
                    try:
                        with open(os.path.join(parent, name), errors="replace") as file:
                            if SECRET in file.read():
                                print("planted", parent, name)
                    except OSError:
                        pass
        print("tried")
    """
    reads_nothing(world, code)


def test_writing_outside(world):
    """Nothing is written but in the trial's folder; the input stays as it is."""
    code = """
        import os
        def attempt(act, *values):
            try:
                act(*values)
            except OSError:
                pass
        for path in (WORLD + "/written", WORLD + "/run/written", "../written", "input/written", "/etc/written"):
            attempt(lambda: open(path, "w").close())
        attempt(lambda: open("input/train.csv", "a").write("x"))
        attempt(os.chmod, "input/train.csv", 0o777)
        attempt(os.truncate, "input/train.csv", 0)
        attempt(os.remove, "input/train.csv")
        attempt(os.rename, "../t2", "t2")
        attempt(os.rename, WORLD + "/task", "task")
        print("tried")
    """
    before = sorted(world.path.rglob("*"))
    reads_nothing(world, code)
    after = [path for path in sorted(world.path.rglob("*")) if not path.is_relative_to(world.folder)]
    assert after == [path for path in before if not path.is_relative_to(world.folder)]
    assert (world.input / "train.csv").read_text() == "id,y\n1,0\n"


def test_symbolic_links(world):
    """A link leads the program nowhere, and is gone when the harness reads what the program left."""
    code = """
        import os
        os.symlink(SECRETS[1], "submission.csv")
        os.rmdir("working")
        os.symlink(WORLD + "/run/data", "working")
        os.mkfifo("predictions.csv")
        for path in ("submission.csv", "working/full/train.csv"):
            try:
                print("planted" if SECRET in open(path).read() else "")
            except OSError:
                pass
        print("tried")
    """
    reads_nothing(world, code)
    for name in ("submission.csv", "working", "predictions.csv"):
        assert not os.path.lexists(world.folder / name)


def test_links_in_the_place_of_what_is_ours(world):
    """Who tidies up after a program, and who prepares its folder for the next stage, follows none of its links."""
    code = """
        import os, shutil
        for name in (".tmp", ".home", "working", "input", "stdout.log", "stderr.log", "solution.py"):
            try:
                shutil.rmtree(name) if os.path.isdir(name) and not os.path.islink(name) else os.remove(name)
                os.symlink(WORLD + "/run/data/full", name)
            except OSError:
                pass
        print("tried")
    """
    full = world.input.parent / "full"
    (full / "below").mkdir()
    before = [(path, path.stat().st_mode) for path in (full, *sorted(full.rglob("*")))]
    for _ in range(2):  # the second time it is prepared anew
        reads_nothing(world, code)
        assert [(path, path.stat().st_mode) for path in (full, *sorted(full.rglob("*")))] == before


def test_hard_links(world):
    """No file outside gets a second name inside."""
    code = """
        import os
        for number, path in enumerate([*SECRETS, "input/train.csv", "/etc/passwd", f"/proc/{RUNTIME}/exe"]):
            try:
                os.link(path, f"link-{number}")
            except OSError:
                pass
        try:
            os.link("solution.py", "../t2/link")
        except OSError:
            pass
        print("tried")
    """
    reads_nothing(world, code)
    assert list(world.folder.glob("link-*")) == []
    assert not (world.folder.parent / "t2" / "link").exists()


def test_ptrace_and_memory_of_others(world):
    """No process is traced, and no other's memory read."""
    code = """
        import ctypes, os, time
        libc = ctypes.CDLL(None, use_errno=True)
        child = os.fork()
        if not child:
            time.sleep(600)
        for pid in (RUNTIME, os.getppid(), 1, child):
            if libc.ptrace(16, pid, 0, 0) == 0:
                print("planted: attached to", pid)
            if pid == RUNTIME:
                try:
                    open(f"/proc/{pid}/mem", "rb").close()
                    print("planted: memory of", pid)
                except OSError:
                    pass
        os.kill(child, 9)
        print("tried")
    """
    reads_nothing(world, code)


def test_setuid_tools(world):
    """No tool lends power: neither those of the system, nor one that is made, nor a namespace of one's own."""
    code = """
        import ctypes, os, shutil, subprocess
        def powers(*argv):
            try:
                done = subprocess.run(argv, capture_output=True, text=True, timeout=5, stdin=subprocess.DEVNULL)
                return done.returncode, done.stdout
            except OSError as error:
                return -1, str(error)
        for argv in (["su", "-c", "id"], ["mount", "-t", "tmpfs", "x", "/mnt"], ["unshare", "-Ur", "id"],
                     ["unshare", "-n", "id"], ["chroot", "/", "id"], ["mknod", "node", "b", "254", "0"]):
            code, said = powers(*argv)
            if code == 0:
                print("planted:", argv, said)
        shutil.copy(shutil.which("cat"), "tool")
        try:
            os.chmod("tool", 0o6755)
        except OSError as error:
            print(error)
        _, said = powers("./tool", "/proc/self/status")
        for line in said.splitlines():
            name, _, value = line.partition(":")
            if name in ("CapEff", "CapPrm") and int(value, 16):
                print("planted:", line)
            if name == "Uid" and len(set(value.split())) > 1:
                print("planted:", line)
        if ctypes.CDLL(None).unshare(0x10000000) == 0:
            print("planted: a namespace of users")
        for act in (lambda: os.setuid(0 if os.getuid() else 1), lambda: os.setgroups([0]), lambda: os.nice(-5)):
            try:
                act()
                print("planted: a privileged call")
            except OSError as error:
                print(error)
        print("tried")
    """
    reads_nothing(world, code)


@pytest.mark.parametrize("mode", [0o4755, 0o2755])
def test_files_that_run_as_their_owner(world, mode):
    """None is made, in no way: it would lie in the trial's folder, for any account of the machine to start."""
    code = f"""
        import ctypes, errno, os
        libc = ctypes.CDLL(None, use_errno=True)
        MODE = {mode}
        open("plain", "w").close()
        number = {{"x86_64": 437, "aarch64": 437}}[os.uname().machine]
        how = (ctypes.c_uint64 * 3)(os.O_CREAT | os.O_WRONLY, MODE, 0)
        ways = [
            lambda: os.chmod("plain", MODE), lambda: os.fchmod(os.open("plain", os.O_RDONLY), MODE),
            lambda: os.chmod("plain", MODE, dir_fd=os.open(".", os.O_RDONLY)),
            lambda: os.open("opened", os.O_CREAT | os.O_WRONLY, MODE), lambda: os.mknod("node", MODE | 0o100000),
            lambda: os.open("at", os.O_CREAT | os.O_WRONLY, MODE, dir_fd=os.open(".", os.O_RDONLY)),
            lambda: os.open(".", os.O_TMPFILE | os.O_RDWR, MODE), lambda: libc.creat(b"created", MODE),
            lambda: libc.open(b"raw", os.O_CREAT | os.O_WRONLY, MODE),
            lambda: libc.syscall(number, -100, b"2", how, 24),
        ]
        for n, way in enumerate(ways):
            try:
                way()
            except OSError as error:
                print(error)
        for name in os.listdir():
            if os.lstat(name).st_mode & 0o6000 and os.path.isfile(name):
                print("planted:", name)
        assert libc.syscall(number, -100, b"3", how, 24) == -1 and ctypes.get_errno() == errno.ENOSYS
        os.close(os.open("shared", os.O_CREAT | os.O_WRONLY, 0o1755))
        print("tried")
    """
    reads_nothing(world, code)
    assert [path.name for path in world.folder.rglob("*") if path.is_file() and path.stat().st_mode & 0o6000] == []


def test_cores_and_priority_of_others(world):
    """A lease's cores are what a program has, whatever it asks for; nobody else's priority is touched."""
    before = os.sched_getaffinity(world.runtime.process.pid), os.getpriority(os.PRIO_PROCESS, world.runtime.process.pid)
    cores = [] if world.runtime.warm else [min(before[0])]  # a worker has its slot's
    code = """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        ioprio_set = {"x86_64": 251, "aarch64": 30}[os.uname().machine]
        cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, range(os.cpu_count()))
        if cores != os.sched_getaffinity(0) or len(cores) != NUMBER:
            print("planted:", cores, os.sched_getaffinity(0))
        def tried(act):
            try:
                act()
            except OSError as error:
                print(error)
        for pid in (RUNTIME, os.getppid()):
            tried(lambda: os.sched_setaffinity(pid, {0}))
            tried(lambda: os.setpriority(os.PRIO_PROCESS, pid, 19))
            tried(lambda: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0)))
            libc.syscall(ioprio_set, 1, pid, 3 << 13)
        if RUNTIME in map(int, filter(str.isdigit, os.listdir("/proc"))):
            tried(lambda: os.setpriority(os.PRIO_USER, 0, 19))
            tried(lambda: os.setpriority(os.PRIO_PGRP, 0, 19))
            libc.syscall(ioprio_set, 3, 0, 3 << 13)
        assert os.nice(1) > 0
        print("tried")
    """
    reads_nothing(world, code.replace("NUMBER", str(len(cores or before[0]))), cores=cores)
    pid = world.runtime.process.pid
    assert (os.sched_getaffinity(pid), os.getpriority(os.PRIO_PROCESS, pid)) == before
    assert os.sched_getscheduler(pid) == os.SCHED_OTHER


def test_marks_on_files(world):
    """No file is marked as one that cannot be changed or removed: neither a trial's own, nor one outside."""
    code = """
        import array, fcntl, os
        for path in ("own", WORLD + "/task/train.csv"):
            try:
                with open(path, "a" if path == "own" else "r") as file:
                    fcntl.ioctl(file, 0x40086602, array.array("l", [0x40]))  # not to be dumped: no power is needed
                print("planted: marked", path)
            except OSError as error:
                print(error)
        print("tried")
    """
    reads_nothing(world, code)


def test_leases_and_watches_on_shared_files(world):
    """A lease on the input would keep everybody else who opens it waiting; a watch would pin its disk."""
    code = """
        import ctypes, fcntl
        libc = ctypes.CDLL(None, use_errno=True)
        with open("input/train.csv") as file:
            for act, value in ((fcntl.F_SETLEASE, fcntl.F_WRLCK), (fcntl.F_SETLEASE, fcntl.F_RDLCK), (1031, 1 << 20)):
                try:
                    fcntl.fcntl(file, act, value)
                    print("planted:", act)
                except OSError as error:
                    print(error)
        if libc.syscall(444, 0, 0, 1) != -1:
            print("planted: rules of Landlock")
        print("tried")
    """
    reads_nothing(world, code)


def test_what_would_outlive_it(world):
    """Neither shared memory, nor messages, nor semaphores that nobody would remove are to be had."""
    code = """
        import ctypes
        libc = ctypes.CDLL(None)
        if libc.mq_open(b"/gome-planted", 0o102, 0o600, None) != -1 or libc.mq_unlink(b"/gome-planted") != -1:
            print("planted: a queue")
        for made in (libc.shmget(0, 4096, 0o1600), libc.msgget(0, 0o1600), libc.semget(0, 1, 0o1600)):
            if made != -1:
                print("planted: it is there for good")
        print("tried")
    """
    reads_nothing(world, code)


def test_settings_of_the_kernel(world):
    """No file of /proc that is the machine's own can be opened to write: a core pattern would run as its root."""
    code = """
        import os
        for folder, _, names in os.walk("/proc"):
            if not folder.split("/")[2:3] or not folder.split("/")[2].isdigit():
                for name in names:
                    if folder == "/proc" and name in ("kmsg", "kcore"):
                        continue  # opened by their mode; reading and writing takes powers
                    try:
                        os.close(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_NONBLOCK))
                        print("planted:", folder, name)
                    except OSError:
                        pass
        print("tried")
    """
    reads_nothing(world, code)


def test_fork_bomb(world):
    """A program that forks without end is stopped at the cap; at most 300 processes ever."""
    code = """
        import os, time
        made, top = 0, os.getpid()
        try:
            for made in range(1, 301):
                if os.fork() == 0:
                    time.sleep(600)
                time.sleep(0.001)
        except OSError as error:
            print("stopped at", made, error, flush=True)
            raise SystemExit(7)
        time.sleep(600)
    """
    got = world.run(code, caps={"processes": 40})

    assert (got.status, got.error) in (
        ("killed", "more than 40 processes"),
        ("failed", "exit code 7"),
    )


MEMORY = """
held = []
for _ in range(64):
    held.append(bytearray(b"x") * (32 << 20))
print("planted: 2 GiB")
"""
SHARED = """
import os
for number in range(64):
    with open(f"/dev/shm/bomb-{os.getpid()}-{number}", "wb") as file:
        file.write(b"x" * (32 << 20))
print("planted: 2 GiB")
"""
UNMAPPED = """
import mmap
held = []
for _ in range(64):
    held.append(mmap.mmap(-1, 32 << 20))
    held[-1].write(b"x" * (32 << 20))
print("planted: 2 GiB")
"""


NAMELESS = """
import os, time
held = [os.memfd_create(str(number)) for number in range(40)]
for fd in held:
    os.write(fd, b"x" * (32 << 20))
    time.sleep(0.05)
time.sleep(600)
"""


BY_CHILDREN = """
import mmap, os, time
held = []
for _ in range(32):
    held.append(mmap.mmap(-1, 32 << 20))
    pid = os.fork()
    if not pid:
        held[-1].write(b"x" * (32 << 20))
        os._exit(0)
    os.waitpid(pid, 0)
time.sleep(600)
"""
CLOSED = """
import ctypes, os, time
libc = ctypes.CDLL(None)
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
for _ in range(32):
    fd = os.memfd_create("")
    os.write(fd, b"x" * (32 << 20))
    libc.mmap(None, 32 << 20, 3, 1, fd, 0)
    os.close(fd)
time.sleep(600)
"""
LATE = """
import ctypes, threading, time
def work():
    time.sleep(0.3)
    held = []
    for _ in range(32):
        held.append(bytearray(b"x") * (32 << 20))
        time.sleep(0.05)
    time.sleep(600)
threading.Thread(target=work).start()
ctypes.CDLL(None).syscall(60, 0)
"""
SOCKETS = """
import os, socket, time
held = []
for _ in range(8):
    if not os.fork():
        break
for _ in range(300):
    held.append(socket.socketpair())
    held[-1][0].setblocking(False)
    try:
        while True:
            held[-1][0].send(b"x" * 60_000)
    except BlockingIOError:
        pass
time.sleep(600)
"""
AT_ONCE = """
import mmap, os, time
for _ in range(4):
    if not os.fork():
        held = mmap.mmap(-1, 400 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE)
        time.sleep(600)
time.sleep(600)
"""
ON_THE_WAY = """
import array, os, socket, time
ends = socket.socketpair()
for _ in range(40):
    fd = os.memfd_create("")
    os.write(fd, b"x" * (32 << 20))
    ends[0].sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
    os.close(fd)
time.sleep(600)
"""
TABLES = """
import ctypes, mmap, time
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype, libc.mmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 4]
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
size = 90 << 30
for _ in range(3):
    place = libc.mmap(None, size, mmap.PROT_READ, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, -1, 0)
    libc.madvise(place, size, 15)  # no huge pages
    for offset in range(0, size, 2 << 20):
        ctypes.c_char.from_address(place + offset).value
time.sleep(600)
"""
BOMBS = {
    "private": MEMORY, "/dev/shm": SHARED, "shared": UNMAPPED, "without a name": NAMELESS, "by children": BY_CHILDREN,
    "closed": CLOSED, "after the first thread": LATE, "sockets": SOCKETS, "at once": AT_ONCE, "on the way": ON_THE_WAY,
    "page tables": TABLES,
}  # fmt: skip


@pytest.mark.parametrize("code", BOMBS.values(), ids=BOMBS)
def test_memory_bomb(world, code):
    """A program that takes 1 or 2 GiB ends at its cap of 256 MiB, wherever it keeps them."""
    if world.runtime.tier == "landlock" and code is SHARED:
        pytest.skip("/dev/shm is shared in this tier, and said to be")
    got = world.run(code, memory_mib=256)

    full = got.status == "failed" and "No space left" in got.error
    taken = code is TABLES and got.error == "its supervisor was killed"  # by the kernel, who counts both as one
    assert got.error == "memory cap of 256 MiB" or full or taken
    assert "planted" not in got.stdout_tail
    assert got.peak_mib < 1500 or code is AT_ONCE


def test_who_hides_what_it_holds(world):
    """No program keeps us from looking at it."""
    if world.runtime.tier == "limits":
        pytest.skip("no filter of system calls")
    got = world.run("import ctypes; libc = ctypes.CDLL(None); print(libc.prctl(4, 0), libc.prctl(3))")

    assert got.stdout_tail == "-1 1\n"


HIDDEN = {  # where nobody can look
    "too deep": "for _ in range(30): os.mkdir('d' * 200); os.chdir('d' * 200)",
    "closed": "os.mkdir('closed'); os.chdir('closed'); os.chmod('.', 0o300)",
    "secretive": "import ctypes; ctypes.CDLL(None).prctl(4, 0)",
}


@pytest.mark.parametrize("how", HIDDEN)
def test_disk_filler_that_hides(world, how):
    """What lies where nobody can look counts as well."""
    code = (
        HIDDEN[how]
        + """
import time
held = []
for number in range(60):
    held.append(open(str(number), "wb"))
    if how == "secretive":
        os.unlink(str(number))
    held[-1].write(b"x" * (5 << 20))
    held[-1].flush()
time.sleep(600)
"""
    )
    got = world.run(f"import os\nhow = {how!r}\n{code}", caps={"disk_mib": 32})

    assert (got.status, got.error) == ("killed", "disk cap of 32 MiB")


WITHOUT_A_NAME = {
    "mapped": """
        libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
        def keep(fd):
            libc.mmap(None, 5 << 20, 3, 1, fd, 0)
            os.close(fd)
        fill()
    """,
    "after the first thread": """
        def keep(fd):
            pass
        threading.Thread(target=fill).start()
        libc.syscall(60, 0)
    """,
    "in a table of its own": """
        def keep(fd):
            pass
        def leave():
            libc.syscall(436, 500, 500, 2)  # close_range, CLOSE_RANGE_UNSHARE
            fill()
        threading.Thread(target=leave).start()
    """,
    "on the way": """
        ends = socket.socketpair()
        def keep(fd):
            ends[0].sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
            os.close(fd)
        fill()
    """,
}


@pytest.mark.parametrize("how", WITHOUT_A_NAME)
def test_disk_filler_without_a_name(world, how):
    """Files that have neither a name nor, where one looks first, a descriptor count as well."""
    code = """
        import array, ctypes, os, socket, threading, time
        libc = ctypes.CDLL(None)
        def fill():
            time.sleep(0.3)
            for _ in range(60):
                fd = os.open("f", os.O_RDWR | os.O_CREAT)
                os.posix_fallocate(fd, 0, 5 << 20)
                os.unlink("f")
                keep(fd)
            time.sleep(600)
    """
    got = world.run(code + WITHOUT_A_NAME[how], caps={"disk_mib": 32})

    assert (got.status, got.error) == ("killed", "disk cap of 32 MiB")


def test_many_files(world):
    """There is a cap on the number of files, however small they are."""
    code = """
        import os, time
        os.mkdir("many")
        for number in range(5000):
            os.close(os.open(f"many/{number}", os.O_CREAT))
        time.sleep(600)
    """
    got = world.run(code, caps={"entries": 2000})

    assert (got.status, got.error) == ("killed", "more than 2000 files")


def test_disk_filler(world):
    """A program that fills the disk is stopped a little after its cap, whether its files are large, many or unnamed."""
    code = """
        import os
        for number in range(60):
            with open(f"working/{number}", "wb") as file:
                file.write(b"x" * (5 << 20))
        held = [open(f"unnamed-{number}", "wb") for number in range(60)]
        for file in held:
            os.unlink(file.name)
            file.write(b"x" * (5 << 20))
            file.flush()
        import time
        time.sleep(600)
    """
    got = world.run(code, caps={"disk_mib": 32})

    assert (got.status, got.error) == ("killed", "disk cap of 32 MiB")


def test_one_large_file(world):
    """One file cannot be larger than the cap for all; the kernel holds that."""
    got = world.run("""
        with open("large", "wb") as file:
            for _ in range(100):
                file.write(b"x" * (1 << 20))
    """, caps={"disk_mib": 8})  # fmt: skip

    assert got.status in ("killed", "failed")
    assert (world.folder / "large").stat().st_size <= 8 << 20


def test_endless_output(world):
    """300 MB of output against a cap of 1 MiB leave a log of 1 MiB, and cost nobody memory."""
    code = """
        import os
        for _ in range(300):
            os.write(1, b"x" * 1_000_000)
    """
    got = world.run(code)

    assert got.status == "ok"
    assert (world.folder / "stdout.log").stat().st_size < (1 << 20) + 10_000


def test_daemon(world):
    """What forks twice and takes a session of its own dies with the program all the same."""
    got = world.run("""
        import os, signal, time
        said, says = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork():
                os._exit(0)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            os.write(says, b"x")
            time.sleep(600)
        os.read(said, 1)
    """)  # fmt: skip

    assert got.status == "ok"


def test_ignoring_sigterm(world):
    """A deadline is one, whatever signals a program ignores or blocks, and whatever it stops."""
    got = world.run("""
        import os, signal, time
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        os.fork()
        while True:
            time.sleep(1)
    """, limit_s=0.4)  # fmt: skip

    assert (got.status, got.error) == ("timeout", "ran past its 0.4 s")


def test_killing_its_parent(world):
    """A program that kills all it can reach harms itself alone."""
    got = world.run("""
        import os, signal
        for pid in (os.getppid(), RUNTIME, 1, -os.getppid(), -os.getpgid(0)):
            for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
                if pid != -os.getpgid(0) or number == signal.SIGTERM:
                    signal.signal(signal.SIGTERM, signal.SIG_IGN)
                    try:
                        os.kill(pid, number)
                    except OSError:
                        pass
        print("tried")
    """)  # fmt: skip

    assert got.error != "its supervisor was killed"
    assert world.run("print('next')").stdout_tail == "next\n"


def test_stopping_the_clock(world):
    """Neither stopped processes, nor timers, nor limits, nor another time of day move the deadline."""
    got = world.run("""
        import os, resource, signal, time
        def attempt(act, *values):
            try:
                act(*values)
            except (OSError, ValueError, OverflowError):
                pass
        for pid in (RUNTIME, os.getppid(), 1):
            attempt(os.kill, pid, signal.SIGSTOP)
        attempt(signal.setitimer, signal.ITIMER_REAL, 0)
        attempt(time.clock_settime, time.CLOCK_REALTIME, 0)
        for limit in (resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
            attempt(resource.setrlimit, limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        attempt(resource.prlimit, os.getppid(), resource.RLIMIT_CPU, (0, 0))
        attempt(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(99))
        print(resource.getrlimit(resource.RLIMIT_CPU)[0], flush=True)
        while True:
            time.sleep(1)
    """, limit_s=0.5)  # fmt: skip

    assert (got.status, got.error) == ("timeout", "ran past its 0.5 s")
    assert 0 < int(got.stdout_tail) < 1000  # seconds, as before; -1 would be without end
    assert got.wall_s < 5
