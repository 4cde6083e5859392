"""Random features and the bound on what any features drawn without knowledge of M can hold."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from mtlcore.lab import draws
from mtlcore.pretraining import features
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.theory.random_features import capture_bound
from mtlcore.pretraining.theory.relu_features import captured_share


@dataclass(frozen=True, kw_only=True)
class RandomFeatures(Configuration):
    """Share of the parity of r features that m_hat bias-free ReLU neurons hold, exactly; only the neurons are drawn.

    Attributes:
        d: the input dimensions.
        r: number of features, all of them in the parity.
        m_hat: the numbers of neurons; a smaller number takes the first of a larger one.

    Source: our version of the paper's result on random features.
    """

    name: ClassVar[str] = "limits-random-features"

    seed: int = 59
    d: tuple[int, ...] = (8, 16, 32)
    r: int = 2
    m_hat: tuple[int, ...] = (8, 16, 32, 64, 128, 256, 512)

    @property
    def total_steps(self) -> int:
        """Input dimensions of one block, and row(M) itself."""
        return len(self.d) + 1

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: called once per input dimension.

        Returns:
            `share` of random neurons (d, m_hat, trial), `learned`, that of neurons inside row(M) (m_hat, trial), and
            the `bound` (d, m_hat) on the mean of `share`.
        """
        share, bound, top = [], [], 2**self.r - 1
        for d in (self.r, *self.d):
            M = features.canonical_subspace(d, self.r).numpy()
            streams = [draws.stream(self.seed, "init", trial) for trial in trials]
            layers = draws.normal(streams, max(self.m_hat), d).double().numpy()
            share.append([[captured_share(W[:m], M, top) for W in layers] for m in self.m_hat])
            bound.append([capture_bound(d, self.r, m) for m in self.m_hat])
            on_step()
        axes = ("d", "m_hat", "trial")
        return xr.Dataset(
            {
                "share": (axes, np.array(share[1:])),
                "learned": (axes[1:], np.array(share[0])),
                "bound": (axes[:2], np.array(bound[1:])),
            },
            {"d": list(self.d), "m_hat": list(self.m_hat), "trial": list(trials)},
        )
