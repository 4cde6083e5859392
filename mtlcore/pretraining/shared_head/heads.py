"""Figure 5 (left): one shared head against a head for each task."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import xarray as xr

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import tasks
from mtlcore.pretraining.algorithm import Hyper, Model
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.training import Training, both_settings, error_curves


@dataclass(frozen=True, kw_only=True)
class SharedHead(Training):
    """Error against iterations with one head for each task, and with one head for all.

    Attributes:
        T: the numbers of tasks.
        samples: inputs per half-step, shared out over the tasks.
        settings: the hyper-parameters by name.

    Source: Figure 5 (left) of the paper.
    """

    seed: int = 22
    T: tuple[int, ...] = (16, 64)
    samples: int = 1024
    steps: int = 4000
    every: int = 50
    settings: Mapping[str, Hyper] = field(default_factory=both_settings)

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `error`, `missed`, `row_norm`, `energy` by (setting, heads, T, trial, iteration).
        """
        dims: dict[str, list[Any]] = {"setting": list(self.settings), "heads": ["task", "shared"], "T": list(self.T)}
        models, tables = {}, {}
        for setting, heads, T in itertools.product(*dims.values()):
            n = self.samples // T
            models[setting, heads, T] = Model(T, n, n, self.d, self.m, self.settings[setting], heads=heads)
            tables[setting, heads, T] = draw_tasks(tasks.uniform(self.r), T, draws)
        return gather(error_curves(models, tables, self.subspace(), draws, self.steps, self.every), dims)
