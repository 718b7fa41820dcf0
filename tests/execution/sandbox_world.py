"""Worlds to break out of, and runtimes to be held in by."""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import msgspec

from gome.execution import Outcome
from gome.messages import Layer

ORDINARY = 65534 if os.getuid() == 0 else os.getuid()
USERS = {"root": 0, "user": ORDINARY}
SECRET = "planted-" + secrets.token_hex(8)  # in the runtime's environment, in the files that no program may read


class SandboxRuntime:
    """A runtime in a process of its own."""

    def __init__(self, tier, user):
        self.tier, _, self.warm = tier.partition("-")
        self.user, self.uid = user, USERS[user]
        script = Path(__file__).with_name("sandbox_runtime.py")
        self.process = subprocess.Popen(
            [sys.executable, script, self.tier, str(self.uid), *([self.warm] if self.warm else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PLANTED_API_KEY": SECRET},
            text=True,
            start_new_session=True,
        )
        said = json.loads(self.process.stdout.readline())
        self.refusal = said if isinstance(said, str) else ""
        self.layers = () if self.refusal else msgspec.convert(said, tuple[Layer, ...])

    def ask(self, **asked):
        """Hand over a program to run."""
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()

    def answer(self):
        """Wait for its outcome."""
        return msgspec.json.decode(self.process.stdout.readline(), type=Outcome)

    def close(self):
        """End it."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class World:
    """What lies around a trial: another trial, hidden labels, a key, sockets of other programs."""

    def __init__(self, path, runtime):
        self.path, self.runtime, self.said = path, runtime, None
        self.folder = path / "run" / "trials" / "t1"
        self.input = path / "run" / "data" / "search"
        for folder in ("run/trials/t1", "run/trials/t2", "run/data/search", "run/data/full", "task", "home/.ssh"):
            (path / folder).mkdir(parents=True)
        (self.input / "train.csv").write_text("id,y\n1,0\n")
        self.secrets = [
            path / name
            for name in ("run/trials/t2/submission.csv", "run/data/full/train.csv", "task/train.csv", "home/.ssh/id")
        ]
        for file in self.secrets:
            file.write_text(SECRET)
        self.sockets = contextlib.ExitStack()
        self.tcp = self._listening(socket.AF_INET, ("127.0.0.1", 0))
        self.udp = self._bound(socket.AF_INET, ("127.0.0.1", 0), socket.SOCK_DGRAM)
        self.abstract_name = secrets.token_hex(8)
        self.abstract = self._listening(socket.AF_UNIX, f"\0{self.abstract_name}")
        self.named = self._listening(socket.AF_UNIX, str(path / "socket"))
        for file in (path, *path.rglob("*")):
            os.chown(file, runtime.uid, -1)

    def _bound(self, family, address, kind=socket.SOCK_STREAM):
        end = self.sockets.enter_context(socket.socket(family, kind))
        end.bind(address)
        end.setblocking(False)
        return end

    def _listening(self, family, address):
        end = self._bound(family, address)
        end.listen()
        return end

    def heard(self, end):
        """Whether anybody has come to this socket."""
        try:
            end.recv(100) if end is self.udp else end.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def prepare(self, code, **asked):
        """Write a program that knows where it is, and return what to ask the runtime."""
        known = {
            "WORLD": str(self.path),
            "RUNTIME": self.runtime.process.pid,
            "TCP": self.tcp.getsockname()[1],
            "UDP": self.udp.getsockname()[1],
            "ABSTRACT": "\0" + self.abstract_name,
            "SECRETS": [str(file) for file in self.secrets],
        }
        lines = [f"{name} = {value!r}" for name, value in known.items()]
        secret = f"SECRET = {SECRET[:8]!r} + {SECRET[8:]!r}"  # in two parts: the program itself can be read
        (self.folder / "solution.py").write_text("\n".join([*lines, secret, textwrap.dedent(code)]))
        return {"folder": str(self.folder), "input": str(self.input), "limit_s": 15.0} | asked

    def run(self, code, **asked):
        """Run a program to its end."""
        self.runtime.ask(**self.prepare(code, **asked))
        return self.runtime.answer()

    def left(self):
        """Processes that still run and were started for this world."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                line = (process / "cmdline").read_bytes()
                if str(self.folder).encode() in line + (process / "environ").read_bytes():
                    found.append(line)
        return found
