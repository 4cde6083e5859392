"""What all experiments share: a frozen configuration that computes its data set block of trials by block."""

import dataclasses
import re
from collections.abc import Mapping
from typing import ClassVar

import xarray as xr

from mtlcore.lab.draws import Draws
from mtlcore.lab.fields import checked_values
from mtlcore.lab.machine import default_device, resolve_device


@dataclasses.dataclass(frozen=True, kw_only=True)
class Experiment:
    """A configuration that knows how to compute its data set; a subclass is a frozen data class with any fields.

    Attributes:
        trials: number of independent repetitions, >= 1.
        seed: the experiment's seed, >= 0.
        device: torch device; the draws are the same on every one.

    Raises:
        ValueError: for impossible values.
    """

    #: Trials that one process carries together on a CPU, and that an accelerator carries together.
    cpu_block: ClassVar[int] = 5
    device_block: ClassVar[int] = 40

    trials: int = 10
    seed: int = 0
    device: str = dataclasses.field(default_factory=default_device)

    def __post_init__(self) -> None:
        """Refuse impossible values before any work starts; NumPy's values become Python's, lists become tuples."""
        for name, value in checked_values(self).items():
            object.__setattr__(self, name, value)
        if self.seed < 0:
            raise ValueError(f"seed = {self.seed}; allowed: a whole number, at least 0")
        if self.trials < 1:
            raise ValueError(f"trials = {self.trials}; allowed: whole numbers, at least 1")
        object.__setattr__(self, "device", resolve_device(self.device))

    @property
    def name(self) -> str:
        """What its records are called: the class's name in small letters, with hyphens."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", type(self).__name__).lower()

    @property
    def total_steps(self) -> int:
        """How often a block calls `progress.advance`."""
        return 1

    def words(self) -> Mapping[str, tuple[str, str]]:
        """What variables and axes are, and their units ("1" for a plain number), by name; the store's files say so."""
        return {}

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            A data set with a dimension "trial" of their number; its coordinate is set by who asked.
        """
        raise NotImplementedError

    def memory(self) -> int:
        """About how many bytes one block holds, as far as the configuration tells; what exceeds the machine is refused.

        Returns:
            0 where that is unknown.
        """
        return 0

    @property
    def block_size(self) -> int:
        """Trials of one block."""
        return self.cpu_block if self.device == "cpu" else self.device_block

    def blocks(self) -> list[range]:
        """The trials in blocks of a fixed size, so that results do not depend on the number of cores."""
        size = self.block_size
        return [range(k, min(k + size, self.trials)) for k in range(0, self.trials, size)]
