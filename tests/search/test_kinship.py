"""Two solutions are kin by what they build, not by how they are worded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gome.search.kinship import SAME, kinship, parts

BOOSTED = """
import lightgbm as lgb
import pandas as pd
from sklearn.model_selection import StratifiedKFold
folds = StratifiedKFold(5)
model = lgb.LGBMClassifier(num_leaves=31)
"""
REWORDED = """
# an entirely other story
from lightgbm import LGBMClassifier as Trees
from sklearn.model_selection import StratifiedKFold as Parts
import numpy as np
def build(leaves): return Trees(num_leaves=leaves)
estimators = [build(63) for _ in Parts(7)]
"""
LINEAR = """
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.pipeline import make_pipeline
model = make_pipeline(StandardScaler(), LogisticRegression())
"""


def test_the_same_models_in_other_words_are_the_same_start():
    """Names, comments, settings and the way of importing do not matter; the libraries' classes do."""
    assert parts(BOOSTED) == {"LGBMClassifier", "StratifiedKFold"}
    assert kinship(BOOSTED, REWORDED) >= SAME
    assert kinship(BOOSTED, LINEAR) < SAME


@pytest.mark.parametrize("code", ["def (", "", "x = 1\nprint(x)\n", "\0"], ids=["broken", "empty", "plain", "nul"])
def test_what_builds_nothing_is_nobodys_kin(code):
    """Also where it cannot be read."""
    assert kinship(code, code) == 0.0


@given(st.sampled_from([BOOSTED, REWORDED, LINEAR]), st.sampled_from([BOOSTED, REWORDED, LINEAR]))
def test_kinship_is_mutual(one, other):
    """And whole with oneself."""
    assert kinship(one, other) == kinship(other, one)
    assert kinship(one, one) == 1.0
