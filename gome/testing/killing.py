"""Kill a real `gome run` with SIGKILL, resume it, again and again, and look at what it has lost or paid for twice.

A run is a process of its own: the real command, the real sandbox, a real endpoint over HTTP that counts its calls.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from gome.llm.account import CALLS

Aim = Literal["runtime", "everything", "supervisor", "trial", "worker"]  # whom a kill hits
AIMS: tuple[Aim, ...] = ("runtime", "everything", "supervisor", "trial", "worker")
Moment = Literal["any", "commit", "export", "resume"]  # when
MOMENTS: tuple[Moment, ...] = ("any", "commit", "export", "resume")
LONGEST_S = 6.0  # of a sitting that is to be killed
GONE_S = 15.0  # after which what a runtime left behind must be gone
ENDS_S = 300.0  # that a sitting which nobody kills may take


class Tally(msgspec.Struct, kw_only=True):
    """What came of runs that were killed."""

    runs: int = 0
    completed: int = 0
    kills: dict[str, int] = {}  # by aim and moment
    suspended: int = 0  # times that a whole run was stopped for a moment
    sittings: int = 0
    calls: int = 0  # that the endpoint was asked for, checks aside
    calls_in_doubt: int = 0  # under way at a kill: counted as spent, and made again
    calls_repeated: int = 0  # though their answer was on record, or without anybody counting them
    trials: int = 0
    trials_lost: int = 0  # finished before a kill, and not, or otherwise, after it
    programs_repeated: int = 0  # that had ended when a kill came, a moment before that was on record
    worse: int = 0  # sittings after which the best was worse than before
    left: int = 0  # processes that outlived their runtime
    trouble: list[str] = []


class Victim:
    """One run, from its beginning to its end, with kills in between."""

    def __init__(
        self, command: list[str], folder: Path, draw: random.Random, tally: Tally, *, aims: Sequence[Aim] = AIMS
    ) -> None:
        """Kill nothing yet.

        Args:
            command: that begins the run, with --out `folder` and --json.
            folder: of the run.
            draw: chooses moments.
            tally: to add to.
            aims: whom kills may hit.
        """
        self._aims = aims
        self._command, self._folder, self._draw, self._tally = command, folder, draw, tally
        self._finished: dict[str, str] = {}  # body of each TrialFinished, by trial
        self._best: float | None = None

    def live(self, kills: int) -> None:
        """Run to the end, with so many kills on the way, as far as there is time for them."""
        self._tally.runs += 1
        while True:
            process = self._start()
            if kills <= 0:
                break
            while kills > 0 and process.poll() is None:
                kills -= self._kill(process)
            if process.poll() is None or process.returncode >= 0:
                break
            self._look()
        self._end(process)

    def suspend(self, times: int) -> None:
        """Run to the end, stopped so often on the way, with all its processes, as a machine that sleeps is."""
        self._tally.runs += 1
        process = self._start()
        while times > 0 and self._wait(process, "any"):
            tree = [process.pid, *_tree(process.pid)]
            for signal_, nap_s in ((signal.SIGSTOP, self._draw.uniform(0.2, 1.5)), (signal.SIGCONT, 0.0)):
                for pid in tree:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal_)
                _nap(nap_s)
            times, self._tally.suspended = times - 1, self._tally.suspended + 1
        self._end(process)

    def _start(self) -> "subprocess.Popen[bytes]":
        begun = self._begun()
        if not begun:
            shutil.rmtree(self._folder, ignore_errors=True)  # killed before it had said what it was about to do
        gome = [sys.executable, "-m", "gome"]
        command = [*gome, "resume", str(self._folder), "--json"] if begun else [*gome, *self._command]
        self._tally.sittings += 1
        with (self._folder.with_suffix(".out")).open("wb") as out, (self._folder.with_suffix(".err")).open("ab") as err:
            return subprocess.Popen(command, stdout=out, stderr=err, start_new_session=True)

    def _kill(self, process: "subprocess.Popen[bytes]") -> bool:
        """Kill somebody at some moment. False where the run was over before, or there was nobody."""
        aim, moment = self._draw.choice(self._aims), self._draw.choice(MOMENTS)
        if not self._wait(process, moment):
            return False
        tree = _tree(process.pid)
        hit = _hit(aim, process.pid, tree)
        if not hit:
            return False
        if aim not in ("runtime", "everything"):
            hit = [self._draw.choice(hit)]
        for pid in hit:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        name = f"{aim} at {moment}"
        self._tally.kills[name] = self._tally.kills.get(name, 0) + 1
        if process.pid in hit:
            process.wait()
            self._gone(tree)
        return True

    def _wait(self, process: "subprocess.Popen[bytes]", moment: Moment) -> bool:
        """Wait for a moment; False when the run is over before it comes."""
        longest_s = 1.5 if moment == "resume" else LONGEST_S
        watched = {"commit": "journal.db-wal", "export": "run.json"}.get(moment)
        ends = time.monotonic() + self._draw.uniform(0.05, longest_s)
        while time.monotonic() < ends:
            if process.poll() is not None:
                return False
            _nap(0.005)
        before, ends = _stamp(self._folder, watched), time.monotonic() + LONGEST_S
        while watched and _stamp(self._folder, watched) == before and time.monotonic() < ends:
            if process.poll() is not None:
                return False
            _nap(0.0005)
        return process.poll() is None

    def _gone(self, tree: list[int]) -> None:
        ends = time.monotonic() + GONE_S
        while alive := [pid for pid in tree if _alive(pid)]:
            if time.monotonic() > ends:
                self._tally.left += len(alive)
                self._trouble(f"left running: {[_line(pid)[:80] for pid in alive]}")
                return
            _nap(0.02)

    def _begun(self) -> bool:
        """Whether there is anything to resume."""
        if not self._has("journal.db"):
            return False
        with self._journal() as journal, contextlib.suppress(sqlite3.OperationalError):
            return bool(journal.execute("SELECT 1 FROM about WHERE name = 'source'").fetchall())
        return False

    def _look(self) -> None:
        """Note what a sitting that was killed has left on record, and hold what earlier ones left against it."""
        if not self._begun():
            return
        with self._journal() as journal:
            rows = journal.execute("SELECT body FROM messages WHERE tag = 'trial.finished' ORDER BY seq").fetchall()
        found = {json.loads(body)["trial"]: body for (body,) in rows}
        for trial, body in self._finished.items():
            if found.get(trial) != body:
                self._tally.trials_lost += 1
                self._trouble(f"{trial} was lost, or run again")
        if len(rows) > len(found):
            self._tally.trials_lost += len(rows) - len(found)
            self._trouble("a trial has finished twice")
        self._finished = found
        best = json.loads((self._folder / "run.json").read_text()).get("best") if self._has("run.json") else None
        score = best["score"] if best and best.get("final_score") is None else None
        if self._best is not None and score is not None and score < self._best - 1e-12:
            self._tally.worse += 1
            self._trouble(f"the best was {self._best}, and is {score}")
        self._best = score if score is not None else self._best

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        """Let the run end, and count."""
        tree = _tree(process.pid)
        try:
            code = process.wait(ENDS_S)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        self._gone(tree)
        self._look()
        said = self._folder.with_suffix(".out").read_bytes().splitlines()
        summary = json.loads(said[-1]) if said else {}
        if code == 0 and summary.get("status") == "finished" and Path(summary["submission"]).is_file():
            self._tally.completed += 1
        else:
            told = self._folder.with_suffix(".err").read_text(errors="replace")[-600:]
            self._trouble(f"ended with {code}: {summary.get('stop_reason')}: {told}")
        self._tally.trials += len(self._finished)
        for log in self._folder.glob("trials/*/ended.log"):
            self._tally.programs_repeated += max(log.read_text().count("ended") - 1, 0)

    def calls(self, asked: int) -> None:
        """Hold the journal against what the endpoint was asked for, checks aside."""
        with self._journal() as journal:
            rows = journal.execute("SELECT key, outcome FROM effects WHERE key LIKE ?", (f"{CALLS}%",)).fetchall()
        rows = [(key, outcome) for key, outcome in rows if not key.startswith(f"{CALLS}check")]
        answered = Counter(
            key.rpartition("/")[0] for key, outcome in rows if outcome and json.loads(outcome).get("answer")
        )
        self._tally.calls += asked
        self._tally.calls_in_doubt += len(rows) - answered.total()
        repeated = sum(count - 1 for count in answered.values()) + max(asked - len(rows), 0)
        self._tally.calls_repeated += repeated
        if repeated:
            self._trouble(f"calls: {asked} asked for, {len(rows)} on record, answered more than once: {answered}")

    @contextlib.contextmanager
    def _journal(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._folder / "journal.db", timeout=30.0)) as journal:
            yield journal

    def _has(self, name: str) -> bool:
        return (self._folder / name).is_file()

    def _trouble(self, what: str) -> None:
        self._tally.trouble.append(f"{self._folder.name}: {what}")


def _nap(seconds: float) -> None:
    time.sleep(seconds)  # noqa: TID251 - there is no loop here, processes are waited for


def _hit(aim: Aim, runtime: int, tree: list[int]) -> list[int]:
    """Return whom a kill may hit. Forks of a warm worker show its arguments, and below them their trial's folder."""
    lines = {pid: _line(pid) for pid in tree}
    forks = [pid for pid, line in lines.items() if "launch.zygote" in line and "/trials/" in line]
    match aim:
        case "runtime":
            return [runtime]
        case "everything":
            return [runtime, *tree]
        case "worker":
            return [pid for pid, line in lines.items() if "launch.zygote" in line and pid not in forks]
        case "supervisor":
            cold = [pid for pid, line in lines.items() if "launch" in line and "launch.zygote" not in line]
            return cold + [pid for pid in forks if _tree(pid)]
        case "trial":
            cold = [pid for pid, line in lines.items() if "solution.py" in line]
            return cold + [pid for pid in forks if not _tree(pid)]


def _tree(root: int) -> list[int]:
    """Return all descendants of a process."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(folder.name))
    found, queue = [], [root]
    while queue:
        fresh = children.get(queue.pop(), [])
        found += fresh
        queue += fresh
    return found


def _line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def _alive(pid: int) -> bool:
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _stamp(folder: Path, name: str | None) -> int:
    with contextlib.suppress(OSError):
        return (folder / name).stat().st_mtime_ns if name else 0
    return 0
