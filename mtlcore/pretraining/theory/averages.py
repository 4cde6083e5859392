"""A(w) averaged over a random direction w: alpha M^T M + gamma (I - M^T M), and what a neuron gains on average."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory.amplification import decompose, drift, kernel
from mtlcore.pretraining.theory.fourier import coefficients


@dataclass(frozen=True)
class Average:
    """Averages over random directions, each as (mean, standard error).

    Attributes:
        alpha: of A on row(M).
        gamma: of A off row(M).
        on: amplification of a neuron's part in row(M), p . (M A w) / |p|^2.
        off: amplification of its part outside, c_perp.
    """

    alpha: tuple[float, float]
    gamma: tuple[float, float]
    on: tuple[float, float]
    off: tuple[float, float]


def directions(
    d: int, r: int, count: int, generator: np.random.Generator
) -> tuple[Float[np.ndarray, "neuron feature"], Float[np.ndarray, " neuron"]]:
    """(p, q) of uniformly random unit neurons.

    Args:
        d: input dimension, > r.
        r: number of features.
        count: how many.
        generator: the stream to draw from.

    Returns:
        (p, q) of shapes (count, r) and (count,), |p|^2 + q^2 = 1.

    Raises:
        ValueError: if r is not in 1 .. d - 1.
    """
    if not 1 <= r < d:
        raise ValueError(f"r = {r} features; allowed: 1 to d - 1 = {d - 1}")
    p, q = generator.standard_normal((count, r)), np.sqrt(generator.chisquare(d - r, count))
    rho = np.sqrt((p**2).sum(1) + q**2)
    return p / rho[:, None], q / rho


def average(law: tasks.Law, d: int, count: int, generator: np.random.Generator) -> Average:
    """E_w A(w) over uniformly random directions at bias 0, with its sampling error.

    Every neuron is exact; only the average over directions is a sample.

    Args:
        law: the law over tasks.
        d: input dimension, > r.
        count: number of directions.
        generator: the stream to draw from.

    Returns:
        The averages.

    Raises:
        ValueError: if r is not in 1 .. d - 1.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    p, q = directions(d, law.r, count, generator)
    found, C = coefficients(p, q), kernel(law)
    # rows of A's square root: gradients are by_p + c p along the features and c q along w_perp
    along = found.by_p + found.c[:, :, None] * p[:, None]
    trace_on = np.einsum("nsj,st,ntj->n", along, C, along, optimize=True)
    c2 = np.einsum("ns,st,nt->n", found.c, C, found.c, optimize=True)
    by_features, c = drift(found, found.h @ C)
    on = c + (p * by_features).sum(1) / (p**2).sum(1)
    values = trace_on / law.r, c2 * q**2 / (d - law.r), on, c
    return Average(*((float(x.mean()), float(x.std() / np.sqrt(count))) for x in values))


def separation(
    p: Float[np.ndarray, "neuron feature"], q: Float[np.ndarray, " neuron"], pi: Float[np.ndarray, " subset"]
) -> float:
    """Largest violation of the separation theorem: c_perp <= pi(empty)/(2 pi), delta_j >= pi({j})/(2 pi).

    Args:
        p: features' weights, shape (neuron, r).
        q: length outside row(M), shape (neuron,).
        pi: probability of each parity, shape (2^r,).

    Returns:
        The violation; at most a rounding error when the theorem holds.

    Source: derived in chapter "Representation learning".
    """
    found = decompose(p, q, pi)
    singles = pi[1 << np.arange(p.shape[1])] / (2 * np.pi)
    return float(max((found.c_perp - pi[0] / (2 * np.pi)).max(), (singles - found.delta).max()))
