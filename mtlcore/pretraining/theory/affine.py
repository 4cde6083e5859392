"""What an affine head on z = Mx can do against a parity, exactly: accuracy and hinge loss.

Source: derived in chapter "End to end".
"""

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize_scalar

from mtlcore.pretraining.theory.fourier import activity, coefficients


def _outside(u: Float[np.ndarray, "head feature"], code: int) -> Float[np.ndarray, " head"]:
    """No part outside row(M), after the check that the subset exists."""
    if not 0 <= code < 2 ** u.shape[1]:
        raise ValueError(f"subset code {code}; allowed: 0 to {2 ** u.shape[1] - 1}")
    return np.zeros(len(u))


def accuracy(
    u: Float[np.ndarray, "head feature"], b: float | Float[np.ndarray, " head"], code: int
) -> Float[np.ndarray, " head"]:
    """P(sign(u.z + b) = chi_S(sign z)): one half plus d_b h_S for a non-empty S.

    It is 1/2 exactly, for every direction, when |S| is even, at least 2, and b = 0.

    Raises:
        ValueError: if the code is out of range, or u is zero or not finite.
    """
    return (0.5 if code else 0.0) + activity(u, _outside(u, code), b)[:, code]


def hinge(
    u: Float[np.ndarray, "head feature"], b: float | Float[np.ndarray, " head"], code: int
) -> Float[np.ndarray, " head"]:
    """E[(1 - chi_S(sign z)(u.z + b))_+], at least 1 for every head when |S| >= 2."""
    q, b = _outside(u, code), np.broadcast_to(np.asarray(b, dtype=float), len(u))
    right, wrong = coefficients(-u, q, 1 - b).h, coefficients(u, q, 1 + b).h
    return (right[:, 0] + wrong[:, 0] + (right[:, code] - wrong[:, code] if code else right[:, 0] - wrong[:, 0])) / 2


def best_diagonal(k: int) -> tuple[float, float]:
    """The most accurate threshold along the diagonal of k features, for their parity.

    No better affine head is known: that the diagonal is optimal is numerical (searches over all directions).

    Returns:
        (accuracy, threshold b >= 0); the accuracy is 1, .6250 (exactly 5/8), .5877, .5373, .5243, .5119 for k = 1 .. 6.

    Raises:
        ValueError: if k is outside 1..12.
    """
    if not 1 <= k <= 12:
        raise ValueError(f"degree k = {k}; allowed: 1 to 12")
    u = np.full((1, k), k**-0.5)

    def gain(b: np.ndarray | list[float]) -> Float[np.ndarray, " head"]:
        """What sgn(u.z + b), or the same with one weight's sign turned, has beyond one half."""
        return abs(_gain(u, np.asarray(b, dtype=float), k))

    grid = np.linspace(0, 4, 41)
    start = int(np.argmax(gain(grid)))
    ends = grid[max(start - 1, 0)], grid[min(start + 1, 40)]
    found = minimize_scalar(lambda b: -gain([b])[0], bounds=ends, method="bounded", options={"xatol": 1e-10})
    at_grid = float(gain(grid)[start])
    return (0.5 + at_grid, float(grid[start])) if at_grid >= -found.fun else (0.5 - float(found.fun), float(found.x))


def best_triple() -> float:
    """Accuracy of the head -(z_1 + z_2 + z_3) on the parity of three features: 3/2 - (3/pi) arccos(1/sqrt 3).

    Source: the solid angle of a cone, derived in chapter "End to end".
    """
    return 1.5 - 3 / np.pi * float(np.arccos(1 / np.sqrt(3)))


def _gain(u: Float[np.ndarray, "1 feature"], b: Float[np.ndarray, " head"], k: int) -> Float[np.ndarray, " head"]:
    """Accuracy minus one half along one direction for several thresholds."""
    return accuracy(np.repeat(u, len(b), axis=0), b, 2**k - 1) - 0.5
