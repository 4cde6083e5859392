"""Figure 5 (left): one shared head against a head for each task."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import xarray as xr

from mtlcore.pretraining import tasks
from mtlcore.pretraining.algorithm import Hyper, Model
from mtlcore.pretraining.training import QUANTITIES, Training, both_settings, draw_tasks, error_curves


@dataclass(frozen=True, kw_only=True)
class SharedHead(Training):
    """Error against iterations with one head for each task, and with one head for all.

    Attributes:
        T: the numbers of tasks.
        samples: inputs per half-step, shared out over the tasks.
        settings: the hyper-parameters by name.

    Source: Figure 5 (left) of the paper.
    """

    name: ClassVar[str] = "fig5-left"

    seed: int = 22
    T: tuple[int, ...] = (16, 64)
    samples: int = 1024
    steps: int = 4000
    every: int = 50
    settings: Mapping[str, Hyper] = field(default_factory=both_settings)

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: called once per iteration.

        Returns:
            `error`, `missed`, `row_norm` by (setting, heads, T, trial, iteration).
        """
        heads = ("task", "shared")
        names = [(setting, kind, T) for setting in self.settings for kind in heads for T in self.T]
        models, tables = {}, {}
        for setting, kind, T in names:
            n = self.samples // T
            models[setting, kind, T] = Model(T, n, n, self.d, self.m, self.settings[setting], heads=kind)
            tables[setting, kind, T] = draw_tasks(tasks.uniform(self.r), T, self.seed, trials)
        M = self.subspace()
        iterations, curves = error_curves(
            models, tables, M, self.seed, trials, self.steps, self.every, self.device, on_step
        )
        table = np.array([[[curves[s, kind, T] for T in self.T] for kind in heads] for s in self.settings])
        axes = ("setting", "heads", "T", "trial", "iteration")
        return xr.Dataset(
            {name: (axes, table[:, :, :, k]) for k, name in enumerate(QUANTITIES)},
            {
                "setting": list(self.settings),
                "heads": list(heads),
                "T": list(self.T),
                "trial": list(trials),
                "iteration": iterations,
            },
        )
