"""One step of the algorithm at lam_w* from finitely many samples: how far W is from row(M)."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.algorithm import Hyper, Model, pretrain
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.theory import dynamics, finite


@dataclass(frozen=True, kw_only=True)
class FiniteStep(Configuration):
    """The subspace error after one head step from zero and one representation step, for several sample sizes.

    Each parity, the empty set's too, is trained exactly once (the balanced draw). Initial weights are short, so that
    every hinge stays active, and biases stay at zero.

    Attributes:
        n: samples per task and half-step.
        eta: step size of both steps.
        nu_w: standard deviation of the entries of the initial W.

    Source: our executable version of the paper's Proposition 3.1.
    """

    trials: int = 20
    seed: int = 44
    d: int = 16
    r: int = 2
    m: int = 32
    n: tuple[int, ...] = (1024, 2048, 4096, 8192, 16384)
    eta: float = 0.1
    nu_w: float = 0.001

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `error` by (n, trial), and the leading-order ratio of noise to signal, `predicted`, by n.
        """
        law = tasks.uniform(self.r, empty=True)
        T, tables = 2**self.r, np.stack([law.each_once()] * len(draws))
        hyper = Hyper(self.eta, 0.0, dynamics.lam_w_star(law, self.eta, self.eta), nu_w=self.nu_w, nu_a=0.0)
        models, M = {n: Model(T, n, n, self.d, self.m, hyper) for n in self.n}, self.subspace()
        *_, (_, states) = pretrain(models, dict.fromkeys(models, tables), M, draws, 1)
        found = {
            n: xr.Dataset(
                {
                    "error": ("trial", metrics.subspace_error(states[n].W, M).cpu().numpy()),
                    "predicted": finite.noise_to_signal(self.d, self.r, T, n, n, self.m),
                }
            )
            for n in self.n
        }
        return gather(found, {"n": self.n}).assign_coords(r=self.r)
