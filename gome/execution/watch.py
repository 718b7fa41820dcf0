"""What becomes of what the GPUs say: the pool learns of it, and the run where it must."""

from collections.abc import Callable

import anyio
import anyio.to_thread
import structlog

from gome.errors import DriverUnavailable
from gome.execution.monitor import EVERY_S, Monitor
from gome.execution.nvml import Nvml
from gome.execution.pool import DevicePool
from gome.messages import Message


class Watch:
    """Watches the GPUs of a pool; there is nothing to do where it has none."""

    def __init__(self, pool: DevicePool, report: Callable[[Message], object]) -> None:
        """Watch nothing yet.

        Args:
            pool: of devices.
            report: puts a message on record.
        """
        self._pool, self._report = pool, report
        self._monitor: Monitor | None = None

    async def run(self) -> None:
        """Watch until cancelled."""
        if not any(device.gpu for device in self._pool.devices):
            return
        try:
            driver = await anyio.to_thread.run_sync(_open)
        except DriverUnavailable as error:  # it answered when the devices were looked for
            structlog.get_logger().warning("gpus.unwatched", error=str(error))
            return
        with Monitor(driver.read, close=driver.close) as self._monitor:
            while True:
                self._take_in()
                await anyio.sleep(EVERY_S)

    async def look(self) -> None:
        """Learn at once how the GPUs are, as far as the driver answers."""
        if self._monitor is not None:
            await self._monitor.fresh()
            self._take_in()

    def _take_in(self) -> None:
        assert self._monitor is not None, "entered"
        for message in self._pool.update(self._monitor.latest):
            self._report(message)


def _open() -> Nvml:
    driver = Nvml()
    driver.gpus()  # these are the ones that it reads
    return driver
