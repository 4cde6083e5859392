"""The Fourier coefficients of a neuron, h_S(w, b) = E[chi_S(sign Mx) relu(w.x + b)], and their gradients.

They depend on w only through p = Mw and q = |w - M^T p|: h_S is a function of p_S and rho = |w|, and
grad_w h_S = sum_{j in S} (d_j h_S at fixed rho) M_j + c_S w with c_S = (1/rho) d_rho h_S.

Source: derived in chapter "The pseudo-contrastive loss".
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory import closed, integrals

#: Largest r: 2^12 subsets.
MAX_R = 12


@dataclass(frozen=True)
class Coefficients:
    """All Fourier coefficients h of some neurons, and their derivatives.

    Attributes:
        by_p: derivative of h_S by p_j at fixed rho, zero for j outside S.
        c: (1/rho) d_rho h_S, the coefficient of w in the gradient.
    """

    h: Float[np.ndarray, "neuron subset"]
    by_p: Float[np.ndarray, "neuron subset feature"]
    c: Float[np.ndarray, "neuron subset"]


def check(
    p: Float[np.ndarray, "neuron feature"],
    q: Float[np.ndarray, " neuron"],
    b: float | Float[np.ndarray, " neuron"] = 0.0,
) -> tuple[Float[np.ndarray, " neuron"], Float[np.ndarray, " neuron"]]:
    """Refuse what has no coefficients.

    Returns:
        (rho, b), the bias now one for each neuron.

    Raises:
        ValueError: if r is outside 1..12, a value is not finite, some q is negative, or some neuron is zero.
    """
    if not 1 <= p.shape[1] <= MAX_R:
        raise ValueError(f"r = {p.shape[1]} features; allowed: 1 to {MAX_R}")
    b = np.broadcast_to(np.asarray(b, dtype=float), q.shape)
    for name, values in (("p", p), ("q", q), ("b", b)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} = {values[~np.isfinite(values)][0]}; allowed: finite numbers")
    if (q < 0).any():
        raise ValueError(f"q = {q.min():.6g}; allowed: at least 0")
    largest = np.maximum(abs(p).max(1), q)
    if not largest.all():
        raise ValueError("|w| = 0; allowed: a neuron with a direction")
    return largest * np.hypot(np.linalg.norm(p / largest[:, None], axis=1), q / largest), b


def _singles_and_pairs(p: np.ndarray, q: np.ndarray, size: int) -> Iterator[tuple[int, list[int], np.ndarray]]:
    """(code, its features, length of the rest of w) of each subset of one size."""
    for code in np.flatnonzero(tasks.sizes(p.shape[1]) == size).tolist():
        S = integrals.features_of(code)
        yield code, S, np.sqrt(q**2 + (np.delete(p, S, axis=1) ** 2).sum(1))


def coefficients(
    p: Float[np.ndarray, "neuron feature"],
    q: Float[np.ndarray, " neuron"],
    b: float | Float[np.ndarray, " neuron"] = 0.0,
) -> Coefficients:
    """h_S and its derivatives for every neuron and every subset.

    Closed forms for |S| <= 1 and, at b = 0, for pairs; at b = 0 odd degrees from 3 on are exactly zero.

    Raises:
        ValueError: if r is outside 1..12, a value is not finite, some q is negative, or some neuron is zero.
    """
    rho, b = check(p, q, b)
    p, q, b = p / rho[:, None], q / rho, b / rho
    sizes = tasks.sizes(p.shape[1])
    h, c = np.zeros((2, len(p), len(sizes)))
    by_p = np.zeros((len(p), len(sizes), p.shape[1]))
    h[:, 0], c[:, 0], _ = closed.empty(np.ones(len(p)), b)
    for code, S, Q in _singles_and_pairs(p, q, 1):
        h[:, code], by_p[:, code, S[0]], c[:, code], _ = closed.single(p[:, S[0]], Q, b)
    flat = b == 0
    for code, (i, j), Q in _singles_and_pairs(p[flat], q[flat], 2):
        h[flat, code], by_p[flat, code, i], by_p[flat, code, j], c[flat, code] = closed.pair(p[flat, i], p[flat, j], Q)
    for who, codes in ((flat, np.flatnonzero((sizes >= 4) & (sizes % 2 == 0))), (~flat, np.flatnonzero(sizes >= 2))):
        if who.any() and len(codes):
            parts = integrals.parity_moments(p[who], q[who], b[who], codes.tolist())
            for whole, part in zip((h, by_p, c), parts[:3], strict=True):
                whole[np.ix_(who, codes)] = part
    return Coefficients(h * rho[:, None], by_p, c / rho[:, None])


def activity(
    p: Float[np.ndarray, "neuron feature"],
    q: Float[np.ndarray, " neuron"],
    b: float | Float[np.ndarray, " neuron"] = 0.0,
) -> Float[np.ndarray, "neuron subset"]:
    """E[chi_S(sign Mx) 1{w.x + b > 0}] = d_b h_S for every neuron and every subset.

    At b = 0 even degrees from 2 on are exactly zero.
    """
    rho, b = check(p, q, b)
    p, q, b = p / rho[:, None], q / rho, b / rho
    sizes = tasks.sizes(p.shape[1])
    out = np.zeros((len(p), len(sizes)))
    out[:, 0] = closed.empty(np.ones(len(p)), b)[2]
    for code, S, Q in _singles_and_pairs(p, q, 1):
        out[:, code] = closed.single(p[:, S[0]], Q, b)[3]
    flat = b == 0
    for who, codes in ((flat, np.flatnonzero((sizes >= 3) & (sizes % 2 == 1))), (~flat, np.flatnonzero(sizes >= 2))):
        if who.any() and len(codes):
            out[np.ix_(who, codes)] = integrals.parity_moments(p[who], q[who], b[who], codes.tolist())[3]
    return out
