"""Figure 2 (right): the uniform law over parities against a family of skewed ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import tasks
from mtlcore.pretraining.algorithm import ROBUST, STATED, STATED_R4, Hyper, Model
from mtlcore.pretraining.training import Training, error_curves


def shuffled_zipf(exponent: float) -> Callable[[int, np.random.Generator], tasks.Law]:
    """Zipf's law over the non-empty subsets in an order drawn anew for each trial.

    Returns:
        A function of (r, generator) that gives a law.
    """
    return lambda r, generator: tasks.zipf(r, exponent, 1 + generator.permutation(2**r - 1))


#: The laws by name, each a function of (r, generator); the paper names only the first.
SKEWS: dict[str, Callable[[int, np.random.Generator], tasks.Law]] = {
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
        n: samples per task and half-step.
        laws: names from `SKEWS`.
        settings: the hyper-parameters by name.

    Raises:
        ValueError: for an unknown law.

    Source: Figure 2 (right) of the paper; its skew is not known.
    """

    trials: int = 30
    seed: int = 3
    r: int = 4
    T: int = 32
    n: int = 32
    every: int = 25
    laws: tuple[str, ...] = tuple(SKEWS)
    settings: Mapping[str, Hyper] = field(
        default_factory=lambda: {"stated": STATED_R4, "stated for r <= 3": STATED, "robust": ROBUST}
    )

    def __post_init__(self) -> None:
        """Refuse an unknown law."""
        super().__post_init__()
        for law in self.laws:
            if law not in SKEWS:
                raise ValueError(f"law {law!r} is unknown; allowed: {', '.join(SKEWS)}")

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `error`, `missed`, `row_norm`, `energy` by (setting, law, trial, iteration).
        """
        drawn = {
            law: np.stack([SKEWS[law](self.r, one).sample(self.T, one) for one in draws.generators("tasks")])
            for law in self.laws
        }
        names = [(setting, law) for setting in self.settings for law in self.laws]
        shape = self.T, self.n, self.n, self.d, self.m
        models = {name: Model(*shape, self.settings[name[0]]) for name in names}
        tables = {name: drawn[name[1]] for name in names}
        curves = error_curves(models, tables, self.subspace(), draws, self.steps, self.every)
        return gather(curves, {"setting": self.settings, "law": self.laws})
