"""A whole run on GPUs that follow a script: what idle, full, lost and taken ones do to it."""

from contextlib import asynccontextmanager

import anyio
import pytest

import gome
from gome.errors import SettingInvalid
from gome.execution import Outcome
from gome.testing.model import FakeModel
from gome.testing.nvml import gpu, machine, write

pytestmark = pytest.mark.slow


class Bench:
    """A runner whose programs end when they are told to, and predict by the first column."""

    def __init__(self):
        self.running = []
        self.programs = []
        self.news = anyio.Event()
        self.go = anyio.Event()

    async def run(self, program):
        self.programs.append(program)
        self.running.append(program)
        self.tell()
        try:
            if program.folder.name != "refit":
                await self.go.wait()
        finally:
            self.running.remove(program)
            self.tell()
        rows = (program.input / "test.csv").read_text().splitlines()[1:]
        lines = [f"{row.split(',')[0]},{row.split(',')[1]}" for row in rows]
        (program.folder / "submission.csv").write_text("\n".join(["id,y", *lines]) + "\n")
        return Outcome(status="ok", exit_code=0, wall_s=1.0)

    def tell(self):
        self.news.set()
        self.news = anyio.Event()

    async def until(self, condition):
        """Wait until something is so."""
        with anyio.fail_after(20):
            while not condition():
                await self.news.wait()


@pytest.fixture(scope="module")
def small_task(tmp_path_factory):
    """A binary task that its first column answers."""
    folder = tmp_path_factory.mktemp("task")
    (folder / "train.csv").write_text("id,x,y\n" + "".join(f"{n},{n % 7},{int(n % 7 > 3)}\n" for n in range(200)))
    (folder / "test.csv").write_text("id,x\n" + "".join(f"{n},{n % 7}\n" for n in range(200, 260)))
    (folder / "task.toml").write_text('metric = "auc"\ntarget = "y"\nid = "id"\n')
    return folder


@pytest.fixture
def anyio_backend():
    """The journal and the monitor's thread run in real time."""
    return "asyncio"


@pytest.fixture
def driver(nvml, script):
    """Return a function that rewrites what the GPUs say."""

    def say(*gpus, **lines):
        changed = {f"{key[1:].replace('_', '.', 1)}": value for key, value in lines.items()}
        write(script, machine(*(gpus or (gpu(),))) | changed)

    say()
    nvml()  # found by name from now on
    return say


class Work:
    """A run under way."""

    def __init__(self, run, bench):
        self.run, self.bench, self.messages = run, bench, []

    async def follow(self):
        async for envelope in self.run.events():
            self.messages.append(envelope.message)
            self.bench.tell()

    def of(self, kind):
        return [message for message in self.messages if isinstance(message, kind)]


@pytest.fixture
def started(small_task, tmp_path):
    """Return a context that starts a run on GPUs."""

    @asynccontextmanager
    async def start(**settings):
        bench = Bench()

        def register(registry):
            registry.add_model("fake", lambda *_: FakeModel([f"code = {n}" for n in range(40)]))
            registry.add_executor("bench", lambda _: bench)

        told = {"traces": 3, "max_trials": 6, "budget_s": 300.0} | settings
        async with gome.Runtime(gome.Settings(model="fake", executor="bench", **told), plugins=[register]) as runtime:
            run = await runtime.start(small_task, out=tmp_path / "run")
            work = Work(run, bench)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(work.follow)
                yield work
                bench.go.set()
                await run.result()
                tasks.cancel_scope.cancel()

    return start


async def test_trials_hold_a_gpu(driver, started):
    """A trial sees its GPU by its name and no other; the model is told what it lacks; its energy is billed."""
    driver(gpu(0), gpu(1))
    async with started(traces=2, devices="1,0") as work:
        await work.bench.until(lambda: len(work.bench.running) == 2)
        held = {program.device.name: program.device.gpu[-1] for program in work.bench.running}
        [begun] = work.of(gome.RunStarted)
    assert held == {"gpu:0": "0", "gpu:1": "1"}
    assert "no bf16" in begun.task.hardware
    assert "2 GPUs (Tesla V100-SXM2-16GB" in begun.task.hardware
    assert {message.device for message in work.of(gome.TrialFinished)} == {"gpu:0", "gpu:1"}


async def test_an_idle_gpu_raises_the_work_in_flight(driver, started):
    """A GPU that computes little while trials of known need wait for it is shared by more, and a full one by fewer."""
    driver(_0_busy=10)
    async with started(max_trials=30) as work:
        await work.bench.until(lambda: len(work.bench.running) == 1)
        work.bench.go.set()  # the first trials learn what they need
        await work.bench.until(lambda: len(work.of(gome.TrialFinished)) >= 3)
        work.bench.go = anyio.Event()
        await work.bench.until(lambda: len(work.bench.running) == 1)
        await work.bench.until(lambda: len(work.bench.running) == 2)
        await work.bench.until(lambda: work.of(gome.WidthChanged))
        [raised] = work.of(gome.WidthChanged)
        assert (raised.raised, raised.device, raised.slots) == (True, "gpu:0", 2)
        assert "gpu:0 computed 10% of the last 6 s" in raised.reason
        driver(_0_busy=100)
        await work.bench.until(lambda: len(work.of(gome.WidthChanged)) == 2)
        assert not work.of(gome.WidthChanged)[1].raised


async def test_a_lost_gpu_costs_no_trial(driver, started):
    """What ran on a GPU that is lost runs again on another; the run counts one trial, and says what happened."""
    driver(gpu(0), gpu(1))
    async with started(traces=2, max_trials=2) as work:
        await work.bench.until(lambda: len(work.bench.running) == 2)
        driver(gpu(0), gpu(1), _0_any="GPU_IS_LOST")
        await work.bench.until(lambda: work.of(gome.DeviceLost))
        await work.bench.until(lambda: [p.device.name for p in work.bench.running] == ["gpu:1"])
        [lost] = work.of(gome.DeviceLost)
        assert (lost.device, lost.for_good, len(lost.repeated)) == ("gpu:0", True, 1)
    finished = work.of(gome.TrialFinished)
    assert [message.status for message in finished] == ["ok", "ok"]
    assert {message.device for message in finished} == {"gpu:1"}
    assert work.run.summary.trials == 2


async def test_the_last_gpu_is_lost(driver, started):
    """Where no GPU is left, trials go on on CPU slots."""
    async with started(traces=1, max_trials=1) as work:
        await work.bench.until(lambda: work.bench.running)
        driver(_0_any="GPU_IS_LOST")
        await work.bench.until(lambda: [p.device.name for p in work.bench.running] == ["cpu:0"])
        assert work.bench.running[0].device.gpu == ""
    [finished] = work.of(gome.TrialFinished)
    assert (finished.status, finished.device) == ("ok", "cpu:0")


async def test_a_gpu_that_is_taken(driver, started, tmp_path):
    """A GPU whose memory another program takes is left, and said to be back when that has gone."""
    driver(gpu(0), gpu(1))
    async with started(traces=1, max_trials=1) as work:
        await work.bench.until(lambda: work.bench.running)
        driver(gpu(0), gpu(1), _0_process=f"1 {12 << 30}", _0_used=12 << 30)
        await work.bench.until(lambda: [p.device.name for p in work.bench.running] == ["gpu:1"])
        await work.bench.until(lambda: work.of(gome.DeviceLost))
        [lost] = work.of(gome.DeviceLost)
        assert "other programs use 12288 of its 16384 MiB" in lost.reason
        driver(gpu(0), gpu(1))
        await work.bench.until(lambda: work.of(gome.DeviceBack))
    assert work.of(gome.TrialFinished)[0].status == "ok"


async def test_energy_is_held(driver, started):
    """A trial's limit is cut to the energy that is left at full power; none begins that could pass it."""
    async with started(traces=1, max_trials=1, max_energy_j=3000.0) as work:
        await work.bench.until(lambda: work.bench.running)
        [program] = work.bench.running
        assert program.limit_s <= 3000.0 / 300.0
        driver(_0_energy=1_400_000)
    [finished] = work.of(gome.TrialFinished)
    assert finished.energy_j <= 3000.0


async def test_energy_without_a_meter(small_task, tmp_path):
    """A limit on what nobody measures is refused in one line."""
    settings = gome.Settings(devices="cpu:1", max_energy_j=1000.0)
    async with gome.Runtime(settings) as runtime:
        with pytest.raises(SettingInvalid, match="--max-energy"):
            await runtime.start(small_task, out=tmp_path / "run")
