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
