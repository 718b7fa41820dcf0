"""Every defect of a submission is one line that names its row and its column."""

import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gome.errors import SubmissionInvalid
from gome.evaluation.submission import check_submission, read_submission

SAMPLE = pd.DataFrame({"id": [3, 1, 2], "y": [0.5, 0.5, 0.5]})


@pytest.fixture
def read(tmp_path):
    def of(content):
        path = tmp_path / "submission.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_submission(path)

    return of


def check(submission, sample=SAMPLE, *, id_column="id", wanted="probability", **more):
    return check_submission(submission, sample, id_column=id_column, wanted=wanted, **more)


def defect(call, *arguments, **more):
    with pytest.raises(SubmissionInvalid) as caught:
        call(*arguments, **more)
    assert "\n" not in str(caught.value)
    return str(caught.value), caught.value.row, caught.value.column


# Reading


@pytest.mark.parametrize(
    "content",
    [
        "id,y\n1,0.5\n2,0.25\n",
        "id,y\n1,0.5\n2,0.25",
        "id,y\r\n1,0.5\r\n2,0.25\r\n",
        "\ufeffid,y\n1,0.5\n2,0.25\n",
        'id,y\n"1","0.5"\n"2","0.25"\n\n\n',
    ],
    ids=["plain", "no-last-newline", "crlf", "bom", "quoted-and-blank-end"],
)
def test_reads_what_tools_write(read, content):
    """Line ends, a BOM, quotes and blank lines at the end make no difference."""
    assert read(content).to_dict("list") == {"id": [1, 2], "y": [0.5, 0.25]}


def test_only_empty_cells_are_missing(read):
    """ "None", "nan" and "NA" may be labels."""
    table = read("id,y\n1,None\n2,nan\n3,\n4,NA\n")
    assert table["y"].isna().tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("content", "words", "row", "column"),
    [
        (b"", "empty (0 bytes)", None, None),
        ("id,y\n", "a header and no rows", None, None),
        ("id,y\n\n,\n", "a header and no rows", None, None),
        ("\n1,2\n", "row 1 names no columns", 1, None),
        ("id;y\n1;2\n", "separated by ';'; write commas", 1, None),
        ("id\ty\n1\t2\n", "separated by '\\t'", 1, None),
        ("id,y,y\n1,2,3\n", "column 'y' occurs twice", 1, "y"),
        ("id,y\n1,2,3\n", "row 2 has 3 fields, the header 2", 2, None),
        ("id,y\n1,2\n3,4,5\n", "row 3 has 3 fields, the header 2", 3, None),
        ('id,y\n1,2\n2,"x\n3,4\n', "cannot be read as CSV", 2, None),
        (b"\x89PNG\0\0\0data", "NUL bytes", None, None),
        ("id,y\n1,2\n".encode("utf-16"), "byte 0xff is not UTF-8", 1, None),
        ("id,y\n1,a\n2,é\n".encode("latin-1"), "row 3: byte 0xe9 is not UTF-8; write with encoding='utf-8'", 3, None),
        ("id," + "y" * 200_000 + "\n1,2\n", "cannot be read as CSV", 1, None),
    ],
)
def test_what_is_no_table_is_refused(read, content, words, row, column):
    """A file that is no CSV with a header is refused with the row where that shows."""
    message, at, named = defect(read, content)
    assert words in message
    assert (at, named) == (row, column)


def test_a_file_must_be_there_and_be_a_small_regular_file(tmp_path):
    """Absent, too large, a folder, a link (it may lead to the labels) and a pipe (it may block) are refused."""
    assert "no absent.csv was written" in defect(read_submission, tmp_path / "absent.csv")[0]
    assert "not a regular file" in defect(read_submission, tmp_path)[0]
    labels = tmp_path / "labels.csv"
    labels.write_text("id,y\n1,2\n")
    assert "no absent.csv was written" in defect(read_submission, labels / "absent.csv")[0]
    (tmp_path / "link.csv").symlink_to(labels)
    assert "not a regular file" in defect(read_submission, tmp_path / "link.csv")[0]
    os.mkfifo(tmp_path / "pipe.csv")
    assert "not a regular file" in defect(read_submission, tmp_path / "pipe.csv")[0]
    assert "MiB, the limit is 1e-06" in defect(read_submission, labels, limit_mib=1e-6)[0]


@pytest.mark.parametrize("method", ["lstat", "read_bytes"])
def test_a_file_that_is_closed_to_us(method, monkeypatch, tmp_path):
    """A file that its program has closed is a defect like any other."""

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "submission.csv").write_text("id,y\n1,2\n")
    monkeypatch.setattr(type(tmp_path), method, refuse)

    assert defect(read_submission, tmp_path / "submission.csv")[0] == "submission.csv cannot be read: Permission denied"


def test_what_is_far_larger_than_the_sample(read, tmp_path):
    """It is refused before it is made a table of."""
    wide = tmp_path / "wide.csv"
    wide.write_text(",".join(map(str, range(2000))) + "\n")
    assert defect(read_submission, wide, like=SAMPLE)[0] == "row 1 names 2000 columns, the sample has 2"
    large = tmp_path / "large.csv"
    large.touch()
    os.truncate(large, 17 << 20)
    assert defect(read_submission, large, like=SAMPLE)[0] == "large.csv has 17 MiB, the limit is 16"


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ("id,y,{0},{0}\n1,2,3,3\n", "probability"),
        ("id,y,{0}\n1,2,3\n", "probability"),
        ("id,{0}\n1,2\n", "probability"),
        ("id,y\n{0},2\n", "probability"),
        ("id,y\n3,{0}\n1,0\n2,0\n", "probability"),
        ("id,y\n3,{0}\n1,a\n2,a\n", "label"),
    ],
)
def test_what_is_quoted_has_an_end(content, wanted, read):
    """A defect that names what a program wrote stays a line to read, however much that was."""

    def examine():
        check(read(content.format("x" * 1_000_000)), wanted=wanted, classes=("a", "b"))

    assert len(defect(examine)[0]) < 400


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_defect(tmp_path_factory, content):
    """Whatever a solution writes, reading it ends in a table or in one line."""
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        assert len(read_submission(path)) > 0
    except SubmissionInvalid as problem:
        assert str(problem)  # noqa: PT017 - both endings are right


def test_named_columns_are_kept_as_written(tmp_path):
    """Ids that a number would misspell can be asked for as text; a name that is not there does no harm."""
    path = tmp_path / "submission.csv"
    path.write_text("id,y\n007,1\n,2\n")
    table = read_submission(path, text=("id", "absent"))
    assert table["id"].fillna("-").tolist() == ["007", "-"]
    assert table["y"].tolist() == [1, 2]


# Columns


@pytest.mark.parametrize("names", [["id", "y"], ["ID", "Y"], [" id", "y "], ["Id", "y"]])
@pytest.mark.parametrize("turned", [False, True])
def test_columns_may_differ_in_case_and_order(names, turned):
    """Names are matched without regard to case, blanks and order."""
    table = pd.DataFrame(dict(zip(names, ([1, 2, 3], [0.1, 0.2, 0.3]), strict=True)))
    checked = check(table[table.columns[::-1]] if turned else table)
    assert list(checked.columns) == ["id", "y"]
    assert checked["y"].tolist() == [0.3, 0.1, 0.2]


@pytest.mark.parametrize(
    ("names", "words", "column"),
    [
        (["id", "z"], "column 'y' is missing; the submission has 'id', 'z'", "y"),
        (["id", "Y", " y"], "column 'y' is ambiguous", "y"),
        (["id", "y", "Y"], "column 'Y' is not in the sample, which has 'id', 'y'", "Y"),
        (["id", "y", "extra"], "column 'extra' is not in the sample", "extra"),
        (["Unnamed: 0", "id", "y"], "write with index=False", "Unnamed: 0"),
    ],
)
def test_columns_must_be_the_samples(names, words, column):
    """A missing, unknown or ambiguous column is named."""
    message, _, named = defect(check, pd.DataFrame([[1, 1, 1][: len(names)]] * 3, columns=names))
    assert words in message
    assert named == column


def test_numbered_columns_are_names():
    """A sample made in memory may have integers as column names."""
    sample = pd.DataFrame({"id": [1, 2], 0: [0.5, 0.5], 1: [0.5, 0.5]})
    checked = check(pd.DataFrame({"id": [2, 1], "1": [0.1, 0.2], "0": [0.9, 0.8]}), sample)
    assert checked[1].tolist() == [0.2, 0.1]


def test_many_columns_are_quoted_in_part():
    """A message about hundreds of columns stays readable."""
    sample = pd.DataFrame([[1] * 201], columns=["id", *(f"c{at}" for at in range(200))])
    message, *_ = defect(check, sample.drop(columns="c7"), sample)
    assert "'c7' is missing" in message
    assert "(200 in all)" in message
    assert len(check(sample, sample).columns) == 201


# Rows


def test_rows_are_put_into_the_samples_order():
    """Rows are matched by id, however it is written, and come back with the sample's own ids."""
    for ids in ([1, 2, 3], ["1", "2", "3"], [1.0, 2.0, 3.0], ["01", "2.0", "3"]):
        checked = check(pd.DataFrame({"id": ids, "y": [0.1, 0.2, 0.3]}))
        assert checked["id"].tolist() == [3, 1, 2]
        assert checked["y"].tolist() == [0.3, 0.1, 0.2]


@pytest.mark.parametrize(
    ("ids", "words", "row"),
    [
        ([1, 2, 9], "row 4, column 'id': id '9' is not in the sample", 4),
        ([1, None, 3], "row 3, column 'id': the id is empty", 3),
        ([1, 2, 2], "row 4, column 'id': id '2' is in row 3 already", 4),
        ([1, 2, 3, 3], "row 5, column 'id': id '3' is in row 4 already", 5),
        ([1, 2], "id '3' (row 2 of the sample) is missing", 2),
        ([2], "id '3' (row 2 of the sample) is missing, and 1 more", 2),
    ],
)
def test_ids_must_be_the_samples(ids, words, row):
    """The first missing, unknown, empty or repeated id is named with its row."""
    message, at, column = defect(check, pd.DataFrame({"id": ids, "y": [0.5] * len(ids)}))
    assert words in message
    assert (at, column) == (row, "id")


def test_without_an_id_rows_are_matched_by_order():
    """The number of rows must agree; nothing is moved."""
    sample = pd.DataFrame({"y": [0.0, 0.0]}, index=[7, 9])
    checked = check(pd.DataFrame({"y": [1, 0.5]}), sample, id_column=None)
    assert checked["y"].tolist() == [1.0, 0.5]
    assert checked.index.tolist() == [7, 9]
    message, *_ = defect(check, pd.DataFrame({"y": [1]}), sample, id_column=None)
    assert message == "the submission has 1 rows, the sample 2"


def test_text_ids_with_leading_zeros_stay_apart():
    """Ids that a number would confuse are told apart where they are written exactly."""
    sample = pd.DataFrame({"id": ["01", "1"], "y": [0.0, 0.0]})
    assert check(pd.DataFrame({"id": ["1", "01"], "y": [0.1, 0.9]}), sample)["y"].tolist() == [0.9, 0.1]


# Values


@pytest.mark.parametrize(
    ("cells", "words", "row"),
    [
        (["0.1", "", "0.3"], "row 3, column 'y': is empty", 3),
        (["0.1", "0.2", "nan"], "row 4, column 'y': 'nan' is not a finite number", 4),
        (["inf", "0.2", "0.3"], "row 2, column 'y': 'inf' is not a finite number", 2),
        (["0.1", "high", "0.3"], "row 3, column 'y': 'high' is not a finite number", 3),
        (["0.1", "0,2", "0.3"], "row 3, column 'y': '0,2' is not a finite number", 3),
        (["0.1", "0.2", "1.5"], "row 4, column 'y': 1.5 is not between 0 and 1", 4),
        (["-0.01", "0.2", "1"], "row 2, column 'y': -0.01 is not between 0 and 1", 2),
    ],
)
def test_numbers_must_be_finite_and_within_limits(read, cells, words, row):
    """The first cell that is no number, or beyond the limits, is named with its row in the file, not in the sample."""
    table = read("id,y\n" + "".join(f'{at},"{cell}"\n' for at, cell in enumerate(cells, 1)))
    message, at, column = defect(check, table, limits=(0.0, 1.0))
    assert words in message
    assert (at, column) == (row, "y")


def test_a_lower_limit_alone_is_said_so():
    """Logarithmic errors need values of 0 or more."""
    table = pd.DataFrame({"id": [1, 2, 3], "y": [1e9, -1, 0]})
    assert "-1 is not 0 or more" in defect(check, table, wanted="value", limits=(0.0, np.inf))[0]
    assert check(table, wanted="value")["y"].tolist() == [0, 1e9, -1]


def test_booleans_are_numbers_where_numbers_are_wanted():
    """True is 1."""
    assert check(pd.DataFrame({"id": [1, 2, 3], "y": [True, False, True]}))["y"].tolist() == [1.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("cells", "classes", "expected"),
    [
        ([1, 0, 1], ("0", "1"), ["1", "1", "0"]),
        ([1.0, 0.0, 1.0], ("0", "1"), ["1", "1", "0"]),
        ([True, False, True], ("0", "1"), ["1", "1", "0"]),
        ([1, 0, 1], ("False", "True"), ["True", "True", "False"]),
        (["CAT", "dog", " cat"], ("cat", "dog"), ["cat", "cat", "dog"]),
        (["anything", "goes", 5], (), ["5", "anything", "goes"]),
    ],
)
def test_labels_come_back_as_the_task_spells_them(cells, classes, expected):
    """A label may be written in any way that means one class."""
    table = pd.DataFrame({"id": [1, 2, 3], "y": cells})
    assert check(table, wanted="label", classes=classes)["y"].tolist() == expected


@pytest.mark.parametrize(
    ("cells", "classes", "words", "row"),
    [
        (["cat", "cow", "cow"], ("cat", "dog"), "unknown label 'cow'; known: 'cat', 'dog'", 3),
        (["cat", None, "dog"], ("cat", "dog"), "is empty", 3),
        ([0.2, 0.9, 1.0], ("0", "1"), "unknown label '0.2'", 2),
        (["x", "y", None], (), "is empty", 4),
        (["q", "q", "q"], tuple(map(str, range(50))), "(50 in all)", 2),
    ],
)
def test_labels_must_be_known(cells, classes, words, row):
    """The first unknown or empty label is named with its row."""
    message, at, column = defect(check, pd.DataFrame({"id": [1, 2, 3], "y": cells}), wanted="label", classes=classes)
    assert words in message
    assert (at, column) == (row, "y")


def test_rankings_are_filled_cells():
    """A ranking may hold any labels, but not none."""
    table = pd.DataFrame({"id": [1, 2, 3], "y": ["a b", "c", "a"]})
    assert check(table, wanted="ranking")["y"].tolist() == ["a", "a b", "c"]
    assert "is empty" in defect(check, table.assign(y=["a", "", "b"]), wanted="ranking")[0]


@given(st.permutations(range(8)))
def test_the_order_of_a_submissions_rows_does_not_matter(order):
    """Any order of the same rows gives the same table."""
    sample = pd.DataFrame({"id": list("abcdefgh"), "y": 0.0})
    whole = pd.DataFrame({"id": list("abcdefgh"), "y": np.arange(8.0)})
    assert check(whole.iloc[list(order)], sample, wanted="value").equals(whole)
