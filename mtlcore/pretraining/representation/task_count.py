"""Figure 1 and Figure 2 (left): representation learning error against iterations, for several numbers of tasks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import xarray as xr

from mtlcore.pretraining import tasks
from mtlcore.pretraining.algorithm import ROBUST, STATED, Hyper, Model
from mtlcore.pretraining.training import QUANTITIES, Training, draw_tasks, error_curves, fewest_singletons


@dataclass(frozen=True, kw_only=True)
class TaskCount(Training):
    """Error against iterations for T = 1, 2, 4, ..., with the same total number of samples for every T.

    Attributes:
        samples: inputs per half-step, shared out equally over the tasks.
        T: the numbers of tasks.
        empty: whether the law over parities has the empty set in.
        settings: the hyper-parameters by name.

    Source: Figures 1 and 2 (left) of the paper; "balanced" (each task of the law once) is ours.
    """

    name: ClassVar[str] = "fig1"

    trials: int = 40
    seed: int = 2024
    samples: int = 1024
    T: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 128, 512)
    every: int = 25
    empty: bool = False
    settings: Mapping[str, Hyper] = field(
        default_factory=lambda: {
            "stated": STATED,
            "stated, nu_a = 1": replace(STATED, nu_a=1.0),
            "robust": ROBUST,
        }
    )

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: called once per iteration.

        Returns:
            `error`, `missed`, `row_norm` by (setting, T, trial, iteration), the error `balanced` by (setting, trial,
            iteration), and `singletons` by (T, trial).
        """
        law = tasks.uniform(self.r, self.empty)
        draws: dict[int | str, np.ndarray] = {T: draw_tasks(law, T, self.seed, trials) for T in self.T}
        draws["balanced"] = np.repeat(law.each_once()[None], len(trials), 0)
        models, tables = {}, {}
        for setting, hyper in self.settings.items():
            for T, drawn in draws.items():
                n = self.samples // drawn.shape[1]
                models[setting, T] = Model(T=drawn.shape[1], n1=n, n2=n, d=self.d, m=self.m, hyper=hyper)
                tables[setting, T] = drawn
        M = self.subspace()
        iterations, curves = error_curves(
            models, tables, M, self.seed, trials, self.steps, self.every, self.device, on_step
        )
        table = np.stack([[curves[setting, T] for T in self.T] for setting in self.settings])
        return xr.Dataset(
            {name: (("setting", "T", "trial", "iteration"), table[:, :, k]) for k, name in enumerate(QUANTITIES)}
            | {
                "balanced": (
                    ("setting", "trial", "iteration"),
                    np.stack([curves[setting, "balanced"][0] for setting in self.settings]),
                ),
                "singletons": (("T", "trial"), np.stack([fewest_singletons(draws[T]) for T in self.T])),
            },
            {"setting": list(self.settings), "T": list(self.T), "trial": list(trials), "iteration": iterations},
        )
