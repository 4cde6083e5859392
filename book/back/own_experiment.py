"""Pretraining on parities that follow Zipf's law, with flipped labels."""

from dataclasses import dataclass

from mtlcore.lab.comparisons import below
from mtlcore.lab.drawing import curves, panels
from mtlcore.lab.results import gather
from mtlcore.pretraining import tasks
from mtlcore.pretraining.algorithm import ROBUST, Model
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.labelling import by_table, flipped
from mtlcore.pretraining.training import Training, error_curves


@dataclass(frozen=True, kw_only=True)
class NoisyZipf(Training):
    """Error along pretraining, for several shares of flipped labels."""

    T: int = 16
    n: int = 64
    exponent: float = 1.0
    flips: tuple[float, ...] = (0.0, 0.1)

    def block(self, draws):
        clean = by_table(draw_tasks(tasks.zipf(self.r, self.exponent), self.T, draws))
        models = {rho: Model(self.T, self.n, self.n, self.d, self.m, ROBUST) for rho in self.flips}
        labels = {rho: flipped(clean, rho, draws) for rho in self.flips}
        found = error_curves(models, labels, self.subspace(), draws, self.steps, self.every)
        return gather(found, {"rho": self.flips})


def finding(ds):
    ends = ds.error.isel(iteration=-1)
    return below("flipped labels end higher", ends.isel(rho=0), ends.isel(rho=-1), "ours")


def picture(ds):
    figure, (ax,) = panels(1)
    curves(ax, ds.error, by="rho", label="{} flipped")
    ax.set(xlabel="iteration", ylabel="error")
    figure.legend()
