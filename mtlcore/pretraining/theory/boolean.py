"""Any Boolean function of the signs as finitely many ridge functions: its multilinear extension of square waves."""

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtr

from mtlcore.pretraining import tasks


def wave_coefficients(K: int) -> Float[np.ndarray, " frequency"]:
    """Sine coefficients, for odd n = 1, 3 .. K, of a square wave with Lanczos factors, scaled into [-1, 1].

    Args:
        K: the largest frequency, odd, 1 to 99.

    Returns:
        float64 array of shape ((K + 1) / 2,).

    Raises:
        ValueError: if K is even or outside 1..99.

    Source: derived in chapter "Downstream tasks".
    """
    if K % 2 == 0 or not 1 <= K <= 99:
        raise ValueError(f"K = {K}; allowed: an odd number, 1 to 99")
    n = np.arange(1, K + 1, 2)
    c = np.sinc(n / (K + 2)) / n
    return c / (np.sin(np.outer(np.linspace(0, np.pi / 2, 4001), n)) @ c).max()


def square_wave(z: Float[np.ndarray, "..."], K: int, L: float = 4.0) -> Float[np.ndarray, "..."]:
    """tau(z), an approximation of sign(z) on |z| < L with values in [-1, 1] and the sign of z.

    Args:
        z: points, any shape.
        K: the largest frequency, odd.
        L: half the period.

    Returns:
        The same shape.

    Raises:
        ValueError: if K is even or outside 1..99.
    """
    n = np.arange(1, K + 1, 2)
    return np.sin(np.pi / L * z[..., None] * n) @ wave_coefficients(K)


def multilinear(
    table: Float[np.ndarray, " orthant"], t: Float[np.ndarray, "sample feature"]
) -> Float[np.ndarray, " sample"]:
    """f~(t) = sum_S f_S prod_{j in S} t_j, the multilinear extension of a Boolean function.

    Args:
        table: labels, shape (2^r,).
        t: points, shape (sample, r), in [-1, 1]^r.

    Returns:
        Shape (sample,): f's average over independent signs with means t.
    """
    values = np.broadcast_to(table, (len(t), len(table)))
    for j in reversed(range(t.shape[1])):
        half = values.shape[1] // 2
        values = values[:, :half] * (1 - t[:, j : j + 1]) / 2 + values[:, half:] * (1 + t[:, j : j + 1]) / 2
    return values[:, 0]


def ridges(
    table: Float[np.ndarray, " orthant"], K: int
) -> tuple[Int[np.ndarray, "ridge feature"], Float[np.ndarray, " ridge"], Float[np.ndarray, " ridge"]]:
    """f~(tau(z_1), .., tau(z_r)) = sum_i A_i cos((pi/L) n_i . z) + B_i sin((pi/L) n_i . z).

    Args:
        table: labels, shape (2^r,), r <= 4.
        K: the largest frequency, odd.

    Returns:
        (n, A, B): integer directions, shape (ridge, r), entries up to K, one of each pair n, -n; amplitudes.

    Raises:
        ValueError: if K is even or outside 1..99, or r > 4.

    Source: derived in chapter "Downstream tasks".
    """
    r = len(table).bit_length() - 1
    if not 1 <= r <= 4:
        raise ValueError(f"r = {r} features; allowed: 1 to 4, for the list of ridges grows like K^r")
    spectrum = np.zeros((2 * K + 1, 2), dtype=complex)
    spectrum[K, 0] = 1
    spectrum[K + np.arange(1, K + 1, 2), 1] = wave_coefficients(K) / 2j
    spectrum[K - np.arange(1, K + 1, 2), 1] = -wave_coefficients(K) / 2j
    tensor = tasks.fourier(table[None])[0].reshape((2,) * r).astype(complex)  # axis 0 is the last feature
    for _ in range(r):
        tensor = np.tensordot(spectrum, tensor, (1, r - 1))
    # each contraction consumed the last axis and put its frequencies first: features end in the order r-1, .., 0
    n = np.array(np.nonzero(tensor)).T[:, ::-1] - K
    amplitude = tensor[np.nonzero(tensor)]
    first = np.array([next((x for x in row if x), 0) for row in n])
    keep = first >= 0
    twice = np.where(first[keep] > 0, 2, 1)
    return n[keep], twice * amplitude[keep].real, -twice * amplitude[keep].imag


def guaranteed(r: int, K: int, L: float = 4.0) -> float:
    """P(all |tau(z_j)| > 1 - eps) with eps = 2 (1 - 2^(-1/r)): there every f~(tau(z)) has the sign of its f.

    Args:
        r: number of features, >= 1.
        K: the largest frequency, odd.
        L: half the period.

    Returns:
        The probability.

    Raises:
        ValueError: if r < 1, or K is even or outside 1..99.

    Source: derived in chapter "Downstream tasks".
    """
    if r < 1:
        raise ValueError(f"r = {r} features; allowed: at least 1")
    edges = np.linspace(0, L, 200_001)
    good = square_wave((edges[1:] + edges[:-1]) / 2, K, L) > 1 - 2 * (1 - 2 ** (-1 / r))
    return float((2 * (ndtr(edges[1:]) - ndtr(edges[:-1])) * good).sum() ** r)
