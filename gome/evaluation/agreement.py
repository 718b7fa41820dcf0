"""Whether two fits of one program predict alike: one that has gone astray on other rows is told by that."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from gome.evaluation.labels import texts

LEAST = 0.3  # rank correlation, or Cohen's kappa; fits of honest programs that learnt anything lie far above


def alike(one: pd.DataFrame, other: pd.DataFrame, columns: Sequence[str]) -> bool:
    """Return whether the predictions of the same rows in the same order agree, taken over the columns on average.

    Predictions that were the same for all rows agree with anything.
    """
    found = [_agreement(one[name], other[name]) for name in columns]
    known = [value for value in found if value is not None]
    return not known or float(np.mean(known)) >= LEAST


def _agreement(one: pd.Series, other: pd.Series) -> float | None:
    """Correlation of ranks, or agreement of labels beyond chance; 0 where only the first is constant."""
    if pd.api.types.is_numeric_dtype(one) and pd.api.types.is_numeric_dtype(other):
        if other.nunique() < 2:
            return None
        if one.nunique() < 2:
            return 0.0
        return float(np.corrcoef(rankdata(one), rankdata(other))[0, 1])
    a, b = np.array(texts(one)), np.array(texts(other))
    shares = [np.mean(a == label) * np.mean(b == label) for label in np.unique(b)]
    if len(shares) < 2:
        return None
    chance = float(sum(shares))
    return float((np.mean(a == b) - chance) / (1 - chance))
