"""The mean square of one parity's signal over random neurons, by harmonics on the sphere.

Source: the theorem of Funk and Hecke, and Rodrigues' formula; used in chapter "End to end".
"""

import numpy as np
from scipy.special import gammaln

from mtlcore.pretraining.theory.random_features import MAX_DEGREE, weights


def relu_eigenvalue(d: int, degree: int) -> float:
    """Funk-Hecke eigenvalue of relu on the unit sphere: E[relu(t) P_l(t)], t the first coordinate of a uniform point.

    It is zero for odd l >= 3.

    Raises:
        ValueError: if d < 2 or l < 0.
    """
    if d < 2 or degree < 0:
        raise ValueError(f"d = {d}, degree l = {degree}; allowed: d at least 2, l at least 0")
    if degree == 0:
        return float(np.exp(gammaln(d / 2) - gammaln((d + 1) / 2)) / (2 * np.sqrt(np.pi)))
    if degree == 1:
        return 1 / (2 * d)
    if degree % 2:
        return 0.0
    half, a = degree // 2 - 1, degree + (d - 3) / 2
    # Rodrigues: l integrations by parts turn relu into the (l-2)-nd derivative of (1 - t^2)^a at 0
    size = gammaln((d - 1) / 2) - degree * np.log(2) - gammaln(degree + (d - 1) / 2)
    size += gammaln(a + 1) - gammaln(a - half + 1) - gammaln(half + 1) + gammaln(degree - 1)
    size += gammaln(d / 2) - gammaln((d - 1) / 2) - np.log(np.pi) / 2
    return (-1) ** half * float(np.exp(size))


def mean_signal(d: int, k: int) -> float:
    """E_w h_S(w)^2 over random unit neurons, |S| = k: (E|x|)^2 sum_l lambda_l^2 |f_l|^2.

    Returns:
        The sum over harmonics up to degree 20 (those beyond are smaller by orders); 0 for odd k >= 3.

    Raises:
        ValueError: if k is outside 1..min(d, 20).
    """
    if not 1 <= k <= min(d, MAX_DEGREE):
        raise ValueError(f"degree k = {k}; allowed: 1 to {min(d, MAX_DEGREE)}")
    f = weights(d, k)
    length = np.sqrt(2) * np.exp(gammaln((d + 1) / 2) - gammaln(d / 2))
    return float(length**2 * sum(relu_eigenvalue(d, low) ** 2 * f[low] for low in range(len(f))))
