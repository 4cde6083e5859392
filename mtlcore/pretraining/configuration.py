"""What every experiment of Part I checks before any work starts: dimensions, counts, samples for each task."""

import dataclasses

import numpy as np

from mtlcore.lab.experiment import Experiment
from mtlcore.pretraining import features


@dataclasses.dataclass(frozen=True, kw_only=True)
class Configuration(Experiment):
    """An experiment of Part I, whose sizes are checked.

    Raises:
        ValueError: for impossible values.
    """

    def __post_init__(self) -> None:
        """Refuse impossible values before any work starts."""
        super().__post_init__()
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        for name, value in values.items():
            for count in value if isinstance(value, tuple) else (value,):
                if name not in ("seed", "empty") and isinstance(count, int) and count < 1:
                    raise ValueError(f"{name} = {count}; allowed: whole numbers, at least 1")
        features.check_subspace_size(int(np.min(values["d"])), values["r"])
        if "samples" in values and values["samples"] < np.max(values["T"]):
            raise ValueError(
                f"samples = {values['samples']} for {np.max(values['T'])} tasks: n1 = 0; allowed: one each or more"
            )
        if "snapshots" in values and max(values["snapshots"]) > values["steps"]:
            raise ValueError(f"snapshots = {values['snapshots']}; allowed: at most steps = {values['steps']}")
