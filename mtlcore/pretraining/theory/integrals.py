"""One-dimensional integrals for parities of any degree, by the trapezoidal rule in log t.

With |w| = 1, Q^2 = 1 - |p_S|^2 and D(x) = exp(-x^2 / 2) erfi(x / sqrt 2), every quantity is a moment
Int_0^inf t^n exp(-Q^2 t^2 / 2) prod_{j in S} D(p_j t) exp(i t b) dt. Its scales 1 / |p_j| and 1 / Q may lie
decades apart (nearly aligned neurons); in log t they are all alike, the integrand is analytic in a strip of half width
pi / 4 and dies out exponentially at both ends, so that equal steps converge exponentially. At b != 0 the path is
turned by pi / 8, where exp(i t b) decays instead of oscillating.

Source: derived in chapter "The pseudo-contrastive loss".
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.special import dawsn

#: Step in log t; the rule's error exp(-2 pi (half width of the strip) / step) is 1e-17 for both paths.
STEP, STEP_TURNED = 1 / 8, 1 / 16
#: Numbers held in memory at a time.
BLOCK = 2**20


def features_of(code: int) -> list[int]:
    """The features of a subset code, ascending."""
    return [j for j in range(code.bit_length()) if code >> j & 1]


def parity_moments(
    p: Float[np.ndarray, "neuron feature"],
    q: Float[np.ndarray, " neuron"],
    b: Float[np.ndarray, " neuron"],
    codes: Sequence[int],
) -> tuple[
    Float[np.ndarray, "neuron code"],
    Float[np.ndarray, "neuron code feature"],
    Float[np.ndarray, "neuron code"],
    Float[np.ndarray, "neuron code"],
]:
    """h_S, its derivatives by p_j at fixed rho, (1/rho) d_rho h_S and d_b h_S, for subsets of size at least 2.

    Args:
        q: such that |p|^2 + q^2 = 1.
        b: all zero or all non-zero.

    Returns:
        (h, by_p, c, by_b); by_p is zero for features outside S.
    """
    turned = bool(b.any())
    theta, step = (np.pi / 8, STEP_TURNED) if turned else (0.0, STEP)
    degree = min(code.bit_count() for code in codes)
    smallest = np.where(p == 0, np.inf, abs(p)).min(1)
    with np.errstate(divide="ignore"):
        # the integrand of the slopes falls at least like t^(1 - degree) beyond the last 1 / |p_j|
        ends = np.minimum(11 / q, np.exp(1 + 37 / (degree - 1)) / smallest)
        if turned:
            ends = np.minimum(ends, 40 / (abs(b) * np.sin(theta)))
    ends = np.log(np.clip(ends, 1.0, 1e150))
    start = -37 / (degree - 1)
    out = (
        np.zeros((len(p), len(codes))),
        np.zeros((len(p), len(codes), p.shape[1])),
        np.zeros((len(p), len(codes))),
        np.zeros((len(p), len(codes))),
    )
    order, done = np.argsort(ends), 0
    while done < len(p):
        count = max(1, int(BLOCK * step / (p.shape[1] * (ends[order[done]] - start))))
        block = order[done : done + count]
        t = np.exp(np.arange(start, ends[block].max() + step, step))
        t = t * np.exp(1j * theta) if turned else t
        for whole, part in zip(out, _block(p[block], q[block], b[block], codes, t, step), strict=True):
            whole[block] = part
        done += count
    return out


def _block(
    p: Float[np.ndarray, "neuron feature"],
    q: Float[np.ndarray, " neuron"],
    b: Float[np.ndarray, " neuron"],
    codes: Sequence[int],
    t: np.ndarray,
    step: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """`parity_moments` on one grid of t, complex where the path is turned."""
    turned = np.iscomplexobj(t)
    D = (2 / np.sqrt(np.pi)) * dawsn(p[:, :, None] * t / np.sqrt(2))
    wave = np.exp(1j * t * abs(b)[:, None]) if turned else 1.0
    slope = np.sqrt(2 / np.pi) * t
    h, c, by_b = np.zeros((3, len(p), len(codes)))
    by_p = np.zeros((len(p), len(codes), p.shape[1]))
    for i, code in enumerate(codes):
        S = features_of(code)
        rest = q**2 + (np.delete(p, S, axis=1) ** 2).sum(1)
        left = [wave * np.exp(-np.multiply.outer(rest, t**2) / 2)]
        for j in S:
            left.append(left[-1] * D[:, j])
        # -(1/pi) i^k: real at even k (h and its slopes in p), imaginary at odd k (what a bias opens)
        unit = -(step / np.pi) * (1, 1j, -1, -1j)[len(S) % 4]
        h[:, i] = (unit * (left[-1] @ (1 / t))).real
        c[:, i] = -(unit * (left[-1] @ t)).real
        by_b[:, i] = (unit * 1j * left[-1].sum(1)).real
        right = slope / t
        for j, before in zip(reversed(S), reversed(left[:-1]), strict=True):
            by_p[:, i, j] = (unit * (before * right).sum(1)).real
            right = right * D[:, j]
        if len(S) % 2:  # h_S is odd in b for odd degrees and even for even ones
            h[:, i] *= np.sign(b)
            c[:, i] *= np.sign(b)
            by_p[:, i] *= np.sign(b)[:, None]
        elif turned:
            by_b[:, i] *= np.sign(b)
    return h, by_p, c, by_b
