"""How much a step amplifies a neuron on and off row(M), for any law over Boolean tasks, and the separation theorem.

Source: the separation theorem of chapter "The pseudo-contrastive loss".
"""

import numpy as np
from jaxtyping import Bool, Float

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory.amplification import Amplification, drift, kernel, same_r
from mtlcore.pretraining.theory.fourier import coefficients


def factors(p: Float[np.ndarray, "neuron feature"], q: Float[np.ndarray, " neuron"], law: tasks.Law) -> Amplification:
    """c_perp and delta_j of A w = c_perp w + sum_j delta_j p_j M_j at bias 0, where no p_j is zero.

    Raises:
        ValueError: if the law has another r, or a neuron is not allowed in `fourier.coefficients`.
    """
    same_r(p, law)
    found = coefficients(p, q)
    along, c = drift(found, found.h @ kernel(law))
    return Amplification(c, along / p)


def violation(p: Float[np.ndarray, "neuron feature"], q: Float[np.ndarray, " neuron"], law: tasks.Law) -> float:
    """Largest violation of c_perp <= E_i[f_0^2] / (2 pi) and delta_j >= E_i[f_j^2] / (2 pi).

    For a law over parities the two means are pi(empty) and pi({j}), and the theorem says that there is none. For other
    tasks products of different correlations come in, and nothing is said.

    Raises:
        ValueError: if the law has another r, or a neuron is not allowed in `fourier.coefficients`.
    """
    found, mean = factors(p, q, law), np.diagonal(kernel(law)) / (2 * np.pi)
    singles = mean[1 << np.arange(law.r)]
    return float(max((found.c_perp - mean[0]).max(), (singles - found.delta).max()))


def visible(pi: Float[np.ndarray, " subset"]) -> Bool[np.ndarray, " feature"]:
    """Whether feature j lies in a singleton or an even set that the law draws: then a step gains on it."""
    subset = np.arange(len(pi))
    size = np.bitwise_count(subset)
    teaches = (pi > 0) & ((size == 1) | (size % 2 == 0))
    return np.array([teaches[(subset >> j & 1) == 1].any() for j in range(len(pi).bit_length() - 1)])
