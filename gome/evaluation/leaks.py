"""What gives the target away in the data, and whether predictions lean on it."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from gome.evaluation.checks import leak_check
from gome.messages import Check
from gome.task.association import Floats, association
from gome.task.giveaways import COPY, Giveaway

FOLLOWS = 0.5  # association of predictions for test rows with what is broken there
LEANS = 0.8  # and with what cannot be checked


def leaking(held: NDArray[Any], test: NDArray[Any], giveaways: Sequence[Giveaway]) -> Iterator[Check]:
    """Hold predictions against what gives the target away in training.

    What is not alike in test shows where held-out rows, which have its true values, are predicted otherwise than test
    rows. What looks alike and has lost its meaning there shows where predictions for test rows follow it all the same.

    Args:
        held: predictions for held-out rows.
        test: for real test rows, in the official order; none: nothing can be said.
        giveaways: with their codes in that order.
    """
    if not len(test):
        return
    unlike = [one for one in giveaways if one.state in {"unlike", "mute"}]
    if unlike:
        found = leak_check(held, test, [one.evidence for one in unlike])
        sure = max(one.strength for one in unlike) >= COPY
        yield found if sure or found.status == "passed" else msgspec.structs.replace(found, status="warned")
    goal, plain = _goal(test), _plain(test)
    for one in giveaways:
        if one.state not in {"broken", "weaker", "unknown"} or one.codes is None:
            continue
        broken = one.state == "broken"
        follows = association(one.codes, goal)
        if not broken and plain is not None:  # ranks spread over a class what a sure program predicts alike
            follows = max(follows, association(one.codes, plain))
        words = f"{one.evidence}; predictions for test rows follow it by {follows:.2f} of 1"
        name = "leak" if broken else "giveaway"
        if follows < (FOLLOWS if broken else LEANS):
            yield Check(name=name, status="passed", evidence=words)
        elif broken:
            status: Literal["failed", "warned"] = "failed" if one.strength >= COPY else "warned"
            yield Check(name=name, status=status, evidence=f"{words}: the score is the leak's")
        else:
            yield Check(name=name, status="warned", evidence=f"{words}: an easy task, or a leak")


def _goal(predicted: NDArray[Any]) -> Floats:
    columns = predicted.reshape(len(predicted), -1).T
    parts: list[Floats] = []
    for column in columns:
        if column.dtype.kind in "fiub":
            parts.append(rankdata(column)[:, None] / len(column))
        else:
            parts.append((column[:, None] == np.unique(column)[None, :]).astype(np.float64))
    return np.concatenate(parts, axis=1)


def _plain(predicted: NDArray[Any]) -> Floats | None:
    """Predictions as they are; None where they are names."""
    if predicted.dtype.kind not in "fiub":
        return None
    return predicted.reshape(len(predicted), -1).astype(np.float64)
