"""Code as models send it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gome.errors import EditInvalid
from gome.llm.edits import Replacement, applied, checked, importable

CODE = "import os\n\nx = 1\ny = 2\nx = 1\nprint(x, y)\n"
PACKAGES = ("numpy 2.4.6", "scikit-learn 1.9.0", "pillow 11.0")


@given(st.lists(st.text(alphabet="ab\n", max_size=5), max_size=8), st.data())
def test_edits_are_what_they_replace(new, data):
    """Any change of separate lines, told as edits, gives the changed program."""
    old = [f"line {n} of {len(new)}" for n in range(len(new))]
    changed = data.draw(st.lists(st.booleans(), min_size=len(new), max_size=len(new)))
    edits = [Replacement(was, now) for was, now, at in zip(old, new, changed, strict=True) if at]
    edits = data.draw(st.permutations(edits))
    expected = "\n".join(now if at else was for was, now, at in zip(old, new, changed, strict=True))
    assert applied("\n".join(old), edits) == expected


@given(st.text(alphabet="ab\n", max_size=30), st.text(alphabet="ab\n", max_size=4), st.text(alphabet="ab", max_size=3))
def test_an_edit_applies_exactly_once_or_not_at_all(code, search, replace):
    """A passage that occurs more often, overlapping itself or not, is refused."""
    places = [at for at in range(len(code)) if code.startswith(search, at)]
    try:
        result = applied(code, [Replacement(search, replace)])
    except EditInvalid:
        assert len(places) != 1 or not search.strip()
    else:
        assert search.strip()
        [at] = places
        assert result == code[:at] + replace + code[at + len(search) :]


def test_edits_see_the_program_as_it_was():
    """What one edit writes, another does not find."""
    with pytest.raises(EditInvalid, match="edit 2: this passage is not in the program: 'z = 3'"):
        applied(CODE, [Replacement("y = 2", "z = 3"), Replacement("z = 3", "z = 4")])


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        pytest.param([("x = 1", "")], "edit 1: this passage occurs more than once, add lines around it", id="twice"),
        pytest.param([(" \n", "x")], "edit 1: `search` is empty", id="empty"),
        pytest.param([("y  = 2", "")], "line 4 is nearest: 'y = 2'", id="nearly"),
        pytest.param([("x = 1\ny", "a"), ("y = 2", "b")], "edits 1 and 2 overlap", id="overlap"),
    ],
)
def test_edits_that_do_not_apply(edits, told):
    """The error says which, and how to put it right."""
    with pytest.raises(EditInvalid, match=told):
        applied(CODE, [Replacement(*edit) for edit in edits])


@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param(" \n", "the program is empty", id="empty"),
        pytest.param("x = (1\n", r"not valid Python: '\(' was never closed in line 1: 'x = \(1'", id="syntax"),
        pytest.param("x = 1\nreturn x\n", "not valid Python: 'return' outside function in line 2", id="return"),
        pytest.param("x = '\0'\n", "cannot be parsed|not valid Python", id="nul"),
        pytest.param("x = " + "(" * 300 + ")" * 300, "cannot be parsed|not valid Python", id="deep"),
        pytest.param(
            "from . import helpers\n", "line 1: a relative import, but the program is one file", id="relative"
        ),
        pytest.param(
            "import xgboost as xgb\n", "it imports xgboost, not installed here; there are: .*sklearn", id="absent"
        ),
        pytest.param("def f():\n    from helpers.own import g\n", "it imports helpers", id="inside"),
        pytest.param("#" * 400_000, "the limit is 300000", id="long"),
    ],
)
def test_programs_that_no_trial_is_paid_for(code, told):
    """The error says what and where."""
    with pytest.raises(EditInvalid, match=told):
        checked(code, PACKAGES)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("from sklearn.svm import SVC\nimport joblib, PIL.Image\n", id="what a distribution brings"),
        pytest.param("from __future__ import annotations\nimport os.path, tomllib\n", id="standard library"),
        pytest.param("try:\n    import xgboost\nexcept ImportError:\n    xgboost = None\n", id="optional"),
        pytest.param("try:\n    import xgboost\nexcept:\n    pass\n", id="optional, bare"),
        pytest.param("pattern = '\\d+'\n", id="a warning is no error"),
        pytest.param("x = 1\r\ny = 2\r\n", id="other line ends"),
    ],
)
def test_programs_that_may_run(code):
    """They come back with plain line ends."""
    assert checked(code, PACKAGES) == code.replace("\r\n", "\n")


def test_an_import_that_must_succeed_is_looked_for_in_handlers_too():
    """What is imported when the first import fails must be there."""
    with pytest.raises(EditInvalid, match="it imports catboost"):
        checked("try:\n    import xgboost\nexcept ImportError:\n    import catboost\n", PACKAGES)


def test_where_packages_are_unknown_any_import_may_be_there():
    """An executor elsewhere may not tell."""
    assert checked("import anything\n", ()) == "import anything\n"
    assert importable(("opencv-python-headless 4", "category-encoders 2", "")) >= {"cv2", "category_encoders"}
