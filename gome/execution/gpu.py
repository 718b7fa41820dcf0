"""What a GPU is and what it cannot do: facts that do not change while a run lasts."""

from collections.abc import Iterable

import msgspec

MIB = 1 << 20
VOLTA, AMPERE = (7, 0), (8, 0)  # compute capabilities
SPLIT = "switch MIG off (nvidia-smi -i {number} -mig 0), or name other --devices, or cpu:N"
ADVICE = "no bf16, no TF32, no FlashAttention 2: train in fp16 with loss scaling (torch.amp.GradScaler), or in fp32"


class Gpu(msgspec.Struct, frozen=True, kw_only=True):
    """A GPU as the driver describes it. None: it does not say."""

    number: int  # in the order of the PCI bus, as nvidia-smi counts
    uuid: str  # what CUDA_VISIBLE_DEVICES is set to: it names the same GPU whatever else is visible
    name: str
    memory_mib: int
    minor: int | None = None  # N of /dev/nvidiaN
    capability: tuple[int, int] | None = None
    limit_w: float | None = None  # power that the driver lets it draw at most
    is_split: bool = False  # into MIG instances: a program may use one of these, and not the whole
    is_metered: bool = False  # whether it says how much energy or power it draws

    @property
    def words(self) -> str:
        """The GPU and what whoever writes code for it must know."""
        words = f"{self.name}, {self.memory_mib / 1024:.0f} GiB"
        if self.capability is not None:
            words += f", compute capability {self.capability[0]}.{self.capability[1]}"
        lacks = lacking(self.capability)
        return f"{words}: {lacks}" if lacks else words


def lacking(capability: tuple[int, int] | None) -> str:
    """Return what a GPU cannot do and what to do instead; nothing from compute capability 8.0 on, or where unknown."""
    if capability is None or capability >= AMPERE:
        return ""
    return ADVICE if capability >= VOLTA else f"no tensor cores, {ADVICE}"


def runs(capability: tuple[int, int], built_for: Iterable[str]) -> bool:
    """Whether code built for these architectures ("sm_80", "compute_90") runs on a GPU.

    Machine code (sm) runs on its own major version from its minor version up; intermediate code (compute) on all that
    is newer. See "Application Compatibility" in NVIDIA's guide to nvcc.
    """
    for arch in built_for:
        kind, _, digits = arch.partition("_")
        digits = digits.rstrip("af")  # sm_90a: for this very version
        if not digits.isdecimal():
            continue
        built = int(digits[:-1]), int(digits[-1])
        if kind == "compute" and built <= capability:
            return True
        if kind == "sm" and built[0] == capability[0] and built <= capability:
            return True
    return False
