"""Leading terms, in small p / rho or large d, of what the other modules compute exactly."""

import numpy as np
from jaxtyping import Float


def leading_A(
    w: Float[np.ndarray, " dim"], M: Float[np.ndarray, "feature dim"], empty: bool = True
) -> Float[np.ndarray, "dim dim"]:
    """A(w) for uniform parities up to second order in p / rho: singletons, empty set and pairs.

    2 pi 2^r A ~ M^T M + u u^T + (4 / pi^2) sum_{j<k} u_jk u_jk^T / rho^2 with
    u_jk = p_k M_j + p_j M_k - (p_j p_k / rho) what; without the empty set its term goes and 2^r is 2^r - 1.

    Args:
        w: one neuron, shape (d,), not zero.
        M: orthonormal rows, shape (r, d).
        empty: whether the empty set is in the law.

    Returns:
        float64 array of shape (d, d).

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    r, p, rho = len(M), M @ w, np.linalg.norm(w)
    bracket = M.T @ M + empty * np.outer(w, w) / rho**2
    for k in range(r):
        for j in range(k):
            u = (p[k] * M[j] + p[j] * M[k] - p[j] * p[k] * w / rho**2) / rho
            bracket += 4 / np.pi**2 * np.outer(u, u)
    return bracket / (2 * np.pi * (2**r - (not empty)))


def average_leading(d: int, r: int) -> tuple[float, float]:
    """Leading terms of (alpha, gamma) for uniform parities with the empty set.

    alpha 2^r 2 pi = 1 + 1/d + (4/pi^2)(r-1)/d and gamma 2^r 2 pi = 1/d, up to O(1/d^2).

    Args:
        d: input dimension.
        r: number of features.

    Returns:
        (alpha, gamma).

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    unit = 2.0**-r / (2 * np.pi)
    return unit * (1 + 1 / d + 4 / np.pi**2 * (r - 1) / d), unit / d


def factors_leading(d: int, r: int) -> tuple[float, float]:
    """Leading terms of the amplification on and off row(M), uniform parities with the empty set, in 2^-r / (2 pi).

    Args:
        d: input dimension.
        r: number of features.

    Returns:
        (on, off): 2 + (4/pi^2) r(r-1) / ((r+2) d) and 1 - (4/pi^2) r(r-1) / (2 d (d+2)).

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    pairs = 4 / np.pi**2 * r * (r - 1)
    return 2 + pairs / ((r + 2) * d), 1 - pairs / (2 * d * (d + 2))
