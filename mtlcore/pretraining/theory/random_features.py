"""Features drawn without knowledge of M: how much of a k-parity any m_hat of them can hold, on average over M.

The parity chi_S(sign Mx), |S| = k, depends on x / |x| only and has parts f_l in the spherical harmonics of degree
l = k, k + 2, ... For M uniformly random, E_M f f^T = sum_l |f_l|^2 / N(d, l) Pi_l (Schur), so that a subspace V of
dimension m_hat holds at most max{sum_l |f_l|^2 m_l / N(d, l) : m_l <= N(d, l), sum m_l = m_hat} of it.

Source: derived in chapter "What one task and random features cannot do".
"""

from math import comb

import numpy as np
from jaxtyping import Float
from scipy.special import gammaln

#: The triangular solve for |f_l|^2 loses its digits above this degree.
MAX_DEGREE = 20


def _check(d: int, k: int) -> None:
    """Refuse a degree that no parity on R^d has."""
    if not 1 <= k <= d:
        raise ValueError(f"degree k = {k}; allowed: 1 to d = {d}")


def harmonics(d: int, degree: int) -> int:
    """N(d, l) = C(d+l-1, l) - C(d+l-3, l-2), the dimension of the spherical harmonics of degree l on R^d.

    Raises:
        ValueError: if d < 2 or l < 0.
    """
    if d < 2 or degree < 0:
        raise ValueError(f"d = {d}, degree l = {degree}; allowed: d at least 2, l at least 0")
    return comb(d + degree - 1, degree) - (comb(d + degree - 3, degree - 2) if degree >= 2 else 0)


def leading_weight(d: int, k: int) -> float:
    """|f_k|^2 = (2/pi)^k Gamma(d/2) Gamma(d/2 + k) / Gamma((d+k)/2)^2: the monomial prod z_j's share of a k-parity.

    It tends to (2/pi)^k as d grows.
    """
    _check(d, k)
    return float(np.exp(k * np.log(2 / np.pi) + gammaln(d / 2) + gammaln(d / 2 + k) - 2 * gammaln((d + k) / 2)))


def weights(d: int, k: int, degree: int = MAX_DEGREE) -> Float[np.ndarray, " degree"]:
    """|f_l|^2 of a k-parity for l = 0 .. degree, by a triangular solve against its Hermite weights.

    W_n = sum_{l <= n} omega_{n,l} |f_l|^2, where W is the k-fold convolution of the squared Hermite coefficients of the
    sign, c_n^2 = (2/pi) ((n-2)!!)^2 / n!, and omega_{l+2i,l} = Gamma((l+d)/2)^2 ((l/2)_i)^2 /
    (i! Gamma(d/2) Gamma(d/2+l+i)).

    Args:
        degree: the largest l, at most 20: beyond it double precision is not enough.

    Returns:
        One number for each l, zero unless l >= k has the parity of k; the sum is at most 1.

    Raises:
        ValueError: if k is outside 1..d, d < 2, or `degree` is above 20.
    """
    _check(d, k)
    if d < 2 or not 0 <= degree <= MAX_DEGREE:
        raise ValueError(f"d = {d}, degree = {degree}; allowed: d at least 2, degree 0 to {MAX_DEGREE}")
    n = np.arange(degree + 1)
    odd = n[1::2]
    sign = np.zeros(degree + 1)
    # (n-2)!! = 2^((n-1)/2) Gamma(n/2) / sqrt(pi)
    sign[1::2] = np.exp((odd - 1) * np.log(2) + 2 * gammaln(odd / 2) - gammaln(odd + 1)) * 2 / np.pi**2
    W = np.eye(1, degree + 1)[0]
    for _ in range(k):
        W = np.convolve(W, sign)[: degree + 1]
    f = np.zeros(degree + 1)
    for top in range(k, degree + 1, 2):
        below = sum(_omega(d, top, low) * f[low] for low in range(k, top, 2))
        f[top] = (W[top] - below) / _omega(d, top, top)
    return f


def _omega(d: int, top: int, low: int) -> float:
    """Share of Hermite degree `top` in a unit function of x/|x| of harmonic degree `low`."""
    i = (top - low) // 2
    rising = 2 * (gammaln(low / 2 + i) - gammaln(low / 2))
    return np.exp(2 * gammaln((low + d) / 2) + rising - gammaln(i + 1) - gammaln(d / 2) - gammaln(d / 2 + low + i))


def capture_bound(d: int, k: int, m_hat: float, degree: int = MAX_DEGREE) -> float:
    """Largest mean share of a k-parity that m_hat features can hold, over a uniformly random M.

    Args:
        degree: the last harmonic treated on its own; features left over are granted all that lies beyond.

    Returns:
        The bound on E_M |P_V f|^2, at most 1; |f_k|^2 m_hat / N(d, k) while m_hat <= N(d, k).

    Raises:
        ValueError: if k is outside 1..d or above `degree`, or m_hat < 0.
    """
    _check(d, k)
    if m_hat < 0:
        raise ValueError(f"m_hat = {m_hat} features; allowed: at least 0")
    if k > degree:
        return min(1.0, leading_weight(d, k) * m_hat / harmonics(d, k))
    f, held = weights(d, k, degree), 0.0
    for low in range(k, degree + 1, 2):
        size = harmonics(d, low)
        held += f[low] * min(1.0, m_hat / size)
        m_hat -= min(m_hat, size)
    return min(1.0, held + (max(0.0, 1 - f.sum()) if m_hat else 0.0))


def minimal_features(d: int, k: int, share: float, degree: int = MAX_DEGREE) -> float:
    """The fewest features that could hold a given mean share of a k-parity, as far as the bound goes.

    Returns:
        m_hat at which `capture_bound` reaches the share; if the harmonics up to `degree` do not suffice, their number.

    Raises:
        ValueError: if k is outside 1..d, or the share outside (0, 1).
    """
    _check(d, k)
    if not 0 < share < 1:
        raise ValueError(f"share = {share}; allowed: above 0 and below 1")
    if k > degree:
        return share * harmonics(d, k) / leading_weight(d, k)
    f, needed = weights(d, k, degree), 0.0
    for low in range(k, degree + 1, 2):
        size = harmonics(d, low)
        if f[low] >= share:
            return needed + size * share / f[low]
        share -= f[low]
        needed += size
    return needed
