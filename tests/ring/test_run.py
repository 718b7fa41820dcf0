"""A whole run: real processes, a real journal, real scores; only the programs are scripted."""

import json
import random
import re
import shutil
import sys
from collections import Counter

import anyio
import pandas as pd
import pytest

import gome
from gome.errors import ModelUnavailable, PluginInvalid, RunFolderInvalid, SettingInvalid, TaskInvalid
from gome.folder import RunFolder
from gome.store import read_journal
from gome.testing.model import FakeModel

PROGRAM = """
import csv, random
random.seed(1)
rows = list(csv.DictReader(open("input/test.csv")))
with open("submission.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["id", "y"])
    for row in rows:
        writer.writerow([row["id"], {expression}])
print("score:", eval("{claim}"))
"""
WEAK = PROGRAM.format(expression='0.5 + 0.2 * (float(row["x"]) > 0.3) + 0.2 * random.random()', claim=0.7)
STRONG = PROGRAM.format(expression='float(row["x"]) + 0.2 * random.random()', claim=0.9)
LYING = PROGRAM.format(expression="random.random()", claim=0.999)
BROKEN = "raise KeyError('no such column')\n"
SILENT = "print('done')\n"
SHORT = 'open("submission.csv", "w").write("id,y\\n1,0.5\\n")\n'


@pytest.fixture
def anyio_backend():
    """The journal runs on asyncio."""
    return "asyncio"


@pytest.fixture(scope="module")
def task_folder(tmp_path_factory):
    """A binary task whose label follows one column, with noise."""
    folder = tmp_path_factory.mktemp("task")
    draw = random.Random(0)
    rows = [(n, draw.random(), draw.random()) for n in range(600)]
    train = pd.DataFrame(rows[:450], columns=["id", "x", "z"])
    train["y"] = [int(x + draw.gauss(0, 0.2) > 0.5) for x in train["x"]]
    train.to_csv(folder / "train.csv", index=False)
    test = pd.DataFrame(rows[450:], columns=["id", "x", "z"])
    test.to_csv(folder / "test.csv", index=False)
    test[["id"]].assign(y=0.5).to_csv(folder / "sample_submission.csv", index=False)
    (folder / "task.toml").write_text('metric = "auc"\ntarget = "y"\n')
    (folder / "description.md").write_text("Will it be one?\n")
    return folder


async def work(task, out, codes, *, model=None, actors=(), **settings):
    """Run a script of programs; return the result and the messages."""
    model = model or FakeModel(codes)

    def register(registry):
        registry.add_model("fake", lambda _, __: model)
        for actor in actors:
            registry.add_actor(actor)

    told = gome.Settings(
        model="fake", warm_workers=False, **({"traces": 1, "max_trials": len(codes), "budget_s": 120.0} | settings)
    )
    async with gome.Runtime(told, plugins=[register]) as runtime:
        run = await runtime.start(task, out=out)
        messages = [envelope.message async for envelope in run.events()]
        return await run.result(), messages


def of(kind, messages):
    return [message for message in messages if isinstance(message, kind)]


async def test_a_run_improves_chooses_and_exports(task_folder, tmp_path):
    """Weak, then strong: the strong one is accepted, chosen, refitted, and its predictions stand in best/."""
    result, messages = await work(task_folder, tmp_path / "run", [WEAK, STRONG])
    assert (result.status, result.trials, result.accepted) == ("finished", 2, 2)
    assert result.best.trial == "t1-002"
    assert result.best.score > 0.85
    assert result.best.final_score is not None
    first, second = of(gome.Diagnosed, messages)
    assert (first.verdict, second.verdict) == ("accepted", "accepted")
    assert second.gain > second.gain_noise
    [success] = of(gome.SuccessRecorded, messages)
    assert success.success.trial == "t1-002"
    assert "+        writer.writerow" in success.success.diff
    [final] = of(gome.FinalistsScored, messages)
    assert final.refit == "refit"
    exported = pd.read_csv(tmp_path / "run" / "best" / "submission.csv")
    sample = pd.read_csv(task_folder / "sample_submission.csv")
    assert list(exported["id"]) == list(sample["id"])
    assert (tmp_path / "run" / "best" / "solution.py").read_text() == STRONG


async def test_the_run_folder_holds_what_outsiders_rely_on(task_folder, tmp_path):
    """journal.db, run.json, best/ and a folder a trial, each as the contract names it."""
    run = tmp_path / "run"
    result, messages = await work(task_folder, run, [STRONG])
    summary = json.loads((run / "run.json").read_text())
    assert summary["status"] == "finished"
    assert summary["best"] == {
        "trial": "t1-001",
        "score": result.best.score,
        "final_score": result.best.final_score,
    }
    for field in ("run", "stop_reason", "metric", "higher_is_better", "submission", "solution", "trials", "accepted"):
        assert field in summary
    assert {"wall_s", "device_s", "tokens", "cost_usd"} <= set(summary)
    trial = run / "trials" / "t1-001"
    for name in ("solution.py", "stdout.log", "stderr.log", "outcome.json", "submission.csv"):
        assert (trial / name).is_file(), name
    assert json.loads((trial / "outcome.json").read_text())["score"] == result.best.score
    async with read_journal(run / "journal.db") as journal:
        assert await journal.last() == len(messages)
        effects = await journal.effects()
    assert {"draft", "implement/t1-001", "trial/t1-001"} <= set(effects)
    assert all(outcome is not None for outcome in effects.values())


async def test_the_journal_tells_who_said_what_because_of_what(task_folder, tmp_path):
    """Every message but those from outside names its cause, an earlier message that its sender hears."""
    await work(task_folder, tmp_path / "run", [WEAK, STRONG])
    async with read_journal(tmp_path / "run" / "journal.db") as journal:
        records = await journal.read(0, 1000)
    by_seq = {record.seq: record for record in records}
    speakers = {record.tag: record.actor for record in records}
    assert speakers["run.started"] == ""
    assert speakers["trial.finished"] == "executor"
    for record in records:
        if record.actor in ("updater", "executor", "reasoner", "memory_keeper"):
            assert record.cause in by_seq
            assert record.cause < record.seq


@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param(BROKEN, "KeyError: 'no such column'", id="exception"),
        pytest.param(SILENT, "no submission.csv", id="no submission"),
        pytest.param(SHORT, "submission", id="too few rows"),
    ],
)
async def test_a_program_that_fails_is_repaired(task_folder, tmp_path, code, error):
    """Its failure is data: the model is shown the error, and the trace goes on."""
    result, messages = await work(task_folder, tmp_path / "run", [code, STRONG])
    failed, repaired = of(gome.TrialFinished, messages)
    assert failed.score is None
    assert error in failed.error
    assert of(gome.SolutionProposed, messages)[1].operator == "repair"
    assert repaired.score is not None
    assert result.status == "finished"


async def test_a_lie_about_the_score_is_caught(task_folder, tmp_path):
    """A claim far above the measurement is rejected in code, and never the best."""
    result, messages = await work(task_folder, tmp_path / "run", [LYING, WEAK])
    lying = of(gome.Diagnosed, messages)[0]
    assert lying.verdict == "rejected"
    assert any(check.name == "claim" and check.status == "failed" for check in lying.checks)
    assert result.best.trial == "t1-002"


async def test_without_a_valid_submission_the_run_fails_and_says_so(task_folder, tmp_path):
    """Nothing is exported, and the status is failed."""
    result, _ = await work(task_folder, tmp_path / "run", [BROKEN, BROKEN])
    assert result.status == "failed"
    assert result.best is None
    assert not (tmp_path / "run" / "best").exists()


async def test_traces_run_at_once_and_each_has_its_own_history(task_folder, tmp_path):
    """Four tokens on the ring: four first solutions, then steps in whatever order; trials never exceed the limit."""
    codes = [WEAK, STRONG] * 6  # a start that is kin to another trace's is written anew
    result, messages = await work(task_folder, tmp_path / "run", codes, traces=4, max_trials=6)
    assert result.trials == 6
    proposed = of(gome.SolutionProposed, messages)
    assert {message.trace for message in proposed} == {"t1", "t2", "t3", "t4"}
    assert len(of(gome.TraceClosed, messages)) == 4
    assert len(of(gome.FinalistsChosen, messages)) == 1
    assert len(of(gome.RunFinished, messages)) == 1


async def test_a_trace_at_its_limit_ends_and_the_others_go_on(task_folder, tmp_path):
    """The journal says which limit it was; no trace takes more than it may, and each takes all of that."""
    codes = [WEAK, STRONG] * 12
    settings = {"traces": 2, "max_traces": 2, "max_trials": 20, "max_trace_trials": 3}
    result, messages = await work(task_folder, tmp_path / "run", codes, **settings)
    taken = Counter(message.trace for message in of(gome.SolutionProposed, messages))
    closed = {message.trace: message.reason for message in of(gome.TraceClosed, messages)}
    assert set(taken) == set(closed) >= {"t1", "t2"}
    assert max(taken.values()) <= 3
    assert taken["t1"] == taken["t2"] == 3
    assert closed["t1"] == closed["t2"] == "all 3 trials of the trace are used"
    assert result.status == "finished"


async def test_a_model_that_knows_one_start_only_starts_every_trace_with_it(task_folder, tmp_path):
    """A start that is kin to another trace's is better than none, where the model has no other."""
    asked, diagnosed = [], anyio.Event()

    class Single(FakeModel):
        async def draft(self, question, /):
            asked.append(question.key)
            if question.key.endswith("/again"):
                raise ModelUnavailable("it names no new start")
            return await super().draft(question)

        async def implement(self, question, /):
            if question.key == "implement/t2-001":
                await diagnosed.wait()  # the other trace has begun
            return await super().implement(question)

        async def diagnose(self, question, /):
            diagnosed.set()
            return await super().diagnose(question)

    model = Single(["from sklearn.svm import SVC\nSVC()\n" + STRONG] * 4)
    result, messages = await work(task_folder, tmp_path / "run", [], model=model, traces=2, max_traces=2, max_trials=4)

    assert "draft/t2-001/again" in asked
    assert result.trials == 4
    assert of(gome.StepFailed, messages) == []
    assert {message.trace for message in of(gome.SolutionProposed, messages)} == {"t1", "t2"}


async def test_stopping_finishes_what_is_in_flight_and_exports(task_folder, tmp_path):
    """The trial under way is kept; the run says why it stopped."""

    class Stopper:
        name = "stopper"
        listens = (gome.TrialFinished,)
        says = (gome.StopRequested,)

        async def handle(self, message, context):
            return [gome.StopRequested(reason="enough")]

    result, messages = await work(task_folder, tmp_path / "run", [WEAK, STRONG, STRONG], actors=[Stopper()])
    assert (result.status, result.stop_reason) == ("stopped", "enough")
    assert result.best is not None
    assert len(of(gome.SolutionProposed, messages)) < 3


async def test_a_plugin_actor_is_in_the_ring_and_its_bug_is_its_own(task_folder, tmp_path):
    """It hears what it listens to; when it breaks, the run goes on and the journal says so."""
    heard = []

    class Notifier:
        name = "notifier"
        listens = (gome.TrialFinished,)

        async def handle(self, message, context):
            heard.append(message.trial)
            raise RuntimeError("oops")

    result, messages = await work(task_folder, tmp_path / "run", [WEAK, STRONG], actors=[Notifier()])
    assert heard == ["t1-001"]
    assert result.status == "finished"
    [silenced] = of(gome.Silenced, messages)
    assert silenced.error == "RuntimeError: oops"


async def test_a_budget_that_runs_out_still_exports(task_folder, tmp_path):
    """A program that would run forever ends at its limit; what was valid before stands."""
    endless = "import time\n" + STRONG + "\nif len(rows) > 120: time.sleep(600)\n"
    result, messages = await work(task_folder, tmp_path / "run", [STRONG, *[endless] * 6], budget_s=12.0)
    assert result.best.trial == "t1-001"
    assert any(message.status == "timeout" for message in of(gome.TrialFinished, messages))
    assert re.search("time is (used|left)", result.stop_reason)


async def test_bad_input_is_told_before_anything_runs(task_folder, tmp_path):
    """From `start`, as the exception itself, and nothing is left behind."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    for settings, task, out, error in [
        ({}, tmp_path / "nowhere", tmp_path / "a", TaskInvalid),
        ({"strategy": "magic"}, task_folder, tmp_path / "b", SettingInvalid),
        ({"devices": "cpu:0"}, task_folder, tmp_path / "c", SettingInvalid),
        ({}, task_folder, tmp_path / "full", RunFolderInvalid),
    ]:
        with pytest.raises(error):
            await work(task, out, [STRONG], **settings)


async def test_a_bug_in_a_core_actor_comes_out_of_result_with_the_journal_intact(task_folder, tmp_path):
    """The run ends with the bug itself; run.json says that it failed."""
    out = tmp_path / "run"
    with pytest.raises(IndexError):
        await work(task_folder, out, [], max_trials=5)
    assert json.loads((out / "run.json").read_text())["status"] == "failed"
    async with read_journal(RunFolder(out).journal) as journal:
        assert await journal.last() > 0


async def test_two_runs_share_a_runtime_and_nothing_else(task_folder, tmp_path):
    """Embedded: no globals, so two runs at once do not meet."""

    def register(registry):
        registry.add_model("fake", lambda _, __: FakeModel([STRONG]))

    async with gome.Runtime(
        gome.Settings(model="fake", warm_workers=False, traces=1, max_trials=1), plugins=[register]
    ) as runtime:
        runs = [await runtime.start(task_folder, out=tmp_path / name) for name in ("a", "b")]
        results = [await run.result() for run in runs]
    assert [result.run for result in results] == ["a", "b"]
    assert results[0].best.score == results[1].best.score


async def test_leaving_the_runtime_early_drains_its_runs(task_folder, tmp_path):
    """Nothing is left behind, and what was in flight is finished."""

    def register(registry):
        registry.add_model("fake", lambda _, __: FakeModel([STRONG] * 50))

    with anyio.fail_after(60):
        async with gome.Runtime(
            gome.Settings(model="fake", warm_workers=False, traces=1), plugins=[register]
        ) as runtime:
            run = await runtime.start(task_folder, out=tmp_path / "run")
    result = await run.result()
    assert result.status == "stopped"
    assert "left" in result.stop_reason


VANDAL = "import os, pathlib\n" + STRONG + "\n{deed}\n"


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param("os.remove('solution.py')", id="removes its code"),
        pytest.param("pathlib.Path('solution.py').write_bytes(bytes([255, 254]))", id="spoils its code"),
        pytest.param("os.mkdir('outcome.json')", id="takes the outcome's place"),
        pytest.param("[p.unlink() for p in pathlib.Path('..').glob('*/submission.csv')]", id="removes predictions"),
    ],
)
async def test_what_a_program_does_to_its_files_ends_no_run(task_folder, tmp_path, deed):
    """Code and predictions are kept where no program looks; the run goes on and exports what ran."""
    vandal = VANDAL.format(deed=deed)
    result, messages = await work(task_folder, tmp_path / "run", [WEAK, vandal, STRONG])
    assert result.status == "finished"
    assert len(of(gome.Diagnosed, messages)) == 3
    assert (tmp_path / "run" / "best" / "solution.py").read_text() in (WEAK, vandal, STRONG)


async def test_a_model_that_fails_to_explain_leaves_the_verdict_standing(task_folder, tmp_path):
    """A scored trial without a diagnosis is still a valid one."""

    class Silent(FakeModel):
        async def diagnose(self, question):
            raise ModelUnavailable("gone")

    def register(registry):
        registry.add_model("fake", lambda _, __: Silent([STRONG]))

    async with gome.Runtime(
        gome.Settings(model="fake", warm_workers=False, traces=1, max_trials=1), plugins=[register]
    ) as runtime:
        result = await (await runtime.start(task_folder, out=tmp_path / "run")).result()
    assert result.status == "finished"
    assert result.best is not None


@pytest.mark.parametrize("times", [1, 9])
async def test_a_model_that_cannot_begin(task_folder, tmp_path, times):
    """It is asked again; where that is in vain the run ends, cleanly, and says what the matter was."""
    failures = [ModelUnavailable("it is not in the mood")] * times

    class Moody(FakeModel):
        async def draft(self, question):
            if failures:
                raise failures.pop()
            return await super().draft(question)

    settings = gome.Settings(model="moody", warm_workers=False, traces=1, max_trials=1, budget_s=120.0)
    plugins = [lambda registry: registry.add_model("moody", lambda _, __: Moody([STRONG]))]
    async with gome.Runtime(settings, plugins=plugins) as runtime:
        run = await runtime.start(task_folder, out=tmp_path / "run")
        result = await run.result()
    assert result.status == ("finished" if times == 1 else "failed")
    assert (result.best is None) == (times > 1)
    assert ("not in the mood" in result.stop_reason) == (times > 1)


async def test_a_run_whose_steps_all_fail_says_why(task_folder, tmp_path):
    """The last failure is the reason that it gives, not a number of them."""

    class Mute(FakeModel):
        async def implement(self, question):
            raise ModelUnavailable("no program today", retried=True)

    settings = gome.Settings(model="mute", warm_workers=False, traces=2, budget_s=120.0)
    plugins = [lambda registry: registry.add_model("mute", lambda _, __: Mute([]))]
    async with gome.Runtime(settings, plugins=plugins) as runtime:
        run = await runtime.start(task_folder, out=tmp_path / "run")
        result = await run.result()
    assert (result.status, result.best) == ("failed", None)
    assert "3 steps in a row failed; ModelUnavailable: no program today" in result.stop_reason


async def test_a_suspect_first_solution_gives_way_to_an_accepted_one(task_folder, tmp_path):
    """All predictions alike is suspect; whatever it scored, a solution above suspicion takes its place."""
    constant = PROGRAM.format(expression="0.5", claim=0.5)
    result, messages = await work(task_folder, tmp_path / "run", [constant, WEAK])
    first, second = of(gome.Diagnosed, messages)
    assert (first.verdict, second.verdict) == ("suspect", "accepted")
    assert second.improved
    assert result.best.trial == "t1-002"


async def test_an_actor_gets_to_hear_the_end(task_folder, tmp_path):
    """A slow listener finishes with the last messages before the ring is taken down."""
    heard = []

    class Slow:
        name = "slow"
        listens = (gome.FinalistsScored, gome.RunFinished)

        async def handle(self, message, context):
            await anyio.sleep(0.2)
            heard.append(type(message))

    await work(task_folder, tmp_path / "run", [STRONG], actors=[Slow()])
    assert heard == [gome.FinalistsScored, gome.RunFinished]


@pytest.mark.parametrize(
    "misdeed",
    [
        pytest.param(lambda: [gome.TraceClosed(trace="t9", reason="mine")], id="speaks for another trace"),
        pytest.param(lambda: sys.exit(3), id="exits"),
    ],
)
async def test_a_plugin_cannot_end_the_run(task_folder, tmp_path, misdeed):
    """Speaking for a trace that it was not asked about, or leaving, silences it."""

    class Rogue:
        name = "rogue"
        listens = (gome.TrialFinished,)
        says = (gome.TraceClosed,)

        async def handle(self, message, context):
            return misdeed()

    result, messages = await work(task_folder, tmp_path / "run", [STRONG], actors=[Rogue()])
    assert result.status == "finished"
    assert [message.actor for message in of(gome.Silenced, messages)] == ["rogue"]


async def test_two_actors_of_one_name_are_refused(task_folder, tmp_path):
    """A plugin cannot pass for a core actor: their places in the journal would be one."""

    class Impostor:
        name = "executor"
        listens = (gome.RunFinished,)

        async def handle(self, message, context):
            return None

    with pytest.raises(PluginInvalid, match="executor"):
        await work(task_folder, tmp_path / "run", [STRONG], actors=[Impostor()])


async def test_stopping_a_run_that_has_ended_does_nothing(task_folder, tmp_path):
    """Nothing hangs, nothing is recorded."""

    def register(registry):
        registry.add_model("fake", lambda _, __: FakeModel([STRONG]))

    async with gome.Runtime(
        gome.Settings(model="fake", warm_workers=False, traces=1, max_trials=1), plugins=[register]
    ) as runtime:
        run = await runtime.start(task_folder, out=tmp_path / "run")
        result = await run.result()
        with anyio.fail_after(5):
            await run.stop()
    assert result.status == "finished"


async def test_the_journal_of_an_ended_run_is_one_whole_file(task_folder, tmp_path):
    """Copied without its write-ahead log it holds everything, whoever still reads it."""

    def register(registry):
        registry.add_model("fake", lambda _, __: FakeModel([STRONG]))

    async with gome.Runtime(
        gome.Settings(model="fake", warm_workers=False, traces=1, max_trials=1), plugins=[register]
    ) as runtime:
        run = await runtime.start(task_folder, out=tmp_path / "run")
        async with read_journal(run.folder.journal):
            await run.result()
            shutil.copy(run.folder.journal, tmp_path / "copy.db")
            async with read_journal(tmp_path / "copy.db") as journal:
                assert (await journal.read(0, 1000))[-1].tag == "run.finished"


@pytest.mark.parametrize("wrong", [{"traces": 0}, {"seed": -1}, {"max_trials": 0}, {"budget_s": -5.0}])
def test_settings_that_make_no_sense_are_refused_at_once(wrong):
    """Before a task is read."""
    with pytest.raises(SettingInvalid, match=next(iter(wrong))):
        gome.Runtime(gome.Settings(**wrong))


async def test_what_one_run_learned_the_next_one_begins_with(task_folder, tmp_path):
    """With --memory FILE; the successes recalled are on record, and so is what an ablation switched off."""
    file = str(tmp_path / "memory.jsonl")
    await work(task_folder, tmp_path / "one", [WEAK, STRONG], memory=file)
    result, messages = await work(task_folder, tmp_path / "two", [WEAK, STRONG], memory=file, momentum=False)
    recalled = [m.success for m in of(gome.SuccessRecorded, messages) if m.success.run]
    assert [success.trial.partition("/")[2] for success in recalled] == ["t1-002"]
    assert result.without == ("momentum",)
    assert not any(message.items for message in of(gome.MomentumReady, messages))


async def test_a_memory_that_is_none_is_refused_before_anything_runs(task_folder, tmp_path):
    """And the run's folder is free again."""
    (tmp_path / "memory.jsonl").write_text("no success\n")
    with pytest.raises(SettingInvalid, match="line 1"):
        await work(task_folder, tmp_path / "run", [WEAK], memory=str(tmp_path / "memory.jsonl"))
    assert not (tmp_path / "run").exists()
