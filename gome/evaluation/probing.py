"""A probe: the same program on rows whose labels were shuffled.

Nothing can be learnt there, so what it still claims to have learnt comes from a validation that looks at its own
answers. Test rows stand there twice, apart: one row predicted differently means that predictions and rows have come
apart.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from gome.messages import Check, TaskBrief
from gome.task.folders import discard

MOST_TWINS = 100
ALIKE = 0.5  # correlation of twins' predictions below which they are not those of one row
RARE = 10  # rows of a class that are too few to be halved
LEAST = 20  # twins, and different predictions among them, for that to say anything


class Twins:
    """Which test rows of a probe's view are the same row."""

    def __init__(self, first: pd.Index, second: pd.Index) -> None:
        self.first, self.second = first, second


def write_probe(
    task: TaskBrief, source: Path, folder: Path, *, seed: int, twins: bool = True, half: bool = False
) -> Twins | None:
    """Write a view as `source` is, with labels shuffled and test rows doubled. Returns row numbers of the twins.

    Args:
        task: names the columns and files.
        source: a view that solutions see.
        folder: to be made; its other files are those of `source`.
        seed: of the shuffling.
        twins: False where rows have files of their own, which would have to be doubled too.
        half: keep every other row, so that a run takes less; rare classes whole, as programs trip over their loss.
    """
    random = np.random.default_rng([seed, 23])
    discard(folder)
    folder.mkdir(parents=True)
    for item in source.iterdir():
        if item.name not in {task.train_file, task.test_file, task.sample_file}:
            (folder / item.name).symlink_to(item.resolve(), target_is_directory=item.is_dir())
    train, test, sample = (_read(source / name) for name in (task.train_file, task.test_file, task.sample_file))
    targets = [name for name in task.targets if name in train.columns]
    if half:
        train = _half(task, train, random)
    train[targets] = train[targets].to_numpy()[random.permutation(len(train))]
    made = None
    if twins and len(test) == len(sample):
        if half:
            test, sample = (table.iloc[::2].reset_index(drop=True) for table in (test, sample))
        test, sample, made = _doubled(task, test, sample, random)
    for name, table in ((task.train_file, train), (task.test_file, test), (task.sample_file, sample)):
        table.to_csv(folder / name, index=False)
    return made


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _half(task: TaskBrief, train: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Every other row in the order of the target, so that its distribution stays."""
    target = train[task.targets[0]] if task.targets and task.targets[0] in train.columns else pd.Series(train.index)
    mixed = target.iloc[random.permutation(len(target))]
    if task.kind == "regression":
        mixed = pd.to_numeric(mixed, errors="coerce")
        rare = mixed.index[:0]
    else:
        rare = mixed.index[mixed.map(mixed.value_counts(dropna=False)).fillna(0) < RARE]
    common = mixed.drop(rare).sort_values(kind="stable").index
    return train.loc[rare.union(common[::2])].reset_index(drop=True)


def _doubled(
    task: TaskBrief, test: pd.DataFrame, sample: pd.DataFrame, random: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame, Twins]:
    chosen = np.sort(random.permutation(len(test))[:MOST_TWINS])
    order = random.permutation(len(test) + len(chosen))
    both = [pd.concat([table, table.iloc[chosen]], ignore_index=True) for table in (test, sample)]
    name = task.id_column
    if name is not None and name in sample.columns:
        fresh = _fresh(sample[name], len(chosen))
        for table in both:
            if name in table.columns:
                table.loc[len(test) :, name] = fresh
    place = np.argsort(order)  # where each stacked row comes to stand
    doubled = [table.iloc[order].reset_index(drop=True) for table in both]
    return doubled[0], doubled[1], Twins(pd.Index(place[chosen]), pd.Index(place[len(test) :]))


def _fresh(ids: pd.Series, count: int) -> list[str]:
    numbers = pd.to_numeric(ids, errors="coerce")
    if numbers.notna().all() and (numbers % 1 == 0).all():
        return [str(int(numbers.max()) + 1 + number) for number in range(count)]
    return [f"{ids.iloc[number]}_{number}x" for number in range(count)]


def rows_check(task: TaskBrief, folder: Path, submission: Path, twins: Twins) -> Check | None:
    """Whether twins were predicted alike: by rank where predictions are numbers, by agreement where they are labels."""
    name = "row-order"
    expected, given = _read(folder / task.sample_file), _read(submission)
    identity = task.id_column
    if identity is not None and identity in expected.columns:
        if identity not in given.columns or given[identity].duplicated().any():
            return None
        given = given.set_index(identity).reindex(expected[identity]).reset_index()
    if len(given) != len(expected):
        return None
    columns = [column for column in given.columns if column != identity]
    likeness = []
    for column in columns:
        one, other = (given[column].iloc[rows].reset_index(drop=True) for rows in (twins.first, twins.second))
        if len(one) < LEAST or one.nunique() < 2:
            continue
        if task.wanted in {"value", "probability"}:
            a, b = pd.to_numeric(one, errors="coerce").rank(), pd.to_numeric(other, errors="coerce").rank()
            if a.nunique() < LEAST // 2 or b.nunique() < 2:
                continue
            likeness.append(float(a.corr(b)))
        else:
            agreed, luck = float((one == other).mean()), float((one.value_counts(normalize=True) ** 2).sum())
            if luck < 0.8:
                likeness.append((agreed - luck) / (1 - luck))
    if not likeness:
        return None
    mean = float(np.nanmean(likeness))
    if mean >= ALIKE:
        return Check(
            name=name, status="passed", evidence=f"rows that stand twice are predicted alike ({mean:.2f} of 1)"
        )
    return Check(
        name=name,
        status="failed",
        evidence=f"rows that stand twice in the test file are predicted differently ({mean:.2f} of 1): predictions are "
        "in another order than the rows, or come from something else than the rows",
    )
