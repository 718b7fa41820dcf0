"""What goes where: progress to stderr, what was asked for to stdout, as text or as one JSON document."""

import sys
from enum import IntEnum
from typing import Any, TextIO

WITHOUT_UNICODE = str.maketrans({"→": "->", "←": "<-", "—": "-", "±": "+/-", "·": "|", "…": "..."})
KEPT_CONTROLS = "\n\t"


class Exit(IntEnum):
    """Exit codes; a contract."""

    OK = 0
    FAILED = 1  # a bug, or something planned for that ended the command
    BAD_INPUT = 2
    NO_SUBMISSION = 3
    INTERRUPTED = 130


def say(text: str) -> None:
    """Write progress, a warning or a complaint to stderr."""
    _write(sys.stderr, text)


def tell(text: str) -> None:
    """Write what was asked for to stdout."""
    _write(sys.stdout, text)


def document(values: Any) -> None:
    """Write one JSON document as one line of stdout. Numbers that JSON lacks become null."""
    import msgspec

    sys.stdout.write(msgspec.json.encode(values).decode() + "\n")
    sys.stdout.flush()


def printable(text: str, encoding: str | None) -> str:
    """Return text without control characters, and without the signs that an encoding lacks.

    Errors and captions come from programs and models: an escape sequence in them must not reach a terminal.
    """
    text = "".join(sign if sign.isprintable() or sign in KEPT_CONTROLS else "?" for sign in text)
    return text if has_unicode(encoding) else text.translate(WITHOUT_UNICODE)


def has_unicode(encoding: str | None) -> bool:
    """Whether an encoding has every sign."""
    return (encoding or "").lower().replace("-", "").startswith("utf")


def one_line(text: str) -> str:
    """Return text on one line."""
    return " ".join(text.split())


def _write(stream: TextIO, text: str) -> None:
    encoding = getattr(stream, "rich_proxied_file", stream).encoding  # the live view puts a proxy before stderr
    stream.write(printable(text, encoding) + "\n")
    stream.flush()
