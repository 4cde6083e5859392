"""One head step and one representation step from finitely many samples, in any dimension, exact in law.

Each neuron is kept as its weights p on the features and its row of a matrix L with L L^T = G, the Gram matrix of the
parts outside row(M). A sample then takes r + k numbers, k the columns of L, instead of d: what it has in the directions
that no row reaches enters the step as a sum of Gaussian vectors, which a Wishart matrix replaces.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features
from mtlcore.pretraining.wishart import factor, triangular

#: Samples that are drawn at a time.
CHUNK = 2**13


@dataclass(frozen=True)
class Layer:
    """A first layer without its directions outside row(M), which no law of ours can see."""

    p: Float[Tensor, "trial neuron feature"]
    L: Float[Tensor, "trial neuron outside"]

    def joined(self) -> Float[Tensor, "trial neuron number"]:
        """Weights on the numbers that make a sample."""
        return torch.cat([self.p, self.L], -1)


def start(d: int, r: int, m: int, draws: Draws) -> Layer:
    """A first layer with standard normal entries: its scale does not matter while every hinge is active."""
    return Layer(draws.normal("weights on features", m, r).double(), factor(m, d - r, "start", draws))


def batches(
    layer: Layer, n: int, table: Float[Tensor, " orthant"], turn: int, draws: Draws
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """The n samples of one task and one half-step, in chunks.

    Yields:
        (numbers x, shape (trial, chunk, number); labels y, (trial, chunk); pre-activations, (trial, chunk, neuron)).
    """
    r, W = layer.p.shape[2], layer.joined().float()
    for k, first in enumerate(range(0, n, CHUNK)):
        x = draws.normal(f"samples {turn}", min(CHUNK, n - first), W.shape[2], turn=k)
        yield x, table[features.orthant(x[..., :r], torch.eye(r))], x @ W.mT


def sampled_step(layer: Layer, d: int, n: int, tables: Float[np.ndarray, "task orthant"], draws: Draws) -> Layer:
    """One step at lam_w* = 1 / eta (a law without the empty set), each task once, n samples for each half-step.

    Every hinge is active (short weights, heads from zero), so the step is linear in its samples.

    Returns:
        The layer up to a factor, since eta = kappa = 1.

    Source: the paper's algorithm; the law of its Gram matrix is ours (chapter "End to end").
    """
    T, (trials, m, r) = len(tables), layer.p.shape
    after, noise = torch.zeros_like(layer.joined()), layer.p.new_zeros(trials, m, m)
    for i, table in enumerate(torch.from_numpy(tables).float().to(draws.device)):
        a = layer.p.new_zeros(trials, 1, m)
        for _, y, c in batches(layer, n, table, 2 * i, draws):
            a += y[:, None] @ c.relu_() / n
        for x, y, c in batches(layer, n, table, 2 * i + 1, draws):
            active = (c > 0).float()
            after += a.mT * ((active * y[..., None]).mT @ x) / (T * n)
            noise += a.mT * (active.mT @ active) * a / (T * n) ** 2
    unseen = factor(m, d - after.shape[2], "unseen directions", draws)
    outside = torch.cat([after[..., r:], torch.linalg.cholesky(noise) @ unseen], -1)
    return Layer(after[..., :r], triangular(outside))
