"""The paper's Theorem 3.3, our version: after one exact step, what a new task costs does not depend on d."""

from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.downstream.representations import UNTRAINED, accuracies, untrained
from mtlcore.pretraining.probe import Probe
from mtlcore.pretraining.theory.amplification import drift, kernel
from mtlcore.pretraining.theory.dynamics import lam_w_star
from mtlcore.pretraining.theory.fourier import coefficients
from mtlcore.pretraining.theory.vectors import split

#: First layers that are probed: after one exact multi-task step, and the two untrained ones.
LAYERS = ("multi-task", *reversed(UNTRAINED))


def exact_step(
    W: Float[np.ndarray, "neuron dim"], M: Float[np.ndarray, "feature dim"], law: tasks.Law
) -> Float[np.ndarray, "neuron dim"]:
    """One head step and one representation step with infinitely many samples, at the weight decay lam_w*.

    Returns:
        W+ = (1 - eta lam_w*) W + eta kappa A W for eta = kappa = 1, shape (neuron, d); other values only rescale it.

    Source: the paper's algorithm in the population limit; lam_w* is ours (chapter "Representation learning").
    """
    found = coefficients(*split(W, M))
    along, c = drift(found, found.h @ kernel(law))
    return (1 - lam_w_star(law, 1.0, 1.0) + c)[:, None] * W + along @ M


def unit_rows(W: Float[Tensor, "trial neuron dim"]) -> Float[Tensor, "trial neuron dim"]:
    """The neurons' directions: rows of length one."""
    return W / W.norm(dim=-1, keepdim=True)


@dataclass(frozen=True, kw_only=True)
class Independence(Configuration):
    """Accuracy of a linear probe on exactly pretrained, ideal and random features against the input dimension.

    Attributes:
        d: the input dimensions.
        m_hat: number of neurons.
        N: downstream samples.
        bias: standard deviation of the fresh biases.
        steps: gradient steps of the probe.
        test_samples: fresh samples that the accuracy is measured on.

    Source: our version of the paper's Theorem 3.3.
    """

    seed: int = 41
    d: tuple[int, ...] = (16, 64, 256, 1024)
    r: int = 2
    m_hat: int = 64
    N: int = 1000
    bias: float = 1.0
    steps: int = 1000
    test_samples: int = 2048

    @property
    def total_steps(self) -> int:
        """Probed first layers in one block."""
        return len(self.d) * len(LAYERS)

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `accuracy` and `hinge` by (representation, d, trial, parity), and `residual`, the mean length of the
            multi-task neurons outside row(M) over that inside, by (d, trial).
        """
        probe = Probe(self.m_hat, self.bias, self.steps, self.test_samples)
        found, residual = {}, {}
        for d in self.d:
            layers = self.layers(d, draws)
            for kind, W in layers.items():
                found[kind, d] = accuracies(unit_rows(W).float(), self.r, (self.N,), probe, draws).isel(N=0, drop=True)
            inside, outside = metrics.split_norms(layers["multi-task"], self.subspace(d))
            residual[d] = xr.DataArray((outside / inside).mean(-1).cpu().numpy(), dims="trial")
        dims = {"representation": LAYERS, "d": self.d}
        return gather(found, dims).assign(residual=gather(residual, {"d": self.d}))

    def layers(self, d: int, draws: Draws) -> dict[str, Float[Tensor, "trial neuron dim"]]:
        """The first layers that are probed in dimension d, by name."""
        M, law = self.subspace(d), tasks.uniform(self.r, empty=True)
        layers = {kind: untrained(kind, self.m_hat, M, draws) for kind in UNTRAINED}
        start = layers["random"].double().cpu().numpy()
        after = np.stack([exact_step(one, M.cpu().numpy(), law) for one in start])
        return layers | {"multi-task": torch.from_numpy(after).to(self.device)}
