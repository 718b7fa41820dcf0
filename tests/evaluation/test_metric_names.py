"""Metrics are found however scikit-learn, Kaggle or MLE-Bench spell them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import get_scorer_names

from gome.errors import MetricUnknown
from gome.evaluation.metrics import Metrics

METRICS = Metrics.builtin()

SCIKIT_LEARN = {
    "accuracy": "accuracy", "average_precision": "average_precision", "balanced_accuracy": "balanced_accuracy",
    "f1": "f1", "f1_macro": "f1_macro", "f1_micro": "f1_micro", "f1_weighted": "f1_weighted",
    "matthews_corrcoef": "mcc", "neg_brier_score": "brier", "neg_log_loss": "logloss",
    "neg_mean_absolute_error": "mae", "neg_mean_absolute_percentage_error": "mape", "neg_mean_squared_error": "mse",
    "neg_median_absolute_error": "median_ae", "neg_root_mean_squared_error": "rmse",
    "neg_root_mean_squared_log_error": "rmsle", "precision": "precision", "precision_macro": "precision_macro",
    "r2": "r2", "recall": "recall", "recall_macro": "recall_macro", "roc_auc": "auc", "roc_auc_ovr": "auc",
}  # fmt: skip
FUNCTIONS = {
    "roc_auc_score": "auc", "log_loss": "logloss", "accuracy_score": "accuracy", "f1_score": "f1", "r2_score": "r2",
    "balanced_accuracy_score": "balanced_accuracy", "average_precision_score": "average_precision",
    "brier_score_loss": "brier", "root_mean_squared_error": "rmse", "zero_one_loss": "error_rate",
}  # fmt: skip
KAGGLE = {
    "Area Under Receiver Operating Characteristic Curve": "auc", "AUC": "auc", "AUC-ROC": "auc", "AUROC": "auc",
    "Area Under the ROC Curve (AUC)": "auc",
    "Categorization Accuracy": "accuracy", "Classification Accuracy": "accuracy",
    "Log Loss": "logloss", "LogLoss": "logloss", "Logarithmic Loss": "logloss", "MulticlassLoss": "logloss",
    "Multi-class Logarithmic Loss": "logloss", "Multiclass Loss": "logloss",
    "Root Mean Squared Error": "rmse", "Root Mean Squared Error (RMSE)": "rmse", "the RMSE": "rmse",
    "Root Mean Squared Logarithmic Error": "rmsle", "RMSLE": "rmsle", "Mean Absolute Error": "mae",
    "QuadraticWeightedKappa": "qwk", "Quadratic Weighted Kappa": "qwk", "Mean F-Score": "f1_micro",
    "Mean F1-Score": "f1_micro", "Macro F-Score": "f1_macro", "MacroFScore": "f1_macro", "F1 Score": "f1",
    "F1 (macro)": "f1_macro", "Matthews Correlation Coefficient": "mcc", "R2 Score": "r2", "R²": "r2", "R^2": "r2",
    "Symmetric Mean Absolute Percentage Error": "smape", "SMAPE": "smape", "Normalized Gini Index": "gini",
    "Mean Columnwise Area Under Receiver Operating Characteristic Curve": "mean_columnwise_auc",
    "MCAUC": "mean_columnwise_auc", "MCRMSE": "mean_columnwise_rmse",
    "Mean Columnwise Root Mean Squared Error": "mean_columnwise_rmse", "MCRMSLE": "mean_columnwise_rmsle",
    "Mean Column-wise Log Loss": "mean_columnwise_logloss",
    "Spearman's Rho": "spearman", "Pearson Correlation Coefficient": "pearson",
    "Mean Column-wise Spearman's Correlation Coefficient": "mean_columnwise_spearman",
    "MAP@5": "map@5", "MAP@3": "map@3", "MAP@12": "map@12", "MAP@{K}": "map@5", "MAP@100": "map@100",
    "Mean Average Precision @ 7": "map@7", "Mean Average Precision at K": "map@5", "MAP@5 score": "map@5",
    "NDCG@{K}": "ndcg@5", "NDCG@10": "ndcg@10", "Normalized Discounted Cumulative Gain at 20": "ndcg@20",
}  # fmt: skip
MLE_BENCH = {
    "auc-roc": "auc", "accuracy": "accuracy", "multi-class-log-loss": "logloss", "log-loss": "logloss",
    "micro-f1-score": "f1_micro", "macro-f1-score": "f1_macro", "macro_f1": "f1_macro", "f1-score": "f1",
    "root-mean-squared-error": "rmse", "root_mean_squared_error": "rmse", "quadratic-weighted-kappa": "qwk",
    "top-1-classification-error": "error_rate", "pearson-correlation-coefficient": "pearson",
    "multi-class-classification-accuracy": "accuracy", "mean-absolute-error": "mae",
    "mean-column-wise-roc-auc": "mean_columnwise_auc", "mean-column-wise-rmsle": "mean_columnwise_rmsle",
    "mean_column-wise_auc": "mean_columnwise_auc", "mean_columnwise_auc": "mean_columnwise_auc",
    "matthews-correlation-coefficient": "mcc", "map-at-5": "map@5", "MAP@5": "map@5", "MAP@12": "map@12",
    "column-wise-spearman": "mean_columnwise_spearman", "auroc-multi-label": "mean_columnwise_auc",
}  # fmt: skip
CONTRACT = {
    "auc": "auc", "roc_auc": "auc", "log_loss": "logloss", "logloss": "logloss", "qwk": "qwk",
    "quadratic_weighted_kappa": "qwk", "macro_f1": "f1_macro", "mean_columnwise_auc": "mean_columnwise_auc",
}  # fmt: skip


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        pytest.param(spelled, name, id=f"{whose}:{spelled}")
        for whose, table in {
            "scikit-learn": SCIKIT_LEARN | FUNCTIONS,
            "kaggle": KAGGLE,
            "mle-bench": MLE_BENCH,
            "contract": CONTRACT,
        }.items()
        for spelled, name in table.items()
    ],
)
def test_others_spellings_are_understood(spelled, name):
    """What others call a metric leads to its canonical name."""
    assert METRICS.named(spelled).name == name


def test_the_scorer_names_exist():
    """The table above speaks of scorers that scikit-learn has (the newest ones may be missing in old releases)."""
    assert set(SCIKIT_LEARN) - {"neg_root_mean_squared_log_error"} <= set(get_scorer_names())


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("lgloss", "logloss"),
        ("rsmle", "rmsle"),
        ("accurracy", "accuracy"),
        ("RMSSE", "rmse"),
        ("", None),
        ("map", None),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(text, nearest):
    """A typo gets one line with names to choose from."""
    with pytest.raises(MetricUnknown) as caught:
        METRICS.named(text)
    assert nearest is None or nearest in caught.value.nearest
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["map@0", "map@99999", "f1 at 5", "wibble", "dice"])
def test_nothing_is_guessed(text):
    """A name that no metric bears is refused."""
    with pytest.raises(MetricUnknown):
        METRICS.named(text)


@given(st.sampled_from(sorted(METRICS)), st.sampled_from(["", "_", "-", " ", " - "]), st.booleans())
def test_case_and_separators_do_not_matter(name, separator, upper):
    """Any name may be written in capitals, with spaces, dashes or nothing between its words."""
    spelled = name.replace("_", separator)
    assert METRICS.named(spelled.upper() if upper else spelled).name == name


@given(st.text(max_size=40))
def test_any_text_is_a_metric_or_unknown(text):
    """No name makes the registry fall over."""
    try:
        METRICS.named(text)
    except MetricUnknown as error:
        assert error.name == text  # noqa: PT017 - both endings are right
