"""A solution's way through its stages."""

import pytest

from gome.budget import Ledger
from gome.execution import Device, Outcome
from gome.execution.pool import DevicePool
from gome.execution.rig import Inputs, Rig
from gome.messages import TraceId, TrialId
from gome.testing.runner import FakeRunner


@pytest.fixture
def anyio_backend():
    """Threads need real time."""
    return "asyncio"


def sampled(program):
    """End well on the sample, after a moment."""
    (program.folder / "submission.csv").write_text("id,y\n")
    return Outcome(status="ok", exit_code=0, wall_s=0.1)


@pytest.mark.parametrize(("limit_s", "stages"), [(100.0, ["sample", "full"]), (1.1, ["sample"])])
async def test_a_hopeless_full_stage_is_not_begun(limit_s, stages, tmp_path):
    """What would take 3.6 s by its sample is begun where time is left, and not with 1.1 s; the record says why."""
    folder = tmp_path / "trials" / "t1"
    runner = FakeRunner([sampled, Outcome(status="failed", exit_code=1, wall_s=0.01, error="KeyError")])
    inputs = Inputs(sample=tmp_path, searches=(tmp_path,), full=tmp_path, growth=1000.0)
    rig = Rig(runner, DevicePool([Device(name="cpu:0", cores=())]), inputs, None)
    seen = []

    async def run():
        return await rig.try_out(
            folder,
            TraceId("a"),
            TrialId("t1"),
            code=b"",
            kept=tmp_path / "kept.csv",
            limit_s=lambda: limit_s,
            seed=0,
            started=lambda stage, *_: seen.append(stage),
        )

    got = await run()

    assert seen == stages
    if len(stages) == 1:
        assert (got.stage, got.status) == ("sample", "killed")
        assert got.error.startswith("not started: by its sample it would take about 4 s on the full data")
    else:
        assert got.error == "KeyError"


async def test_a_stage_that_runs_again_is_paid_twice(tmp_path):
    """Where what a stage wrote is lost after a crash, the trial has taken the devices for both times."""
    folder = tmp_path / "trials" / "t1"
    ledger, recorded = Ledger(), Outcome(status="ok", exit_code=0, wall_s=5.0, device_s=5.0, energy_j=7.0)
    runner = FakeRunner([Outcome(status="failed", exit_code=1, wall_s=0.01, error="KeyError")])

    async def once(key, perform, kind, **told):
        return recorded

    inputs = Inputs(sample=None, searches=(tmp_path,), full=tmp_path)
    rig = Rig(runner, DevicePool([Device(name="cpu:0", cores=())]), inputs, None, ledger=ledger, once=once)
    got = await rig.try_out(
        folder,
        TraceId("a"),
        TrialId("t1"),
        code=b"",
        kept=tmp_path / "kept.csv",
        limit_s=lambda: 100.0,
        seed=0,
        started=lambda *_: None,
    )

    assert got.error == "KeyError"
    assert got.device_s >= 5
    assert got.energy_j >= 7
    assert ledger.spent("device_s") == pytest.approx(got.device_s)
    assert ledger.spent("energy_j") == pytest.approx(got.energy_j)


@pytest.mark.parametrize("laid", ["sample", "sample/solution.py", "solution.py"])
async def test_no_link_is_followed_when_a_trial_goes_on(laid, tmp_path):
    """What a program has laid where its later stages run, before gome was killed, leads nobody out of its folder."""
    folder, outside = tmp_path / "trials" / "t1", tmp_path / "outside"
    outside.mkdir()
    (outside / "solution.py").write_text("somebody else's")
    place = folder / laid
    place.parent.mkdir(parents=True)
    place.symlink_to(outside / "solution.py" if place.suffix else outside)
    runner = FakeRunner([sampled, Outcome(status="failed", exit_code=1, wall_s=0.01, error="KeyError")])
    inputs = Inputs(sample=tmp_path, searches=(tmp_path,), full=tmp_path)
    rig = Rig(runner, DevicePool([Device(name="cpu:0", cores=())]), inputs, None)

    await rig.try_out(
        folder,
        TraceId("a"),
        TrialId("t1"),
        code=b"1\r\n",
        kept=tmp_path / "kept.csv",
        limit_s=lambda: 100.0,
        seed=0,
        started=lambda *_: None,
    )

    assert [path.name for path in outside.iterdir()] == ["solution.py"]
    assert (outside / "solution.py").read_text() == "somebody else's"
    for program in runner.programs:
        assert not program.folder.is_symlink()
        assert (program.folder / "solution.py").read_bytes() == b"1\r\n"
