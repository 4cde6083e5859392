"""A neuron's conditional means: h_v = E[relu(w.x) | sign Mx = v] and mu_v = E[1{w.x > 0} x | v]."""

import numpy as np
from jaxtyping import Float
from scipy.special import wofz

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory.fourier import check, coefficients
from mtlcore.pretraining.theory.vectors import gradients

STEP = 1 / 10


def orthant_values(
    p: Float[np.ndarray, "neuron feature"],
    q: Float[np.ndarray, " neuron"],
    b: float | Float[np.ndarray, " neuron"] = 0.0,
) -> Float[np.ndarray, "neuron orthant"]:
    """h_v = sum_S chi_S(v) h_S.

    Args:
        p: features' weights, shape (neuron, r).
        q: length outside row(M), shape (neuron,).
        b: bias of each neuron, shape (neuron,), or one for all.

    Returns:
        float64 array of shape (neuron, 2^r), one column per orthant.

    Raises:
        ValueError: if a neuron is not allowed in `fourier.coefficients`.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    return coefficients(p, q, b).h @ tasks.parity_tables(p.shape[1])


def orthant_means(
    W: Float[np.ndarray, "neuron dim"], M: Float[np.ndarray, "feature dim"]
) -> Float[np.ndarray, "neuron orthant dim"]:
    """mu_v = sum_S chi_S(v) grad h_S at bias 0; A(w) = 2^-2r sum_v mu_v mu_v^T for uniform parities.

    Args:
        W: neurons, shape (neuron, d), none of them zero.
        M: orthonormal rows, shape (r, d).

    Returns:
        float64 array of shape (neuron, 2^r, d).

    Raises:
        ValueError: if a neuron is not allowed in `fourier.coefficients`.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    return tasks.parity_tables(len(M)).T.astype(float) @ gradients(W, M)


def orthant_values_direct(
    p: Float[np.ndarray, "neuron feature"], q: Float[np.ndarray, " neuron"]
) -> Float[np.ndarray, "neuron orthant"]:
    """h_v at bias 0 by one integral for each orthant, without Fourier coefficients.

    h_v = sqrt(1/(2 pi)) v.p + (1/pi) Int_0^inf (1 - Re psi) / t^2 dt with the characteristic function
    psi = exp(-q^2 t^2 / 2) prod_j W(p_j v_j t / sqrt 2), W Faddeeva's function; integrated once by parts, which avoids
    the cancellation at small t, and by the trapezoidal rule in log t.

    Args:
        p: features' weights, shape (neuron, r).
        q: length outside row(M), shape (neuron,).

    Returns:
        float64 array of shape (neuron, 2^r).

    Raises:
        ValueError: if a neuron is not allowed in `fourier.coefficients`.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    rho, _ = check(p, q)
    r = p.shape[1]
    signs = 2.0 * (np.arange(2**r)[:, None] >> np.arange(r) & 1) - 1
    out = np.zeros((len(p), 2**r))
    for n, (pn, qn) in enumerate(zip(p / rho[:, None], q / rho, strict=True)):
        smallest = np.where(pn == 0, 1.0, abs(pn)).min()
        with np.errstate(divide="ignore"):
            end = np.log(min(11 / qn, np.exp(37) / smallest))
        t = np.exp(np.arange(-37, end + STEP, STEP))
        for v, sign in enumerate(signs):
            z = (pn * sign)[:, None] * t / np.sqrt(2)
            faddeeva = wofz(z)
            slope = (pn * sign)[:, None] / np.sqrt(2) * _slope(z, faddeeva)
            others = [np.delete(faddeeva, j, axis=0).prod(0) for j in range(r)]
            psi_slope = (slope * others).sum(0) - qn**2 * t * faddeeva.prod(0)
            integral = -STEP * (np.exp(-((qn * t) ** 2) / 2) * psi_slope).real.sum()
            out[n, v] = rho[n] * (pn @ sign / np.sqrt(2 * np.pi) + integral / np.pi)
    return out


def _slope(z: np.ndarray, value: np.ndarray) -> np.ndarray:
    """W'(z) = 2i/sqrt(pi) - 2 z W(z), by its asymptotic series where the two cancel."""
    exact = 2j / np.sqrt(np.pi) - 2 * z * value
    far = np.where(abs(z) < 50, 1.0, z) ** -2
    tail = -1j / np.sqrt(np.pi) * far * (1 + 1.5 * far + 3.75 * far**2 + 13.125 * far**3)
    return np.where(abs(z) < 50, exact, tail)
