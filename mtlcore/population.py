"""The same objects in the population limit, without sampling error. Float64, bias 0."""

import numpy as np
from jaxtyping import Float
from scipy.special import dawsn

from mtlcore import tasks

#: Gauss-Legendre nodes of the one-dimensional integrals; 400 reach 1e-10 (tested against the closed form).
NODES = 400


def neuron_gradients(
    w: Float[np.ndarray, " dim"], M: Float[np.ndarray, "feature dim"]
) -> Float[np.ndarray, "subset dim"]:
    """Gradients by w of h_S(w) = E[chi_S(sign Mx) relu(w.x)] for every subset S.

    With p = Mw and rho = |w|, for even |S| >= 2:
    h_S = -(1/pi) i^|S| Int_0^inf t^-2 exp(-rho^2 t^2 / 2) prod_{j in S} erfi(p_j t / sqrt 2) dt.

    Args:
        w: one neuron, shape (d,), not zero.
        M: orthonormal rows, shape (r, d).

    Returns:
        float64 array of shape (2^r, d), one row per subset code; rows of odd |S| >= 3 are exactly zero.

    Raises:
        ValueError: if w is zero.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    rho = np.linalg.norm(w)
    if rho == 0:
        raise ValueError("|w| = 0; allowed: a neuron with a direction")
    r, p = M.shape[0], M @ w
    node, weight = np.polynomial.legendre.leggauss(NODES)
    u, du = (node + 1) / 2, weight / 2
    t = u / (rho * (1 - u))
    dt = du / (rho * (1 - u) ** 2)
    out = np.zeros((2**r, len(w)))
    out[0] = w / (rho * np.sqrt(2 * np.pi))
    for code, size in enumerate(tasks.sizes(r)):
        S = [j for j in range(r) if code >> j & 1]
        if size == 1:
            out[code] = M[S[0]] / np.sqrt(2 * np.pi)
        elif size and size % 2 == 0:
            # erfi(x) = (2/sqrt pi) exp(x^2) dawsn(x): all exponentials together decay like exp(-rest t^2)
            rest = max(rho**2 - (p[S] ** 2).sum(), 0.0) / 2
            erfi = (2 / np.sqrt(np.pi)) * dawsn(np.outer(p[S], t) / np.sqrt(2))
            slope = np.sqrt(2 / np.pi) * t
            outer = -(1 / np.pi) * (-1) ** (size // 2) * np.exp(-rest * t**2) * dt
            out[code] = (outer * -rho * erfi.prod(0)).sum() * w / rho
            for i, j in enumerate(S):
                others = np.delete(erfi, i, axis=0).prod(0)
                out[code] += (outer * slope * others / t**2).sum() * M[j]
    return out


def matrix_A(
    w: Float[np.ndarray, " dim"], M: Float[np.ndarray, "feature dim"], law: tasks.Law
) -> Float[np.ndarray, "dim dim"]:
    """The infinite-task, infinite-sample matrix A(w) = E_i[grad h_i grad h_i^T].

    Args:
        w: one neuron, shape (d,), not zero.
        M: orthonormal rows, shape (r, d).
        law: the law over tasks.

    Returns:
        float64 array of shape (d, d), symmetric and positive semi-definite.

    Source: derived in chapter "The pseudo-contrastive loss"; the limit of the paper's Figure 4.
    """
    g = tasks.fourier(law.tables) @ neuron_gradients(w, M)
    return g.T @ (law.probs[:, None] * g)
