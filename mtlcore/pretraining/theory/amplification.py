"""The matrix A(w) = E_i[grad h_i grad h_i^T] and how much one step amplifies a neuron on and off row(M).

Source: derived in chapter "The pseudo-contrastive loss".
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory.fourier import Coefficients, coefficients
from mtlcore.pretraining.theory.vectors import gradients


@dataclass(frozen=True)
class Amplification:
    """A w = sum_j (c_perp + delta_j) p_j M_j + c_perp w_perp."""

    c_perp: Float[np.ndarray, " neuron"]
    delta: Float[np.ndarray, "neuron feature"]


def kernel(law: tasks.Law) -> Float[np.ndarray, "subset subset"]:
    """C = E_i[f_i,S f_i,S'] of a law; diag(pi) for a law over parities."""
    f = tasks.fourier(law.tables)
    return f.T @ (law.probs[:, None] * f)


def same_r(p: Float[np.ndarray, "neuron feature"], law: tasks.Law) -> None:
    """Refuse a law on another number of features.

    Raises:
        ValueError: if the two disagree.
    """
    if law.r != p.shape[1]:
        raise ValueError(f"a law on r = {law.r} features; allowed: r = {p.shape[1]}, as the neurons")


def matrices_A(
    W: Float[np.ndarray, "neuron dim"],
    M: Float[np.ndarray, "feature dim"],
    law: tasks.Law,
    b: float | Float[np.ndarray, " neuron"] = 0.0,
) -> Float[np.ndarray, "neuron dim dim"]:
    """A(w) of every neuron, for any law over Boolean functions of sign(Mx).

    Raises:
        ValueError: if r is above 12, a value is not finite, a neuron is zero, or the law has another r.
    """
    same_r(W @ M.T, law)
    g = np.sqrt(law.probs)[:, None] * (tasks.fourier(law.tables) @ gradients(W, M, b))
    return g.mT @ g


def exact_A(
    w: Float[np.ndarray, " dim"], M: Float[np.ndarray, "feature dim"], law: tasks.Law
) -> Float[np.ndarray, "dim dim"]:
    """The infinite-task, infinite-sample matrix A(w) = E_i[grad h_i grad h_i^T] at bias 0."""
    return matrices_A(w[None], M, law)[0]


def decompose(
    p: Float[np.ndarray, "neuron feature"], q: Float[np.ndarray, " neuron"], pi: Float[np.ndarray, " subset"]
) -> Amplification:
    """c_perp and delta_j at bias 0 for a law over parities; at p_j = 0 the limit.

    c_perp = sum_S pi(S) h_S c_S <= pi(empty) / (2 pi) and delta_j = sum_{S with j} pi(S) h_S (d_j h_S) / p_j >=
    pi({j}) / (2 pi), for every neuron and every law (the separation theorem).

    Raises:
        ValueError: if pi has another length, or the neurons are not allowed in `fourier.coefficients`.
    """
    if pi.shape != (2 ** p.shape[1],):
        raise ValueError(f"{len(pi)} probabilities; allowed: one for each of the {2 ** p.shape[1]} subsets")
    found = coefficients(p, q)
    with np.errstate(divide="ignore", invalid="ignore"):
        # at p_j = 0, h_S / p_j has the limit d_j h_S
        ratio = np.where(p[:, None] == 0, found.by_p, found.h[:, :, None] / p[:, None])
    return Amplification((found.h * found.c) @ pi, np.einsum("s,nsj->nj", pi, ratio * found.by_p))


def separation(
    p: Float[np.ndarray, "neuron feature"], q: Float[np.ndarray, " neuron"], pi: Float[np.ndarray, " subset"]
) -> float:
    """Largest violation of the separation theorem: c_perp <= pi(empty)/(2 pi), delta_j >= pi({j})/(2 pi).

    It is at most a rounding error when the theorem holds.
    """
    found = decompose(p, q, pi)
    singles = pi[1 << np.arange(p.shape[1])] / (2 * np.pi)
    return float(max((found.c_perp - pi[0] / (2 * np.pi)).max(), (singles - found.delta).max()))


def drift(
    found: Coefficients, heads: Float[np.ndarray, "neuron subset"]
) -> tuple[Float[np.ndarray, "neuron feature"], Float[np.ndarray, " neuron"]]:
    """sum_S a_S grad h_S, split into its part along the features and the factor of w.

    Returns:
        (along, c): the sum is along @ M + c w.
    """
    return np.einsum("ns,nsj->nj", heads, found.by_p), (heads * found.c).sum(1)
