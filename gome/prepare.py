"""From a task to everything a run needs of it: profile, split, views, harness."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd

from gome.evaluation.custom import resolver
from gome.evaluation.harness import Harness, Holdout, Part
from gome.evaluation.metrics import Metrics
from gome.execution.devices import parse_devices
from gome.execution.machine import hardware, packages
from gome.execution.review import Review
from gome.execution.rig import Inputs
from gome.folder import RunFolder
from gome.messages import Limits, Profile, TaskBrief
from gome.pace import turns_within
from gome.plugin import Registry
from gome.settings import Settings
from gome.task.copies import copies, joined
from gome.task.fingerprint import fingerprint
from gome.task.giveaways import Giveaway, giveaways
from gome.task.kin import kin
from gome.task.load import load_task, read_tables
from gome.task.own import WARNING, own_split, write_own_views
from gome.task.profile import profile
from gome.task.room import check_room
from gome.task.rows import official_order
from gome.task.split import Rows, Split, split, turns
from gome.task.tables import Tables, read_table
from gome.task.task import Task
from gome.task.views import SAMPLE_TRAIN, Views, write_views

OTHER_VIEWS = 2  # the sample, small as it is, and all labelled rows


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A task, taken apart for one run."""

    brief: TaskBrief
    profile: Profile
    inputs: Inputs
    harness: Harness
    search_rows: int
    final_rows: int
    turns: int = 1  # how often a trial runs its program
    slots: int = 1  # devices: so many programs run at once
    inferred: tuple[str, ...]
    carried: pd.DataFrame | None = None  # the sample submission as it is, where it repeats columns of the test table
    warnings: tuple[str, ...] = ()  # what makes the run's scores worth less
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
    return load_task(path, resolver(metrics), metric=metric, goal=goal, target=target)


def prepare(task: Task, folder: RunFolder, settings: Settings, registry: Registry) -> Prepared:
    """Return what a run needs, with the views written below its folder.

    Raises:
        BadInput: the data cannot be profiled, split or scored.
    """
    tables = read_tables(task)
    most = turns_within(settings.budget_s, settings.max_trial_s)
    folds = 1 if task.own_folds else turns(task, len(tables.train), most=most)
    check_room(task, folder.path, views=folds + OTHER_VIEWS, cap_mib=settings.trial_disk_mib)
    holdout = msgspec.structs.replace(task.holdout, folds=folds)
    task = msgspec.structs.replace(task, holdout=holdout)  # a later sitting with more time must split alike
    twice = copies(task, tables.train, tables.test)
    may = task.holdout.copies and not task.own_folds
    together = twice.kept_together and may
    akin = kin(task, tables.train, tables.test, twice.units) if may else None
    sets = [*([twice.units] if together else []), *([akin.units] if akin else [])]
    parts, views = _shown(task, tables, joined(sets) if sets else None, folder.views, seed=settings.seed)
    told = profile(task, tables.train, tables.test)
    found = giveaways(task, tables.train, tables.test, told.columns)
    suspects = (*(one.suspect() for one in found), *told.suspects, *twice.suspects())
    suspects += (akin.suspect(),) if akin else ()
    told = msgspec.structs.replace(told, suspects=suspects)
    harness = Harness(
        resolver(registry.metrics)(task.metric_file or task.metric),
        view_sample=views.view_sample,
        search=Holdout(views.search_rows.labels, views.search_rows.positions),
        final=Holdout(views.final_rows.labels, views.final_rows.positions),
        target_columns=task.targets,
        id_column=task.id_column,
        classes=task.classes,
        test_positions=views.test_positions,
        official_sample=views.official_sample,
        wanted=task.wanted,
        parts=[Part(view.sample, view.rows) for view in (*views.searches, views.held) if view is not None],
        own_folds=task.own_folds,
        leaks=_in_official_order(found, task, tables),
        seed=settings.seed,
    )
    learned = np.arange(len(tables.train)) if task.own_folds else parts.learned(0)
    devices = parse_devices(settings.devices)
    cores = max(len(device.cores) for device in devices)
    here = hardware([device.words for device in devices if device.gpu])
    brief = task.brief(f"{here}; {cores} CPU core{'s' * (cores > 1)} a trial", packages())
    return Prepared(
        brief=msgspec.structs.replace(
            brief, train_rows=len(learned), view_rows=len(views.searches[0].rows), turns=len(views.searches)
        ),
        profile=told,
        inputs=Inputs(
            views.sample if len(learned) > 2 * SAMPLE_TRAIN else None,
            tuple(view.path for view in views.searches),
            views.full,
            growth=len(learned) / SAMPLE_TRAIN,
        ),
        harness=harness,
        search_rows=len(views.search_rows.labels),
        final_rows=len(views.final_rows.labels),
        turns=len(views.searches),
        slots=len(devices),
        inferred=(
            *task.inferred,
            *_cost(parts),
            *(twice.told() if together else ()),
            *([akin.told()] if akin else []),
            *(f"Beware: {one.evidence}." for one in found),
        ),
        carried=_whole_sample(task, tables),
        warnings=(WARNING,) if task.own_folds else (),
        limits=task.limits,
        source=task.json(),
        fingerprint=fingerprint(task, parts),
    )


def _shown(task: Task, tables: Tables, units: Rows | None, views: Path, *, seed: int) -> tuple[Split, Views]:
    """Return the split, and the views written of it: by gome, or for programs that hold rows out themselves."""
    if task.own_folds:
        parts = own_split(task, tables.train, seed=seed)
        return parts, write_own_views(task, tables, parts, views, seed=seed)
    parts = split(task, tables.train, seed=seed, units=units)
    return parts, write_views(task, tables, parts, views, seed=seed)


def _whole_sample(task: Task, tables: Tables) -> pd.DataFrame | None:
    """The sample submission with all its columns, where some are none that anything is predicted in."""
    if tables.sample is None or task.sample_file is None:
        return None
    whole = read_table(task.path / task.sample_file, encoding=task.encoding, id_column=task.id_column)
    return whole if len(whole.columns) > len(tables.sample.columns) else None


def _in_official_order(found: Sequence[Giveaway], task: Task, tables: Tables) -> list[Giveaway]:
    """Return them with their codes as the rows of the official submission come."""
    if tables.test is None or tables.sample is None:
        return list(found)
    order = official_order(task, tables.test, tables.sample)
    return [one if one.codes is None else msgspec.structs.replace(one, codes=one.codes[order]) for one in found]


def _cost(parts: Split) -> tuple[str, ...]:
    """What hiding rows in turns gains and costs, where it is done."""
    count, scored = len(parts.folds), len(parts.search)
    if count == 1:
        return ()
    return (
        f"Rows are hidden in {count} turns: {scored} of them score each trial instead of {scored // count}, with about "
        f"{count**-0.5:.0%} of the noise; each trial runs its program {count} times.",
    )


def review(prepared: Prepared, folder: RunFolder, *, seed: int, always: bool = False) -> Review:
    """Return what looks at programs; `always` probes them whatever that costs."""
    return Review(
        prepared.brief,
        prepared.harness,
        lambda: prepared.inputs.sample or prepared.inputs.searches[0],
        folder.views / "probe",
        seed=seed,
        files=bool(prepared.profile.other_files),
        always=always,
    )
