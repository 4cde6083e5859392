"""One task for all, or one head for all tasks: what the step sees, and what it can't.

Source: derived in chapters "When one task is not enough" and "What one task and random features cannot do".
"""

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining.theory.amplification import drift
from mtlcore.pretraining.theory.fourier import coefficients


def field(
    p: Float[np.ndarray, "neuron feature"],
    q: Float[np.ndarray, " neuron"],
    f: Float[np.ndarray, " subset"],
    b: float = 0.0,
) -> tuple[Float[np.ndarray, "neuron feature"], Float[np.ndarray, " neuron"]]:
    """h_f grad h_f of one target: the drift of one task.

    For one head shared by all tasks, the target is their mean, f = E_i f_i.

    Returns:
        (along, c): the drift is along @ M + c w.

    Raises:
        ValueError: if f has another length or a neuron is not allowed in `fourier.coefficients`.
    """
    if len(f) != 2 ** p.shape[1]:
        raise ValueError(f"{len(f)} Fourier coefficients; allowed: one for each of the {2 ** p.shape[1]} subsets")
    found = coefficients(p, q, b)
    return drift(found, (found.h @ f)[:, None] * f)


def one_step(
    p: Float[np.ndarray, "neuron feature"],
    q: Float[np.ndarray, " neuron"],
    f: Float[np.ndarray, " subset"],
    eta: float,
    lam_w: float,
    kappa: float,
) -> tuple[Float[np.ndarray, "neuron feature"], Float[np.ndarray, " neuron"]]:
    """w+ = (1 - eta lam_w) w + eta kappa h_f grad h_f for one target, in (p, q).

    Args:
        lam_w: 1/eta + kappa f_0^2 / (2 pi) forgets what lies outside row(M) (`dynamics.lam_w_star`).

    Returns:
        (p+, q+), q+ signed: negative when w_perp has turned around.
    """
    along, c = field(p, q, f)
    keep = 1 - eta * lam_w + eta * kappa * c
    return keep[:, None] * p + eta * kappa * along, keep * q


def not_all_equal(r: int) -> Float[np.ndarray, " orthant"]:
    """NAE_r: -1 where all signs agree, +1 elsewhere. f_0 = 1 - 2^(2-r), f_jk = -2^(2-r), f_j = 0.

    Raises:
        ValueError: if r is outside 3..12; with fewer features f_0 = 0.
    """
    if not 3 <= r <= 12:
        raise ValueError(f"r = {r} features; allowed: 3 to 12")
    table = np.ones(2**r)
    table[[0, -1]] = -1
    return table


def missed_probability(r: int) -> float:
    """P(a uniform parity, the empty set in, leaves some feature out): 1 - 2^-r; each is left out with 1/2.

    Raises:
        ValueError: if r < 1.
    """
    if r < 1:
        raise ValueError(f"r = {r} features; allowed: at least 1")
    return 1 - 2.0**-r


def captured_bound(d: int, r: int, size: int) -> float:
    """E |P_V M_j|^2 <= r / (d - |S|) for a feature j outside the only task's set S and any r-dimensional estimate V.

    Args:
        size: |S|.

    Returns:
        The bound, at most 1; exact when V is orthogonal to the features of S or S is empty.

    Raises:
        ValueError: if |S| is outside 0..r-1 (a feature must be left out) or r > d.
    """
    if not (0 <= size < r <= d):
        raise ValueError(f"|S| = {size}, r = {r}, d = {d}; allowed: 0 <= |S| < r <= d")
    return min(1.0, r / (d - size))
