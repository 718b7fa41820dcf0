"""The answer inside what a person pasted or a program printed: its JSON, or its code."""

import json
import re
from collections.abc import Iterator

FENCE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[ \t]*(?P<language>[\w+-]*)[^\n]*\n(?P<body>.*?)^(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
BLOCK = re.compile(r"^<{5,9} ?SEARCH[^\n]*\n(.*?)^={5,9}[ \t]*\n(.*?)^>{5,9} ?REPLACE[^\n]*$", re.MULTILINE | re.DOTALL)
THOUGHTS = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
TRIES = 1000  # braces at which an object is looked for
MOST = 4_000_000  # characters looked at; a longer reply is no answer


def answer_in(text: str, *, code: bool = False) -> str | None:
    """Return the JSON object that a text holds, as JSON text; None where it holds none.

    The last one that parses counts, since people and programs think aloud before they answer: first of the fenced
    blocks, then of the plain text.

    Args:
        text: fences, remarks and all.
        code: whether a program is asked for: a fenced Python block, or SEARCH/REPLACE blocks, are an answer too.
    """
    text = text[:MOST].replace("\r\n", "\n").strip("\ufeff \t\n")
    if (whole := _object(text)) is not None:
        return whole
    text = THOUGHTS.sub("", text).strip()
    blocks = [(match["language"].lower(), match["body"]) for match in FENCE.finditer(text)]
    for _, body in reversed(blocks):
        if (inside := _object(body.strip())) is not None:
            return inside
    if code:
        edits = [{"search": was.rstrip("\n"), "replace": now.rstrip("\n")} for was, now in BLOCK.findall(text)]
        if edits:
            return json.dumps({"note": "", "code": "", "edits": edits})
        programs = [body for language, body in blocks if language in ("python", "py", "python3")]
        if programs:
            return json.dumps({"note": "", "code": max(programs, key=len), "edits": []})
    return max(_objects(text), key=len, default=None)


def _object(text: str) -> str | None:
    """Return the text itself where it is a JSON object."""
    if not text.startswith("{"):
        return None
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    return text


def _objects(text: str) -> Iterator[str]:
    """Yield the JSON objects in a text that stand in no other. One that begins the text and is cut off ends it."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    for _ in range(TRIES):
        if at < 0:
            return
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            if at == 0:
                return
            end = at + 1
        else:
            yield text[at:end]
        at = text.find("{", end)
