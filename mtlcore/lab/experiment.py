"""What all experiments share: a checked configuration that computes its data set block of trials by block."""

import dataclasses
import os
from collections.abc import Callable
from typing import ClassVar

import torch
import xarray as xr


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
    #: Trials that one process carries together on a CPU, and that an accelerator carries together.
    cpu_block: ClassVar[int] = 5
    device_block: ClassVar[int] = 40

    trials: int = 10
    seed: int = 0
    device: str = dataclasses.field(default_factory=default_device)

    def __post_init__(self) -> None:
        """Refuse impossible values before any work starts."""
        if self.seed < 0:
            raise ValueError(f"seed = {self.seed}; allowed: a whole number, at least 0")
        if self.trials < 1:
            raise ValueError(f"trials = {self.trials}; allowed: whole numbers, at least 1")
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
        size = self.cpu_block if self.device == "cpu" else self.device_block
        return [range(k, min(k + size, self.trials)) for k in range(0, self.trials, size)]
