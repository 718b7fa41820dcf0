"""Metric names as scikit-learn, Kaggle and MLE-Bench spell them."""

import re
from collections.abc import Iterator

ANY_CUT = 5  # k where a name such as "MAP@{K}" leaves it open: the most frequent one on Kaggle

ALIASES: dict[str, tuple[str, ...]] = {
    "auc": (
        "roc_auc", "auc_roc", "auroc", "roc", "area_under_curve", "area_under_roc_curve", "area_under_the_curve",
        "area_under_receiver_operating_characteristic_curve",
        "area_under_the_receiver_operating_characteristic_curve", "area_under_the_roc_curve",
        "roc_auc_ovr", "macro_auc", "auc_macro", "macro_roc_auc", "roc_auc_macro", "multiclass_auc",
    ),
    "logloss": (
        "log_loss", "logarithmic_loss", "binary_logloss", "multi_logloss", "multi_log_loss", "multiclass_loss",
        "multi_class_log_loss", "multi_class_logarithmic_loss", "mean_log_loss", "cross_entropy",
        "binary_cross_entropy", "categorical_cross_entropy", "cross_entropy_loss", "bce",
    ),
    "accuracy": (
        "acc", "categorization_accuracy", "classification_accuracy", "multi_class_classification_accuracy",
        "top_1_accuracy", "multiclass_accuracy", "percentage_correct",
    ),
    "error_rate": (
        "classification_error", "misclassification_error", "misclassification_rate",
        "top_1_classification_error", "zero_one_loss", "multiclass_error",
    ),
    "balanced_accuracy": ("balanced_acc", "bacc", "mean_recall", "unweighted_average_recall", "uar"),
    "f1": ("f1_score", "f1_binary", "f_score", "f_measure", "binary_f1", "f1_measure"),
    "f1_macro": (
        "macro_f1", "macro_f", "macro_f_score", "f_score_macro", "macro_averaged_f1", "mean_f1_macro",
        "macro_average_f1", "f1_macro_average",
    ),
    # With one label a row, Kaggle's mean over rows of each row's F1 is the micro average.
    "f1_micro": (
        "micro_f1", "micro_f", "micro_f_score", "f_score_micro", "micro_averaged_f1", "mean_f_score", "mean_f1",
        "mean_f_score_beta", "f_score_1",
    ),
    "f1_weighted": ("weighted_f1", "weighted_f", "weighted_f_score", "f_score_weighted", "weighted_averaged_f1"),
    "precision": ("precision_binary",),
    "precision_macro": ("macro_precision",),
    "recall": ("recall_binary", "sensitivity", "true_positive_rate"),
    "recall_macro": ("macro_recall",),
    "mcc": ("matthews_corrcoef", "matthews", "matthews_correlation", "matthews_correlation_coefficient", "phi"),
    "qwk": (
        "quadratic_weighted_kappa", "quadratic_kappa", "weighted_kappa", "cohen_kappa_quadratic",
        "quadratic_cohen_kappa", "kappa", "quadratic_weighted_cohen_kappa",
    ),
    "average_precision": ("auprc", "pr_auc", "auc_pr", "area_under_precision_recall_curve", "prauc_score"),
    "brier": ("brier_loss", "brier_score_loss"),
    "gini": ("normalized_gini", "gini_coefficient", "normalized_gini_coefficient"),
    "rmse": ("root_mean_squared_error", "root_mean_square_error", "rms_error", "rmsd", "root_mse"),
    "rmsle": (
        "root_mean_squared_log_error", "root_mean_squared_logarithmic_error", "root_mean_square_log_error",
        "root_mean_square_logarithmic_error",
    ),
    "mse": ("mean_squared_error", "mean_square_error", "l2"),
    "mae": ("mean_absolute_error", "mean_abs_error", "l1"),
    "median_ae": ("median_absolute_error", "medae", "median_abs_error"),
    "mape": ("mean_absolute_percentage_error", "mean_absolute_percent_error"),
    "smape": ("symmetric_mean_absolute_percentage_error", "symmetric_mean_absolute_percent_error"),
    "r2": ("r_squared", "r_2", "coefficient_of_determination", "rsquare", "r²", "explained_variance_r2"),
    "spearman": (
        "spearmanr", "spearman_correlation", "spearmans_correlation", "spearman_rho", "spearmans_rho",
        "spearman_r", "spearmans_r", "spearman_rank_correlation", "spearmans_rank_correlation",
        "spearman_correlation_coefficient", "spearmans_correlation_coefficient",
        "spearmans_rank_correlation_coefficient", "spearman_rank_correlation_coefficient",
    ),
    "pearson": (
        "pearsonr", "pearson_correlation", "pearsons_correlation", "pearson_r", "pearsons_r", "correlation",
        "pearson_correlation_coefficient", "pearsons_correlation_coefficient",
    ),
    "mean_columnwise_auc": (
        "mcauc", "columnwise_auc", "auroc_multi_label", "multi_label_auc", "mean_columnwise_auroc",
        "mean_columnwise_area_under_receiver_operating_characteristic_curve",
        "mean_columnwise_roc_auc", "columnwise_roc_auc",
    ),
    "mean_columnwise_logloss": ("mclogloss", "columnwise_logloss", "mean_columnwise_log_loss"),
    "mean_columnwise_rmse": ("mcrmse", "columnwise_rmse", "mean_columnwise_root_mean_squared_error"),
    "mean_columnwise_rmsle": (
        "mcrmsle", "columnwise_rmsle", "mean_columnwise_root_mean_squared_log_error",
        "mean_columnwise_root_mean_squared_logarithmic_error",
    ),
    "mean_columnwise_mae": ("mcmae", "columnwise_mae", "mean_columnwise_mean_absolute_error"),
    "mean_columnwise_spearman": (
        "mcspearman", "columnwise_spearman", "mean_columnwise_spearmans_correlation",
        "mean_columnwise_spearmans_correlation_coefficient", "mean_columnwise_spearmans_rho",
    ),
}  # fmt: skip

CUT = re.compile(
    r"(?:(m?apk?|meanaverageprecision)|(ndcgk?|normali[sz]eddiscountedcumulativegain))(?:@|at)(\d{1,4}|k|)(?:score)?"
)


def key(text: str) -> str:
    """`text` without case, spaces, dashes or any punctuation but the @ of a cut."""
    return "".join(letter for letter in text.casefold() if letter.isalnum() or letter == "@")


def keys(text: str) -> Iterator[str]:
    """The keys by which `text` may be known, closest first: whole, without brackets, what they hold."""
    inside = re.findall(r"\(([^()]*)\)", text)
    for part in (text, re.sub(r"\([^()]*\)", " ", text), *inside):
        whole = key(part)
        bare = whole.removeprefix("neg").removeprefix("the")
        yield from dict.fromkeys(
            (whole, bare, *(bare.removesuffix(end) for end in ("score", "scorer", "metric", "index")))
        )


def cut(name: str) -> tuple[str, int] | None:
    """("map" or "ndcg", k) for a name such as map@5, "MAP at 5" or NDCG@{K}; None for any other."""
    found = CUT.fullmatch(name)
    if found is None or found[3] == "0":
        return None
    return "map" if found[1] else "ndcg", int(found[3]) if found[3].isdigit() else ANY_CUT
