"""`--model manual`: each question becomes a file, and the run waits for the file with the answer.

    RUN/questions/   what is open now          propose-t1-004.md
    RUN/answers/     where answers are put     propose-t1-004.json, or .md or .txt with a fenced block
    RUN/answered/    both, once they are taken

An answer that was taken and is not on record, since gome was killed, is read again from there.
An answer that cannot be used comes back as the next question, propose-t1-004.2.md, with what is wrong.
"""

import contextlib
import re
import sys
from pathlib import Path

import anyio
import structlog

from gome.errors import SettingInvalid
from gome.folder import write_whole
from gome.llm import Site
from gome.llm.answering import Answering
from gome.llm.exchange import Reply, Request
from gome.llm.exhibits import duration
from gome.llm.outage import check_time
from gome.llm.pasted import answer_in, is_object
from gome.llm.prompts import asked_again, for_person
from gome.messages import ModelCalled

POLL_S = 0.5
SETTLED_S = 2.0  # without a change, after which a file is complete; one JSON object is so at once
FIGURES = re.compile(r" \(\d+ min\)|[\d.,]+")  # the time that is left is another one when a question is put again
SUFFIXES = (".json", ".md", ".txt")


def manual(argument: str, site: Site) -> Answering:
    """Return a model that is a person, or any program that watches a folder.

    Raises:
        SettingInvalid: an argument; there is none.
    """
    if argument:
        raise SettingInvalid(f"--model manual:{argument}: manual takes no argument")
    channel = Manual(site)
    return Answering(channel, repairs=None, judged=channel.judged)


class Manual:
    """A channel of files. Several questions may be open at once; each waits for its own answer."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._questions, self._answers, self._answered = (
            site.folder / name for name in ("questions", "answers", "answered")
        )
        self._rounds: dict[str, int] = {}  # by key: how often it has been asked
        self._took_s: dict[str, float] = {}  # by key: how long its last answer was waited for

    async def ask(self, request: Request, /) -> Reply:
        """Write the question and wait. An answer that lies there already is taken at once.

        Raises:
            BudgetExceeded: the run's time for steps is over.
        """
        self._rounds[request.key] = 1
        return await self._exchange(request, for_person(request))

    async def repair(self, request: Request, reply: Reply, error: str, /) -> Reply:
        """Write the question again, with what is wrong, and wait.

        Raises:
            BudgetExceeded: the run's time for steps is over.
        """
        self._rounds[request.key] = self._rounds.get(request.key, 1) + 1
        return await self._exchange(request, asked_again(request, reply, error))

    def judged(self, request: Request, error: str) -> None:
        """Put an answer on record: whether it can be used, or what is wrong with it."""
        told = ModelCalled(
            key=request.key,
            role=request.role,
            model="manual",
            endpoint="manual",
            outcome="malformed" if error else "ok",
            attempt=self._rounds[request.key],
            latency_s=self._took_s[request.key],
            error=" ".join(error.split()),
        )
        self._site.report(told)

    async def _exchange(self, request: Request, text: str) -> Reply:
        number = self._rounds[request.key]
        name = re.sub(r"[^\w.-]", "-", request.key) + (f".{number}" if number > 1 else "")
        for folder in (self._questions, self._answers, self._answered):
            folder.mkdir(parents=True, exist_ok=True)
        if (known := self._known(name, text)) is not None:
            self._took_s[request.key] = 0.0
            return Reply(text=known)
        question = self._questions / f"{name}.md"
        place = self._answers / f"{name}.json"
        where = f"Put the answer into `{place}` (or `{name}.md`, with the answer in a fenced block){self._until()}."
        asked = f"{where}\n\n{text}\n{where}\n".encode()
        write_whole(question, asked)
        try:
            structlog.get_logger().info("model.waits_for_answer", question=str(question), answer=str(place))
            sys.stderr.write(
                f"{request.key}: read {question}, answer in {place}{self._until()}\n"
            )  # a person has to see it
            began = anyio.current_time()
            found, answer = await self._wait(name, request)
            write_whole(self._answered / f"{name}.question.md", asked)  # the file itself may have been taken away
            with contextlib.suppress(FileNotFoundError):
                found.replace(self._answered / found.name)
            self._took_s[request.key] = round(anyio.current_time() - began, 3)
        finally:
            question.unlink(missing_ok=True)  # it is no longer open, however this ended
        return Reply(text=answer)

    def _known(self, name: str, text: str) -> str | None:
        """Return the answer to the same question that was taken before gome was killed; None where there is none."""
        try:
            asked = (self._answered / f"{name}.question.md").read_text(encoding="utf-8", errors="replace")
            found = [path for path in (self._answered / f"{name}{suffix}" for suffix in SUFFIXES) if path.is_file()]
            waiting = any((self._answers / f"{name}{suffix}").is_file() for suffix in SUFFIXES)
            if not found or waiting or FIGURES.sub("", text) not in FIGURES.sub("", asked):
                return None
            return found[0].read_text(encoding="utf-8-sig", errors="replace")
        except OSError:
            return None

    def _until(self) -> str:
        """Say how long an answer counts, where the run's time is limited."""
        left_s = self._site.left_s()
        return f", within {duration(left_s)}" if left_s < float("inf") else ""

    async def _wait(self, name: str, request: Request) -> tuple[Path, str]:
        """Return the file with the answer and what it holds."""
        before: dict[Path, tuple[int, int]] = {}
        unchanged_s = 0.0
        while True:
            now: dict[Path, tuple[int, int]] = {}
            texts: dict[Path, str] = {}
            for path in (self._answers / f"{name}{suffix}" for suffix in SUFFIXES):
                try:
                    status, content = path.stat(), path.read_bytes()
                except OSError:
                    continue  # not there, or not yet readable
                text = content.decode("utf-8-sig", "replace")
                if is_object(text):
                    return path, text
                if text.strip():
                    now[path] = (status.st_mtime_ns, status.st_size)
                    texts[path] = text
            unchanged_s = unchanged_s + POLL_S if now and now == before else 0.0
            if unchanged_s >= SETTLED_S:
                code = request.role == "implement"
                answers = [path for path, text in texts.items() if answer_in(text, code=code) is not None]
                path = (answers or list(texts))[0]
                return path, texts[path]
            check_time(self._site)
            before = now
            await anyio.sleep(POLL_S)
