"""Example tasks: seven small ones, written as task folders, with answers for benches."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from msgspec import Struct

from gome.errors import TaskInvalid
from gome.task import generate
from gome.task.toml import nearest

TEST_SHARE = 0.3


class Example(Struct, frozen=True, kw_only=True):
    """How one example is made."""

    table: Callable[[int], pd.DataFrame]  # of a seed; all rows, target last
    target: str
    metric: str  # canonical name
    wide: bool = False  # submissions have one probability column per class
    neutral: float = 0.0  # the prediction in the sample submission
    text: str  # the description


def _bunch(name: str) -> pd.DataFrame:
    from sklearn import datasets  # half a second, and only here

    bunch = getattr(datasets, f"load_{name}")(as_frame=True)
    frame: pd.DataFrame = bunch.frame
    if name == "digits":
        frame = frame.astype("int64")
    return frame.rename(columns=lambda column: str(column).replace(" ", "_").replace("/", "_"))


_EXAMPLES: dict[str, Example] = {
    "breast_cancer": Example(
        table=lambda _: _bunch("breast_cancer"),
        target="target",
        metric="logloss",
        neutral=0.5,
        text="Is a breast mass benign (1) or malignant (0)? The columns measure cell nuclei in an image of it: "
        "mean, standard error and worst value of ten properties.",
    ),
    "wine": Example(
        table=lambda _: _bunch("wine"),
        target="target",
        metric="logloss",
        wide=True,
        neutral=1 / 3,
        text="Which of three growers (0, 1, 2) made a wine? The columns are the figures of its chemical analysis.",
    ),
    "digits": Example(
        table=lambda _: _bunch("digits"),
        target="target",
        metric="accuracy",
        text="Which digit, 0 to 9, is drawn? The columns are the 64 pixels of an 8 x 8 image, row by row.",
    ),
    "diabetes": Example(
        table=lambda _: _bunch("diabetes"),
        target="target",
        metric="rmse",
        neutral=150.0,
        text="How far has a patient's diabetes progressed after one year? The columns are age, sex, body mass index, "
        "blood pressure and six blood serum measurements, all centred and scaled.",
    ),
    "reviews": Example(
        table=generate.reviews,
        target="rating",
        metric="f1_macro",
        text="Is a customer's rating of a product bad (0), mixed (1) or good (2)? There is the text of the review, "
        "the price, days since delivery, and how many readers found the review helpful.",
    ),
    "rides": Example(
        table=generate.rides,
        target="duration_s",
        metric="rmsle",
        neutral=600.0,
        text="How many seconds will a ride take? There are the moment and place of pickup, the place of arrival "
        "(degrees), the number of passengers, rain (mm/h) and the kind of vehicle.",
    ),
    "shops": Example(
        table=generate.shops,
        target="returned",
        metric="auc",
        neutral=0.5,
        text="Will an order be returned (1) or kept (0)? Given are the shop (one of about 500), the article group, the "
        "region, the price, the discount and what is known of the customer; much of it is missing.",
    ),
}

EXAMPLES: tuple[str, ...] = tuple(_EXAMPLES)


def write_example(name: str, folder: str | Path, seed: int = 0) -> Path:
    """Write the example as a task folder and return it. `seed` draws the generated tables and the test rows.

    Raises:
        TaskInvalid: no example of that name, or the folder is not empty.
    """
    example, train, test = _drawn(name, seed)
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TaskInvalid(f"{folder}: is not an empty folder; choose a new one")
    folder.mkdir(parents=True, exist_ok=True)
    classes = sorted(train[example.target].unique()) if example.wide else []
    sample = pd.DataFrame({"id": test["id"]} | {str(c): example.neutral for c in classes or [example.target]})
    if example.metric in {"accuracy", "f1_macro"}:
        sample[example.target] = 0
    train.to_csv(folder / "train.csv", index=False)
    test.drop(columns=example.target).to_csv(folder / "test.csv", index=False)
    sample.to_csv(folder / "sample_submission.csv", index=False)
    (folder / "description.md").write_text(
        f"# {name}\n\n{example.text}\n\n## Evaluation\n\nSubmissions are scored by {example.metric}.\n",
        encoding="utf-8",
    )
    (folder / "task.toml").write_text(
        f'metric = "{example.metric}"\ntarget = "{example.target}"\nid = "id"\n', encoding="utf-8"
    )
    return folder


def example_answers(name: str, seed: int = 0) -> pd.DataFrame:
    """Id and target of the test rows, in the order of test.csv. Never written into a task folder.

    Raises:
        TaskInvalid: no example of that name.
    """
    example, _, test = _drawn(name, seed)
    return test[["id", example.target]].reset_index(drop=True)


def _drawn(name: str, seed: int) -> tuple[Example, pd.DataFrame, pd.DataFrame]:
    """The example with its training and test rows, shuffled; ids tell nothing."""
    if name not in _EXAMPLES:
        raise TaskInvalid(f"no example task {name!r}; {nearest(name, EXAMPLES)}")
    example = _EXAMPLES[name]
    table = example.table(seed)
    order = np.random.default_rng([seed, 7]).permutation(len(table))
    table = table.iloc[order].reset_index(drop=True)
    table.insert(0, "id", np.arange(1, len(table) + 1))
    cut = round(len(table) * (1 - TEST_SHARE))
    return example, table.iloc[:cut], table.iloc[cut:]
