"""Figure 1 and Figure 2 (left): representation learning error against iterations, for several numbers of tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import tasks
from mtlcore.pretraining.algorithm import ROBUST, STATED, Hyper, Model
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.training import Training, error_curves, fewest_singletons


@dataclass(frozen=True, kw_only=True)
class TaskCount(Training):
    """Error against iterations for T = 1, 2, 4, ..., with the same total number of samples for every T.

    Attributes:
        samples: inputs per half-step, shared out equally over the tasks.
        T: the numbers of tasks.
        law: a name from `tasks.LAWS`.
        settings: the hyper-parameters by name.

    Source: Figures 1 and 2 (left) of the paper; "balanced" (each task of the law once) is ours.
    """

    trials: int = 40
    seed: int = 2024
    samples: int = 1024
    T: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 128, 512)
    every: int = 25
    law: str = "non-empty"
    settings: Mapping[str, Hyper] = field(
        default_factory=lambda: {
            "stated": STATED,
            "stated, nu_a = 1": replace(STATED, nu_a=1.0),
            "robust": ROBUST,
        }
    )

    def __post_init__(self) -> None:
        """Refuse fewer samples than the balanced draw has tasks."""
        super().__post_init__()
        self.check_shared(f"r = {self.r}, each once", len(tasks.LAWS[self.law](self.r).each_once()))

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `error`, `missed`, `row_norm`, `energy` by (setting, T, trial, iteration), the error `balanced` by (setting,
            trial, iteration), and `singletons` by (T, trial).
        """
        law = tasks.LAWS[self.law](self.r)
        drawn: dict[int | str, np.ndarray] = {T: draw_tasks(law, T, draws) for T in self.T}
        drawn["balanced"] = np.repeat(law.each_once()[None], len(draws), 0)
        names = [(setting, T) for setting in self.settings for T in drawn]
        models, tables = {}, {name: drawn[name[1]] for name in names}
        for setting, count in names:
            T = drawn[count].shape[1]
            n = self.samples // T
            models[setting, count] = Model(T, n, n, self.d, self.m, self.settings[setting])
        curves = error_curves(models, tables, self.subspace(), draws, self.steps, self.every)
        balanced = {setting: curves[setting, "balanced"].error for setting in self.settings}
        rarest = {T: xr.DataArray(fewest_singletons(drawn[T]), dims="trial") for T in self.T}
        return gather(curves, {"setting": self.settings, "T": self.T}).assign(
            balanced=gather(balanced, {"setting": self.settings}), singletons=gather(rarest, {"T": self.T})
        )
