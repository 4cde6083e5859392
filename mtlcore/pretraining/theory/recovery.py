"""Which laws over Boolean functions find all features: what the kernel C = E_i[f_i,S f_i,S'] says.

Source: derived in chapters "One step, many steps" and "How far the message carries".
"""

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory.amplification import kernel


def as_parities(law: tasks.Law) -> tasks.Law:
    """The law over parities with the same kernel, pi(S) = E_i[f_i,S^2].

    Raises:
        ValueError: if the kernel has entries off its diagonal; it has none when turning the sign of a feature changes
            no probability.
    """
    C = kernel(law)
    pi = np.diag(C)
    if (worst := abs(C - np.diag(pi)).max()) > 1e-12:
        raise ValueError(f"the kernel has an entry {worst:.3g} off its diagonal; allowed: a diagonal kernel")
    return tasks.parity_law(law.r, pi)


def push(law: tasks.Law) -> Float[np.ndarray, " feature"]:
    """E_i[f_i,0 f_i,j]: how far one step at lam_w* pushes every neuron along each feature, in units of its length."""
    return kernel(law)[0, 1 << np.arange(law.r)]


def gain(law: tasks.Law) -> Float[np.ndarray, "feature feature"]:
    """The matrix B of one step at lam_w*: p+ = (eta kappa / 2 pi) (rho push + B p) to leading order in |p| / rho.

    B_jk = C_jk + (2 / pi) C_0,{j,k}, the second part for j != k only.
    """
    C, single = kernel(law), 1 << np.arange(law.r)
    pairs = C[0, single[:, None] | single]
    return C[np.ix_(single, single)] + 2 / np.pi * (pairs - np.diag(np.diag(pairs)))


def evenness(law: tasks.Law) -> float:
    """Smallest over largest singular value of the gain: above zero where one step finds all features alike."""
    values = np.linalg.svd(gain(law), compute_uv=False)
    return float(values[-1] / values[0]) if values[0] else 0.0
