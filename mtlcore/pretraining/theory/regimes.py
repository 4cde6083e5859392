"""Which weight decays let neurons grow: neutral products lam_w lam_a, Lambda and its regimes.

A law must be uniform over the non-empty parities, the empty set in or out; others are refused.

Source: derived in chapters "Representation learning" and "One step, many steps".
"""

import numpy as np

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory.amplification import decompose


def neutral_product(k: int, empty: bool = True) -> float:
    """Lambda_k: the value of Lambda at which a neuron along a k-fold diagonal of row(M) neither grows nor decays.

    Returns:
        2 pi (c_perp + delta_j) in units of one parity's probability: Lambda_1 = 2, Lambda_2 = 2 + (sqrt 2 - 1)^2, ...
        with the empty set.

    Raises:
        ValueError: if k is outside 1..12.
    """
    weights = np.ones(2**k) if 1 <= k <= 12 else None
    if weights is None:
        raise ValueError(f"k = {k} features; allowed: 1 to 12")
    weights[0] = empty
    found = decompose(np.full((1, k), k**-0.5), np.zeros(1), weights)
    return float(2 * np.pi * (found.c_perp[0] + found.delta[0, 0]))


def neutral_products(law: tasks.Law) -> tuple[float, float, float]:
    """lam_w lam_a at which nothing moves: outside row(M), on a feature at the start, and once aligned.

    Returns:
        (q, p, aligned), increasing: pi(empty)/(2 pi), (pi(empty) + pi({j}))/(2 pi) and Lambda_r pi({j})/(2 pi).
    """
    single, has_empty = _uniform(law)
    unit = single / (2 * np.pi)
    return has_empty * unit, (has_empty + 1) * unit, neutral_product(law.r, has_empty) * unit


def Lambda(law: tasks.Law, lam_w: float, lam_a: float) -> float:
    """The dimensionless decay 2 pi lam_a lam_w / pi({j}): 2 pi 2^r lam_a lam_w with the empty set in."""
    return 2 * np.pi * lam_a * lam_w / _uniform(law)[0]


def regime(law: tasks.Law, lam_w: float, lam_a: float) -> str:
    """What happens in the linear regime.

    Returns:
        "both grow" (the features faster), "features grow" (and the rest decays), "aligned neurons grow" (features
        decay at a random start, grow once aligned), or "everything decays".
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
