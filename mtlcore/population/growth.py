"""Growth and decay over many steps with persistent heads: rates, neutral products, Lambda and its regimes."""

from dataclasses import dataclass

import numpy as np

from mtlcore import tasks
from mtlcore.population.amplification import decompose


@dataclass(frozen=True)
class Rates:
    """Growth factors per step while heads and neurons grow together.

    Attributes:
        q: of the part outside row(M).
        p: of the weight on one feature, at the start (d >> r).
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

    Args:
        pi_empty: probability of the empty set, 0 if it is out.
        pi_single: probability of the singleton {j}.
        eta: step size.
        lam_w: weight decay of the first layer.
        lam_a: weight decay of the heads.

    Returns:
        The rates.

    Raises:
        ValueError: if eta lam_w or eta lam_a is outside [0, 1).

    Source: derived in chapter "Representation learning".
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

    Args:
        eps: target, > 0.
        d: input dimension, > r.
        r: number of features.
        rates: growth per step.

    Returns:
        ln(sqrt((d-r)/r) / eps) / ln(g_p / g_q).

    Raises:
        ValueError: if eps <= 0 or r is not in 1 .. d - 1.

    Source: derived in chapter "Representation learning".
    """
    if eps <= 0 or not 1 <= r < d:
        raise ValueError(f"eps = {eps}, r = {r}, d = {d}; allowed: eps > 0 and 1 <= r < d")
    return float(np.log(np.sqrt((d - r) / r) / eps) / np.log(rates.p / rates.q))


def neutral_product(k: int, empty: bool = True) -> float:
    """F_k: the value of Lambda at which a neuron along a k-fold diagonal of row(M) neither grows nor decays.

    Args:
        k: number of features with equal weights, 1 to 12; q = 0.
        empty: whether the empty set is in the uniform law.

    Returns:
        2 pi (c_perp + delta_j) in units of one parity's probability: F_1 = 2, F_2 = 2 + (sqrt 2 - 1)^2, ... with the
        empty set.

    Raises:
        ValueError: if k is outside 1..12.

    Source: derived in chapter "Representation learning".
    """
    weights = np.ones(2**k) if 1 <= k <= 12 else None
    if weights is None:
        raise ValueError(f"k = {k} features; allowed: 1 to 12")
    weights[0] = empty
    found = decompose(np.full((1, k), k**-0.5), np.zeros(1), weights)
    return float(2 * np.pi * (found.c_perp[0] + found.delta[0, 0]))


def neutral_products(law: tasks.Law) -> tuple[float, float, float]:
    """lam_w lam_a at which nothing moves: outside row(M), on a feature at the start, and once aligned.

    Args:
        law: a uniform law over parities, the empty set in or out.

    Returns:
        (q, p, aligned), increasing: pi(empty)/(2 pi), (pi(empty) + pi({j}))/(2 pi) and F_r pi({j})/(2 pi).

    Raises:
        ValueError: if the law is not uniform over the non-empty parities.

    Source: derived in chapter "Representation learning".
    """
    single, has_empty = _uniform(law)
    unit = single / (2 * np.pi)
    return has_empty * unit, (has_empty + 1) * unit, neutral_product(law.r, has_empty) * unit


def Lambda(law: tasks.Law, lam_w: float, lam_a: float) -> float:
    """The dimensionless decay 2 pi lam_a lam_w / pi({j}): 2 pi 2^r lam_a lam_w with the empty set in.

    Args:
        law: a uniform law over parities, the empty set in or out.
        lam_w: weight decay of the first layer.
        lam_a: weight decay of the heads.

    Returns:
        Lambda.

    Raises:
        ValueError: if the law is not uniform over the non-empty parities.

    Source: derived in chapter "Representation learning".
    """
    return 2 * np.pi * lam_a * lam_w / _uniform(law)[0]


def regime(law: tasks.Law, lam_w: float, lam_a: float) -> str:
    """What happens in the linear regime.

    Args:
        law: a uniform law over parities, the empty set in or out.
        lam_w: weight decay of the first layer.
        lam_a: weight decay of the heads.

    Returns:
        "both grow" (the features faster), "features grow" (and the rest decays), "aligned neurons grow" (features
        decay at a random start, grow once aligned), or "everything decays".

    Raises:
        ValueError: if the law is not uniform over the non-empty parities.

    Source: derived in chapter "Representation learning".
    """
    names = ("both grow", "features grow", "aligned neurons grow", "everything decays")
    return names[int(np.searchsorted(neutral_products(law), lam_w * lam_a, side="right"))]


def _uniform(law: tasks.Law) -> tuple[float, bool]:
    """(probability of one parity, whether the empty set is in) of a uniform law over parities."""
    tables, pi = tasks.parity_tables(law.r), np.zeros(2**law.r)
    for table, prob in zip(law.tables, law.probs, strict=True):
        pi[np.flatnonzero((tables == table).all(1))] += prob
    if not np.allclose(pi[1:], pi[1]) or not (pi[0] == 0 or np.isclose(pi[0], pi[1])) or pi[1] == 0:
        raise ValueError("the law is not uniform over parities; allowed: uniform, the empty set in or out")
    return float(pi[1]), bool(pi[0])
