"""What --devices means: CPU slots, GPUs, or one line that says what to give."""

import pytest

from gome.errors import SettingInvalid
from gome.execution.devices import helpers, parse_devices
from gome.execution.gpu import Gpu


def card(number):
    """A V100."""
    return Gpu(number=number, uuid=f"GPU-{number}", name="V100", memory_mib=16384, capability=(7, 0), limit_w=300.0)


@pytest.mark.parametrize(
    ("text", "cores", "names"),
    [
        pytest.param("auto", 1, "0", id="auto, one core"),
        pytest.param("auto", 2, "0 1", id="auto, a slot a core"),
        pytest.param(" AUTO ", 12, "0 1,2 3 4,5 6 7,8 9 10,11", id="auto, more cores than slots"),
        pytest.param("cpu:1", 4, "0,1,2,3", id="one slot has all cores"),
        pytest.param("cpu:3", 4, "0 1 2,3", id="uneven"),
        pytest.param("CPU:2", 2, "0 1", id="upper case"),
    ],
)
def test_cpu_slots(text, cores, names):
    """Every core belongs to one slot, and shares differ by one at most."""
    got = parse_devices(text, cores=tuple(range(cores)), gpus=())

    assert " ".join(",".join(map(str, device.cores)) for device in got) == names
    assert [device.name for device in got] == [f"cpu:{number}" for number in range(len(got))]


@pytest.mark.parametrize(
    ("text", "gpus", "complaint"),
    [
        pytest.param("cpu:0", (), "N above 0", id="no slot"),
        pytest.param("cpu:-1", (), "N above 0", id="negative"),
        pytest.param("cpu:x", (), "give auto", id="a word"),
        pytest.param("cpu:1.5", (), "give auto", id="a fraction"),
        pytest.param("cpu", (), "give auto", id="without number"),
        pytest.param("cpu:٢", (), "give auto", id="digits of another script"),
        pytest.param(f"cpu:{'9' * 5000}", (), "give auto", id="a huge number"),
        pytest.param("", (), "give auto", id="empty"),
        pytest.param("gpu", (), "give auto", id="gpu"),
        pytest.param("0,", (), "give auto", id="comma"),
        pytest.param("cpu:3", (), "only 2 CPU cores", id="more slots than cores"),
        pytest.param("0,1", (), "no GPU on this machine", id="no GPU"),
        pytest.param("0,7", (0, 1), "no GPU 7", id="a GPU that is not there"),
        pytest.param("0,1,0", (0, 1), "named twice", id="a GPU twice"),
    ],
)
def test_nonsense(text, gpus, complaint):
    """What cannot be leased is refused with one line that says what to give."""
    with pytest.raises(SettingInvalid, match=complaint) as caught:
        parse_devices(text, cores=(0, 1), gpus=tuple(card(number) for number in gpus))

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("auto", "gpu:0 gpu:1 gpu:2", id="auto"),
        pytest.param("2,0", "gpu:2 gpu:0", id="by number"),
        pytest.param("cpu:2", "cpu:0 cpu:1", id="none asked for"),
    ],
)
def test_gpus(text, names):
    """GPUs are named as nvidia-smi counts; auto takes all of them."""
    got = parse_devices(text, cores=(0, 1, 2, 3), gpus=tuple(map(card, range(3))))

    assert " ".join(device.name for device in got) == names


def test_a_gpu_as_a_device():
    """A GPU comes with its share of the cores, its memory, its power limit, and what a model must know of it."""
    one, two = parse_devices("auto", cores=(0, 1, 2, 3), gpus=(card(0), card(1)))

    assert (one.cores, two.cores) == ((0, 1), (2, 3))
    assert (one.gpu, one.memory_mib, one.limit_w) == ("GPU-0", 16384, 300.0)
    assert "no bf16" in one.words


def test_more_gpus_than_cores():
    """GPUs beyond the cores share them."""
    assert all(device.cores for device in parse_devices("auto", cores=(0,), gpus=(card(0), card(1))))


def test_helpers():
    """Beside GPUs there are CPU slots for what needs none."""
    assert [device.name for device in helpers(tuple(range(16)))] == ["cpu:0", "cpu:1", "cpu:2", "cpu:3"]
    assert len(helpers((0,))) == 1
