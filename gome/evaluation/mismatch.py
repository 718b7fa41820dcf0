"""Whether a printed score is the task's metric at all: it may be another one, or the same turned round."""

import re
from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

from gome.errors import SubmissionInvalid
from gome.evaluation.evidence import choice
from gome.evaluation.metrics import PROBABILITIES, Metric, Metrics
from gome.evaluation.names import ALIASES
from gome.evaluation.noise import noise
from gome.evaluation.reading.known import ALIKE, METRICS, SCORERS
from gome.messages import Check, Wanted

FAR = 6.0  # noise units from the task's metric, and ...
NEAR = 1.5  # ... from another one, for a claim to be taken for that
CLOSE = 0.5  # and where no word names either: of the many metrics that are tried, one is near by chance
TURNED = re.compile(r"\b1(\.0*)?\s*-|error|neg|!=", re.IGNORECASE)  # how a program says that it turns a score round
DECIDES = ("accuracy", "error_rate", "f1", "f1_macro", "balanced_accuracy")
BY_WANTED = {
    "probability": ("auc", "logloss", "brier", "average_precision"),
    "label": (*DECIDES, "f1_weighted", "mcc", "qwk"),
    "value": ("rmse", "mse", "mae", "r2", "rmsle", "mape", "median_ae", "spearman", "pearson"),
    "ranking": (),
}
Computed = tuple[str, float, float]  # name, score, noise


def other_metric(
    metric: Metric,
    wanted: Wanted,
    truth: NDArray[Any],
    predicted: NDArray[Any],
    claimed: float,
    score: float,
    error: float,
    code: str,
) -> Check:
    """Whether the claim, far from the score, is what another metric gives for the same predictions.

    Some other metric is near by chance. So the program must name it, and not only for the sake of seeing it: where it
    names the task's as well, the claim must be better than the score, as a claim is that flatters.
    """
    name = "claimed-metric"
    unit = max(error, 1e-12)
    if abs(claimed - score) <= FAR * unit or abs(-claimed - score) <= FAR * unit:
        return Check(name=name, status="passed", evidence=f"{metric.name} gives {score:.5g}, near what was claimed")
    turned = {f"1 - {metric.name}", f"-{metric.name}"} if TURNED.search(code) else set()
    for other, value, width in _others(metric, wanted, truth, predicted, score, error):
        near = NEAR if other in turned else _near(metric.name, other, code, better=metric.sign * (claimed - score) > 0)
        if abs(claimed - value) <= near * max(width, 1e-9):
            evidence = f"the claim {claimed:.5g} is {other} ({value:.5g}), not {metric.name} ({score:.5g})"
            return Check(name=name, status="warned", evidence=evidence)
    return Check(name=name, status="passed", evidence="the claim fits no other usual metric better")


def _near(asked: str, other: str, code: str, *, better: bool) -> float:
    """Within how many noise units of another metric a claim is taken for that; below 0: never."""
    if _named(asked, code) or any(_named(name, code) for name in ALIKE.get(asked, ())):
        return NEAR if better and _named(other, code) else -1.0
    if _named(other, code):
        return NEAR
    return CLOSE if better else -1.0


def _named(metric: str, code: str) -> bool:
    """Whether any usual name of a metric stands in a program."""
    libraries = (name for names in (METRICS, SCORERS) for name, one in names.items() if one == metric)
    words = {metric, *ALIASES.get(metric, ()), *libraries}
    return any(f" {_plain(word)} " in f" {_plain(code)} " for word in words)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def _others(
    metric: Metric, wanted: Wanted, truth: NDArray[Any], predicted: NDArray[Any], score: float, error: float
) -> Iterator[Computed]:
    if 0 <= score <= 1 and metric.limits is None:
        yield f"1 - {metric.name}", 1 - score, error
    if metric.higher_is_better and score > 0:
        yield f"-{metric.name}", -score, error
    if truth.ndim > 1:
        return
    metrics = Metrics.builtin()
    sides: list[tuple[tuple[str, ...], NDArray[Any], NDArray[Any]]] = [(BY_WANTED[wanted], truth, predicted)]
    if wanted == "probability":
        chosen = choice(truth, predicted, bounded=metric.limits == PROBABILITIES)
        sides.append((DECIDES, truth, chosen))
    for names, right, given in sides:
        for other in names:
            if other in {metric.name, *_SAME.get(metric.name, ())}:
                continue
            found = _computed(metrics.named(other), right, given)
            if found is not None:
                yield other, *found


_SAME: dict[str, tuple[str, ...]] = {"rmse": ("rmsle",), "rmsle": ("rmse",), "error_rate": ("accuracy",)}


def _computed(metric: Metric, truth: NDArray[Any], predicted: NDArray[Any]) -> tuple[float, float] | None:
    try:
        return metric(truth, predicted), noise(metric, truth, predicted, draws=40)
    except (SubmissionInvalid, ValueError, IndexError):
        return None
