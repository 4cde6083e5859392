"""Finitely many tasks: the law of the empirical beta, and which features a draw of tasks shows."""

import numpy as np
from scipy.special import comb

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory.finite import counts


def beta_variance(law: tasks.Law, T: int) -> np.ndarray:
    """Variance of the empirical beta_T(v, v') of T independent tasks: (1 - beta^2) / T.

    Args:
        law: the law over tasks.
        T: number of tasks.

    Returns:
        float64 array of shape (2^r, 2^r), zero on the diagonal; its sum is E |beta_T - beta|_F^2, which is
        2^r (2^r - 1) / T for uniform parities with the empty set.

    Raises:
        ValueError: if T < 1.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    counts(T=T)
    return (1 - tasks.beta(law.tables, law.probs) ** 2) / T


def beta_tail(T: int, t: float) -> float:
    """Hoeffding: P(|beta_T - beta| > t) <= 2 exp(-T t^2 / 2) for one pair of orthants.

    Args:
        T: number of tasks.
        t: deviation, >= 0.

    Returns:
        The bound, at most 1.

    Raises:
        ValueError: if T < 1 or t < 0.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    counts(T=T)
    if t < 0:
        raise ValueError(f"t = {t}; allowed: at least 0")
    return min(1.0, 2 * float(np.exp(-T * t**2 / 2)))


def beta_max_bound(r: int, T: int) -> float:
    """Bound on E max_{v != v'} |beta_T| for uniform parities with the empty set: sqrt(2 log(2 (2^r - 1)) / T).

    Args:
        r: number of features.
        T: number of tasks.

    Returns:
        The bound.

    Raises:
        ValueError: if r < 1 or T < 1.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    counts(r=r, T=T)
    return float(np.sqrt(2 * np.log(2 * (2**r - 1)) / T))


def undrawn(law: tasks.Law, T: int) -> float:
    """Expected number of the law's tasks that T draws miss: sum_i (1 - prob_i)^T.

    Args:
        law: the law over tasks.
        T: number of tasks.

    Returns:
        The expectation, over tasks of positive probability.

    Raises:
        ValueError: if T < 1.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    counts(T=T)
    return float(((1 - law.probs[law.probs > 0]) ** T).sum())


def identifiable(r: int, T: int) -> float:
    """P(T labels determine the orthant) for parities uniform over all 2^r subsets: full rank over GF(2).

    Args:
        r: number of features.
        T: number of tasks.

    Returns:
        prod_{k<r} (1 - 2^(k-T)), 0 if T < r.

    Raises:
        ValueError: if r < 1 or T < 1.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    counts(r=r, T=T)
    return float(np.prod(np.maximum(1 - 2.0 ** (np.arange(r) - T), 0)))


def every_feature_occurs(r: int, T: int) -> float:
    """P(every feature is in some task) for parities uniform over all 2^r subsets.

    Args:
        r: number of features.
        T: number of tasks.

    Returns:
        (1 - 2^-T)^r.

    Raises:
        ValueError: if r < 1 or T < 1.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    counts(r=r, T=T)
    return (1 - 2.0**-T) ** r


def every_singleton_drawn(r: int, T: int, empty: bool = True) -> float:
    """P(all r singletons are among T tasks), uniform parities: sum_j (-1)^j C(r, j) (1 - j/K)^T over K parities.

    Args:
        r: number of features.
        T: number of tasks.
        empty: whether the empty set is in the law (K = 2^r) or not (K = 2^r - 1).

    Returns:
        The probability.

    Raises:
        ValueError: if r < 1 or T < 1.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    counts(r=r, T=T)
    j = np.arange(r + 1)
    return float(((-1.0) ** j * comb(r, j) * (1 - j / (2**r - (not empty))) ** T).sum())


def invisible(r: int, T: int, empty: bool = True) -> float:
    """P(a given feature is in no drawn singleton or even parity), so that bias-free neurons can't see it.

    Args:
        r: number of features.
        T: number of tasks.
        empty: whether the empty set is in the law.

    Returns:
        (1 - n/K)^T, with n = 1 + 2^(r-2) visible parities of the feature (1 at r = 1) among K.

    Raises:
        ValueError: if r < 1 or T < 1.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    counts(r=r, T=T)
    visible = 1 + (2 ** (r - 2) if r >= 2 else 0)
    return float((1 - visible / (2**r - (not empty))) ** T)
