"""What devices were held for is not forgotten, however gome ends."""

import msgspec
import pytest

from gome.execution import Device
from gome.execution.leases import Leases, lost
from gome.execution.pool import Lease


class Record:
    """Remembers what is in doubt."""

    def __init__(self):
        self.doubts = {}

    def promise(self, key, message):
        self.doubts[key] = msgspec.json.encode(message).decode()

    def end(self, key, outcome):
        del self.doubts[key]


pytestmark = pytest.mark.anyio


def taken():
    return Lease(Device(name="gpu:0", cores=()), "t1-001 full", None, 0.0)


@pytest.mark.parametrize(("until_s", "device_s"), [(40.0, 20.0), (15.0, 5.0), (9.0, 0.0)])
async def test_a_lease_in_doubt_counts_for_no_longer_than_gome_lived(until_s, device_s):
    """All that was promised, or what can have passed since it began; energy in proportion."""
    record = Record()
    Leases(record, lambda: 10.0).begin(taken(), device_s=20.0, energy_j=200.0)
    [intent] = record.doubts.values()

    found = lost(intent, until_s)

    assert (found.holder, found.device) == ("t1-001 full", "gpu:0")
    assert (found.device_s, found.energy_j) == (device_s, 10 * device_s)


async def test_a_lease_that_has_ended_is_in_no_doubt():
    """What it took stands in the record of the trial."""
    record = Record()
    leases = Leases(record, lambda: 10.0)
    leases.end(leases.begin(taken(), device_s=20.0, energy_j=0.0))
    assert record.doubts == {}


async def test_a_lease_that_was_given_up_counts_for_what_it_took():
    """Its program was cancelled, and no trial will tell of it."""
    record, now, held = Record(), [10.0], taken()
    leases = Leases(record, lambda: now[0])
    key = leases.begin(held, device_s=20.0, energy_j=200.0)
    now[0], held.device_s, held.energy_j = 14.0, 4.0, 30.0
    leases.give_up(key, held)
    [intent] = record.doubts.values()
    assert (lost(intent, 14.0).device_s, lost(intent, 14.0).energy_j) == (4.0, 30.0)


@pytest.mark.parametrize(("until_s", "beyond_s"), [(40.0, 0.0), (15.0, 2.0), (9.0, 7.0)])
async def test_what_is_adopted_is_not_counted_twice(until_s, beyond_s):
    """What counts as lost of its lease is taken off what it took; what others lost is not."""
    record = Record()
    leases = Leases(record, lambda: 10.0)
    leases.begin(taken(), device_s=20.0, energy_j=0.0)
    [intent] = record.doubts.values()

    leases.lost(intent, until_s)

    assert leases.beyond_s("t1-001 full", 7.0) == beyond_s
    assert leases.beyond_s("t2-001 full", 7.0) == 7.0
