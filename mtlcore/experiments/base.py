"""What all experiments share: a checked configuration that computes its data set block of trials by block."""

import dataclasses
import os
from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
import xarray as xr

from mtlcore import data

#: Trials that one process carries together on a CPU.
CPU_BLOCK = 5
#: Trials that an accelerator carries together.
DEVICE_BLOCK = 40


def resolve_device(name: str) -> str:
    """Turn a device's name into one that torch has here.

    Args:
        name: "cpu", "auto" (an accelerator where there is one, else the CPU), or any torch device such as "cuda:1".

    Returns:
        The device's name.

    Raises:
        ValueError: if torch does not know the device, or this machine does not have it.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise ValueError(
            f"device {name!r} is not available here; allowed: 'cpu', 'auto', or a device that torch finds"
        ) from None
    return name


def default_device() -> str:
    """The device that MTLCORE_DEVICE names, by default the CPU.

    Returns:
        The resolved device's name.

    Raises:
        ValueError: as in `resolve_device`.
    """
    return resolve_device(os.environ.get("MTLCORE_DEVICE", "cpu"))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Experiment:
    """A configuration that knows how to compute its data set, block of trials by block of trials.

    Attributes:
        trials: number of independent repetitions, >= 1.
        seed: the experiment's seed, >= 0.
        device: torch device; the draws are the same on every one.

    Raises:
        ValueError: for impossible values.
    """

    name: ClassVar[str]

    trials: int = 10
    seed: int = 0
    device: str = dataclasses.field(default_factory=default_device)

    def __post_init__(self) -> None:
        """Refuse impossible values before any work starts."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        if self.seed < 0:
            raise ValueError(f"seed = {self.seed}; allowed: a whole number, at least 0")
        for name, value in values.items():
            for count in value if isinstance(value, tuple) else (value,):
                if name not in ("seed", "empty") and isinstance(count, int) and count < 1:
                    raise ValueError(f"{name} = {count}; allowed: whole numbers, at least 1")
        data.check_subspace_size(int(np.min(values["d"])), values["r"])
        if "samples" in values and values["samples"] < np.max(values["T"]):
            raise ValueError(
                f"samples = {values['samples']} for {np.max(values['T'])} tasks: n1 = 0; allowed: one each or more"
            )
        if "snapshots" in values and max(values["snapshots"]) > values["steps"]:
            raise ValueError(f"snapshots = {values['snapshots']}; allowed: at most steps = {values['steps']}")
        object.__setattr__(self, "device", resolve_device(self.device))

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: to be called `total_steps` times.

        Returns:
            A data set with a dimension "trial" of these indices.
        """
        raise NotImplementedError

    @property
    def total_steps(self) -> int:
        """How often a block calls `on_step`."""
        raise NotImplementedError

    def blocks(self) -> list[range]:
        """The trials in blocks of a fixed size, so that results do not depend on the number of cores.

        Returns:
            The indices of each block's trials.
        """
        size = CPU_BLOCK if self.device == "cpu" else DEVICE_BLOCK
        return [range(k, min(k + size, self.trials)) for k in range(0, self.trials, size)]
