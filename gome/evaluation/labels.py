"""Which label or id is meant, however it was written: 1, "1", 1.0, "01" or True."""

import math
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
INTEGER = re.compile(r"[+-]?\d+")
POINT_ZERO = re.compile(r"([+-]?\d+)\.0+")
EXACT_FLOAT = 2.0**53  # beyond it a float no longer tells neighbouring integers apart


def texts(values: Iterable[Any]) -> list[str]:
    """Each value as it would stand in a CSV; whole floats without their point, missing ones as ""."""
    if isinstance(values, pd.Series) and pd.api.types.is_datetime64_any_dtype(values):
        values = values.astype(str)  # dates without a time of day, as to_csv writes them
    return [_text(value) for value in (values.tolist() if hasattr(values, "tolist") else values)]


def _text(value: Any) -> str:
    if isinstance(value, str):
        text = value.strip()
        whole = POINT_ZERO.fullmatch(text)
        return whole[1] if whole else text
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < EXACT_FLOAT else repr(value)
    return "" if value is None or value is pd.NA or value is pd.NaT else str(value)


def natural(names: Iterable[str]) -> NDArray[Any]:
    """The labels as integers where all of them are such, else as strings."""
    written = list(names)
    if written and all(INTEGER.fullmatch(name) and len(name) < 18 for name in written):
        return np.array([int(name) for name in written], dtype=np.int64)
    return np.array(written, dtype=str)


class Labels:
    """Known names, and the positions of written ones among them.

    A name is taken exactly where it occurs; otherwise by its value ("01", 1.0, True for "1") or without
    regard to case, if that fits one known name only.
    """

    def __init__(self, known: Iterable[Any]) -> None:
        self.known = tuple(texts(known))
        self._exact = {name: position for position, name in enumerate(self.known)}
        if len(self._exact) < len(self.known):
            twice = next(name for position, name in enumerate(self.known) if self._exact[name] != position)
            raise ValueError(f"{twice!r} occurs more than once")
        self._loose: dict[str, int] | None = None  # built when first needed: most files are exact

    def positions(self, values: Iterable[Any]) -> NDArray[np.intp]:
        """Position of each value among the known names; -1 where it is none of them."""
        return np.array([self._position(text) for text in texts(values)], dtype=np.intp)

    def _position(self, text: str) -> int:
        found = self._exact.get(text)
        if found is not None:
            return found
        if self._loose is None:
            self._loose = {}
            for position, name in enumerate(self.known):
                key = _loose(name)
                self._loose[key] = -1 if key in self._loose else position
        return self._loose.get(_loose(text), -1) if text else -1


def _loose(text: str) -> str:
    folded = text.casefold()
    if folded in {"true", "false"}:
        return "1" if folded == "true" else "0"
    if INTEGER.fullmatch(folded):
        return str(int(folded)) if len(folded) < 4000 else folded  # longer ones int() refuses
    if NUMBER.fullmatch(folded):
        return _text(float(folded))
    return folded


def alike(truth: NDArray[Any], predicted: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Both as labels of one type: predicted 1.0, "1" or True equal a true 1."""
    kinds = truth.dtype.kind + predicted.dtype.kind
    if kinds in {"UU", "ii"}:
        return truth, predicted
    known = Labels(dict.fromkeys(texts(truth)))
    found = known.positions(predicted)
    spelled = [known.known[at] if at >= 0 else text for at, text in zip(found, texts(predicted), strict=True)]
    both = natural([*texts(truth), *spelled])
    return both[: len(truth)], both[len(truth) :]
