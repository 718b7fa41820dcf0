"""Budgets around runs: what one run spends, all of them together have spent."""

import anyio
import pytest

from gome.budget import Ledger
from gome.messages import Limits
from gome.runtime import Runtime
from gome.testing.model import FakeModel
from gome.testing.quickrun import codes, registers, settings, write_task


@pytest.fixture
def anyio_backend():
    """The journal runs on asyncio."""
    return "asyncio"


@pytest.mark.parametrize("resource", ["trials", "device_s"])
async def test_runs_share_what_is_around_them(tmp_path, resource):
    """Two runs that may each spend more than there is together spend what there is, and both end well."""
    task = write_task(tmp_path / "task")
    around = Ledger(Limits(trials=5) if resource == "trials" else Limits(device_s=100.0), scope="all runs")
    model = FakeModel(codes(40, broken=0.0))
    async with Runtime(settings(8), plugins=[registers(model)], ledger=around) as runtime:
        runs = [await runtime.start(task, out=tmp_path / f"run{number}") for number in range(2)]
        with anyio.fail_after(150):
            results = [await run.result() for run in runs]

    spent = sum(result.trials if resource == "trials" else result.device_s for result in results)
    assert around.spent(resource) == pytest.approx(spent, abs=0.1)
    assert around.spent(resource) <= around.limit(resource)
    assert around.reserved(resource) == 0
    if resource == "trials":
        assert spent == 5
        assert {result.status for result in results} <= {"finished", "failed"}


@pytest.mark.parametrize("limits", [Limits(device_s=100.0), Limits(energy_j=100.0), Limits(tokens=100)])
async def test_a_run_ends_when_what_is_around_it_is_used_up(tmp_path, limits):
    """By whomever: no question is paid for whose trial could not be run."""
    task = write_task(tmp_path / "task")
    resource = next(name for name in ("device_s", "energy_j", "tokens") if getattr(limits, name) is not None)
    around = Ledger(limits, scope="all runs", spent={resource: 99.0 if resource != "tokens" else 100})
    model = FakeModel(codes(40, broken=0.0))
    async with Runtime(settings(40), plugins=[registers(model)], ledger=around) as runtime:
        run = await runtime.start(task, out=tmp_path / "run")
        with anyio.fail_after(60):
            result = await run.result()

    assert result.stop_reason.startswith("all runs: the ")
    assert result.trials < 40
    assert around.spent(resource) == pytest.approx(around.limit(resource), abs=1.0)
