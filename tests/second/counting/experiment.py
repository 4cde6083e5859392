"""How many of some random numbers are large."""

from dataclasses import dataclass

import xarray as xr

from mtlcore.lab import progress
from mtlcore.lab.draws import Draws
from mtlcore.lab.experiment import Experiment


@dataclass(frozen=True, kw_only=True)
class Counting(Experiment):
    """The number of normal numbers above 1 / r among the first N, for several N.

    Source: ours.
    """

    trials: int = 6
    N: tuple[int, ...] = (0, 100, 400)
    r: int = 40
    negative: bool = False

    def block(self, draws: Draws) -> xr.Dataset:
        """Count in the trials that `draws` is for."""
        numbers = draws.normal("numbers", max(self.N))
        large = (-numbers if self.negative else numbers) > 1 / self.r
        progress.advance()
        return xr.Dataset(
            {"large": (("N", "trial"), [large[:, :n].sum(1).tolist() for n in self.N])}, {"N": list(self.N)}
        )
