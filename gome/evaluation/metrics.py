"""Metrics: what each is called, which way is better, what it reads, and how it is computed."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, precision_score, recall_score

from gome.errors import MetricUnknown, PluginInvalid, SubmissionInvalid
from gome.evaluation import classification as c
from gome.evaluation import ranking
from gome.evaluation import regression as r
from gome.evaluation.columns import Influence, Score, mean_influence, mean_score
from gome.evaluation.names import ALIASES, cut, key, keys
from gome.messages import Wanted

PROBABILITIES = (0.0, 1.0)
NOT_NEGATIVE = (0.0, math.inf)
RANKINGS = ("map@3", "map@5", "map@12", "ndcg@5", "ndcg@10")  # listed by name; any other k is understood too


class Metric(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One way to score predictions.

    What `function` reads depends on `wanted`; rows come first, several targets are columns:

    - label: labels, integers where all are, else strings
    - probability: truth 0/1 with the positive class's probability; or truth 0..K-1 with (n, K), a column a class
    - value: floats
    - ranking: strings of labels separated by spaces, best guess first

    Over several target columns the score is the mean of theirs, as for scikit-learn's regression metrics;
    a column where the metric is undefined is left out.
    """

    name: str
    higher_is_better: bool
    wanted: Wanted
    function: Score  # NaN or ValueError where it is undefined
    aliases: tuple[str, ...] = ()
    limits: tuple[float, float] | None = None  # least and greatest prediction that makes sense
    influence: Influence | None = None  # each row's pull on the score; None: noise needs resampling
    file: str | None = None  # of the user's, that defines it

    def __call__(self, truth: NDArray[Any], predicted: NDArray[Any]) -> float:
        """The score, finite.

        Raises:
            SubmissionInvalid: the metric is undefined on these rows, or refuses them.
        """
        try:
            score = float(self.function(np.asarray(truth), np.asarray(predicted)))
        except ValueError as problem:
            raise SubmissionInvalid(f"{self.name}: {problem}") from problem
        if not math.isfinite(score):
            raise SubmissionInvalid(
                f"{self.name} is undefined on these rows ({score}): only one class, or values that do not vary"
            )
        return score

    @property
    def sign(self) -> int:
        """1 where higher is better, else -1."""
        return 1 if self.higher_is_better else -1


class Metrics:
    """The metrics that a runtime knows, by any of their names."""

    def __init__(self) -> None:
        self._metrics: dict[str, Metric] = {}
        self._by_key: dict[str, Metric] = {}

    @classmethod
    def builtin(cls) -> "Metrics":
        """A new registry of the metrics that gome ships."""
        metrics = cls()
        for metric in _builtin():
            metrics._register(metric)
        return metrics

    def add(
        self,
        name: str,
        function: Callable[[Any, Any], float],
        *,
        higher_is_better: bool,
        wanted: Wanted = "value",
        aliases: Iterable[str] = (),
    ) -> Metric:
        """Register `function(y_true, y_pred) -> float`; see Metric for what it is given.

        Whatever it raises, or a NaN, makes the submission invalid: a failed trial, never a best one.

        Raises:
            PluginInvalid: the name or an alias is taken or empty.
        """
        metric = Metric(
            name=name,
            higher_is_better=higher_is_better,
            wanted=wanted,
            function=_guarded(function),
            aliases=tuple(aliases),
        )
        self._register(metric)
        return metric

    def _register(self, metric: Metric) -> None:
        names = {key(name): name for name in (metric.name, *metric.aliases)}
        for short, name in names.items():
            if not short:
                raise PluginInvalid(f"a metric needs a name with letters or digits, not {name!r}")
            if short in self._by_key or (cut(short) and metric.name not in RANKINGS):
                raise PluginInvalid(f"metric {metric.name!r}: the name {name!r} is taken")
        self._by_key.update(dict.fromkeys(names, metric))
        self._metrics[metric.name] = metric

    def named(self, text: str) -> Metric:
        """The metric that `text` means, however it is spelled.

        Raises:
            MetricUnknown: none goes by that name; carries the nearest ones.
        """
        for candidate in keys(text):
            if candidate in self._by_key:
                return self._by_key[candidate]
            family = cut(candidate)
            if family is not None:
                return _ranking(*family)
        raise MetricUnknown(text, self._spellings())

    def _spellings(self) -> Iterator[str]:
        for metric in self._metrics.values():
            yield from (metric.name, *metric.aliases)

    def parts(self) -> tuple[dict[str, Metric], ...]:
        """The tables themselves, for a registry that may have to undo."""
        return self._metrics, self._by_key

    def __iter__(self) -> Iterator[str]:
        """Canonical names, in order of registration."""
        return iter(self._metrics)

    def __len__(self) -> int:
        return len(self._metrics)


def _guarded(function: Callable[[Any, Any], float]) -> Score:
    """`function` with whatever it raises turned into ValueError."""

    def score(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
        try:
            return float(function(truth, predicted))
        except Exception as problem:  # a plugin's function may raise anything: its trial fails, not the run
            raise ValueError(f"{type(problem).__name__}: {problem}") from problem

    return score


def _builtin() -> Iterator[Metric]:
    up, down = True, False

    def metric(
        name: str,
        better: bool,  # noqa: FBT001 - `up` or `down`, in a table
        wanted: Wanted,
        function: Score,
        influence: Influence | None = None,
        limits: tuple[float, float] | None = None,
    ) -> Metric:
        return Metric(
            name=name,
            higher_is_better=better,
            wanted=wanted,
            function=mean_score(function),
            aliases=ALIASES.get(name, ()),
            limits=limits,
            influence=mean_influence(influence) if influence else None,
        )

    yield metric("auc", up, "probability", c.auc, c.auc_influence)
    yield metric("logloss", down, "probability", c.logloss, c.logloss_influence, PROBABILITIES)
    yield metric("accuracy", up, "label", c.accuracy, c.accuracy_influence)
    yield metric("error_rate", down, "label", c.error_rate, c.error_influence)
    yield metric("balanced_accuracy", up, "label", c.balanced_accuracy)
    yield metric("f1", up, "label", c.of_positive("f1", f1_score))
    yield metric("f1_macro", up, "label", c.averaged(f1_score, "macro"))
    yield metric(
        "f1_micro", up, "label", c.averaged(f1_score, "micro"), c.accuracy_influence
    )  # the same, a label a row
    yield metric("f1_weighted", up, "label", c.averaged(f1_score, "weighted"))
    yield metric("precision", up, "label", c.of_positive("precision", precision_score))
    yield metric("precision_macro", up, "label", c.averaged(precision_score, "macro"))
    yield metric("recall", up, "label", c.of_positive("recall", recall_score))
    yield metric("recall_macro", up, "label", c.averaged(recall_score, "macro"))
    yield metric("mcc", up, "label", c.mcc)
    yield metric("qwk", up, "label", c.qwk)
    yield metric("average_precision", up, "probability", c.average_precision)
    yield metric("brier", down, "probability", c.brier, c.brier_influence, PROBABILITIES)
    yield metric("gini", up, "probability", c.gini, c.gini_influence)
    yield metric("rmse", down, "value", r.rmse, r.rmse_influence)
    yield metric("rmsle", down, "value", r.rmsle, r.rmsle_influence, NOT_NEGATIVE)
    yield metric("mse", down, "value", r.mse, r.squared)
    yield metric("mae", down, "value", r.mae, r.absolute)
    yield metric("median_ae", down, "value", r.median_ae)
    yield metric("mape", down, "value", r.mape, r.mape_influence)
    yield metric("smape", down, "value", r.smape, r.smape_influence)
    yield metric("r2", up, "value", r.r2, r.r2_influence)
    yield metric("spearman", up, "value", r.spearman)
    yield metric("pearson", up, "value", r.pearson, r.pearson_influence)
    yield metric("mean_columnwise_auc", up, "probability", c.auc, c.auc_influence)
    yield metric("mean_columnwise_logloss", down, "probability", c.logloss, c.logloss_influence, PROBABILITIES)
    yield metric("mean_columnwise_rmse", down, "value", r.rmse, r.rmse_influence)
    yield metric("mean_columnwise_rmsle", down, "value", r.rmsle, r.rmsle_influence, NOT_NEGATIVE)
    yield metric("mean_columnwise_mae", down, "value", r.mae, r.absolute)
    yield metric("mean_columnwise_spearman", up, "value", r.spearman)
    yield from (_ranking(*family) for family in map(cut, RANKINGS) if family)


def _ranking(family: str, k: int) -> Metric:
    influence = ranking.map_influence(k) if family == "map" else ranking.ndcg_influence(k)
    return Metric(
        name=f"{family}@{k}",
        higher_is_better=True,
        wanted="ranking",
        function=mean_score(ranking.mean_of(influence)),
        influence=mean_influence(influence),
    )
