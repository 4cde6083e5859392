"""What the runs of the chapter share: several models on variations of one stream of inputs, from heads at zero."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.algorithm import ROBUST, Hyper, Model, initial_state
from mtlcore.pretraining.labelling import Labeller, by_table
from mtlcore.pretraining.theory import dynamics
from mtlcore.pretraining.training import Training, error_curves


@dataclass(frozen=True, kw_only=True)
class Variations(Training):
    """Several models side by side, each on its own inputs and labels.

    Attributes:
        hyper: the robust values, with heads that start at zero.
    """

    d: int = 24
    steps: int = 500
    every: int = 25
    hyper: Hyper = field(default_factory=lambda: replace(ROBUST, nu_a=0.0))

    def models(self, draws: Draws) -> dict[str, Model]:
        """The models by the names of the variations."""
        raise NotImplementedError

    def labels(self, draws: Draws) -> Mapping[str, Labeller]:
        """What labels each variation's inputs: by default the non-empty parities."""
        return dict.fromkeys(self.models(draws), self.parities(draws))

    def parities(self, draws: Draws) -> Labeller:
        """Each non-empty parity once."""
        return by_table(np.stack([tasks.parity_tables(self.r)[1:]] * len(draws)))

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `error`, `missed`, `row_norm` and `energy` by (variation, trial, iteration).
        """
        models, labels = self.models(draws), self.labels(draws)
        paths = error_curves(models, labels, self.subspace(), draws, self.steps, self.every)
        return gather(paths, {"variation": models})

    def predicted(self, kernels: Mapping[str, Float[np.ndarray, "subset subset"]], draws: Draws) -> xr.DataArray:
        """The errors of the population's recursion from the runs' own first layers, all hinges active.

        Args:
            kernels: the kernel of each variation's law, by name.

        Returns:
            By (variation, trial, iteration), at the iterations of `block`.
        """
        W = initial_state(next(iter(self.models(draws).values())), draws).W.double().cpu()
        found = {name: self.recursion(W, C) for name, C in kernels.items()}
        return gather(found, {"variation": found}).transpose("variation", "trial", "iteration")

    def recursion(self, W: Float[Tensor, "trial neuron dim"], C: Float[np.ndarray, "subset subset"]) -> xr.DataArray:
        """The error of the recursion with one kernel.

        Returns:
            By (iteration, trial).
        """
        h, M, outside = self.hyper, self.subspace().cpu(), W[..., self.r :]
        q = outside.norm(dim=-1)
        state = dynamics.start(W[..., : self.r].reshape(-1, self.r).numpy(), q.ravel().numpy())
        update, found = dynamics.Update(h.eta, float(h.lam_w), float(h.lam_a)), {}
        for iteration in range(self.steps + 1):
            if iteration % self.every == 0 or iteration == self.steps:
                p, scale = torch.from_numpy(state.p).view(*q.shape, self.r), torch.from_numpy(state.q).view_as(q) / q
                layer = torch.cat((p, outside * scale[..., None]), -1)
                found[iteration] = xr.DataArray(metrics.subspace_error(layer, M).numpy(), dims="trial")
            state = dynamics.step(state, C, update)
        return gather(found, {"iteration": found})
