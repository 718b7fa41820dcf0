"""A run goes on where it was cut off: what was paid for is not paid for again, what was found is not lost."""

import json
import shutil

import anyio
import pandas as pd
import pytest
from resume_world import STRONG, WEAK

import gome
from gome.errors import RunFolderInvalid, SettingInvalid
from gome.hold import Hold
from gome.store import read_journal

pytestmark = pytest.mark.anyio


async def test_a_run_goes_on_where_it_was_cut_off(world):
    """Nothing is asked twice, no finished trial is run again, and the end is that of a run that was never cut."""
    await world.begin([WEAK, STRONG, STRONG], cut=lambda m: isinstance(m, gome.Diagnosed))
    before = list(world.asked)
    assert json.loads((world.out / "run.json").read_text())["status"] == "stopped"
    result = await world.resume([STRONG, STRONG])
    assert (result.status, result.trials) == ("finished", 3)
    assert result.best.trial == "t1-002"
    assert len(world.asked) == len(set(world.asked)), world.asked
    assert set(before) < set(world.asked)
    trials = [message.trial for message in world.of(gome.TrialFinished)]
    assert trials == ["t1-001", "t1-002", "t1-003"]
    [resumed] = world.of(gome.RunResumed)
    assert not resumed.reopens
    assert resumed.elapsed_s > 0


@pytest.mark.parametrize(
    "kind", [gome.RunStarted, gome.TraceOpened, gome.SolutionProposed, gome.TrialFinished, gome.FinalistsChosen]
)
async def test_it_may_be_cut_off_anywhere(world, kind):
    """Whatever was said last, the run ends as it should."""
    await world.begin([WEAK, STRONG], cut=lambda m: isinstance(m, kind), max_trials=2)
    left = [WEAK, STRONG][sum(key.startswith("implement") for key in world.asked) :]
    result = await world.resume(left)
    assert (result.status, result.trials, result.best.trial) == ("finished", 2, "t1-002")
    assert len(world.asked) == len(set(world.asked)), world.asked
    assert (world.out / "best" / "submission.csv").is_file()
    assert json.loads((world.out / "run.json").read_text())["status"] == "finished"


async def test_a_run_that_has_ended_says_so(world):
    """Nothing is run, not even the task is read; what came of it is returned."""
    first = await world.begin([STRONG], max_trials=1)
    shutil.rmtree(world.task)
    again = await world.resume([])
    assert (again.status, again.best, again.stop_reason) == (first.status, first.best, first.stop_reason)
    assert again.submission == first.submission
    assert world.of(gome.RunResumed) == []


async def test_more_trials_reopen_a_run(world):
    """The change is on record; every trace goes on from its best, and the finalists are compared anew."""
    await world.begin([WEAK], max_trials=1)
    result = await world.resume([STRONG], max_trials=2)
    assert (result.status, result.trials, result.best.trial) == ("finished", 2, "t1-002")
    [resumed] = world.of(gome.RunResumed)
    assert (resumed.changed, resumed.reopens, resumed.limits.trials) == (("max_trials",), True, 2)
    assert world.of(gome.SolutionProposed)[-1].parent == "t1-001"
    assert len(world.of(gome.RunFinished)) == 2


async def test_more_traces_are_drafted_beside_the_old_ones(world):
    """They come with starts of their own; the old ones are not asked for again."""
    await world.begin([WEAK], max_trials=1)
    result = await world.resume([STRONG, STRONG, STRONG], traces=2, max_trials=4)
    assert result.status == "finished"
    assert {message.trace for message in world.of(gome.SolutionProposed)} == {"t1", "t2"}


async def test_a_run_that_was_stopped_goes_on_without_being_given_more(world):
    """A stop from outside is over with the sitting."""

    class Stopper:
        name = "stopper"
        listens = (gome.Diagnosed,)
        says = (gome.StopRequested,)

        async def handle(self, message, context):
            return [gome.StopRequested(reason="lunch")]

    first = await world.begin([WEAK, STRONG], actors=[Stopper()])
    assert (first.status, first.stop_reason) == ("stopped", "lunch")
    result = await world.resume([STRONG, STRONG])
    assert (result.status, result.trials) == ("finished", 3)
    assert "lunch" not in result.stop_reason


async def test_time_used_counts_and_time_between_does_not(world):
    """The clock goes on from what earlier sittings have used, whatever the wall clock says."""
    await world.begin([WEAK, STRONG, STRONG], cut=lambda m: isinstance(m, gome.Diagnosed))
    holder = json.loads((world.out / "lock").read_text())
    (world.out / "lock").write_text(json.dumps(holder | {"elapsed_s": 50.0}))
    result = await world.resume([STRONG, STRONG])
    [resumed] = world.of(gome.RunResumed)
    assert 50.0 < resumed.elapsed_s < 65.0
    assert result.wall_s > 50.0


async def test_two_do_not_work_on_one_run(world):
    """The second is told who does."""
    await world.begin([STRONG], max_trials=1)
    with Hold(world.out / "lock"), pytest.raises(RunFolderInvalid, match=r"process \d+ on .* since"):
        await world.resume([STRONG], max_trials=2)


async def test_another_data_set_is_refused(world):
    """Scores on other rows would not compare; with the old files back it goes on."""
    await world.begin([WEAK, STRONG], max_trials=2, cut=lambda m: isinstance(m, gome.Diagnosed))
    train = (world.task / "train.csv").read_bytes()
    table = pd.read_csv(world.task / "train.csv")
    table["x"] = table["x"] + 1
    table.to_csv(world.task / "train.csv", index=False)
    with pytest.raises(RunFolderInvalid, match="not what this run began with"):
        await world.resume([STRONG])
    (world.task / "train.csv").write_bytes(train)
    assert (await world.resume([STRONG])).status == "finished"


async def test_a_task_that_was_moved_is_named(world, tmp_path):
    """Without its folder the run cannot go on; it may be anywhere."""
    await world.begin([WEAK, STRONG], max_trials=2, cut=lambda m: isinstance(m, gome.Diagnosed))
    moved = shutil.move(world.task, tmp_path / "elsewhere")
    with pytest.raises(RunFolderInvalid, match="--task DIR"):
        await world.resume([STRONG])
    assert (await world.resume([STRONG], task=moved)).status == "finished"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"seed": 5}, "seed"),
        ({"traces": 1}, "--traces can only be more"),
        ({"budget_s": 0.2}, "has used"),
        ({"moons": 2}, "moons"),
        ({"traces": 0}, "traces"),
    ],
)
async def test_changes_that_make_no_sense_are_refused(world, changes, error):
    """In one line; nothing is lost."""
    await world.begin([WEAK, STRONG], traces=2, max_trials=2, cut=lambda m: isinstance(m, gome.Diagnosed))
    with pytest.raises(SettingInvalid, match=error):
        await world.resume([STRONG], **changes)
    assert (world.out / "journal.db").is_file()


async def test_a_folder_without_a_run_is_refused(world, tmp_path):
    """With what is missing."""
    world.out = tmp_path
    with pytest.raises(RunFolderInvalid, match=r"there is no journal\.db"):
        await world.resume([])


async def test_views_and_exports_that_were_deleted_are_made_again(world):
    """What can be worked out again is: what programs see, best/, run.json."""
    await world.begin([WEAK, STRONG], max_trials=2, cut=lambda m: isinstance(m, gome.Diagnosed))
    (world.out / "run.json").unlink()
    shutil.rmtree(world.out / "best", ignore_errors=True)
    for folder in (world.out / "data").iterdir():
        folder.chmod(0o755)
    shutil.rmtree(world.out / "data")
    result = await world.resume([STRONG])
    assert (result.status, result.best.trial) == ("finished", "t1-002")
    assert (world.out / "best" / "submission.csv").is_file()


class Listener:
    """A plugin's actor that remembers what it heard."""

    listens = (gome.Diagnosed,)

    def __init__(self, name="listener"):
        self.name, self.heard = name, []

    async def handle(self, message, context):
        self.heard.append(message.trial)


async def test_a_plugin_that_is_absent_is_done_without(world):
    """The run goes on; when it is there again it hears from then on, and a new one hears nothing of the past."""
    codes = [WEAK, STRONG, STRONG, STRONG]
    cut = lambda trial: lambda m: isinstance(m, gome.Diagnosed) and m.trial == trial  # noqa: E731
    first, third, new = Listener(), Listener(), Listener("new")
    await world.begin(codes, actors=[first], cut=cut("t1-001"), max_trials=4)
    await world.resume(codes, cut=cut("t1-002"))
    result = await world.resume(codes, actors=[third, new])
    assert result.status == "finished"
    assert set(first.heard) <= {"t1-001"}
    assert third.heard == new.heard == ["t1-003", "t1-004"]


async def test_messages_of_a_plugin_that_is_absent_are_skipped(world):
    """Their type went with it."""

    class Noted(gome.Message, frozen=True, kw_only=True, tag="noter/trial.noted"):
        trial: str

    class Noter:
        name = "noter"
        listens = (gome.Diagnosed,)
        says = (Noted,)

        async def handle(self, message, context):
            return [Noted(trial=message.trial)]

    class Reader:
        name = "reader"
        listens = (Noted,)

        async def handle(self, message, context):
            return None

    await world.begin(
        [WEAK, STRONG], actors=[Noter(), Reader()], max_trials=2, cut=lambda m: isinstance(m, gome.MomentumReady)
    )
    assert (await world.resume([STRONG])).status == "finished"


async def test_a_run_killed_before_it_began_begins(world):
    """What it was told is on record before anything is read or split."""
    await world.begin([STRONG], max_trials=1)
    import sqlite3

    with sqlite3.connect(world.out / "journal.db") as journal:
        for table in ("messages", "cursors", "effects", "answers"):
            journal.execute(f"DELETE FROM {table}")
    journal.close()
    result = await world.resume([STRONG])
    assert (result.status, result.trials) == ("finished", 1)
    assert len(world.of(gome.RunStarted)) == 1


async def test_the_journal_names_every_sitting(world):
    """One run.resumed each, with what was changed."""
    await world.begin([WEAK, STRONG, STRONG], max_trials=3, cut=lambda m: isinstance(m, gome.Diagnosed))
    await world.resume([STRONG, STRONG], cut=lambda m: isinstance(m, gome.Diagnosed) and m.trial == "t1-002")
    await world.resume([STRONG], model="other")
    async with read_journal(world.out / "journal.db") as journal:
        tags = [record.tag for record in await journal.read(0, 10_000)]
    assert tags.count("run.resumed") == 2
    assert world.of(gome.RunResumed)[1].changed == ("model",)


async def test_device_time_of_a_trial_that_was_cut_off_counts_as_spent(world):
    """Once: the trial is run again, in what is left, and what it takes then counts as well."""
    waits = "import os, time\nif not os.path.exists('up'):\n    open('up', 'w').close()\n    time.sleep(600)\n"
    settings = gome.Settings(model="fake", traces=1, max_trials=1, max_device_s=15.0, warm_workers=False)
    with anyio.CancelScope() as scope:
        async with gome.Runtime(settings, plugins=[world.register([waits + WEAK], ())]) as runtime:
            await runtime.start(world.task, out=world.out)
            while not list(world.out.glob("trials/t1-001/**/up")):  # noqa: ASYNC110 - a program makes it
                await anyio.sleep(0.01)
            scope.cancel()
            await anyio.sleep_forever()

    result = await world.resume([])

    [lost] = world.of(gome.LeaseLost)
    [finished], [scored] = world.of(gome.TrialFinished), world.of(gome.FinalistsScored)
    assert lost.holder.startswith("t1-001")
    assert 0 < lost.device_s < 15
    assert finished.device_s > 0
    assert result.device_s == pytest.approx(lost.device_s + finished.device_s + scored.refit_s, abs=0.01)
    assert result.device_s <= 15
    assert world.of(gome.RunResumed)[0].slots >= 1
