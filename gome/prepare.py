"""From a task to everything a run needs of it: profile, split, views, harness."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from gome.evaluation.harness import Harness, Holdout
from gome.evaluation.metrics import Metrics
from gome.execution.devices import parse_devices
from gome.execution.machine import hardware, packages
from gome.execution.rig import Inputs
from gome.folder import RunFolder
from gome.messages import Limits, Profile, TaskBrief
from gome.plugin import Registry
from gome.settings import Settings
from gome.task.fingerprint import fingerprint
from gome.task.load import load_task, read_tables
from gome.task.profile import profile
from gome.task.split import split
from gome.task.task import Task
from gome.task.views import SAMPLE_TRAIN, write_views


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A task, taken apart for one run."""

    brief: TaskBrief
    profile: Profile
    inputs: Inputs
    harness: Harness
    search_rows: int
    final_rows: int
    inferred: tuple[str, ...]
    limits: Limits  # that the task itself sets
    source: str  # the task as JSON
    fingerprint: str  # of the data and of its split


def read_task(
    path: Path,
    metrics: Metrics,
    *,
    metric: str | None = None,
    goal: str | None = None,
    target: str | Sequence[str] | None = None,
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
    tables = read_tables(task)
    parts = split(task, tables.train, seed=settings.seed)
    views = write_views(task, tables, parts, folder.views, seed=settings.seed)
    harness = Harness(
        registry.metrics.named(task.metric),
        view_sample=views.view_sample,
        search=Holdout(views.search_rows.labels, views.search_rows.positions),
        final=Holdout(views.final_rows.labels, views.final_rows.positions),
        target_columns=task.targets,
        id_column=task.id_column,
        classes=task.classes,
        test_positions=views.test_positions,
        official_sample=views.official_sample,
        wanted=task.wanted,
        seed=settings.seed,
    )
    devices = parse_devices(settings.devices)
    cores = max(len(device.cores) for device in devices)
    here = hardware([device.words for device in devices if device.gpu])
    brief = task.brief(f"{here}; {cores} CPU core{'s' * (cores > 1)} a trial", packages())
    return Prepared(
        brief=msgspec.structs.replace(brief, train_rows=len(parts.train), view_rows=len(views.view_sample)),
        profile=profile(task, tables.train, tables.test),
        inputs=Inputs(views.sample if len(parts.train) > 2 * SAMPLE_TRAIN else None, views.search, views.full),
        harness=harness,
        search_rows=len(views.search_rows.labels),
        final_rows=len(views.final_rows.labels),
        inferred=task.inferred,
        limits=task.limits,
        source=task.json(),
        fingerprint=fingerprint(task, parts),
    )
