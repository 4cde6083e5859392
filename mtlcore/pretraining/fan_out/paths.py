"""Figure 5 (center and right): the neurons' paths inside and outside row(M)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.algorithm import Hyper, Model, pretrain
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.training import Training, both_settings


@dataclass(frozen=True, kw_only=True)
class FanOut(Training):
    """Every neuron's path inside row(M) and in two spurious directions.

    Attributes:
        samples: inputs per half-step, shared out over the tasks.
        law: a name from `tasks.LAWS`.
        settings: the hyper-parameters by name.

    Source: Figure 5 (center and right) of the paper.
    """

    seed: int = 31
    r: int = 2
    T: int = 16
    samples: int = 1024
    law: str = "non-empty"
    settings: Mapping[str, Hyper] = field(default_factory=both_settings)

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            Coordinates `inside` row(M) (setting, trial, iteration, neuron, feature) and in the first two spurious
            directions `outside` (..., direction); lengths `p` and `q` (setting, trial, iteration, neuron); the ratio of
            the singular values of W M^T, smallest over largest, `isotropy`, and the subspace `error` (setting, trial,
            iteration).
        """
        n = self.samples // self.T
        models = {name: Model(self.T, n, n, self.d, self.m, hyper) for name, hyper in self.settings.items()}
        tables = dict.fromkeys(models, draw_tasks(tasks.LAWS[self.law](self.r), self.T, draws))
        M = self.subspace()
        layers: dict[str, dict[int, np.ndarray]] = {name: {} for name in models}
        for iteration, states in pretrain(models, tables, M, draws, self.steps, self.every):
            for name, state in states.items():
                layers[name][iteration] = state.W.double().cpu().numpy()
        return gather({name: self.measured(W, M.cpu()) for name, W in layers.items()}, {"setting": self.settings})

    def measured(self, layers: Mapping[int, np.ndarray], M: Float[Tensor, "feature dim"]) -> xr.Dataset:
        """What is recorded of the first layers of one setting.

        Args:
            layers: first layers, each of shape (trial, m, d), by iteration.

        Returns:
            The variables of `block` by (trial, iteration, ...).
        """
        W, axes = np.stack(list(layers.values()), 1), ("trial", "iteration")
        inside, outside = W[..., : self.r], W[..., self.r :]
        values = np.linalg.svd(inside, compute_uv=False)
        return xr.Dataset(
            {
                "inside": ((*axes, "neuron", "feature"), inside),
                "outside": ((*axes, "neuron", "direction"), outside[..., :2]),
                "p": ((*axes, "neuron"), np.linalg.norm(inside, axis=-1)),
                "q": ((*axes, "neuron"), np.linalg.norm(outside, axis=-1)),
                "isotropy": (axes, values[..., -1] / values[..., 0]),
                "error": (axes, metrics.subspace_error(torch.from_numpy(W), M).numpy()),
            },
            {"iteration": list(layers)},
        )
