"""Recording and replaying answers."""

import json

import anyio
import pytest
from llm_questions import DIAGNOSE, DRAFT, IMPLEMENT, PROPOSE, STEP
from msgspec.structs import replace
from structlog.testing import capture_logs
from trio.testing import MockClock

from gome.errors import BudgetExceeded, ModelUnavailable, SettingInvalid
from gome.expert import Expert
from gome.llm.digest import digest
from gome.llm.record import PATIENCE_S, taped
from gome.messages import Starts
from gome.testing.model import FakeModel

CODE = "print('ü')\n"


class Failing(FakeModel):
    """Fails at its first draft, has no money for its second, then answers."""

    def __init__(self):
        super().__init__([])
        self.errors = [ModelUnavailable("asleep"), BudgetExceeded("run tokens", spent=12, limit=10)]
        self.closed = False

    async def draft(self, question, /):
        if self.errors:
            raise self.errors.pop(0)
        return Starts(starts=(STEP,))

    async def close(self):
        self.closed = True


def nobody():
    raise AssertionError("a replay asks no model")


async def test_what_was_recorded_is_replayed(tmp_path):
    """All four kinds, exchange for exchange, without a model."""
    tape = str(tmp_path / "sub" / "tape.jsonl")
    model = taped(lambda: FakeModel([CODE]), record=tape)
    told = (await model.draft(DRAFT), await model.diagnose(DIAGNOSE), await model.implement(IMPLEMENT))
    proposed = await model.propose(PROPOSE)

    again = taped(nobody, replay=tape)

    with capture_logs() as logs:
        assert (await again.draft(DRAFT), await again.diagnose(DIAGNOSE), await again.implement(IMPLEMENT)) == told
        assert await again.propose(PROPOSE) == proposed
    assert logs == []
    lines = [json.loads(line) for line in (tmp_path / "sub" / "tape.jsonl").read_text().splitlines()]
    assert [line["key"] for line in lines] == ["draft", "diagnose/t1-002", "implement/t1-003", "propose/t1-003"]
    assert set(lines[0]) == {"key", "role", "request", "task", "reply"}
    assert lines[2]["reply"]["code"] == CODE


async def test_the_built_in_expert_is_recorded_too(tmp_path):
    """Any model is; its answers come back as they were."""
    tape = str(tmp_path / "tape.jsonl")
    told = await taped(Expert, record=tape).draft(DRAFT)
    assert await taped(nobody, replay=tape).draft(DRAFT) == told


async def test_failures_are_exchanges_too(tmp_path):
    """A key that was asked three times is answered in order; then the last answer stands."""
    tape = str(tmp_path / "tape.jsonl")
    model = Failing()
    recording = taped(lambda: model, record=tape)
    for _ in range(2):
        with pytest.raises((ModelUnavailable, BudgetExceeded)):
            await recording.draft(DRAFT)
    await recording.draft(DRAFT)
    await recording.close()
    await recording.check()
    assert model.closed

    again = taped(nobody, replay=tape)
    with pytest.raises(ModelUnavailable, match="asleep"):
        await again.draft(DRAFT)
    with pytest.raises(BudgetExceeded, match="run tokens: 12 would pass the limit of 10"):
        await again.draft(DRAFT)
    for _ in range(2):
        assert (await again.draft(DRAFT)).starts == (STEP,)


async def test_a_missing_exchange_is_a_clear_error(tmp_path):
    """One line names file and key; it is bad input, so that the run ends with 2."""
    tape = tmp_path / "tape.jsonl"
    tape.touch()
    with pytest.raises(SettingInvalid, match=r"--replay .*tape.jsonl holds no answer to 'propose/t1-003'"):
        await taped(nobody, replay=str(tape)).propose(PROPOSE)


@pytest.fixture
async def two(tmp_path):
    """A recording of two traces, asked here as its lines stand: t1 once, t2, t1 again."""
    tape = tmp_path / "tape.jsonl"
    model = taped(lambda: FakeModel([]), record=str(tape))
    for key in ("draft", "propose/t1-002", "propose/t2-002", "propose/t1-003"):
        await (model.draft(DRAFT) if key == "draft" else model.propose(replace(PROPOSE, key=key)))
    return tape


class Asking:
    """Asks for proposals in tasks of their own, and notes the keys as their answers come."""

    def __init__(self, tape, tasks):
        self.model, self.tasks, self.came = taped(nobody, replay=str(tape)), tasks, []

    async def ask(self, *keys):
        for key in keys:
            self.tasks.start_soon(self._ask, f"propose/{key}")
            await anyio.wait_all_tasks_blocked()

    async def _ask(self, key):
        await self.model.propose(replace(PROPOSE, key=key))
        self.came.append(key.removeprefix("propose/"))


async def test_no_trace_overtakes_another(two):
    """An answer waits for those that were recorded before it, however late they are asked for."""
    async with anyio.create_task_group() as tasks:
        asking = Asking(two, tasks)
        await asking.model.draft(DRAFT)
        await asking.ask("t2-002")
        assert asking.came == []
        await asking.ask("t1-002")
        assert asking.came == ["t1-002", "t2-002"]
        await asking.ask("t1-003")
        assert asking.came == ["t1-002", "t2-002", "t1-003"]


async def test_what_a_trace_has_behind_it_is_not_waited_for(two):
    """A resumed run asks neither for the draft again nor for what its traces were told before."""
    async with anyio.create_task_group() as tasks:
        asking = Asking(two, tasks)
        await asking.ask("t1-003")
        assert asking.came == []
        await asking.ask("t2-002")
        assert asking.came == ["t2-002", "t1-003"]


async def test_a_question_that_is_not_on_record_ends_all_waiting(two):
    """The run is another one: it fails at once, and nobody waits for it."""
    async with anyio.create_task_group() as tasks:
        asking = Asking(two, tasks)
        await asking.ask("t1-003")
        with pytest.raises(SettingInvalid, match=r"holds no answer to 'propose/t9-001'.*of the recording$"):
            await asking.model.propose(replace(PROPOSE, key="propose/t9-001"))
        await anyio.wait_all_tasks_blocked()
        assert asking.came == ["t1-003"]


async def test_a_question_that_another_order_of_trials_leads_to(two):
    """A trace of the recording goes on further than it did then: the line says why, and what has one order."""
    async with anyio.create_task_group() as tasks:
        asking = Asking(two, tasks)
        with pytest.raises(SettingInvalid, match=r"holds no answer to 'propose/t1-009'.*--traces 1 has one order"):
            await asking.model.propose(replace(PROPOSE, key="propose/t1-009"))


async def test_who_is_called_off_holds_up_nobody(two):
    """A cancelled question will not be asked again."""
    async with anyio.create_task_group() as tasks:
        asking = Asking(two, tasks)
        await asking.ask("t1-003")
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as others:
                others.start_soon(asking.model.propose, replace(PROPOSE, key="propose/t2-002"))
                scope.cancel()
        await anyio.wait_all_tasks_blocked()
        assert asking.came == ["t1-003"]


@pytest.mark.parametrize("anyio_backend", [("trio", {"clock": MockClock(autojump_threshold=0)})], ids=["virtual time"])
async def test_what_is_never_asked_for_is_passed_over(two, anyio_backend):
    """A trace that has ended asks no more; two trials later the others go on, and it is said."""
    model = taped(nobody, replay=str(two))
    began = anyio.current_time()
    with capture_logs() as logs:
        await model.propose(replace(PROPOSE, key="propose/t1-003"))
    assert anyio.current_time() - began == pytest.approx(2 * PROPOSE.limit_s + PATIENCE_S)
    assert [log["keys"] for log in logs if log["event"] == "replay.never_asked"] == [["propose/t2-002"]]


async def test_another_question_under_the_same_key_is_said(tmp_path):
    """The answer stands, and a warning tells that the question was another."""
    tape = str(tmp_path / "tape.jsonl")
    await taped(lambda: FakeModel([]), record=tape).propose(PROPOSE)
    model = taped(nobody, replay=tape)
    with capture_logs() as logs:
        await model.propose(replace(PROPOSE, left=0.1, limit_s=3.0))
        assert logs == []
        await model.propose(replace(PROPOSE, code="x = 1"))
    assert [(log["event"], log["key"]) for log in logs] == [("replay.question_differs", "propose/t1-003")]


async def test_a_recording_of_another_task_is_refused(tmp_path):
    """No answer of it fits. Other versions of what is installed are another question, not another task."""
    tape = str(tmp_path / "tape.jsonl")
    await taped(lambda: FakeModel([]), record=tape).draft(DRAFT)
    installed = replace(DRAFT, task=replace(DRAFT.task, packages=("other 1.0",)))
    with capture_logs() as logs:
        assert (await taped(nobody, replay=tape).draft(installed)).starts
    assert [log["event"] for log in logs] == ["replay.question_differs"]
    other = replace(DRAFT, task=replace(DRAFT.task, description="Another one."))
    with pytest.raises(SettingInvalid, match="a recording of another task"):
        await taped(nobody, replay=tape).draft(other)


async def test_a_full_disk_ends_the_recording_and_not_the_run():
    """One warning says so."""
    model = taped(lambda: FakeModel([]), record="/dev/full")
    with capture_logs() as logs:
        assert (await model.draft(DRAFT)).starts
        await model.propose(PROPOSE)
    assert [(log["event"], log["problem"]) for log in logs] == [("record.stopped", "No space left on device")]


def test_times_are_not_part_of_the_question():
    """The same decisions on a slower machine have the same digest."""
    trial = replace(DIAGNOSE.trial, wall_s=99.0, peak_mib=1.0, stdout_tail="took 99 s")
    assert digest(DIAGNOSE) == digest(replace(DIAGNOSE, trial=trial, limit_s=1.0))
    assert digest(DIAGNOSE) != digest(replace(DIAGNOSE, gain=0.5))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(None, "cannot be read: No such file", id="absent"),
        pytest.param('{"key": "draft"}\n', "line 1 is no recorded answer", id="fields"),
        pytest.param("not json\n{}\n", "line 1 is no recorded answer", id="text"),
    ],
)
def test_what_cannot_be_replayed(tmp_path, content, told):
    """One line says where it is broken."""
    tape = tmp_path / "tape.jsonl"
    if content is not None:
        tape.write_text(content)
    with pytest.raises(SettingInvalid, match=told):
        taped(nobody, replay=str(tape))


async def test_a_line_that_was_cut_off_was_never_given(tmp_path):
    """A recording whose run was killed replays as far as it goes."""
    tape = tmp_path / "tape.jsonl"
    recording = taped(lambda: FakeModel([]), record=str(tape))
    await recording.draft(DRAFT)
    await recording.propose(PROPOSE)
    tape.write_bytes(tape.read_bytes()[:-20])
    again = taped(nobody, replay=str(tape))
    assert (await again.draft(DRAFT)).starts
    with pytest.raises(SettingInvalid, match="holds no answer"):
        await again.propose(PROPOSE)


async def test_an_answer_of_another_kind_is_damage(tmp_path):
    """A key that answers a draft does not answer a proposal."""
    tape = tmp_path / "tape.jsonl"
    line = {"key": "draft", "role": "draft", "request": digest(DRAFT), "reply": {"code": 1}}
    tape.write_text(json.dumps(line) + "\n")
    with pytest.raises(SettingInvalid, match="the answer to 'draft' is damaged"):
        await taped(nobody, replay=str(tape)).draft(DRAFT)


async def test_what_cannot_be_recorded(tmp_path):
    """Nothing is overwritten; both at once make no sense; without either there is only the model."""
    full = tmp_path / "full.jsonl"
    full.write_text("mine\n")
    model = FakeModel([])
    with pytest.raises(SettingInvalid, match="holds something already"):
        taped(lambda: model, record=str(full))
    with pytest.raises(SettingInvalid, match="cannot be written"):
        taped(lambda: model, record=str(full / "below"))
    with pytest.raises(SettingInvalid, match="exclude each other"):
        taped(lambda: model, record="a", replay="b")
    assert await taped(lambda: model).draft(DRAFT) == await model.draft(DRAFT)
