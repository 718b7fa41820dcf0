"""What solutions print is read as people mean it, and nothing else is taken for a score."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gome.evaluation.claims import claimed_score, folds, notes
from gome.messages import Fold


@pytest.mark.parametrize(
    ("stdout", "expected"),
    [
        ("score: 0.91", 0.91),
        ("Score = 1e-3", 0.001),
        ("score 0.5", 0.5),
        ("score: 0.1\nscore: 0.2\ndone", 0.2),
        ("score: 0.1\nValidation AUC: 0.9\nsaved 5 rows", 0.1),
        ("CV rmse = 0.12", 0.12),
        ("Validation AUC: 0.913 +- 0.01", 0.913),
        ("validation auc: 0.913 ± 0.01 (5 folds)", 0.913),
        ("OOF accuracy is 0.87", 0.87),
        ("Mean CV score: 0.7", 0.7),
        ("Mean CV logloss (5 folds): 0.44", 0.44),
        ("CV score (macro f1): 0.7", 0.7),
        ("train rmse: 0.10, valid rmse: 0.12", 0.12),
        ("Val MAP@5: 0.33", 0.33),
        ("Validation accuracy: 91.5%", 0.915),
        ("RMSE: 23891.5", 23891.5),
        ("Log loss: 0.31", 0.31),
        ("Final score: -0.12", -0.12),
        ("valid: .5", 0.5),
        ("fold 1: valid 0.9\nfold 2: valid 0.8\nCV mean: 0.85", 0.85),
        ("score: 7", 7.0),
        ("roc_auc=0.75", 0.75),
        ("[LightGBM] [Info] score: 3\nscore: 0.8\n", 0.8),
        ("mean_cv_auc: 0.8\nbest_iteration: 120", 0.8),
        ("val_auc=0.8", 0.8),
        ("Best iteration: 120\nbest threshold = 0.4\nvalidation rows: 500", None),
        ("final model trained on 800 rows", None),
        ("", None),
        ("fold 1: valid 0.9", None),
        ("epoch 3 loss: 0.2\n[100] valid's auc: 0.8", None),
        ("train accuracy: 0.99", None),
        ("score: nan", None),
        ("score: inf", None),
        ("Training auc: 0.99\nsaved submission.csv with 100 rows", None),
        ("validation rows: many", None),
        ("I am confident that this scores well", None),
        ("MAE of the last fifth: 4.210", 4.21),
        ("AUC on 30 % held out: 0.7062", 0.7062),
        ("accuracy on validation rows: 0.6560.", 0.656),
        ("Mean MAE over the blocks = 2.9614 kWh", 2.9614),
        ("median absolute error 3.1\nmean absolute error 4.496", 4.496),
        ("mean absolute error 4.496\nmedian absolute error 3.1", 4.496),
        ("Area under the curve, 5 folds: 0.7193", 0.7193),
        ("cross-entropy on left-out objects 0.5414 +- 0.0123", 0.5414),
        ("cross-validated root mean squared error is 2.1085", 2.1085),
        ("accuracy on the rows it was fitted on: 0.99\naccuracy on the rows it did not see: 0.5685", 0.5685),
        ("accuracy of a constant guess: 0.31", None),
        ("AUC by fold: 0.91 0.92 0.93", None),
        ("AUC in three folds: [0.91, 0.92, 0.93]", None),
        ("kappa over 5 folds, sd 0.0123", None),
        ("accuracy after 100 rounds", None),
        ("seed 3 reaches an accuracy so good as 0.81", None),
    ],
)
def test_the_claim(stdout, expected):
    """The agreed line wins, then the last validation, then the last metric; single folds and epochs never do."""
    assert claimed_score(stdout) == expected


@pytest.mark.parametrize(
    ("stdout", "expected"),
    [
        ("fold 3: train 0.99120 valid 0.95213", [(0.9912, 0.95213)]),
        ("Fold 1 | train=0.9 | val=0.8\nFold 2 | train=0.7 | val=0.6", [(0.9, 0.8), (0.7, 0.6)]),
        ("fold 1/5: valid auc 0.9", [(None, 0.9)]),
        ("Fold #1 AUC: 0.9", [(None, 0.9)]),
        ("fold 0: 0.9\nnoise\nfold 1: 0.8", [(None, 0.9), (None, 0.8)]),
        ("fold 1: 0.5\nfold 2: 0.5\nfold 1: 0.9\nfold 2: 0.8", [(None, 0.9), (None, 0.8)]),
        ("fold 1 train_rmse: 1.5 valid_rmse: 2.5", [(1.5, 2.5)]),
        ("fold 1: train 0.9 valid nan", []),
        ("fold 1 started\nfolding 3: 0.2", []),
        ("", []),
    ],
)
def test_the_folds(stdout, expected):
    """One Fold per line; of several models the last."""
    assert folds(stdout) == tuple(Fold(train=train, valid=valid) for train, valid in expected)


def test_notes_are_lines_of_their_own():
    """Notes are the lines that say so; the last twenty, each once and cut."""
    assert notes("note: a\nsome note: b\n  Note:   c  \nnote: a\nnote:\n") == ("a", "c")
    many = "\n".join(f"note: {at} {'x' * 500}" for at in range(30))
    assert len(notes(many)) == 20
    assert notes(many)[-1].startswith("29 x")
    assert max(map(len, notes(many))) == 200


@given(st.text(max_size=300))
def test_any_output_can_be_read(stdout):
    """No output makes the reader fall over."""
    claim = claimed_score(stdout)
    assert claim is None or isinstance(claim, float)
    assert isinstance(folds(stdout), tuple)
    assert isinstance(notes(stdout), tuple)


@pytest.mark.parametrize(
    "piece", ["valid ", "score" * 3, "fold 1 train ", "0" * 60 + " ", "cv(((", "1e9999 valid: ", "auc on ", "mae .5 "]
)
def test_hostile_output_is_read_quickly(piece):
    """Long lines are cut, so no pattern can be made to run for ever."""
    line = piece * 5000
    claimed_score(f"{line}\n" * 20)
    folds(f"fold 1: {line}\n" * 20)
