"""Gram matrices of Gaussian vectors, and square roots of them: what a space of any dimension has to be drawn for.

Source: Bartlett (1934) for the triangular factor; what it is used for is ours (chapters
"Training in any dimension" and "End to end").
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws


def factors(
    m: int, freedom: int, count: int, generator: np.random.Generator
) -> Float[np.ndarray, "{count} {m} column"]:
    """Matrices B with B B^T of the law of X X^T, where X is m x freedom with standard normal entries.

    Returns:
        Several X themselves for freedom < m, else as many lower triangular matrices.
    """
    if freedom < m:
        return generator.standard_normal((count, m, freedom))
    B = np.tril(generator.standard_normal((count, m, m)), -1)
    B[:, np.arange(m), np.arange(m)] = np.sqrt(generator.chisquare(freedom - np.arange(m), (count, m)))
    return B


def factor(m: int, freedom: int, purpose: str, draws: Draws, turn: int = 0) -> Float[Tensor, "trial neuron column"]:
    """One of the `factors` for each trial, in float64."""
    made = np.concatenate([factors(m, freedom, 1, generator) for generator in draws.generators(purpose, turn)])
    return torch.from_numpy(made).to(draws.device)


def square_root(gram: Float[Tensor, "trial neuron neuron"]) -> Float[Tensor, "trial neuron neuron"]:
    """S with S S^T = a Gram matrix, which may be singular."""
    values, vectors = torch.linalg.eigh(gram)
    return vectors * values.clamp(min=0).sqrt()[:, None]


def triangular(rows: Float[Tensor, "trial neuron column"]) -> Float[Tensor, "trial neuron outside"]:
    """A matrix with the same Gram matrix of its rows, and no more columns than rows."""
    return torch.linalg.qr(rows.mT, mode="r").R.mT
