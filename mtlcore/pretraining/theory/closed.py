"""Closed forms for parities of degree 0, 1 (any bias) and 2 (bias zero), written so that nothing cancels.

Source: derived in chapter "The pseudo-contrastive loss".
"""

import numpy as np
from jaxtyping import Float
from scipy.special import erf, ndtr, owens_t

Vector = Float[np.ndarray, " neuron"]


def _ratio(x: Vector, y: Vector) -> Vector:
    """x / y for y >= 0, with 0 / 0 = 0 and x / 0 = sign(x) inf."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(x == 0, 0.0, x / y)


def empty(rho: Vector, b: Vector) -> tuple[Vector, Vector, Vector]:
    """Degree 0: h = E relu(w.x + b) = b Phi(b/rho) + rho phi(b/rho).

    Returns:
        (h, c, by_b): the value, (1/rho) d_rho h and d_b h.
    """
    density, mass = np.exp(-((b / rho) ** 2) / 2) / np.sqrt(2 * np.pi), ndtr(b / rho)
    return b * mass + rho * density, density / rho, mass


def single(p: Vector, Q: Vector, b: Vector) -> tuple[Vector, Vector, Vector, Vector]:
    """Degree 1: h = 2 b T(b/rho, p/Q) - rho phi(b/rho) erf(p b / (rho Q sqrt 2)) + sqrt(2/pi) p Phi(b/Q).

    T is Owen's function and Q^2 = rho^2 - p^2; at b = 0 this is p / sqrt(2 pi).

    Args:
        p: weight on the one feature of S.

    Returns:
        (h, by_p, c, by_b): the value, its derivative by p at fixed rho, (1/rho) d_rho h and d_b h.
    """
    rho = np.hypot(p, Q)
    by_b = 2 * owens_t(b / rho, _ratio(p, Q))
    c = -np.exp(-((b / rho) ** 2) / 2) / np.sqrt(2 * np.pi) / rho * erf(_ratio(p * b, rho * Q) / np.sqrt(2))
    by_p = np.sqrt(2 / np.pi) * ndtr(_ratio(b, Q))
    return b * by_b + rho**2 * c + p * by_p, by_p, c, by_b


def pair(p1: Vector, p2: Vector, Q: Vector) -> tuple[Vector, Vector, Vector, Vector]:
    """Degree 2 at bias 0, with rho^2 = p1^2 + p2^2 + Q^2.

    h = (2/pi) / sqrt(2 pi) [p1 atan2(p2, Q) + p2 atan2(p1, Q) - rho atan2(p1 p2, Q rho)]; the value is computed from
    an arrangement of the same angles that keeps its relative accuracy however small p1, p2 or Q are.

    Returns:
        (h, by_p1, by_p2, c): the value, its derivatives by p1 and p2 at fixed rho, and (1/rho) d_rho h.
    """
    scale = (2 / np.pi) / np.sqrt(2 * np.pi)
    rho = np.sqrt(p1**2 + p2**2 + Q**2)
    small, large = np.minimum(abs(p1), abs(p2)), np.maximum(abs(p1), abs(p2))
    gap = (small**2 + Q**2) / (rho + large)  # rho - large
    both = np.arctan2(small * large, Q * rho)
    tilt = np.arctan2(small * Q * gap, Q**2 * rho + small**2 * large)  # atan2(small, Q) - both
    h = np.sign(p1) * np.sign(p2) * scale * (small * np.arctan2(large, Q) + large * tilt - gap * both)
    signed = np.sign(p1) * np.sign(p2) * both
    return h, scale * np.arctan2(p2, Q), scale * np.arctan2(p1, Q), -scale * signed / rho
