"""Neurons as vectors: from (w, M) to (p, q), and the gradients of h_S in the input space."""

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining.theory.fourier import coefficients


def split(
    W: Float[np.ndarray, "neuron dim"], M: Float[np.ndarray, "feature dim"]
) -> tuple[Float[np.ndarray, "neuron feature"], Float[np.ndarray, " neuron"]]:
    """A neuron's weights on the features and its length outside row(M).

    Args:
        W: neurons, shape (neuron, d).
        M: orthonormal rows, shape (r, d).

    Returns:
        (p, q) of shapes (neuron, r) and (neuron,).
    """
    p = W @ M.T
    return p, np.linalg.norm(W - p @ M, axis=1)


def gradients(
    W: Float[np.ndarray, "neuron dim"],
    M: Float[np.ndarray, "feature dim"],
    b: float | Float[np.ndarray, " neuron"] = 0.0,
) -> Float[np.ndarray, "neuron subset dim"]:
    """Gradients by w of h_S(w, b) for every neuron and every subset: sum_{j in S} (d_j h_S) M_j + c_S w.

    Args:
        W: neurons, shape (neuron, d), none of them zero.
        M: orthonormal rows, shape (r, d).
        b: bias of each neuron, shape (neuron,), or one for all.

    Returns:
        float64 array of shape (neuron, 2^r, d).

    Raises:
        ValueError: if r is above 12, a value is not finite, or a neuron is zero.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    p, q = split(W, M)
    found = coefficients(p, q, b)
    return found.by_p @ M + found.c[:, :, None] * W[:, None]


def neuron_gradients(
    w: Float[np.ndarray, " dim"], M: Float[np.ndarray, "feature dim"]
) -> Float[np.ndarray, "subset dim"]:
    """Gradients by w of h_S(w) = E[chi_S(sign Mx) relu(w.x)] for every subset S.

    Args:
        w: one neuron, shape (d,), not zero.
        M: orthonormal rows, shape (r, d).

    Returns:
        float64 array of shape (2^r, d), one row per subset code; rows of odd |S| >= 3 are exactly zero.

    Raises:
        ValueError: if w is zero or not finite, or r is above 12.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    return gradients(w[None], M)[0]
