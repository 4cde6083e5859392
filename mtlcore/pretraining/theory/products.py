"""Neurons on inputs with independent coordinates, of which the first r are the features: M = [I_r, 0], no biases.

With relu(t) = (t + |t|) / 2 a correlation is half of E[chi_S w.x], a sum over coordinates, and half of E[chi_S |w.x|],
one integral over the product of the coordinates' waves.

Source: derived in chapter "How far the message carries".
"""

import functools

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from mtlcore.pretraining.theory.coordinates import Coordinate

NODES = 400


@functools.cache
def half_line() -> tuple[Float[Tensor, " node"], Float[Tensor, " node"]]:
    """Nodes t and weights of an integral over t > 0, by t = u / (1 - u) from Gauss and Legendre's on [0, 1].

    Returns:
        (t, weights), each of shape (node,).
    """
    x, weights = np.polynomial.legendre.leggauss(NODES)
    u = (x + 1) / 2
    return torch.from_numpy(u / (1 - u)), torch.from_numpy(weights / 2 / (1 - u) ** 2)


def correlations(W: Float[Tensor, "neuron dim"], law: Coordinate, r: int) -> Float[Tensor, "neuron subset"]:
    """h_S(w) = E[chi_S(sign x_1 .. x_r) relu(w.x)] for every subset S.

    Raises:
        ValueError: if r is not in 0 .. d, or some neuron is zero.
    """
    rho = W.norm(dim=1, keepdim=True)
    if not 0 <= r <= W.shape[1] or not rho.all():
        raise ValueError(f"r = {r}, shortest neuron {rho.min():.3g}; allowed: 0 <= r <= {W.shape[1]}, non-zero neurons")
    t, weights = half_line()
    steps = t[:, None, None] * (W / rho)
    wave, signed = law.wave(steps), law.signed(steps[..., :r])
    product = wave[..., r:].prod(-1, keepdim=True)  # grows to (node, neuron, subset)
    linear, level = law.mean * W[:, r:].sum(1, keepdim=True), W.new_ones(1, 1)
    for j in range(r):
        product = torch.cat((product * wave[..., j, None], product * signed[..., j, None]), -1)
        own = W[:, j, None] * level
        linear = torch.cat((linear + law.mean * own, law.lean * linear + law.size * own), -1)
        level = torch.cat((level, law.lean * level), -1)
    missing = (level - product.real) / t[:, None, None] ** 2
    return linear / 2 + rho / np.pi * (weights[:, None, None] * missing).sum(0)


def pull(W: Float[Tensor, "neuron dim"], law: Coordinate, pi: Float[Tensor, " subset"]) -> Float[Tensor, "neuron dim"]:
    """A(w) w = sum_S pi(S) h_S grad h_S of every neuron, for a law over parities.

    Raises:
        ValueError: as in `correlations`.
    """
    W = W.detach().clone().requires_grad_()
    energy = (pi * correlations(W, law, len(pi).bit_length() - 1) ** 2).sum() / 2
    return torch.autograd.grad(energy, W)[0]


def taught(M: Float[Tensor, "feature dim"], law: Coordinate) -> Float[Tensor, "feature dim"]:
    """E[sign(M_j.x) x] for the rows of any M: where tasks of one feature pull, a multiple of M_j for Gaussian x.

    Raises:
        ValueError: as in `correlations`.
    """
    M = M.detach().clone().requires_grad_()
    size = 2 * correlations(M, law, 0).sum() - law.mean * M.sum()
    return torch.autograd.grad(size, M)[0]
