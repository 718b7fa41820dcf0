"""A metric from a Python file of the user's, and what shows that it is not what it says.

The file is the user's own code: it runs without walls, but in a process of its own, so that one that hangs, ends its
process or fills the memory costs an answer and not the run.
"""

import contextlib
import io
import json
import re
import selectors
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast, get_args

import numpy as np
from numpy.typing import NDArray

from gome.errors import MetricHangs, SubmissionInvalid, TaskInvalid
from gome.evaluation.metrics import Metric, Metrics
from gome.messages import Wanted
from gome.task.task import METRIC_FILE

LIMIT_S = 60.0  # that reading the file, or one score, may take; metrics of 100,000 rows take a second
SHUFFLES = 5
_NEEDED = "define `score(truth, predicted)` and `higher_is_better = True` or False"
_GIVEN, _RIGHT = re.compile("pred|submi|guess|y_hat|yhat"), re.compile("tru|actual|target|label|solution|answer|gold")
_CLOSE = 1e-2  # relative; two scores so close are one
_HUGE = 2.0**14  # times the largest label: predictions that are absurd

Array = NDArray[Any]


def resolver(metrics: Metrics) -> Callable[[str], Metric]:
    """Return what finds a metric by any of its names, or in the file whose path it is given."""
    return lambda text: read_metric(Path(text)) if text.endswith(METRIC_FILE) else metrics.named(text)


def read_metric(path: Path, *, limit_s: float = LIMIT_S) -> Metric:
    """The metric that a file defines; runs the file.

    `score(truth, predicted)` gives a number, `higher_is_better` the direction, `wanted` (of Metric; else "value")
    what it reads.

    Args:
        path: of the file.
        limit_s: that reading it may take, and each score.

    Raises:
        TaskInvalid: no such file; it fails, or lacks something.
        MetricHangs: it does not come to its end.
    """
    if not path.is_file():
        raise TaskInvalid(
            f"{path}: there is no such metric file; metric = '...' in task.toml is relative to its folder"
        )
    scorer = _Scorer(path, limit_s)
    told = scorer.told()
    if "problem" in told:
        raise TaskInvalid(f"{path}: {told['problem']}")
    if not told["callable"] or told["higher_is_better"] is None:
        raise TaskInvalid(f"{path}: {_NEEDED}")
    wanted, names = told["wanted"], told["names"]
    if wanted not in get_args(Wanted):
        raise TaskInvalid(f"{path}: wanted is {wanted!r}; give one of {', '.join(get_args(Wanted))}")
    if "misfit" in told:
        raise TaskInvalid(f"{path}: score takes truth and predicted, two arguments by position: {told['misfit']}")
    if len(names) > 1 and _GIVEN.search(names[0]) and _RIGHT.search(names[1]) and not _RIGHT.search(names[0]):
        raise _swapped(path.name, f"the first is called {names[0]!r}, the second {names[1]!r}")
    return Metric(
        name=path.name, higher_is_better=told["higher_is_better"], wanted=wanted, function=scorer.score, file=str(path)
    )


class _Scorer:
    """A process with the file's metric in it, started when it is needed; one question at a time."""

    def __init__(self, path: Path, limit_s: float) -> None:
        self._path, self._limit_s = path, limit_s
        self._process: subprocess.Popen[bytes] | None = None
        self._told: dict[str, Any] = {}
        self._lock = threading.Lock()

    def told(self) -> dict[str, Any]:
        """What the file defines."""
        with self._lock:
            self._started()
            return self._told

    def score(self, truth: Array, predicted: Array) -> float:
        """The metric of arrays without objects. Raises ValueError where it fails, MetricHangs where it does not end."""
        written = io.BytesIO()
        for side in (truth, predicted):
            np.save(written, side.astype(str) if side.dtype == object else side, allow_pickle=False)
        with self._lock:
            process = self._started()
            with contextlib.suppress(BrokenPipeError):  # it has ended: so says its answer
                cast(IO[bytes], process.stdin).write(b"%d\n" % len(written.getvalue()) + written.getvalue())
                cast(IO[bytes], process.stdin).flush()
            told = self._answer(process)
        if "problem" in told:
            raise ValueError(told["problem"])
        return float(told["score"])

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            script = Path(__file__).with_name("scorer.py")
            self._process = subprocess.Popen(
                [sys.executable, "-P", script, self._path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C asks the run to stop, it does not fail its metric
            )
            weakref.finalize(self, _end, self._process)
            self._told = self._answer(self._process)
        return self._process

    def _answer(self, process: "subprocess.Popen[bytes]") -> dict[str, Any]:
        """The next line that it says."""
        with selectors.DefaultSelector() as selector:
            selector.register(cast(IO[bytes], process.stdout), selectors.EVENT_READ)
            ready = selector.select(self._limit_s)
        line = cast(IO[bytes], process.stdout).readline() if ready else b""
        if line:
            return cast(dict[str, Any], json.loads(line))
        self._process = None
        _end(process)
        if not ready:
            raise MetricHangs(str(self._path), self._limit_s)
        return {"problem": f"its process ended ({process.returncode}) without an answer"}


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process, and let go of what leads to it."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(BrokenPipeError):
            cast(IO[bytes], pipe).close()
    process.wait()


def audit(metric: Metric, truth: Array, perfect: Array, *, seed: int = 0) -> None:
    """Try a metric that a file defines on predictions whose worth is known; no other needs it.

    Args:
        metric: it has scored `perfect` already.
        truth: of the search holdout.
        perfect: predictions that equal it.
        seed: of the shuffles.

    Raises:
        TaskInvalid: it fails on merely wrong predictions, cannot tell them from perfect ones, prefers them, or takes
            its arguments the other way round, as far as that shows.
    """
    if metric.file is None:
        return
    random = np.random.default_rng(seed)
    good = _soft(metric, perfect)
    shuffled = [good[random.permutation(len(good))] for _ in range(SHUFFLES)]
    _check_constants(metric, truth, good)
    _check_absurd(metric, truth)
    bad = []
    for wrong in shuffled:
        try:
            bad.append(metric(truth, wrong))
        except SubmissionInvalid as problem:
            if _tried(metric, wrong, truth) is not None:
                raise _swapped(metric.name, "predictions as truth are scored, as predictions they are not") from problem
            raise TaskInvalid(f"{metric.file}: fails on predictions that are merely wrong: {problem}") from problem
    best = metric(truth, good)
    if all(score == best for score in bad):
        raise TaskInvalid(f"{metric.file}: gives {best:.5g} for right predictions and for shuffled ones alike")
    if metric.sign * (best - float(np.mean(bad))) < 0:
        raise TaskInvalid(
            f"{metric.file}: higher_is_better is {metric.higher_is_better}, but right predictions score {best:.5g} "
            f"and shuffled ones {np.mean(bad):.5g}"
        )


def _soft(metric: Metric, perfect: Array) -> Array:
    """Perfect predictions; probabilities a little less sure, as those of programs are."""
    if metric.wanted != "probability":
        return perfect
    columns = 2 if perfect.ndim == 1 else max(2, perfect.shape[1])
    return 0.9 * perfect + 0.1 / columns


def _check_constants(metric: Metric, truth: Array, good: Array) -> None:
    """Any metric can score a constant prediction, or it can score a constant truth no better."""
    if truth.ndim > 1 or good.ndim > 1 or metric.wanted == "ranking":
        return
    if metric.wanted == "label":
        values = list(np.unique(truth)[:SHUFFLES])
    else:
        values = [0.25, 0.5] if metric.wanted == "probability" else [_scale(truth), 2 * _scale(truth)]
    constants = [np.full(len(truth), value, dtype=np.asarray(good).dtype) for value in values]
    if all(_tried(metric, truth, constant) is None for constant in constants) and all(
        _tried(metric, constant, good) is not None for constant in constants
    ):
        raise _swapped(metric.name, "a constant truth is scored, a constant prediction is not")


def _check_absurd(metric: Metric, truth: Array) -> None:
    """Predictions that grow beyond all bounds change the score of a metric that a growing truth changes."""
    if metric.wanted != "value" or truth.ndim > 1:
        return
    far = np.full(len(truth), _HUGE * _scale(truth))
    as_given = [_tried(metric, truth, 8 * far), _tried(metric, truth, far)]
    as_truth = [_tried(metric, 8 * far, truth), _tried(metric, far, truth)]
    if None in as_given or None in as_truth:
        return
    given, right = np.array(as_given, dtype=float), np.array(as_truth, dtype=float)
    if np.isclose(given[0], given[1], rtol=_CLOSE, atol=1e-9) and abs(right[0]) > 2 * abs(right[1]):
        raise _swapped(metric.name, "predictions however far off score alike, but a far truth does not")


def _scale(truth: Array) -> float:
    """About the largest label; a power of two, so that the mean of equal ones is exact."""
    return float(2.0 ** np.round(np.log2(max(float(np.abs(truth).max()), 1e-9))))


def _tried(metric: Metric, truth: Array, predicted: Array) -> float | None:
    try:
        with np.errstate(all="ignore"):
            return metric(truth, predicted)
    except SubmissionInvalid:
        return None


def _swapped(name: str, evidence: str) -> TaskInvalid:
    return TaskInvalid(
        f"{name}: score seems to take its arguments the other way round ({evidence}); gome gives truth, then predicted"
    )
