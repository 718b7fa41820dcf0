"""An ensemble's program, run for real, predicts what the harness mixed of its members' predictions."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from gome.evaluation.ensemble import Blend
from gome.final.program import program
from gome.messages import Share, TaskBrief

ROWS = 40
NAMES = ("cat", "dog", "None")
RANDOM = np.random.default_rng(0)
MEMBER = """\"\"\"A member, with 'quotes' and a backslash: \\\\n.\"\"\"
import pandas as pd
sample = pd.read_csv("input/sample_submission.csv", dtype=str)
for column, values in {answers}.items():
    sample[column] = values
print("score: 0.5")
sample{order}.to_csv("submission.csv", index=False)
"""


def brief(columns, **told):
    return TaskBrief(
        name="t", description="", kind="regression", metric="m", higher_is_better=True, wanted="value",
        targets=("y",), submission_columns=columns, **({"id_column": "id"} | told),
    )  # fmt: skip


CASES = {
    "mean": (Blend(how="mean"), {"y": lambda: RANDOM.normal(size=ROWS)}),
    "probabilities": (Blend(how="mean"), {"a": lambda: RANDOM.random(ROWS), "b": lambda: RANDOM.random(ROWS)}),
    "rank": (Blend(how="rank"), {"y": lambda: RANDOM.normal(size=ROWS).round(1)}),
    "vote": (Blend(how="vote", classes=NAMES), {"y": lambda: RANDOM.choice(NAMES, ROWS)}),
    "numbered": (Blend(how="vote", classes=("0", "1", "2")), {"y": lambda: RANDOM.integers(0, 3, ROWS)}),
    "median": (Blend(how="median", classes=("1", "2", "3", "4")), {"y": lambda: RANDOM.integers(1, 5, ROWS)}),
}  # fmt: skip


@pytest.mark.parametrize("named", [True, False], ids=["ids", "by order"])
@pytest.mark.parametrize(("blend", "columns"), CASES.values(), ids=CASES)
def test_it_mixes_as_the_harness_does(tmp_path, blend, columns, named):
    """Whatever the kind of prediction, with and without ids, in whatever order members write their rows."""
    answers = [{name: draw() for name, draw in columns.items()} for _ in range(3)]
    weights = (0.5, 0.3, 0.2)
    ids = [f"{place:03}" for place in range(ROWS)]
    sample = pd.DataFrame(({"id": ids} if named else {}) | dict.fromkeys(columns, "0"), index=range(ROWS))
    (tmp_path / "input").mkdir()
    sample.to_csv(tmp_path / "input" / "sample_submission.csv", index=False)
    codes = {
        f"t{place}": MEMBER.format(
            answers={name: values.tolist() for name, values in one.items()}, order="[::-1]" if named and place else ""
        )
        for place, one in enumerate(answers)
    }
    shares = [Share(trial=trial, weight=weight) for trial, weight in zip(codes, weights, strict=True)]
    code = program(brief(tuple(sample.columns), id_column="id" if named else None), blend, shares, codes)
    (tmp_path / "solution.py").write_text(code)

    subprocess.run([sys.executable, "solution.py"], cwd=tmp_path, check=True, capture_output=True, timeout=120)

    written = pd.read_csv(tmp_path / "submission.csv", dtype=str, keep_default_na=False)
    assert list(written.columns) == list(sample.columns)
    if named:
        assert written["id"].tolist() == ids
    for name in columns:
        mixed = sum(weight * blend.spread(one[name]) for weight, one in zip(weights, answers, strict=True))
        wanted = blend.settle(mixed)
        if blend.classes:
            assert written[name].tolist() == [str(label) for label in wanted]
        else:
            assert written[name].astype(float).to_numpy() == pytest.approx(wanted)


def test_it_can_be_read(tmp_path):
    """It says which members it has and how much each counts; their programs stand in it as they were."""
    code = "print('one')\n"
    text = program(brief(("id", "y")), Blend(how="mean"), [Share(trial="a", weight=0.6), Share(trial="b", weight=0.4)],
                   {"a": code, "b": code + "x = '''3'''\n"})  # fmt: skip
    assert text.startswith('"""An ensemble of 2 programs: a (0.60), b (0.40); m.')
    assert f"'a': r'''{code}'''" in text
    compile(text, "ensemble.py", "exec")
