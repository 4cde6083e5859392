"""Figure 5 (center and right): the neurons' paths inside and outside row(M)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import torch
import xarray as xr

from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.algorithm import Hyper, Model, pretrain
from mtlcore.pretraining.training import Training, both_settings, draw_tasks


@dataclass(frozen=True, kw_only=True)
class FanOut(Training):
    """Every neuron's path inside row(M) and in two spurious directions.

    Attributes:
        T: number of tasks.
        samples: inputs per half-step, shared out over the tasks.
        settings: the hyper-parameters by name.

    Source: Figure 5 (center and right) of the paper.
    """

    name: ClassVar[str] = "fig5-paths"

    seed: int = 31
    r: int = 2
    T: int = 16
    samples: int = 1024
    settings: Mapping[str, Hyper] = field(default_factory=both_settings)

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: called once per iteration.

        Returns:
            Coordinates `inside` row(M) (setting, trial, iteration, neuron, feature) and in the first two spurious
            directions `outside` (..., direction); lengths `p` and `q` (setting, trial, iteration, neuron); the ratio of
            the singular values of W M^T, smallest over largest, `isotropy`, and the subspace `error` (setting, trial,
            iteration).
        """
        n = self.samples // self.T
        models = {s: Model(self.T, n, n, self.d, self.m, hyper) for s, hyper in self.settings.items()}
        tables = dict.fromkeys(models, draw_tasks(tasks.uniform(self.r), self.T, self.seed, trials))
        M = self.subspace()
        iterations, layers = [], []
        for iteration, states in pretrain(
            models, tables, M, self.seed, trials, self.steps, self.every, self.device, on_step=on_step
        ):
            iterations.append(iteration)
            layers.append(np.stack([state.W.double().cpu().numpy() for state in states.values()]))
        W = np.stack(layers, 2)
        p, q = np.linalg.norm(W[..., : self.r], axis=-1), np.linalg.norm(W[..., self.r :], axis=-1)
        values = np.linalg.svd(W[..., : self.r], compute_uv=False)
        axes = ("setting", "trial", "iteration")
        return xr.Dataset(
            {
                "inside": ((*axes, "neuron", "feature"), W[..., : self.r]),
                "outside": ((*axes, "neuron", "direction"), W[..., self.r : self.r + 2]),
                "p": ((*axes, "neuron"), p),
                "q": ((*axes, "neuron"), q),
                "isotropy": (axes, values[..., -1] / values[..., 0]),
                "error": (axes, metrics.subspace_error(torch.from_numpy(W), M.cpu()).numpy()),
            },
            {"setting": list(self.settings), "trial": list(trials), "iteration": iterations},
        )
