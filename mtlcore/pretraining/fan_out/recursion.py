"""The exact recursion in (p, q) beside runs of the algorithm from the same neurons."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.algorithm import Hyper, Model, pretrain
from mtlcore.pretraining.steps.phases import LAWS
from mtlcore.pretraining.theory import dynamics
from mtlcore.pretraining.training import Training


@dataclass(frozen=True, kw_only=True)
class Recursion(Training):
    """Every neuron's path under stochastic gradients and under the recursion of the population limit.

    Each task of the law is trained exactly once (the balanced draw). Initial weights are short, so that every hinge
    stays active, and heads start at zero and persist, biases stay at zero.

    Attributes:
        n: samples per task and half-step.
        hyper: step sizes, weight decays and initial scales.

    Source: derived in chapter "The neuron fan-out".
    """

    name: ClassVar[str] = "steps-recursion"

    seed: int = 43
    trials: int = 5
    r: int = 2
    m: int = 8
    n: int = 1500
    steps: int = 300
    hyper: Hyper = Hyper(eta_b=0.0, nu_w=0.001, nu_a=0.0)

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: called once per iteration.

        Returns:
            `p` (law, source, iteration, trial, neuron, feature) and `q` (..., neuron), in units of the initial scale,
            for the sources "SGD" and "recursion".
        """
        h = self.hyper
        balanced = {law: tasks.uniform(self.r, empty).each_once() for law, empty in LAWS.items()}
        models = {law: Model(len(one), self.n, self.n, self.d, self.m, h) for law, one in balanced.items()}
        tables = {law: np.stack([one] * len(trials)) for law, one in balanced.items()}
        M = self.subspace()
        iterations, layers = [], []
        for iteration, states in pretrain(
            models, tables, M, self.seed, trials, self.steps, self.every, self.device, on_step=on_step
        ):
            iterations.append(iteration)
            sides = [(state.W[..., : self.r], metrics.split_norms(state.W, M)[1]) for state in states.values()]
            layers.append([np.stack([side[k].double().cpu().numpy() for side in sides]) for k in (0, 1)])
        p, q = (np.stack([layer[k] for layer in layers], 1) / h.nu_w for k in (0, 1))
        exact, update = [], dynamics.Update(h.eta, h.lam_w, h.lam_a)
        for k, empty in enumerate(LAWS.values()):
            start = p[k, 0].reshape(-1, self.r), q[k, 0].ravel()
            path = dynamics.run(*start, tasks.uniform(self.r, empty), self.steps, update)
            exact.append([x[iterations] for x in path])
        axes = ("law", "source", "iteration", "trial", "neuron")
        return xr.Dataset(
            {
                "p": ((*axes, "feature"), np.stack([p, np.reshape([x[0] for x in exact], p.shape)], 1)),
                "q": (axes, np.stack([q, np.reshape([x[1] for x in exact], q.shape)], 1)),
            },
            {
                "law": list(LAWS),
                "source": ["SGD", "recursion"],
                "iteration": iterations,
                "trial": list(trials),
                "r": self.r,
            },
        )
