"""How much a program keeps on disk."""

import json

from gome.execution.launch import disk
from gome.execution.launch.disk import LEAST, Disk
from gome.execution.launch.order import Order


def test_a_look_at_many_files_is_taken_bit_by_bit(tmp_path, monkeypatch):
    """No call takes long, however many files there are; what the bits see counts together."""
    monkeypatch.setattr(disk, "SLICE_S", -1.0)
    for number in range(30):
        (tmp_path / str(number)).touch()
    told = {"folder": str(tmp_path), "temporary": str(tmp_path / "none"), "disk_bytes": 20 * LEAST, "filter": ""}
    looked = Disk(Order(json.dumps(told).encode()))

    said = [looked.is_over(set()) for _ in range(21)]

    assert said == [False] * 20 + [True]
