"""Small fabricated tasks, with briefs and profiles as gome.task would describe them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from gome.expert.scene import Scene
from gome.messages import Column, Profile, Target, TaskBrief

PACKAGES = ("scikit-learn 1.9.1", "lightgbm 4.7.0", "torch 2.13.0")
HIGHER = {"auc", "accuracy", "f1", "f1_macro", "mcc", "qwk", "r2", "balanced_accuracy", "map@3", "mean_columnwise_auc"}


def kind_of(values: pd.Series) -> str:
    if values.nunique() <= 1:
        return "constant"
    if pd.api.types.is_numeric_dtype(values):
        return "numeric"
    text = values.dropna().astype(str)
    if pd.to_datetime(text, errors="coerce", format="%Y-%m-%d %H:%M:%S").notna().mean() > 0.9:
        return "date"
    return "text" if text.str.split().str.len().mean() > 4 else "category"


def described(
    train: pd.DataFrame,
    test: pd.DataFrame,
    *,
    target: str | tuple[str, ...],
    metric: str,
    kind: str,
    wanted: str,
    id_column: str | None = "id",
    limit_s: float = 60.0,
    packages: tuple[str, ...] = PACKAGES,
    wide: bool = False,
    kinds: Mapping[str, str] | None = None,
    **more: object,
) -> Scene:
    """The scene of a task whose tables are `train` and `test`."""
    targets = (target,) if isinstance(target, str) else target
    columns = []
    for name in train.columns.difference([*targets, id_column or ""], sort=False):
        values = train[name]
        with np.errstate(over="ignore", invalid="ignore"):  # as pandas before 3.1 sums
            skew = float(values.skew()) if pd.api.types.is_numeric_dtype(values) else None
        columns.append(
            Column(
                name=name,
                kind=(kinds or {}).get(name) or kind_of(values),
                missing=float(values.isna().mean()),
                distinct=int(values.nunique()),
                skew=skew,
                in_test=name in test.columns,
            )
        )
    shapes = []
    classes: set[str] = set()
    for name in targets:
        counts = train[name].value_counts()
        if kind == "regression":
            values = train[name]
            shapes.append(
                Target(
                    name=name,
                    distinct=int(values.nunique()),
                    minimum=float(values.min()),
                    maximum=float(values.max()),
                    mean=float(values.mean()),
                    skew=float(values.skew()),
                )
            )
        else:
            pairs = tuple((str(label), int(rows)) for label, rows in counts.items())
            classes |= {label for label, _ in pairs}
            shapes.append(Target(name=name, distinct=len(pairs), classes=pairs))
    try:
        ordered = tuple(sorted(classes, key=float))
    except ValueError:
        ordered = tuple(sorted(classes))
    predicted = ordered if wide else targets
    task = TaskBrief(
        name="small task",
        description="",
        kind=kind,
        metric=metric,
        higher_is_better=metric in HIGHER,
        wanted=wanted,
        id_column=id_column,
        targets=targets,
        submission_columns=((id_column,) if id_column else ()) + tuple(predicted),
        classes=ordered,
        packages=packages,
        **more,
    )
    profile = Profile(rows=len(train), test_rows=len(test), columns=tuple(columns), targets=tuple(shapes))
    return Scene(task=task, profile=profile, limit_s=limit_s)


def written(folder: Path, scene: Scene, train: pd.DataFrame, test: pd.DataFrame) -> None:
    """The input folder of a trial."""
    (folder / "input").mkdir(parents=True)
    train.to_csv(folder / "input" / "train.csv", index=False)
    test.to_csv(folder / "input" / "test.csv", index=False)
    sample = pd.DataFrame(0, index=range(len(test)), columns=list(scene.task.submission_columns))
    if scene.task.id_column:
        sample[scene.task.id_column] = test[scene.task.id_column].to_numpy()
    sample.to_csv(folder / "input" / "sample_submission.csv", index=False)


def mixed(rows: int = 160, test_rows: int = 40, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Numbers, categories, a text, a date, gaps, odd names; targets of each kind."""
    rng = np.random.default_rng(seed)
    n = rows + test_rows
    words = np.array(["good", "bad", "fine", "late", "fast", "cold", "tasty", "rude", "naïve", "zebra"])
    frame = pd.DataFrame(
        {
            "id": [f"{i:05d}" for i in range(n)],
            "size [m]": rng.normal(size=n),
            "weight, net": rng.lognormal(size=n),
            "city": rng.choice([f"c{i}" for i in range(30)], size=n),
            "plan": rng.choice(["basic", 'the "plus"', "größer"], size=n),
            "review": [" ".join(rng.choice(words, size=8)) for _ in range(n)],
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400 * 24, size=n), unit="h"),
            "same": 1,
        }
    )
    frame["when"] = frame["when"].dt.strftime("%Y-%m-%d %H:%M:%S")
    signal = frame["size [m]"] + (frame["plan"] == "basic") + frame["review"].str.count("good") - 0.5
    frame["value"] = np.exp(signal / 2 + 0.3 * rng.normal(size=n)).round(4)
    frame["two"] = np.where(signal + rng.normal(size=n) > 0.5, "yes", "no")
    frame["three"] = pd.cut(signal + 0.5 * rng.normal(size=n), [-np.inf, 0, 1, np.inf], labels=["1", "2", "3"]).astype(
        int
    )
    frame["flag"] = (signal > 1).astype(int)
    frame["other"] = (rng.random(n) < 0.3).astype(int)
    for name in ("size [m]", "city", "review", "when"):
        frame.loc[rng.random(n) < 0.1, name] = np.nan
    targets = ["value", "two", "three", "flag", "other"]
    return frame.iloc[:rows], frame.iloc[rows:].drop(columns=targets).reset_index(drop=True)


KINDS: dict[str, dict[str, object]] = {
    "binary": {"target": "two", "metric": "auc", "kind": "binary", "wanted": "probability"},
    "label": {"target": "three", "metric": "f1_macro", "kind": "multiclass", "wanted": "label"},
    "wide": {"target": "three", "metric": "logloss", "kind": "multiclass", "wanted": "probability", "wide": True},
    "value": {"target": "value", "metric": "rmsle", "kind": "regression", "wanted": "value"},
    "several": {
        "target": ("flag", "other"),
        "metric": "mean_columnwise_auc",
        "kind": "binary",
        "wanted": "probability",
    },
}


def small(kind_name: str, rows: int = 160, **more: object) -> tuple[Scene, pd.DataFrame, pd.DataFrame]:
    """One of KINDS over the mixed table: scene, train, test."""
    train, test = mixed(rows)
    told = {**KINDS[kind_name], **more}
    targets = [told["target"]] if isinstance(told["target"], str) else list(told["target"])
    others = [name for name in ("value", "two", "three", "flag", "other") if name not in targets]
    train = train.drop(columns=others)
    return described(train, test, **told), train, test
