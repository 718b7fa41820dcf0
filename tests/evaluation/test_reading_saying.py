"""Claims in words that nobody foresaw: the line is known by the score that the program prints in it."""

import pytest
from reading_programs import SPLIT, START, TASK

from gome.evaluation.reading import claimant, read

FITTED = SPLIT + "a = roc_auc_score(y_val, LogisticRegression().fit(X_tr, y_tr).predict_proba(X_val)[:, 1])\n"
LINES = {
    "another word": ("print('Quality:', round(a, 3))", "Quality: 0.913"),
    "a sentence": (
        "print(f'We may expect {a:.3f} from new rows of {len(X)}')",
        "We may expect 0.913 from new rows of 800",
    ),
    "the number alone": ("print(a)", "0.913"),
    "padded": ("print(f'expected | {a:>9.4f} | of 1')", "expected |    0.9130 | of 1"),
    "filled in": ("print('estimate {} of {} rows'.format(a, len(X)))", "estimate 0.913 of 800 rows"),
    "behind another figure": ("print('rows', len(X), 'estimated', a)", "rows 800 estimated 0.913"),
    "the last of several": ("print('estimate', a)\nprint('done', len(X))", "estimate 0.5\nestimate 0.913\ndone 800"),
}


@pytest.mark.parametrize(("code", "said"), LINES.values(), ids=LINES)
def test_a_claim_is_found_where_the_program_prints_it(code, said):
    """Whatever words stand around it."""
    assert claimant(START + FITTED + code, TASK)("loading\n" + said + "\nwritten: 800 rows") == 0.913


def test_words_that_are_known_come_first():
    """A line that says that it is the score is the claim, whatever else is printed."""
    code = START + FITTED + "print('score:', a)\nprint('again', a)"
    assert claimant(code, TASK)("score: 0.9\nagain 0.8") == 0.9


@pytest.mark.parametrize(
    "code",
    [
        "print('time', 3.5)",
        "print('on the training rows', a)",
        "print('gain over before:', a)",
        "print('fold 3', a)",
        "print('positives', y.mean())",
        "print('broken",
    ],
)
def test_other_figures_are_no_claim(code):
    """Figures that are no score, and scores of something else, claim nothing."""
    said = "time 3.5\non the training rows 0.99\ngain over before: 0.1\nfold 3 0.8\npositives 0.3"
    assert claimant(START + FITTED + code, TASK)(said) is None


def test_faults_are_seen_in_a_line_without_a_known_word():
    """What is read of a program holds for whatever line tells its score."""
    code = START + "m = LogisticRegression().fit(X, y)\nprint('Quality', roc_auc_score(y, m.predict_proba(X)[:, 1]))"
    assert "validation" in {check.name for check in read(code, TASK) if check.status != "passed"}
