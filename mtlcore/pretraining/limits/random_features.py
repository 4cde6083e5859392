"""Random features and the bound on what any features drawn without knowledge of M can hold."""

from dataclasses import dataclass

import xarray as xr

from mtlcore.lab import progress
from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
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

    seed: int = 59
    d: tuple[int, ...] = (8, 16, 32)
    r: int = 2
    m_hat: tuple[int, ...] = (8, 16, 32, 64, 128, 256, 512)

    @property
    def total_steps(self) -> int:
        """Input dimensions of one block, and row(M) itself."""
        return len(self.d) + 1

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `share` of random neurons (d, m_hat, trial), `learned`, that of neurons inside row(M) (m_hat, trial), and
            the `bound` (d, m_hat) on the mean of `share`.
        """
        found = {d: self.held(d, draws) for d in (self.r, *self.d)}
        learned = found.pop(self.r).share
        return gather(found, {"d": self.d}).assign(learned=learned)

    def held(self, d: int, draws: Draws) -> xr.Dataset:
        """What random neurons hold in one input dimension.

        Returns:
            `share` by (m_hat, trial), `bound` by m_hat.
        """
        M = features.canonical_subspace(d, self.r).numpy()
        layers = draws.normal("first layer", max(self.m_hat), d).cpu().double().numpy()
        found = {
            m: xr.Dataset(
                {
                    "share": ("trial", [captured_share(W[:m], M, 2**self.r - 1) for W in layers]),
                    "bound": capture_bound(d, self.r, m),
                }
            )
            for m in self.m_hat
        }
        progress.advance()
        return gather(found, {"m_hat": self.m_hat})
