"""What the exact A does to random neurons, beside what this chapter says of it."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float

from mtlcore.pretraining import features, metrics, tasks
from mtlcore.pretraining.theory import exact_A, fourier, quadrature, vectors
from mtlcore.pretraining.theory.separation import factors, violation

#: A step of differences along p and q, for correlations that are exact to rounding.
SMALL = 1e-4


def random_neurons(r: int, count: int) -> tuple[Float[np.ndarray, "neuron feature"], Float[np.ndarray, " neuron"]]:
    """(p, q) of some neurons that have a part outside row(M) and no weight near zero."""
    rng = np.random.default_rng(r)
    return rng.uniform(0.3, 1, (count, r)) * rng.choice([-1, 1], (count, r)), rng.uniform(0.8, 2, count)


def correlations_gap(r: int, neurons: int, b: float, rule: quadrature.Rule) -> float:
    """Largest difference of the integrals for h_S from their definition, over all subsets and some neurons."""
    p, q = random_neurons(r, neurons)
    return float(abs(fourier.coefficients(p, q, b).h - quadrature.correlations(p, q, b, rule)).max())


def largest_correlation(sizes: Sequence[int], r: int, neurons: int, b: float) -> float:
    """Largest correlation of some neurons with a parity of these sizes, from its definition."""
    p, q = random_neurons(r, neurons)
    h = quadrature.correlations(p, q, b, quadrature.gaussian(8))
    return float(abs(h[:, np.isin(tasks.sizes(r), sizes)]).max())


def gains(r: int, neurons: int, b: float) -> Float[np.ndarray, "neuron subset feature"]:
    """What the parity of S alone adds to the factor of p_j beyond that of w_perp, from the definition of h_S.

    With D_j and D_q the slopes of h_S along p_j and q, it is h_S (D_j h_S / p_j - D_q h_S / q).
    """
    p, q = random_neurons(r, neurons)
    rule = quadrature.gaussian(16)
    h = quadrature.correlations(p, q, b, rule)
    slopes = []
    for step in SMALL * np.eye(r + 1):
        up, down = (quadrature.correlations(p + s * step[:r], q + s * step[r], b, rule) for s in (1, -1))
        slopes.append((up - down) / (2 * SMALL))
    inside, outside = np.stack(slopes[:r], 2) / p[:, None], slopes[r] / q[:, None]
    return h[:, :, None] * (inside - outside[:, :, None])


def largest_violation(laws: Sequence[tasks.Law], neurons: int) -> float:
    """Largest violation of the separation theorem's bounds over random neurons, nearly aligned to nearly outside."""
    rng, found = np.random.default_rng(0), 0.0
    for law in laws:
        p, q = rng.standard_normal((neurons, law.r)), np.exp(rng.uniform(-6, 3, neurons))
        found = max(found, violation(p, q, law))
    return found


def psd_gap(sizes: Sequence[tuple[int, int]], neurons: int, empty: bool) -> float:
    """How far A is below its leading part with the empty set's term, over random neurons, r and d.

    Returns:
        Minus the smallest eigenvalue of 2^r 2 pi A - M^T M - what what^T, or 0.
    """
    gap = 0.0
    for r, d in sizes:
        M, law = features.canonical_subspace(d, r).numpy(), tasks.uniform(r, empty)
        for w in np.random.default_rng(r).standard_normal((neurons, d)):
            rest = 2**r * 2 * np.pi * exact_A(w, M, law) - M.T @ M - np.outer(w, w) / (w @ w)
            gap = max(gap, -np.linalg.eigvalsh(rest)[0])
    return gap


def half_angle_gap(law: tasks.Law, d: int, neurons: int) -> float:
    """Largest difference of the exact A's subspace error from sin(theta / 2), over random neurons."""
    M, gap = features.canonical_subspace(d, law.r), 0.0
    for w in np.random.default_rng(d).standard_normal((neurons, d)):
        error = float(metrics.subspace_error(torch.from_numpy(exact_A(w, M.numpy(), law)), M.double()))
        theta = np.arccos(np.linalg.norm(w[: law.r]) / np.linalg.norm(w))
        gap = max(gap, abs(error - np.sin(theta / 2)))
    return gap


def threshold_gap(law: tasks.Law, d: int, neurons: int, aligned: bool) -> float:
    """How far the values of Lambda at which neurons stand still are from pi(empty)/pi({j}) and one more.

    Args:
        aligned: leave out what the neurons have outside row(M).

    Returns:
        The mean over random neurons of the largest gap, inside and outside.
    """
    p, q = vectors.directions(d, law.r, neurons, np.random.default_rng(d))
    found = factors(p, 0 * q if aligned else q, law)
    empty, single = law.probs[:2]
    neutral = 2 * np.pi / single * np.column_stack([found.c_perp, found.c_perp[:, None] + found.delta])
    return float(abs(neutral - empty / single - np.r_[0, np.ones(law.r)]).max(1).mean())
