"""One task for all, or one head for all tasks: what the step sees, and what it can't."""

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory.amplification import drift
from mtlcore.pretraining.theory.fourier import coefficients


def field(
    p: Float[np.ndarray, "neuron feature"], q: Float[np.ndarray, " neuron"], f: Float[np.ndarray, " subset"]
) -> tuple[Float[np.ndarray, "neuron feature"], Float[np.ndarray, " neuron"]]:
    """h_f grad h_f of one target with Fourier coefficients f: the drift of one task.

    For one head shared by all tasks, the target is their mean, f = E_i f_i (`mean_target`).

    Args:
        p: features' weights, shape (neuron, r).
        q: length outside row(M), shape (neuron,).
        f: Fourier coefficients of the target, shape (2^r,).

    Returns:
        (along, c): the drift is along @ M + c w; shapes (neuron, r) and (neuron,).

    Raises:
        ValueError: if f has another length or a neuron is not allowed in `fourier.coefficients`.

    Source: derived in chapter "When one task is not enough".
    """
    if len(f) != 2 ** p.shape[1]:
        raise ValueError(f"{len(f)} Fourier coefficients; allowed: one for each of the {2 ** p.shape[1]} subsets")
    found = coefficients(p, q)
    return drift(found, (found.h @ f)[:, None] * f)


def mean_target(law: tasks.Law) -> Float[np.ndarray, " subset"]:
    """Fourier coefficients of E_i f_i, what one shared head learns; 2^-r for each of the uniform parities.

    Args:
        law: the law over tasks.

    Returns:
        float64 array of shape (2^r,).
    """
    return law.probs @ tasks.fourier(law.tables)


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
        p: features' weights, shape (neuron, r).
        q: length outside row(M), shape (neuron,).
        f: Fourier coefficients of the target, shape (2^r,).
        eta: step size.
        lam_w: weight decay; 1/eta + kappa f_0^2 / (2 pi) forgets what lies outside row(M) (`dynamics.lam_w_star`).
        kappa: the head is kappa h_f.

    Returns:
        (p+, q+), q+ signed: negative when w_perp has turned around.

    Raises:
        ValueError: if f has another length or a neuron is not allowed in `fourier.coefficients`.

    Source: derived in chapter "When one task is not enough".
    """
    along, c = field(p, q, f)
    keep = 1 - eta * lam_w + eta * kappa * c
    return keep[:, None] * p + eta * kappa * along, keep * q


def one_step_leading(
    p: Float[np.ndarray, "neuron feature"],
    rho: Float[np.ndarray, " neuron"],
    f: Float[np.ndarray, " subset"],
    eta: float,
    kappa: float,
) -> Float[np.ndarray, "neuron feature"]:
    """p+ to leading order in p/rho after one cancelling step: (eta kappa/2pi) [(2/pi) f_0 F2 p + (f1.p + f_0 rho) f1].

    Args:
        p: features' weights, shape (neuron, r).
        rho: |w|, shape (neuron,).
        f: Fourier coefficients of the target, shape (2^r,).
        eta: step size.
        kappa: the head is kappa h_f.

    Returns:
        p+, shape (neuron, r).

    Source: derived in chapter "When one task is not enough".
    """
    f1, F2 = degrees_one_and_two(f)
    linear = (p @ f1 + f[0] * rho)[:, None] * f1
    return eta * kappa / (2 * np.pi) * (2 / np.pi * f[0] * p @ F2 + linear)


def degrees_one_and_two(
    f: Float[np.ndarray, " subset"],
) -> tuple[Float[np.ndarray, " feature"], Float[np.ndarray, "feature feature"]]:
    """Fourier coefficients of singletons and, as a symmetric matrix with zero diagonal, of pairs.

    Args:
        f: all Fourier coefficients, shape (2^r,).

    Returns:
        (f1, F2) of shapes (r,) and (r, r).
    """
    r = len(f).bit_length() - 1
    singles = 1 << np.arange(r)
    return f[singles], np.where(np.eye(r, dtype=bool), 0.0, f[singles[:, None] | singles])


def not_all_equal(r: int) -> Float[np.ndarray, " orthant"]:
    """NAE_r: -1 where all signs agree, +1 elsewhere. f_0 = 1 - 2^(2-r), f_jk = -2^(2-r), f_j = 0.

    Args:
        r: number of features, 3 to 12: with fewer, f_0 = 0.

    Returns:
        The table, shape (2^r,).

    Raises:
        ValueError: if r is outside 3..12.

    Source: derived in chapter "When one task is not enough".
    """
    if not 3 <= r <= 12:
        raise ValueError(f"r = {r} features; allowed: 3 to 12")
    table = np.ones(2**r)
    table[[0, -1]] = -1
    return table


def missed_probability(r: int) -> float:
    """P(a uniform parity, the empty set in, leaves some feature out): 1 - 2^-r; each is left out with 1/2.

    Args:
        r: number of features, >= 1.

    Returns:
        The probability.

    Raises:
        ValueError: if r < 1.

    Source: derived in chapter "When one task is not enough".
    """
    if r < 1:
        raise ValueError(f"r = {r} features; allowed: at least 1")
    return 1 - 2.0**-r


def captured_bound(d: int, r: int, size: int) -> float:
    """E |P_V M_j|^2 <= r / (d - |S|) for a feature j outside the only task's set S and any r-dimensional estimate V.

    Args:
        d: input dimension.
        r: number of features, and the dimension of V.
        size: |S|, 0 to r - 1 (a feature must be left out), below d.

    Returns:
        The bound, at most 1; exact when V is orthogonal to the features of S or S is empty.

    Raises:
        ValueError: if |S| is outside 0..r-1 or r > d.

    Source: derived in chapter "When one task is not enough".
    """
    if not (0 <= size < r <= d):
        raise ValueError(f"|S| = {size}, r = {r}, d = {d}; allowed: 0 <= |S| < r <= d")
    return min(1.0, r / (d - size))
