"""A fence around what others wrote: labelled as data, and closed by a mark that the text cannot hold."""

import hashlib
import re
from itertools import count

UNSEEN = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
MARK = 12  # hexadecimal digits


def fenced(kind: str, text: str) -> str:
    """Return the text between two lines with a mark that does not occur in it. The same text gets the same mark.

    Args:
        kind: a word of ours that says what it is: "description", "output", "code".
        text: whatever somebody else wrote.
    """
    body = plain(text).strip("\n")
    mark = next(mark for number in count() if (mark := _mark(number, body)) not in body)
    return f'<data kind="{kind}" mark="{mark}">\n{body}\n</data mark="{mark}">'


def plain(text: str) -> str:
    """Return the text without what nobody sees: colours, control and direction characters, overwritten lines."""
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return UNSEEN.sub("", text)


def _mark(number: int, body: str) -> str:
    return hashlib.sha256(f"{number} {body}".encode()).hexdigest()[:MARK]
