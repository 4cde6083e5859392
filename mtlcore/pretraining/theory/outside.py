"""What a head loses when neurons keep a part outside row(M): a fluctuation and a mean shift, both exact expectations.

The pre-activations of neurons with weights p on the features, Gram matrix G of their parts outside row(M) and biases b
are c + u, with c = p.z + b and u ~ N(0, G) independent of z.

Source: derived in chapter "End to end".
"""

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr, owens_t

from mtlcore.pretraining.theory import closed


def mean_square_relu(
    b: Float[np.ndarray, " neuron"], rho: Float[np.ndarray, " neuron"]
) -> Float[np.ndarray, " neuron"]:
    """E relu(b + rho g)^2 for a standard normal g; their sum over the neurons is E|h|^2."""
    return rho**2 * ndtr(b / rho) + b * closed.empty(rho, b)[0]


def co_activation(
    b: Float[np.ndarray, " neuron"], K: Float[np.ndarray, "neuron neuron"]
) -> Float[np.ndarray, "neuron neuron"]:
    """P(both neurons are active) for all pairs, when the pre-activations are N(b, K).

    Returns:
        A positive semi-definite matrix with entries in [0, 1]; on its diagonal Phi(b_j / rho_j).

    Source: Owen (1956).
    """
    rho = np.sqrt(np.diag(K))
    level = np.where(b == 0, 1e-150, b / rho)  # the formula has its limit at 0
    active = ndtr(level)
    cosine = np.clip(K / np.outer(rho, rho), -1, 1)
    sine = np.sqrt(np.maximum(1 - cosine**2, np.finfo(float).tiny))
    first, second = np.broadcast_arrays(level[:, None], level)
    both = (active[:, None] + active - (first * second < 0)) / 2
    for one, other in ((first, second), (second, first)):
        both = both - owens_t(one, (other / one - cosine) / sine)
    parallel = cosine > 1 - 1e-14  # the same direction: the lower bias decides
    return np.where(parallel, np.minimum(active[:, None], active), both)


def mean_shift(
    p: Float[np.ndarray, "neuron feature"], G: Float[np.ndarray, "neuron neuron"], b: Float[np.ndarray, " neuron"]
) -> Float[np.ndarray, " neuron"]:
    """How much the parts outside row(M) raise each neuron's mean activation.

    Returns:
        E relu(c + u) - E relu(c), at least 0 and of second order in the length outside.
    """
    inside = np.linalg.norm(p, axis=1)
    return closed.empty(np.sqrt(inside**2 + np.diag(G)), b)[0] - closed.empty(inside, b)[0]


def carried_over(
    p: Float[np.ndarray, "neuron feature"],
    G: Float[np.ndarray, "neuron neuron"],
    b: Float[np.ndarray, " neuron"],
    a: Float[np.ndarray, " neuron"],
) -> float:
    """By how much a head's hinge risk can grow when the neurons get their parts outside row(M).

    Returns:
        sqrt(a^T (G * P) a) + sum_j |a_j| shift_j, P the matrix of co-activations; at most |a| (|W_perp|_op + |shift|).
    """
    gated = G * co_activation(b, p @ p.T + G)
    return float(np.sqrt(max(a @ gated @ a, 0.0)) + abs(a) @ mean_shift(p, G, b))
