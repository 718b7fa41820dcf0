"""The official metrics as source: what a script computes from its out-of-fold predictions."""

import re

from gome.expert.printer import Imports
from gome.expert.scene import Scene

# expression of y (codes of classes) and p (a column of probabilities per class)
_BINARY = {
    "auc": ("roc_auc_score", "roc_auc_score(y, p[:, 1])"),
    "gini": ("roc_auc_score", "2 * roc_auc_score(y, p[:, 1]) - 1"),
    "average_precision": ("average_precision_score", "average_precision_score(y, p[:, 1])"),
    "brier": ("", "np.mean((p[:, 1] - y) ** 2)"),
}
_ONE_VS_REST = "np.mean([{}(y == k, p[:, k]) for k in np.unique(y)])"
_MANY = {
    "auc": ("roc_auc_score", _ONE_VS_REST.format("roc_auc_score")),
    "gini": ("roc_auc_score", f"2 * {_ONE_VS_REST.format('roc_auc_score')} - 1"),
    "average_precision": ("average_precision_score", _ONE_VS_REST.format("average_precision_score")),
    "brier": ("", "np.mean(np.sum((p - np.eye(len(CLASSES))[y]) ** 2, axis=1))"),
}
LOGLOSS = ("log_loss", "log_loss(y, p, labels=range(len(CLASSES)))")
# expression of y and of the decided classes
_LABELS = {
    "accuracy": ("accuracy_score", "accuracy_score(y, {})"),
    "balanced_accuracy": ("balanced_accuracy_score", "balanced_accuracy_score(y, {})"),
    "f1_macro": ("f1_score", 'f1_score(y, {}, average="macro")'),
    "f1_micro": ("f1_score", 'f1_score(y, {}, average="micro")'),
    "f1_weighted": ("f1_score", 'f1_score(y, {}, average="weighted")'),
    "mcc": ("matthews_corrcoef", "matthews_corrcoef(y, {})"),
    "qwk": ("cohen_kappa_score", 'cohen_kappa_score(y, {}, weights="quadratic")'),
}
_VALUES = {
    "rmse": ("root_mean_squared_error", "root_mean_squared_error(y, p)"),
    "rmsle": ("root_mean_squared_log_error", "root_mean_squared_log_error(y, p)"),
    "mse": ("mean_squared_error", "mean_squared_error(y, p)"),
    "mae": ("mean_absolute_error", "mean_absolute_error(y, p)"),
    "median_ae": ("median_absolute_error", "median_absolute_error(y, p)"),
    "mape": ("mean_absolute_percentage_error", "mean_absolute_percentage_error(y, p)"),
    "smape": ("", "200 * np.mean(np.abs(p - y) / np.maximum(np.abs(p) + np.abs(y), 1e-12))"),
    "r2": ("r2_score", "r2_score(y, p)"),
    "spearman": ("spearmanr", "spearmanr(y, p).statistic"),
    "pearson": ("", "np.corrcoef(y, p)[0, 1]"),
    "qwk": ("cohen_kappa_score", 'cohen_kappa_score(y.astype(int), np.rint(p).astype(int), weights="quadratic")'),
    "gini": ("", "np.corrcoef(np.argsort(np.argsort(y)), p)[0, 1]"),
    "auc": ("roc_auc_score", "roc_auc_score(y, p)"),
    "logloss": ("log_loss", "log_loss(y, p, labels=(0, 1))"),
    "brier": ("", "np.mean((p - y) ** 2)"),
    "average_precision": ("average_precision_score", "average_precision_score(y, p)"),
    "f1": ("f1_score", "f1_score(y, p > 0.5)"),
    "accuracy": ("accuracy_score", "accuracy_score(y, p > 0.5)"),
}
ABSOLUTE = frozenset({"mae", "median_ae", "mape", "smape", "mean_columnwise_mae"})
DECIDED = frozenset({*_LABELS, "f1"})


def ranked(metric: str) -> int:
    """How many classes a ranking metric reads, such as 5 for map@5; 0 for other metrics."""
    found = re.fullmatch(r"(?:map|ndcg)@(\d+)", metric)
    return int(found[1]) if found else 0


def scored(scene: Scene, imports: Imports) -> tuple[str, bool]:
    """Expression for the metric of the task, and whether it is the official one.

    The expression reads `y` and `p`; metrics of decisions call `decide(p)`.
    """
    metric = scene.task.metric
    if scene.several:
        return _columnwise(metric, scene, imports)
    if not scene.classifies:
        return _taken(_VALUES.get(metric), _VALUES["rmse"], imports)
    if ranked(metric):
        return _ranking(metric), True
    if metric == "logloss":
        return _taken(LOGLOSS, LOGLOSS, imports)
    if metric == "f1":
        average = "" if len(scene.classes) == 2 else ', average="macro"'
        return _taken(("f1_score", f"f1_score(y, {{}}{average})"), LOGLOSS, imports, "decide(p)")
    if metric in _LABELS:
        return _taken(_LABELS[metric], LOGLOSS, imports, "decide(p)")
    table = _BINARY if len(scene.classes) == 2 else _MANY
    return _taken(table.get(metric), LOGLOSS, imports)


def note(name: str, imports: Imports) -> None:
    """Import a metric's function from where it lives; an empty name needs none."""
    if name == "spearmanr":
        imports.name("scipy.stats", name)
    elif name:
        imports.name("sklearn.metrics", name)


def _taken(
    found: tuple[str, str] | None, fallback: tuple[str, str], imports: Imports, decided: str = ""
) -> tuple[str, bool]:
    name, expression = found or fallback
    note(name, imports)
    return expression.replace("{}", decided), found is not None


def _columnwise(metric: str, scene: Scene, imports: Imports) -> tuple[str, bool]:
    inner = "rmse" if metric == "mcrmse" else metric.removeprefix("mean_columnwise_")
    found = _VALUES.get(inner)
    name, expression = found or (("roc_auc_score", "roc_auc_score(y, p)") if scene.classifies else _VALUES["rmse"])
    note(name, imports)
    column = re.sub(r"\b([yp])\b", r"\1[:, t]", expression)
    return f"np.nanmean([{column} for t in range(len(TARGETS))])", found is not None


def hits(metric: str) -> str:
    """Expression for which of the best guesses are right, a row of them for each row."""
    return f"np.argsort(-p, axis=1)[:, :{ranked(metric)}] == y[:, None]"


def _ranking(metric: str) -> str:
    places = "np.arange(1, hits.shape[1] + 1)"
    if metric.startswith("ndcg"):
        places = "np.log2(np.arange(2, hits.shape[1] + 2))"
    return f"np.mean(np.sum(hits / {places}, axis=1))"
