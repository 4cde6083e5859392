"""The paper's Theorem 3.3, our version: after one exact step, what a new task costs does not depend on d."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.pretraining import features, tasks
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.downstream.representations import UNTRAINED, untrained
from mtlcore.pretraining.probe import linear_probe
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

    Args:
        W: neurons, shape (neuron, d), none of them zero.
        M: orthonormal rows, shape (r, d).
        law: the law over tasks.

    Returns:
        W+ = (1 - eta lam_w*) W + eta kappa A W for eta = kappa = 1, shape (neuron, d); other values only rescale it.

    Source: the paper's algorithm in the population limit; lam_w* is ours (chapter "Representation learning").
    """
    found = coefficients(*split(W, M))
    along, c = drift(found, found.h @ kernel(law))
    return (1 - lam_w_star(law, 1.0, 1.0) + c)[:, None] * W + along @ M


def unit_rows(W: Float[Tensor, "trial neuron dim"]) -> Float[Tensor, "trial neuron dim"]:
    """The neurons' directions.

    Args:
        W: first layers, shape (trial, m, d).

    Returns:
        The same with rows of length one.
    """
    return W / W.norm(dim=-1, keepdim=True)


@dataclass(frozen=True, kw_only=True)
class Independence(Configuration):
    """Accuracy of a linear probe on exactly pretrained, ideal and random features against the input dimension.

    Attributes:
        d: the input dimensions.
        r: number of features.
        m_hat: number of neurons.
        N: downstream samples.
        bias: standard deviation of the fresh biases.
        steps: gradient steps of the probe.
        test_samples: fresh samples that the accuracy is measured on.

    Source: our version of the paper's Theorem 3.3.
    """

    name: ClassVar[str] = "limits-independence"

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

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: called once per probed first layer.

        Returns:
            `accuracy` and `hinge` by (representation, d, trial, parity), and `residual`, the mean length of the
            multi-task neurons outside row(M) over that inside, by (d, trial).
        """
        law, parities = tasks.uniform(self.r, empty=True), torch.from_numpy(tasks.parity_tables(self.r)[1:])
        scores, residual = {}, []
        for d in self.d:
            M = features.canonical_subspace(d, self.r).to(self.device)
            layers = {kind: untrained(kind, self.m_hat, M, self.seed, trials) for kind in UNTRAINED}
            start = layers["random"].double().cpu().numpy()
            W = np.stack([exact_step(one, M.cpu().numpy(), law) for one in start])
            layers["multi-task"] = torch.from_numpy(W).to(self.device)
            p, q = np.linalg.norm(W[..., : self.r], axis=-1), np.linalg.norm(W[..., self.r :], axis=-1)
            residual.append((q / p).mean(-1))
            for kind in LAYERS:
                rows = unit_rows(layers[kind]).float()
                found = linear_probe(
                    rows, M, parities.to(M.device), (self.N,), self.m_hat, self.seed, trials,
                    self.bias, self.steps, self.test_samples,
                )  # fmt: skip
                scores[kind, d] = torch.stack(found).cpu().numpy()[:, :, 0]
                on_step()
        table = np.array([[scores[kind, d] for d in self.d] for kind in LAYERS])
        axes = ("representation", "d", "trial", "parity")
        return xr.Dataset(
            {
                "accuracy": (axes, table[:, :, 0]),
                "hinge": (axes, table[:, :, 1]),
                "residual": (("d", "trial"), np.array(residual)),
            },
            {
                "representation": list(LAYERS),
                "d": list(self.d),
                "trial": list(trials),
                "size": ("parity", tasks.sizes(self.r)[1:]),
            },
        )
