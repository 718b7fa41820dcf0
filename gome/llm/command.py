"""`--model 'command:CMD ARGS'`: any program that reads the question on stdin and prints the answer."""

import contextlib
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import anyio
from anyio.abc import ByteReceiveStream, Process

from gome.errors import ModelUnavailable, SettingInvalid
from gome.llm import Site
from gome.llm.answering import Answering
from gome.llm.exchange import Reply, Request
from gome.llm.outage import check_time
from gome.llm.prompts import as_text, repair_text
from gome.messages import CallOutcome, ModelCalled

LIMIT_S = 900.0  # of one answer; coding agents take minutes
MOST_BYTES = 4 << 20  # of an answer
MOST_ERROR = 16 << 10  # bytes of stderr kept, from its end
AT_ONCE = 4  # programs; each may be a browser's worth of memory
LAST_WORDS_S = 1.0  # after its end, in which what it printed is read, though somebody holds its pipes open
POLL_S = 0.01
KILL_S = 5.0  # within which a killed tree is gone; its warden gives up earlier
SECRET = re.compile("key|token|secret|passw|credential", re.IGNORECASE)
LEAST_SECRET = 6  # characters; what is shorter is no secret, and would be found everywhere


def command(argument: str, site: Site, warden: Sequence[str]) -> Answering:
    """Return a model that is a program.

    Args:
        argument: the program and its arguments, as a shell reads them.
        site: of the run.
        warden: words put before these, of what runs a program and on SIGTERM, or its end, kills all that it started.

    Raises:
        SettingInvalid: no program is named, or it is not found.
    """
    try:
        words = shlex.split(argument)
    except ValueError as error:
        raise SettingInvalid(f"--model command:{argument}: {error}") from error
    if not words:
        raise SettingInvalid("--model command: names no program; write --model 'command:PROGRAM ARGUMENTS'")
    if shutil.which(words[0]) is None:
        raise SettingInvalid(f"--model command:{argument}: there is no program {words[0]!r}; give its full path")
    words[0] = str(Path(words[0]).absolute()) if os.sep in words[0] else words[0]
    return Answering(Command(words, site, warden))


class Command:
    """A channel of processes: one for each question, in an empty folder, with the user's own environment."""

    def __init__(self, words: list[str], site: Site, warden: Sequence[str], *, limit_s: float = LIMIT_S) -> None:
        self._words, self._site, self._warden, self._limit_s = words, site, warden, limit_s
        self._slots = anyio.Semaphore(AT_ONCE)
        self._attempts: dict[str, int] = {}  # by key

    async def ask(self, request: Request, /) -> Reply:
        """Start the program, hand it the question, return what it prints.

        Raises:
            ModelUnavailable: it failed, printed nothing or too much, or took too long.
            BudgetExceeded: the run's time for steps is over.
        """
        return await self._run(request, as_text(request))

    async def repair(self, request: Request, reply: Reply, error: str, /) -> Reply:
        """Start it anew with the question, its reply, and what is wrong with it.

        Raises:
            ModelUnavailable, BudgetExceeded: see `ask`.
        """
        return await self._run(request, f"{as_text(request)}\n{repair_text(reply, error)}\n")

    async def _run(self, request: Request, text: str) -> Reply:
        """Ask once; how it went is put on record."""
        attempt = self._attempts[request.key] = self._attempts.get(request.key, 0) + 1
        async with self._slots:
            check_time(self._site)
            limit_s = min(self._limit_s, self._site.left_s())
            began = anyio.current_time()
            outcome, said = await self._outcome(text, limit_s)
        called = ModelCalled(
            key=request.key,
            role=request.role,
            model=Path(self._words[0]).name,
            endpoint="command",
            outcome=outcome,
            attempt=attempt,
            latency_s=anyio.current_time() - began,
            error="" if outcome == "ok" else said,
        )
        self._site.report(called)
        if outcome == "timeout":
            check_time(self._site)
        if outcome != "ok":
            raise ModelUnavailable(f"{self._words[0]} {said} (asked for {request.key})")
        return Reply(text=said)

    async def _outcome(self, text: str, limit_s: float) -> tuple[CallOutcome, str]:
        """Return how the program ended, and what it said or what was wrong with it."""
        with tempfile.TemporaryDirectory(prefix="gome-", ignore_cleanup_errors=True) as folder:
            with anyio.move_on_after(limit_s) as scope:
                code, out, err = await self._finish(folder, text.encode("utf-8", "replace"))
        if scope.cancelled_caught:
            return "timeout", f"gave no answer within {limit_s:.0f} s"
        said = out.decode("utf-8", "replace")
        if code != 0:
            complaint = err.decode("utf-8", "replace").strip() or said.strip() or "it said nothing"
            return "server_error", f"ended with {code}: {_without_secrets(complaint.splitlines()[-1].strip())[:200]}"
        if len(out) > MOST_BYTES:
            return "oversized", f"printed more than {MOST_BYTES >> 20} MiB"
        return ("ok", _without_secrets(said)) if said.strip() else ("empty", "printed nothing")

    async def _finish(self, folder: str, text: bytes) -> tuple[int, bytes, bytes]:
        """Run the program to its end; whatever happens, nothing that it started is left."""
        try:
            process = await anyio.open_process([*self._warden, *self._words], cwd=folder, start_new_session=True)
        except OSError as error:
            raise ModelUnavailable(f"{self._words[0]} could not be started: {error.strerror or error}") from error
        assert process.stdout is not None, "a pipe"
        assert process.stderr is not None, "a pipe"
        out, err = bytearray(), bytearray()
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_feed, process, text)
                tasks.start_soon(_keep_head, process.stdout, out)
                tasks.start_soon(_keep_tail, process.stderr, err)
                while (code := process.returncode) is None:  # noqa: ASYNC110 - wait() waits for the pipes too
                    await anyio.sleep(POLL_S)
                tasks.cancel_scope.deadline = anyio.current_time() + LAST_WORDS_S
        finally:
            with anyio.CancelScope(shield=True):
                await _end(process)
                await process.aclose()
        assert code is not None, "it has ended"
        return code, bytes(out), bytes(err)


def _without_secrets(text: str) -> str:
    """Return the text without the values of variables that are named like secrets: it goes on record."""
    for name, value in os.environ.items():
        if SECRET.search(name) and len(value) >= LEAST_SECRET:
            text = text.replace(value, "[secret]")
    return text


async def _feed(process: Process, text: bytes) -> None:
    """Write the question; a program need not read it."""
    assert process.stdin is not None, "a pipe"
    with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
        await process.stdin.send(text)
        await process.stdin.aclose()


async def _keep_head(stream: ByteReceiveStream, kept: bytearray) -> None:
    """Read to the end, keeping one byte more than an answer may have."""
    with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        async for chunk in stream:
            kept += chunk[: max(MOST_BYTES + 1 - len(kept), 0)]


async def _keep_tail(stream: ByteReceiveStream, kept: bytearray) -> None:
    """Read to the end, keeping what was said last."""
    with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        async for chunk in stream:
            kept += chunk
            del kept[:-MOST_ERROR]


async def _end(process: Process) -> None:
    """Have the warden kill the program and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    with anyio.move_on_after(KILL_S):
        while process.returncode is None:  # noqa: ASYNC110 - wait() waits for the pipes too
            await anyio.sleep(POLL_S)
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
