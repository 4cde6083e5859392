"""Heads that minimise a regularised loss, and what their samples cost: a bound by leaving one sample out.

Source: derived in chapter "End to end".
"""

import itertools

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from mtlcore.lab.draws import quantile_means

#: Half the width of the parabola that rounds the hinge's corner off, and where the minimiser stops.
WIDTH, GRADIENT = 0.1, 1e-6

Values = Float[np.ndarray, " sample"]


def rounded_hinge(margin: Values) -> tuple[Values, Values, Values]:
    """A convex loss with slopes in [-1, 0] that is nowhere below the hinge, and at most WIDTH / 4 above it.

    Returns:
        (loss, its slope, its curvature).
    """
    band = np.clip(1 + WIDTH - margin, 0, 2 * WIDTH)
    loss = band**2 / (4 * WIDTH) + np.maximum(1 - WIDTH - margin, 0)
    return loss, -band / (2 * WIDTH), (abs(1 - margin) < WIDTH) / (2 * WIDTH)


def best_head(
    h: Float[np.ndarray, "sample neuron"], y: Values, lam: float, near: Float[np.ndarray, " neuron"]
) -> tuple[Float[np.ndarray, " neuron"], float]:
    """The head that minimises the mean rounded hinge plus (lam / 2) |a|^2.

    Returns:
        (head; length of the gradient there: the minimiser is no further away than this length over lam).
    """

    def value(a: np.ndarray) -> tuple[float, np.ndarray]:
        loss, slope, _ = rounded_hinge(y * (h @ a))
        return loss.mean() + lam / 2 * a @ a, (slope * y) @ h / len(h) + lam * a

    def hessian(a: np.ndarray) -> np.ndarray:
        curvature = rounded_hinge(y * (h @ a))[2]
        bent = h[curvature > 0]
        return bent.T @ bent / (2 * WIDTH * len(h)) + lam * np.eye(len(a))

    found = minimize(value, near, jac=True, hess=hessian, method="trust-exact", options={"gtol": GRADIENT})
    return found.x, float(np.linalg.norm(found.jac))


def left_out(h: Float[np.ndarray, "sample neuron"], y: Values, a: Float[np.ndarray, " neuron"], lam: float) -> float:
    """A bound on the risk that needs no fresh sample: what the regularised head's own samples say.

    Returns:
        Mean loss on the training samples, plus the mean over them of |h|^2 / (lam N) where the loss is not flat.

    Raises:
        ValueError: if lam <= 0.
    """
    if lam <= 0:
        raise ValueError(f"lam = {lam}; allowed: a positive number")
    loss, slope, _ = rounded_hinge(y * (h @ a))
    return float(loss.mean() + ((h**2).sum(1) * (slope < 0)).mean() / (lam * len(h)))


def grid(r: int, per_axis: int) -> Float[np.ndarray, "sample feature"]:
    """Equally likely points in place of N(0, I_r).

    Returns:
        All combinations of `quantile_means`, per_axis^r of them; no value is 0 for an even number.
    """
    return np.array(list(itertools.product(quantile_means(per_axis), repeat=r)))
