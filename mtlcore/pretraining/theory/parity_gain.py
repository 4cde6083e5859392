"""How slowly an even parity of k features teaches one of them: d^-(k-1) of what a task of that feature alone does.

For a neuron that is small on the features, h_S = +-c_k prod_{S} p_j / rho^(k-1), so that delta_j = h_S (d_j h_S) / p_j
= c_k^2 prod_{i != j} p_i^2 / rho^(2k-2). Over random unit neurons prod p_i^2 is 1 / (d (d+2) ... (d+2k-4)) on average.

Source: derived in chapter "What one task and random features cannot do".
"""

import numpy as np
from jaxtyping import Float
from scipy.special import gamma

from mtlcore.pretraining.theory.amplification import decompose


def parity_gain(
    p: Float[np.ndarray, "neuron feature"], q: Float[np.ndarray, " neuron"]
) -> Float[np.ndarray, " neuron"]:
    """What one step on the parity of all features adds to the factor of the first, a task of it alone adding 1."""
    return 2 * np.pi * decompose(p, q, np.eye(2 ** p.shape[1])[-1]).delta[:, 0]


def leading_gain(k: int, d: int) -> float:
    """Its mean over random neurons, to leading order in k/d.

    Raises:
        ValueError: if k is odd, below 2 or above d; odd parities of three or more add nothing.
    """
    if k % 2 or not 2 <= k <= d:
        raise ValueError(f"k = {k} features, d = {d}; allowed: even, from 2 to d")
    c = (2 / np.pi) ** (k / 2) * 2 ** ((k - 3) / 2) * gamma((k - 1) / 2) / np.pi
    return float(2 * np.pi * c**2 / np.prod(d + 2.0 * np.arange(k - 1)))
