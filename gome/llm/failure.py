"""What an endpoint's failure means: whether another attempt may help, and what is told of it, without any key."""

import json
import re
from collections.abc import Mapping
from typing import Any

from gome.errors import AttemptFailed
from gome.llm.fence import plain
from gome.llm.retry import retry_after_s

LINE = 300  # characters that are told
SECRET = re.compile(r"\b(?:sk|pk|Bearer)[-_ ][\w*.-]{6,}")
SHOWN_OF_KEY = 6  # characters at its beginning by which a masked key is known
PAGE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
NO_CREDIT = ("insufficient_quota", "billing_hard_limit", "insufficient balance", "insufficient_balance")


class Classifier:
    """Reads failures of one endpoint. Knows its key, so that it is never told."""

    def __init__(self, key: str | None) -> None:
        self._key = key or ""

    def line(self, told: object) -> str:
        """Return a text on one line, without keys."""
        text = " ".join(plain(str(told)).split())
        if len(self._key) > SHOWN_OF_KEY:
            text = text.replace(self._key, "[key]")
            text = re.sub(re.escape(self._key[:SHOWN_OF_KEY]) + r"\S*", "[key]", text)
        return SECRET.sub("[key]", text)[:LINE]

    def page(self, reply: object) -> AttemptFailed:
        """Return the failure that a page for people is, where JSON was asked for."""
        title = PAGE.search(str(reply))
        problem = f"a page titled {title[1].strip()!r}" if title else repr(str(reply).strip()[:80])
        return AttemptFailed("not_json", self.line(problem), again=True, dead=True)

    def failure(self, error: Exception) -> AttemptFailed | None:
        """Return what an exception of the client means; None where it is a bug, not the world."""
        import httpx2
        import openai

        if isinstance(error, AttemptFailed):
            return AttemptFailed(
                error.outcome,
                self.line(error.problem),
                again=error.again,
                dead=error.dead,
                billed=error.billed,
                after_s=error.after_s,
            )
        if isinstance(error, openai.APIStatusError):
            return self._status(error.status_code, error.response.headers, _told(error))
        if isinstance(error, openai.APIConnectionError | httpx2.HTTPError):  # the latter while a body is read
            cause = error.__cause__ if isinstance(error, openai.APIError) else error
            problem = self.line(f"{type(cause).__name__}: {cause}" if cause is not None else error)
            if _before_sending(cause):
                return AttemptFailed("unreachable", problem, again=True, dead=True)
            return AttemptFailed("unreachable", problem, again=True, dead=True, billed=True)
        if isinstance(error, openai.APIError):  # said in the middle of a stream
            return self.said(error.body, begun=True)
        if isinstance(error, json.JSONDecodeError) and not error.doc.strip():
            return AttemptFailed("malformed", "an empty reply", again=True, billed=True)
        if isinstance(error, ValueError):  # JSON that is none
            return AttemptFailed("malformed", self.line(error), again=True, billed=True)
        return None

    def said(self, told: object, *, begun: bool = False) -> AttemptFailed:
        """Return the failure that a reply tells of though its status is 200.

        Args:
            told: what stands under "error".
            begun: whether an answer may have begun.
        """
        text = _words(told)
        code = told.get("code") if isinstance(told, dict) else None
        if code in (401, 402, 403, 404, 429) or any(mark in text.lower() for mark in NO_CREDIT):
            return self._status(code if isinstance(code, int) else 402, {}, text)
        return AttemptFailed("server_error", self.line(text), again=True, dead=True, billed=begun)

    def _status(self, status: int, headers: Mapping[str, str], told: str) -> AttemptFailed:
        problem = f"{status} {self.line(told)}".strip()
        if status in (401, 403, 407):
            return AttemptFailed("unauthorized", problem)
        if status == 402 or (status == 429 and any(mark in told.lower() for mark in NO_CREDIT)):
            return AttemptFailed("no_credit", problem, dead=True)
        if status == 429:
            after_s = retry_after_s(headers)
            return AttemptFailed("rate_limited", problem, again=True, dead=True, after_s=after_s)
        if status in (408, 409, 425) or (status >= 500 and status != 501):  # 501: it does not know how
            after_s = retry_after_s(headers)
            return AttemptFailed("server_error", problem, again=True, dead=True, after_s=after_s)
        if status == 404:
            return AttemptFailed("unknown_model", problem)
        if status < 400:
            return AttemptFailed("not_json", f"{problem}: a redirect", again=True, dead=True)
        return AttemptFailed("bad_request", problem)


def _told(error: Any) -> str:
    body = error.body
    if isinstance(body, dict):
        return _words(body.get("error", body))
    title = PAGE.search(str(body or error.message))
    return title[1] if title else str(body or error.message)


def _words(told: object) -> str:
    """Return what an error object says."""
    if isinstance(told, dict):
        parts = [told.get(name) for name in ("message", "code", "param") if told.get(name)]
        return "; ".join(map(str, parts)) or str(told)
    return str(told)


def _before_sending(cause: BaseException | None) -> bool:
    """Whether a connection never came about, so that nothing can have been charged."""
    return type(cause).__name__ in (
        "ConnectError",
        "ConnectTimeout",
        "UnsupportedProtocol",
        "ProxyError",
        "PoolTimeout",
    )
