"""A neuron's correlations from their definition, by a product rule over the hidden coordinates.

It shares nothing with the integrals of `fourier`: no characteristic function, no case that is known to vanish. What a
neuron has outside the features sees one Gaussian number more, integrated by hand: E relu(u + q g) = u Phi(u/q) +
q phi(u/q).

Source: derived in chapter "The pseudo-contrastive loss".
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining.theory import closed


class Rule(NamedTuple):
    """Nodes and weights of an expectation over one hidden coordinate."""

    node: Float[np.ndarray, " node"]
    weight: Float[np.ndarray, " node"]


def _both_halves(points: int, end: float) -> Rule:
    """Gauss-Legendre on [-end, 0] and on [0, end], since a parity jumps at 0."""
    node, weight = np.polynomial.legendre.leggauss(points)
    half = end / 2 * (1 + node)
    return Rule(np.r_[-half, half], np.tile(end / 2 * weight, 2))


def gaussian(points: int) -> Rule:
    """A standard Gaussian coordinate, cut where its density is below 1e-16."""
    node, weight = _both_halves(points, 8.5)
    return Rule(node, weight * np.exp(-(node**2) / 2) / np.sqrt(2 * np.pi))


def uniform(points: int) -> Rule:
    """A uniform coordinate with mean 0 and variance 1."""
    node, weight = _both_halves(points, np.sqrt(3))
    return Rule(node, weight / (2 * np.sqrt(3)))


def correlations(
    p: Float[np.ndarray, "neuron feature"],
    q: Float[np.ndarray, " neuron"],
    b: float,
    rule: Rule,
) -> Float[np.ndarray, "neuron subset"]:
    """E[chi_S(sign z) relu(p.z + q g + b)] of every neuron and every subset, the coordinates of z following the rule.

    Raises:
        ValueError: if some q is not positive.
    """
    if not (q > 0).all():
        raise ValueError(f"q = {q.min():.6g}; allowed: positive, since only then the integrand is smooth")
    parity = np.stack([rule.weight, rule.weight * np.sign(rule.node)])
    out = []
    for weights, rest in zip(p, q, strict=True):
        u = np.array(b)
        for weight in weights:
            u = np.add.outer(u, weight * rule.node)
        value = closed.empty(np.full(u.size, rest), u.ravel())[0].reshape(u.shape)
        for _ in weights:  # the axis of a feature becomes: not in S, in S
            value = np.tensordot(value, parity, ([0], [1]))
        out.append(value.ravel(order="F"))
    return np.array(out)
