"""Growth and decay over many steps with persistent heads, while neurons are far from aligned.

Source: derived in chapter "One step, many steps".
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Rates:
    """Growth factors per step while heads and neurons grow together.

    Attributes:
        q: that of the part outside row(M).
        p: that of the weight on one feature, at the start (d >> r).
    """

    q: float
    p: float


def _largest_root(keep_w: float, keep_a: float, drive: float) -> float:
    """g = keep_w + drive g / (g - keep_a), the larger solution."""
    middle = (keep_w + keep_a + drive) / 2
    return middle + np.sqrt(max(middle**2 - keep_w * keep_a, 0.0))


def rates(pi_empty: float, pi_single: float, eta: float, lam_w: float, lam_a: float) -> Rates:
    """Asymptotic growth per step of q and p when |p| << q.

    With K(g) = 1 / (1 - (1 - eta lam_a) / g): q solves g = 1 - eta lam_w + eta^2 pi(empty)/(2 pi) K(g), and p solves
    g = 1 - eta lam_w + eta^2 [pi(empty) K(g_q) + pi({j}) K(g)] / (2 pi).

    Raises:
        ValueError: if eta lam_w or eta lam_a is outside [0, 1).
    """
    for name, decay in (("lam_w", eta * lam_w), ("lam_a", eta * lam_a)):
        if not 0 <= decay < 1:
            raise ValueError(f"eta {name} = {decay}; allowed: 0 to below 1")
    keep_w, keep_a = 1 - eta * lam_w, 1 - eta * lam_a
    drive_q, drive_p = eta**2 * pi_empty / (2 * np.pi), eta**2 * pi_single / (2 * np.pi)
    g_q = _largest_root(keep_w, keep_a, drive_q) if pi_empty else keep_w
    pushed = keep_w + (drive_q / (1 - keep_a / g_q) if pi_empty else 0.0)
    return Rates(g_q, _largest_root(pushed, keep_a, drive_p))


def steps_to(eps: float, d: int, r: int, rates: Rates) -> float:
    """Steps until q/|p| falls from its random start sqrt((d-r)/r) to eps.

    Returns:
        ln(sqrt((d-r)/r) / eps) / ln(g_p / g_q).

    Raises:
        ValueError: if eps <= 0 or r is not in 1 .. d - 1.
    """
    if eps <= 0 or not 1 <= r < d:
        raise ValueError(f"eps = {eps}, r = {r}, d = {d}; allowed: eps > 0 and 1 <= r < d")
    return float(np.log(np.sqrt((d - r) / r) / eps) / np.log(rates.p / rates.q))
