"""Growth inside and outside row(M) against Lambda: runs of the algorithm beside the rates of theory."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from mtlcore.pretraining import features, metrics, tasks
from mtlcore.pretraining.algorithm import Hyper, Model, pretrain
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.theory import growth

#: The two readings of the uniform law, each with whether it has the empty set.
LAWS = {"with the empty set": True, "without the empty set": False}


@dataclass(frozen=True, kw_only=True)
class Phases(Configuration):
    """Log growth per step of the parts inside and outside row(M), for several weight decays.

    Each task of the law is trained exactly once (the balanced draw). Initial weights are short, so that every hinge
    stays active, and heads start at zero, biases stay there.

    Attributes:
        d: input dimension.
        r: number of features.
        m: number of neurons.
        n: samples per task and half-step.
        eta: step size.
        lam_a: weight decay of the heads.
        nu_w: standard deviation of the entries of the initial W.
        Lambda: the values of Lambda, met by the weight decay of W.
        window: first and last iteration between which growth is measured; before it the heads settle.

    Source: our executable version of the paper's Theorem 3.2.
    """

    name: ClassVar[str] = "steps-phases"

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

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: called once per iteration.

        Returns:
            Mean log growth per step over the window, `growth` by (law, part, Lambda, trial), and the rate of theory for
            p << q, `predicted` by (law, part, Lambda); parts "p" and "q".
        """
        models, tables, predicted = {}, {}, {}
        for law, empty in LAWS.items():
            balanced = tasks.uniform(self.r, empty).each_once()
            for Lambda in self.Lambda:
                lam_w = Lambda / (2 * np.pi * self.lam_a * len(balanced))
                hyper = Hyper(self.eta, 0.0, lam_w, self.lam_a, self.nu_w, 0.0)
                models[law, Lambda] = Model(len(balanced), self.n, self.n, self.d, self.m, hyper)
                tables[law, Lambda] = np.stack([balanced] * len(trials))
                single = 1 / len(balanced)
                rates = growth.rates(empty * single, single, self.eta, lam_w, self.lam_a)
                predicted[law, Lambda] = np.log([rates.p, rates.q])
        M = features.canonical_subspace(self.d, self.r).to(self.device)
        first, last = self.window
        sizes = {}
        for iteration, states in pretrain(models, tables, M, self.seed, trials, last, 1, self.device, on_step=on_step):
            if iteration in self.window:
                for name, state in states.items():
                    squares = [x.square().sum(-1).cpu().numpy() for x in metrics.split_norms(state.W, M)]
                    sizes[name, iteration] = np.log(squares) / 2
        names = [[(law, Lambda) for Lambda in self.Lambda] for law in LAWS]
        rate = [[(sizes[name, last] - sizes[name, first]) / (last - first) for name in row] for row in names]
        return xr.Dataset(
            {
                "growth": (("law", "Lambda", "part", "trial"), rate),
                "predicted": (("law", "Lambda", "part"), [[predicted[name] for name in row] for row in names]),
            },
            {"law": list(LAWS), "Lambda": list(self.Lambda), "part": ["p", "q"], "trial": list(trials), "r": self.r},
        )
