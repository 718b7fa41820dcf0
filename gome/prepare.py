"""From a task to everything a run needs of it: profile, split, views, harness. Reads and writes files, waits for nothing."""

from pathlib import Path

import msgspec

from gome.errors import TaskInvalid
from gome.evaluation.harness import Harness, Holdout
from gome.evaluation.metrics import Metrics
from gome.execution.machine import hardware, packages
from gome.execution.rig import Inputs
from gome.folder import RunFolder
from gome.messages import Profile, TaskBrief
from gome.plugin import Registry
from gome.settings import Settings
from gome.task import Task, load_task, profile, read_tables, split, write_views


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A task, taken apart for one run."""

    brief: TaskBrief
    profile: Profile
    inputs: Inputs
    harness: Harness
    search_rows: int
    final_rows: int
    inferred: tuple[str, ...]


def read_task(
    path: Path,
    metrics: Metrics,
    *,
    metric: str | None = None,
    goal: str | None = None,
    target: str | None = None,
) -> Task:
    """Return the task in a folder.

    Raises:
        BadInput: it cannot be used; one line says what to mend.
    """
    return load_task(path, metrics.named, metric=metric, goal=goal, target=target)


def prepare(task: Task, folder: RunFolder, settings: Settings, registry: Registry) -> Prepared:
    """Return what a run needs, with the views written below its folder.

    Raises:
        BadInput: the data cannot be profiled, split or scored.
    """
    train, test = read_tables(task)
    parts = split(task, train, seed=settings.seed)
    views = write_views(task, train, test, parts, folder.views, seed=settings.seed)
    if not len(views.search.labels) or not len(views.final.labels):
        raise TaskInvalid(f"{task.name}: too few labelled rows to hold any out")
    harness = Harness(
        registry.metrics.named(task.metric),
        view_sample=views.view_sample,
        search=Holdout(views.search.labels, views.search.positions),
        final=Holdout(views.final.labels, views.final.positions),
        target_columns=task.targets,
        id_column=task.id_column,
        classes=task.classes,
        test_positions=views.test_positions,
        official_sample=views.official_sample,
        wanted=task.wanted,
        seed=settings.seed,
    )
    return Prepared(
        brief=task.brief(hardware(), packages()),
        profile=profile(task, train, test),
        inputs=Inputs(views.sample, views.search_folder, views.full),
        harness=harness,
        search_rows=len(views.search.labels),
        final_rows=len(views.final.labels),
        inferred=task.inferred,
    )
