"""Figure 2 (right): the uniform law over parities against a family of skewed ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import xarray as xr

from mtlcore.lab import draws
from mtlcore.pretraining import tasks
from mtlcore.pretraining.algorithm import ROBUST, STATED, STATED_R4, Hyper, Model
from mtlcore.pretraining.training import QUANTITIES, Training, error_curves


def shuffled_zipf(exponent: float) -> Callable[[int, np.random.Generator], tasks.Law]:
    """Zipf's law over the non-empty subsets in an order drawn anew for each trial.

    Args:
        exponent: the exponent, >= 0.

    Returns:
        A function of (r, generator) that gives a law.
    """
    return lambda r, generator: tasks.zipf(r, exponent, 1 + generator.permutation(2**r - 1))


#: The laws by name, each a function of (r, generator); the paper names only the first.
LAWS: dict[str, Callable[[int, np.random.Generator], tasks.Law]] = {
    "uniform": lambda r, generator: tasks.uniform(r),
    "small sets": lambda r, generator: tasks.by_size(r, 0.5),
    "Zipf(1)": shuffled_zipf(1),
    "uneven features": lambda r, generator: tasks.inclusion(np.linspace(0.8, 0.2, r)),
    "Zipf(2)": shuffled_zipf(2),
    "large sets": lambda r, generator: tasks.by_size(r, 3.0),
}


@dataclass(frozen=True, kw_only=True)
class Skew(Training):
    """Error against iterations when tasks come from the uniform law or from a named skew.

    Attributes:
        T: number of tasks.
        n: samples per task and half-step.
        laws: names from `LAWS`.
        settings: the hyper-parameters by name.

    Raises:
        ValueError: for an unknown law.

    Source: Figure 2 (right) of the paper; its skew is not known.
    """

    name: ClassVar[str] = "fig2"

    trials: int = 30
    seed: int = 3
    r: int = 4
    T: int = 32
    n: int = 32
    every: int = 25
    laws: tuple[str, ...] = tuple(LAWS)
    settings: Mapping[str, Hyper] = field(
        default_factory=lambda: {"stated": STATED_R4, "stated for r <= 3": STATED, "robust": ROBUST}
    )

    def __post_init__(self) -> None:
        """Refuse an unknown law."""
        super().__post_init__()
        for law in self.laws:
            if law not in LAWS:
                raise ValueError(f"law {law!r} is unknown; allowed: {', '.join(LAWS)}")

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: called once per iteration.

        Returns:
            `error`, `missed`, `row_norm` by (setting, law, trial, iteration).
        """
        drawn: dict[str, list[np.ndarray]] = {law: [] for law in self.laws}
        for law in self.laws:
            for trial in trials:
                generator = draws.stream(self.seed, "tasks", trial)
                drawn[law].append(LAWS[law](self.r, generator).sample(self.T, generator))
        names = [(setting, law) for setting in self.settings for law in self.laws]
        models = {
            (setting, law): Model(self.T, self.n, self.n, self.d, self.m, self.settings[setting])
            for setting, law in names
        }
        tables = {(setting, law): np.stack(drawn[law]) for setting, law in names}
        M = self.subspace()
        iterations, curves = error_curves(
            models, tables, M, self.seed, trials, self.steps, self.every, self.device, on_step
        )
        table = np.stack([[curves[setting, law] for law in self.laws] for setting in self.settings])
        return xr.Dataset(
            {name: (("setting", "law", "trial", "iteration"), table[:, :, k]) for k, name in enumerate(QUANTITIES)},
            {"setting": list(self.settings), "law": list(self.laws), "trial": list(trials), "iteration": iterations},
        )
