"""What fits into a model's window, and what is dropped first where not everything does.

The rule: steps are taken in the order of `LADDER` until the prompt fits. First go details of old trials and
examples of columns, then columns beyond the most associated, then the middle of outputs. Never dropped are the
rules, the task and its description, the problems, the hypothesis, and the program that is to be changed.
"""

from collections.abc import Mapping

import msgspec

from gome.errors import ModelUnavailable

BYTES_PER_TOKEN = 3.5  # tokenizers need 3.8 to 4.5 for English and code; UTF-8 bytes count other scripts fairly
LADDER: tuple[tuple[str, int], ...] = (  # (field, form): 0 is the whole, each later form is shorter
    ("elsewhere", 1),  # statements of the newest 12 trials on other programs only
    ("tried", 1),
    ("momentum", 1),  # successes without their diffs
    ("profile", 1),  # columns without examples
    ("elsewhere", 2),  # captions and outcomes only
    ("tried", 2),
    ("profile", 2),  # the 100 most associated columns
    ("output", 1),  # the beginning and the end of what was printed
    ("profile", 3),  # 40 columns
    ("error", 1),
    ("other", 1),  # the beginning and the end of the program beside the one that is changed
    ("output", 2),
    ("error", 2),
    ("elsewhere", 3),  # the newest 60 captions
    ("tried", 3),
    ("profile", 4),  # 15 columns, of other files the number
    ("momentum", 2),  # the heaviest success
    ("other", 2),  # nothing of the other program
    ("elsewhere", 4),  # the newest 20 captions
    ("tried", 4),
)

Forms = tuple[str, ...]  # of one field, fullest first


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """How much a model reads and writes at once."""

    tokens: int = 128_000  # question and reply together
    output: int = 16_000  # of these, what the reply may take, its reasoning included

    def within(self, tokens: int) -> "Window":
        """Return this window, or one of so many tokens where that is less; a quarter of these is for the reply."""
        if tokens >= self.tokens:
            return self
        return Window(tokens=tokens, output=min(self.output, tokens // 4))

    def room(self, *fixed: str) -> int:
        """Return how many tokens are left for the rest of a question that holds these texts."""
        return self.tokens - self.output - sum(map(tokens, fixed))


def tokens(text: str) -> int:
    """Return an estimate of a text's tokens that is rather too high."""
    return _tokens(_bytes(text))


def fit(fields: Mapping[str, Forms], room: int, *, around: int = 0) -> dict[str, str]:
    """Return one form of each field so that together they take at most `room` tokens.

    Args:
        fields: forms by the field's name; what has one form is never shortened.
        room: in tokens.
        around: bytes of the text that the fields are put into.

    Raises:
        ModelUnavailable: what is never dropped does not fit.
    """
    chosen = {name: forms[0] for name, forms in fields.items()}
    size = around + sum(map(_bytes, chosen.values()))
    for name, form in LADDER:
        if _tokens(size) <= room:
            break
        forms = fields.get(name, ())
        if form < len(forms):
            size += _bytes(forms[form]) - _bytes(chosen[name])
            chosen[name] = forms[form]
    if _tokens(size) > room:
        raise ModelUnavailable(
            f"the question takes about {_tokens(size)} tokens when all that may be left out is left out, "
            f"and the model's window has room for {max(room, 0)}: use a model with a larger window "
            "(llm.window_tokens, of which llm.output_tokens are for the reply; no more than llm.tokens_per_minute)"
        )
    return chosen


def middle(text: str, most: int) -> str:
    """Return the text, or its beginning and its end with a remark between them, at most `most` characters."""
    if len(text) <= most:
        return text
    remark = f"\n[... {len(text) - most} or more characters left out ...]\n"
    kept = max(most - len(remark), 0)
    head = kept // 3
    return (text[:head] + remark + text[len(text) - (kept - head) :])[:most]


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _tokens(size: int) -> int:
    return int(-(-size // BYTES_PER_TOKEN))
