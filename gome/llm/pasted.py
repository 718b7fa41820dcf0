"""The answer inside what a person pasted or a program printed: its JSON, or its code."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

FENCE = re.compile(r"`{3,}|~{3,}")
LANGUAGE = re.compile(r"[\w+-]*")
SEARCH, EQUALS, REPLACE = (re.compile(mark) for mark in (r"<{5,9} ?SEARCH", r"={5,9}[ \t]*$", r">{5,9} ?REPLACE"))
THOUGHT, THOUGHT_ENDS = re.compile(r"<think(?:ing)?>"), re.compile(r"</think(?:ing)?>")
TRIES = 1000  # braces at which an object is looked for
MOST = 4_000_000  # characters looked at; a longer reply is no answer
WORK = 16_000_000  # characters read again, in all, for objects inside what turned out to be none


class Block(NamedTuple):
    """A fenced block."""

    language: str
    body: str


def answer_in(text: str, *, code: bool = False) -> str | None:
    """Return the JSON object that a text holds, as JSON text; None where it holds none.

    The last one that parses counts, since people and programs think aloud before they answer: first of the fenced
    blocks, then of the plain text.

    Args:
        text: fences, remarks and all.
        code: whether a program is asked for: a fenced Python block, or SEARCH/REPLACE blocks, are an answer too.
    """
    text = text[:MOST].encode("utf-8", "replace").decode().replace("\r\n", "\n").strip("\ufeff \t\n")
    if (whole := _object(text)) is not None:
        return whole
    text = _without_thoughts(text).strip()
    lines = text.split("\n")
    blocks = list(_blocks(lines))
    for _, body in reversed(blocks):
        if (inside := _object(body.strip())) is not None:
            return inside
    if code:
        edits = list(_edits(lines))
        if edits:
            return json.dumps({"note": "", "code": "", "edits": edits})
        programs = [body for language, body in blocks if language in ("python", "py", "python3")]
        if programs:
            return json.dumps({"note": "", "code": max(programs, key=len), "edits": []})
    return max(_objects(text), key=len, default=None)


def is_object(text: str) -> bool:
    """Return whether a text is one JSON object and nothing else."""
    return _object(text.strip("\ufeff \t\r\n")) is not None


def _without_thoughts(text: str) -> str:
    """Return the text without what is marked as thought; a thought that does not end stays."""
    kept, at = [], 0
    while (begins := THOUGHT.search(text, at)) and (ends := THOUGHT_ENDS.search(text, begins.end())):
        kept.append(text[at : begins.start()])
        at = ends.end()
    return "".join(kept) + text[at:]


def _blocks(lines: list[str]) -> Iterator[Block]:
    """Yield the fenced blocks that end. Each line is looked at once: it may be a long and broken reply."""
    last = {line.rstrip(" \t"): number for number, line in enumerate(lines) if line.startswith(("```", "~~~"))}
    ends, language, begins = "", "", 0
    for number, line in enumerate(lines):
        if ends:
            if line.rstrip(" \t") == ends:
                yield Block(language, "".join(f"{inner}\n" for inner in lines[begins:number]))
                ends = ""
        elif (fence := FENCE.match(line)) and last.get(fence[0], -1) > number:
            found = LANGUAGE.match(line[fence.end() :].lstrip(" \t"))
            ends, language, begins = fence[0], found[0].lower() if found else "", number + 1


def _edits(lines: list[str]) -> Iterator[dict[str, str]]:
    """Yield the SEARCH/REPLACE blocks that end."""
    search, replace = 0, 0  # numbers of the lines after the marks; 0: not yet there
    for number, line in enumerate(lines, start=1):
        if not search:
            search = number if SEARCH.match(line) else 0
        elif not replace:
            replace = number if EQUALS.match(line) else 0
        elif REPLACE.match(line):
            was, now = lines[search : replace - 1], lines[replace : number - 1]
            yield {"search": "\n".join(was).rstrip("\n"), "replace": "\n".join(now).rstrip("\n")}
            search = replace = 0


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
    at, work = text.find("{"), 0
    for _ in range(TRIES):
        if at < 0 or work > WORK:
            return
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            if at == 0:
                return
            open_string = "Unterminated" in str(error)  # its error stands where it begins, but it was read to the end
            work += (len(text) if open_string else getattr(error, "pos", at)) - at
            end = at + 1
        else:
            yield text[at:end]
        at = text.find("{", end)
