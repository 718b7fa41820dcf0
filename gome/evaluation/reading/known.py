"""What the names of the usual libraries stand for, as far as reading a program needs it."""

import re

# metric functions and scorers by gome's name of what they compute
METRICS = {
    "roc_auc_score": "auc", "auc": "auc", "log_loss": "logloss", "accuracy_score": "accuracy",
    "balanced_accuracy_score": "balanced_accuracy", "f1_score": "f1", "precision_score": "precision",
    "recall_score": "recall", "matthews_corrcoef": "mcc", "cohen_kappa_score": "qwk",
    "average_precision_score": "average_precision", "brier_score_loss": "brier", "mean_squared_error": "mse",
    "root_mean_squared_error": "rmse", "mean_squared_log_error": "msle", "root_mean_squared_log_error": "rmsle",
    "mean_absolute_error": "mae", "median_absolute_error": "median_ae", "mean_absolute_percentage_error": "mape",
    "r2_score": "r2", "explained_variance_score": "r2", "spearmanr": "spearman", "pearsonr": "pearson",
    "zero_one_loss": "error_rate",
}  # fmt: skip
SCORERS = {
    "roc_auc": "auc", "roc_auc_ovr": "auc", "roc_auc_ovo": "auc", "roc_auc_ovr_weighted": "auc",
    "neg_log_loss": "logloss", "accuracy": "accuracy", "balanced_accuracy": "balanced_accuracy", "f1": "f1",
    "f1_macro": "f1_macro", "f1_micro": "f1_micro", "f1_weighted": "f1_weighted", "precision": "precision",
    "recall": "recall", "average_precision": "average_precision", "neg_brier_score": "brier",
    "neg_mean_squared_error": "mse", "neg_root_mean_squared_error": "rmse", "neg_mean_squared_log_error": "msle",
    "neg_root_mean_squared_log_error": "rmsle", "neg_mean_absolute_error": "mae",
    "neg_median_absolute_error": "median_ae", "neg_mean_absolute_percentage_error": "mape", "r2": "r2",
    "matthews_corrcoef": "mcc",
}  # fmt: skip
ROOTS = {"mse": "rmse", "msle": "rmsle"}
UP_TO_ONE = {"auc", "accuracy", "balanced_accuracy", "f1", "f1_macro", "f1_micro", "f1_weighted", "precision", "recall",
             "average_precision"}  # fmt: skip
# What may honestly be computed on the way to a metric: logarithms of the target turn rmse into rmsle, and so on.
ALIKE = {
    "rmsle": {"msle", "mse", "rmse"}, "rmse": {"mse"}, "mse": {"rmse"}, "f1_macro": {"f1"}, "f1_weighted": {"f1"},
    "f1_micro": {"f1", "accuracy"}, "precision_macro": {"precision"}, "recall_macro": {"recall", "balanced_accuracy"},
    "balanced_accuracy": {"recall"}, "gini": {"auc"}, "error_rate": {"accuracy", "1 - accuracy"},
    "mean_columnwise_auc": {"auc"}, "mean_columnwise_logloss": {"logloss"}, "mean_columnwise_rmse": {"rmse", "mse"},
    "mean_columnwise_rmsle": {"rmsle", "msle", "rmse", "mse"}, "mean_columnwise_mae": {"mae"},
    "mean_columnwise_spearman": {"spearman"},
}  # fmt: skip

SEARCHES = {"GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "BayesSearchCV"}
# fitted to features alone: the labels that they are handed go nowhere
BLIND = re.compile(
    r"\w*(Scaler|Normalizer|PCA|SVD|NMF|Vectorizer|Imputer|OneHotEncoder|OrdinalEncoder|LabelEncoder|LabelBinarizer|"
    r"PowerTransformer|QuantileTransformer|PolynomialFeatures|SplineTransformer|KBinsDiscretizer|FunctionTransformer|"
    r"VarianceThreshold|KMeans|FastICA|TfidfTransformer|Isomap|TSNE|UMAP|RandomProjection|HashingVectorizer|"
    r"LabelSpreading|MissingIndicator|CountEncoder|BinaryEncoder|FeatureUnion|ColumnTransformer|Pipeline|"
    r"make_pipeline|make_column_transformer|make_union|Binarizer|FactorAnalysis|LatentDirichletAllocation)$"
)
SELECTS = re.compile(r"Select|RFE|Boruta|Lasso|SequentialFeature|Importance", re.IGNORECASE)
ENCODES = re.compile(r"Encoder$|WOE", re.IGNORECASE)
# functions that say of each feature how it goes with the labels
TELLS = re.compile(
    r"(mutual_info\w*|f_classif|f_regression|r_regression|chi2|corr|corrwith|corrcoef|spearmanr|pearsonr|kendalltau|"
    r"pointbiserialr|ttest_ind|mannwhitneyu|ks_2samp|f_oneway|permutation_importance|lstsq|linregress|polyfit|cov)$"
)
SPLITTER = re.compile(
    r"\w*(KFold|ShuffleSplit|TimeSeriesSplit|LeaveOneOut|LeaveOneGroupOut|PredefinedSplit|LeavePOut)$"
)
REDUCES = {"mean", "median", "std", "var", "sum", "min", "max", "mode", "nunique", "value_counts", "bincount",
           "len", "count", "quantile", "unique", "describe", "skew", "percentile",
           "nanmean", "nanmedian", "average"}  # fmt: skip
PICKS = {"max", "min", "amax", "amin", "nanmax", "nanmin", "sorted", "argmax", "argmin", "argsort", "nlargest",
         "nsmallest", "idxmax", "idxmin", "sort", "sort_values", "best"}  # fmt: skip
GROWS = {"append", "extend", "add", "insert", "update", "appendleft"}
COLUMNWISE = {"hstack", "column_stack", "c_", "merge", "join"}
STACKS = {"concat", "vstack", "concatenate", "append", "cat", "r_", "row_stack"}
TRAINS = {"backward", "step", "partial_fit", "train_on_batch"}
TRAINERS = re.compile(r"train(_one)?_epoch|train_step|fit_epoch|one_epoch", re.IGNORECASE)
STOPPERS = {"early_stopping", "EarlyStopping"}
STOPPING = {"early_stopping_rounds", "early_stopping_round", "early_stopping", "od_wait", "n_iter_no_change"}
SEEDS = {"random_state", "seed", "random_seed", "bagging_seed", "feature_fraction_seed", "data_random_seed"}
SEEDERS = {"manual_seed", "default_rng", "RandomState", "set_seed", "seed_everything", "set_random_seed", "seed"}
BUNDLES = {"Dataset", "DMatrix", "Pool", "TensorDataset", "DataLoader", "Subset", "QuantileDMatrix"}
RANDOM = re.compile(
    r"(^|\.)(random|rng|generator|default_rng|RandomState|uniform|normal|rand|randn|randint|integers|gauss)$"
)
# numbers of rounds, in an estimator's settings and where it predicts
ROUNDS = {"n_estimators", "iterations", "num_boost_round", "max_iter", "num_iterations", "epochs", "n_epochs",
          "num_epochs", "num_round", "num_iteration", "iteration_range", "ntree_limit", "ntree_end"}  # fmt: skip
STAGES = {"staged_predict", "staged_predict_proba", "staged_decision_function"}
HISTORY = {"evals_result_", "evals_result", "get_evals_result", "history"}
FITS = {"fit", "fit_transform", "fit_predict", "partial_fit", "fit_resample"}
PREDICTS = {"predict", "predict_proba", "decision_function", "predict_log_proba", "forward", *STAGES}
# functions and methods whose results are conditions on rows, and places where a condition holds
CONDITIONS = {"isin", "in1d", "logical_not", "logical_and", "logical_or", "isnan", "between", "isna", "isnull", "notna",
              "notnull", "eq", "ne", "lt", "gt", "le", "ge", "duplicated"}  # fmt: skip
PLACES = {"flatnonzero", "nonzero", "argwhere"}
INDICES = {"permutation", "arange", "randperm", "range"}
READS = {"open", "read_csv", "read_table", "read_parquet", "read_feather", "read_pickle", "read_excel", "read_json",
         "load", "loadtxt", "genfromtxt", "Path", "glob", "iglob", "listdir", "scandir", "walk", "read_text",
         "fromfile", "memmap", "imread"}  # fmt: skip
DATA = {
    "DictReader",
    "reader",
    "DataFrame",
    "Series",
    "Categorical",
    "Index",
    "Tensor",
    "FloatTensor",
    "LongTensor",
    "Counter",
    "Bunch",
}
