"""How much of a random first layer lies in the subspace of the features."""

from dataclasses import dataclass

import torch
import xarray as xr

from mtlcore.lab import progress
from mtlcore.lab.draws import Draws
from mtlcore.pretraining import metrics
from mtlcore.pretraining.configuration import Configuration


@dataclass(frozen=True, kw_only=True)
class RandomLayer(Configuration):
    """The share of a Gaussian first layer's energy in row(M), in several dimensions.

    Source: ours.
    """

    trials: int = 40
    d: tuple[int, ...] = (8, 16, 32, 64)
    r: int = 2
    m: int = 16

    def block(self, draws: Draws) -> xr.Dataset:
        """Measure the trials that `draws` is for.

        Returns:
            `energy` by (d, trial), and its mean in theory `exact` by (d).
        """
        W = draws.normal("layer", self.m, max(self.d))
        # fault: [..., :d] -> [..., -d:]
        # noticed by lab/test_quantities.py::test_a_short_run_repeats_its_numbers[random_layer]
        energy = torch.stack([metrics.energy_share(W[..., :d], self.subspace(d)) for d in self.d])
        progress.advance()
        exact = [self.r / d for d in self.d]
        return xr.Dataset(
            {"energy": (("d", "trial"), energy.cpu().numpy()), "exact": ("d", exact)}, {"d": list(self.d)}
        )
