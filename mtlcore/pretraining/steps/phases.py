"""Growth inside and outside row(M) against Lambda: runs of the algorithm beside the rates of theory."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.algorithm import Hyper, Model, pretrain
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.theory import growth


@dataclass(frozen=True, kw_only=True)
class Phases(Configuration):
    """Log growth per step of the parts inside and outside row(M), for several weight decays.

    Each task of the law is trained exactly once (the balanced draw). Initial weights are short, so that every hinge
    stays active, and heads start at zero, biases stay there.

    Attributes:
        n: samples per task and half-step.
        nu_w: standard deviation of the entries of the initial W.
        Lambda: the values of Lambda, met by the weight decay of W.
        window: first and last iteration between which growth is measured; before it the heads settle.

    Source: our executable version of the paper's Theorem 3.2.
    """

    seed: int = 42
    trials: int = 5
    d: int = 64
    r: int = 3
    m: int = 16
    n: int = 500
    eta: float = 0.1
    lam_a: float = 0.5
    nu_w: float = 0.001
    Lambda: tuple[float, ...] = (0.4, 0.7, 1.0, 1.3, 1.7, 2.0, 2.5, 3.0)
    window: tuple[int, int] = (75, 175)

    @property
    def total_steps(self) -> int:
        """Iterations of one block."""
        return self.window[1]

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            Mean log growth per step over the window, `growth` by (law, Lambda, part, trial), and the rate of theory for
            p << q, `predicted` by (law, Lambda, part); parts "p" and "q".
        """
        models, tables, predicted = {}, {}, {}
        for law, empty in tasks.READINGS.items():
            balanced = tasks.uniform(self.r, empty).each_once()
            single = 1 / len(balanced)
            for Lambda in self.Lambda:
                lam_w = Lambda / (2 * np.pi * self.lam_a * len(balanced))
                hyper = Hyper(self.eta, 0.0, lam_w, self.lam_a, self.nu_w, 0.0)
                models[law, Lambda] = Model(len(balanced), self.n, self.n, self.d, self.m, hyper)
                tables[law, Lambda] = np.stack([balanced] * len(draws))
                rates = growth.rates(empty * single, single, self.eta, lam_w, self.lam_a)
                predicted[law, Lambda] = {"p": np.log(rates.p), "q": np.log(rates.q)}
        M, (first, last) = self.subspace(), self.window
        sizes: dict[Any, np.ndarray] = {}
        for iteration, states in pretrain(models, tables, M, draws, last):
            if iteration in self.window:
                for name, state in states.items():
                    squares = (x.square().sum(-1).cpu().numpy() for x in metrics.split_norms(state.W, M))
                    sizes |= {(*name, part, iteration): np.log(x) / 2 for part, x in zip("pq", squares, strict=True)}
        dims: dict[str, list[Any]] = {"law": list(tasks.READINGS), "Lambda": list(self.Lambda), "part": ["p", "q"]}
        found = {}
        for law, Lambda, part in itertools.product(*dims.values()):
            ends = (sizes[law, Lambda, part, iteration] for iteration in (last, first))
            rate = ("trial", np.subtract(*ends) / (last - first))
            found[law, Lambda, part] = xr.Dataset({"growth": rate, "predicted": predicted[law, Lambda][part]})
        return gather(found, dims).assign_coords(r=self.r)
