"""Chooses a tier: the best one in which a program that tried to get out stayed in and did its work."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gome.errors import ExecutionError, SettingInvalid
from gome.execution.remains import sweep
from gome.execution.sandbox import LETTERS, TIERS, Tier
from gome.execution.sandbox.canary import release
from gome.execution.sandbox.groups import Groups, find
from gome.execution.sandbox.layers import Found, layers
from gome.execution.sandbox.sandbox import Sandbox, build, interpreter_path


def choose(
    python: str | Path | None = None, *, allow_unsandboxed: bool = False, tiers: Sequence[Tier] = TIERS
) -> Sandbox:
    """Return the best tier that holds here; it takes a few tens of milliseconds.

    Args:
        python: the interpreter that programs run with, by default the one that runs us.
        allow_unsandboxed: take also a tier that does not shut programs off from the network.
        tiers: that may be taken, best first.

    Raises:
        SettingInvalid: none of them shuts programs off from the network.
    """
    path, groups = interpreter_path(python), find()
    sweep(groups.parents.values())
    refusals: list[str] = []
    for tier in tiers:
        try:
            sandbox, found = _tried(tier, path, groups)
        except (ExecutionError, OSError) as error:
            refusals.append(f"{LETTERS[tier]} ({tier}): {error}")
            continue
        sandbox = _described(sandbox, found, groups, "; ".join(refusals))
        if not found.network or (allow_unsandboxed and tier == tiers[-1]):
            return sandbox
        refusals.append(f"{LETTERS[tier]} ({tier}): programs reach the network")
    if allow_unsandboxed:  # what is wrong shows when a program is run
        return _described(build("limits", path, groups=groups), Found(), groups, "; ".join(refusals))
    raise SettingInvalid(
        f"programs cannot be shut off from the network here: {'; '.join(refusals)}. "
        "Install bubblewrap, or run programs that you trust with --allow-unsandboxed"
    )


def unsandboxed(python: str | Path | None = None) -> Sandbox:
    """Return the last tier, caps and a deadline; for programs that are trusted."""
    return _described(build("limits", interpreter_path(python)), Found(powers=False), Groups(), "")


def _tried(tier: Tier, python: Path, groups: Groups) -> tuple[Sandbox, Found]:
    if sys.platform != "linux":
        raise ExecutionError("this is not Linux")
    bwrap = shutil.which("bwrap") if tier == "bubblewrap" else ""
    if bwrap is None:
        raise ExecutionError("bwrap is not installed")
    sandbox = build(tier, python, bwrap=bwrap, groups=groups)
    if not sandbox.filter and tier in ("namespaces", "landlock"):
        raise ExecutionError("no filter of system calls for this machine")
    return sandbox, release(sandbox)


def _described(sandbox: Sandbox, found: Found, groups: Groups, refused: str) -> Sandbox:
    said = tuple(layers(sandbox.tier, found, groups, refused))
    return msgspec.structs.replace(sandbox, layers=said)
