"""The exact recursion in (p, q) beside runs of the algorithm from the same neurons."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.algorithm import Hyper, Model, pretrain
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

    seed: int = 43
    trials: int = 5
    r: int = 2
    m: int = 8
    n: int = 1500
    steps: int = 300
    hyper: Hyper = Hyper(eta_b=0.0, nu_w=0.001, nu_a=0.0)

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `p` (law, source, iteration, trial, neuron, feature) and `q` (..., neuron), in units of the initial scale,
            for the sources "SGD" and "recursion".
        """
        laws = {name: tasks.uniform(self.r, empty) for name, empty in tasks.READINGS.items()}
        balanced = {name: law.each_once() for name, law in laws.items()}
        models = {name: Model(len(one), self.n, self.n, self.d, self.m, self.hyper) for name, one in balanced.items()}
        tables = {name: np.stack([one] * len(draws)) for name, one in balanced.items()}
        M = self.subspace()
        layers: dict[str, dict[int, Tensor]] = {name: {} for name in laws}
        for iteration, states in pretrain(models, tables, M, draws, self.steps, self.every):
            for name, state in states.items():
                layers[name][iteration] = state.W.double().cpu()
        runs = {(name, source): path
                for name, law in laws.items()
                for source, path in self.paths(layers[name], law, M.cpu()).items()}  # fmt: skip
        return gather(runs, {"law": laws, "source": ["SGD", "recursion"]}).assign_coords(r=self.r)

    def paths(
        self, layers: Mapping[int, Tensor], law: tasks.Law, M: Float[Tensor, "feature dim"]
    ) -> dict[str, xr.Dataset]:
        """A run's path and that of the recursion from the same neurons.

        Args:
            layers: first layers, each of shape (trial, m, d), by iteration.

        Returns:
            `p` (iteration, trial, neuron, feature) and `q` (iteration, trial, neuron) by source.
        """
        h = self.hyper
        update, W = dynamics.Update(h.eta, float(h.lam_w), float(h.lam_a)), torch.stack(list(layers.values()))
        p, q = W[..., : self.r].numpy() / h.nu_w, metrics.split_norms(W, M)[1].numpy() / h.nu_w
        exact = dynamics.run(p[0].reshape(-1, self.r), q[0].ravel(), law, self.steps, update)
        at, axes = list(layers), ("iteration", "trial", "neuron")
        recursion = np.reshape(exact[0][at], p.shape), np.reshape(exact[1][at], q.shape)
        return {
            source: xr.Dataset({"p": ((*axes, "feature"), p), "q": (axes, q)}, {"iteration": at})
            for source, (p, q) in {"SGD": (p, q), "recursion": recursion}.items()
        }
