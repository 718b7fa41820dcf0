"""A sample submission that repeats columns of the test table: they are in what is handed in."""

import pandas as pd
import pytest

from gome.testing.quickrun import quick_run, write_task


@pytest.fixture
def anyio_backend():
    """The journal runs on asyncio."""
    return "asyncio"


async def test_columns_that_the_sample_repeats_are_put_back(tmp_path):
    """In their places, as they are in the sample; predictions go to the rows that they are for."""
    task = write_task(tmp_path / "task")
    test = pd.read_csv(task / "test.csv")
    whole = test[["id", "x"]].assign(y=0.5)[["id", "x", "y"]].sample(frac=1, random_state=0)
    whole.to_csv(task / "sample_submission.csv", index=False)
    result = await quick_run(task, tmp_path / "run", 3)
    handed = pd.read_csv(result.submission)
    assert list(handed.columns) == ["id", "x", "y"]
    pd.testing.assert_frame_equal(handed[["id", "x"]], whole[["id", "x"]].reset_index(drop=True))
    assert handed["y"].corr(handed["x"]) > 0.2
