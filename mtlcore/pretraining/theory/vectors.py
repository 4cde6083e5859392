"""Neurons as vectors: from (w, M) to (p, q), and the gradients of h_S in the input space.

Source: derived in chapter "The pseudo-contrastive loss".
"""

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining.theory.fourier import coefficients


def split(
    W: Float[np.ndarray, "neuron dim"], M: Float[np.ndarray, "feature dim"]
) -> tuple[Float[np.ndarray, "neuron feature"], Float[np.ndarray, " neuron"]]:
    """(p, q): a neuron's weights on the features and its length outside row(M)."""
    p = W @ M.T
    return p, np.linalg.norm(W - p @ M, axis=1)


def directions(
    d: int, r: int, count: int, generator: np.random.Generator
) -> tuple[Float[np.ndarray, "neuron feature"], Float[np.ndarray, " neuron"]]:
    """(p, q) of uniformly random unit neurons.

    Raises:
        ValueError: if r is not in 1 .. d - 1.
    """
    if not 1 <= r < d:
        raise ValueError(f"r = {r} features; allowed: 1 to d - 1 = {d - 1}")
    p, q = generator.standard_normal((count, r)), np.sqrt(generator.chisquare(d - r, count))
    rho = np.sqrt((p**2).sum(1) + q**2)
    return p / rho[:, None], q / rho


def gradients(
    W: Float[np.ndarray, "neuron dim"],
    M: Float[np.ndarray, "feature dim"],
    b: float | Float[np.ndarray, " neuron"] = 0.0,
) -> Float[np.ndarray, "neuron subset dim"]:
    """Gradients by w of h_S(w, b) for every neuron and every subset: sum_{j in S} (d_j h_S) M_j + c_S w."""
    p, q = split(W, M)
    found = coefficients(p, q, b)
    return found.by_p @ M + found.c[:, :, None] * W[:, None]


def neuron_gradients(
    w: Float[np.ndarray, " dim"], M: Float[np.ndarray, "feature dim"]
) -> Float[np.ndarray, "subset dim"]:
    """Gradients by w of h_S(w) = E[chi_S(sign Mx) relu(w.x)] for every subset S.

    Those of odd |S| >= 3 are exactly zero.
    """
    return gradients(w[None], M)[0]
