"""Finitely many tasks and samples: exact variances of A and of one step, and the shift of a common batch.

Ahat = (1/T) sum_i g'_i g_i^T, g_i from n1 samples (the head step; columns) and g'_i from n2 others (the representation
step; rows). Any label times 1{w.x > 0} x_a has second moment 1/2, whatever the task.
"""

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory.amplification import same_r
from mtlcore.pretraining.theory.fourier import coefficients
from mtlcore.pretraining.theory.vectors import gradients


def counts(**numbers: int) -> None:
    """Refuse numbers of tasks or samples below one.

    Args:
        numbers: named counts.

    Raises:
        ValueError: naming the first that is below 1.
    """
    for name, value in numbers.items():
        if value < 1:
            raise ValueError(f"{name} = {value}; allowed: at least 1")


def _task_gradients(
    w: Float[np.ndarray, " dim"], M: Float[np.ndarray, "feature dim"], law: tasks.Law
) -> Float[np.ndarray, "function dim"]:
    """Gradients of h_i for every function of the law, shape (function, dim)."""
    same_r((M @ w)[None], law)
    return tasks.fourier(law.tables) @ gradients(w[None], M)[0]


def variance_A(
    w: Float[np.ndarray, " dim"], M: Float[np.ndarray, "feature dim"], law: tasks.Law, T: int, n1: int, n2: int
) -> Float[np.ndarray, "dim dim"]:
    """Exact variance of every entry of the sampled A, over tasks and samples, at bias 0.

    Args:
        w: one neuron, shape (d,), not zero.
        M: orthonormal rows, shape (r, d).
        law: the law over tasks.
        T: number of tasks drawn.
        n1: samples per task of the head step.
        n2: samples per task of the representation step.

    Returns:
        Variances, shape (d, d); rows belong to the representation step's samples.

    Raises:
        ValueError: if a count is below 1, w is zero, or the law has another r.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    counts(T=T, n1=n1, n2=n2)
    g = _task_gradients(w, M, law)
    rows, columns = (g**2 + (0.5 - g**2) / n for n in (n2, n1))
    A = (law.probs[:, None] * g).T @ g
    return ((law.probs[:, None] * rows).T @ columns - A**2) / T


def same_batch_mean(A: Float[np.ndarray, "dim dim"], n: int) -> Float[np.ndarray, "dim dim"]:
    """E Ahat when both steps see the same n samples: (1 - 1/n) A + I / (2n).

    Args:
        A: the infinite-sample matrix, shape (d, d).
        n: samples per task.

    Returns:
        The mean, shape (d, d); its shift is the same in every direction.

    Raises:
        ValueError: if n < 1.

    Source: derived in chapter "The pseudo-contrastive loss".
    """
    counts(n=n)
    return (1 - 1 / n) * A + np.eye(len(A)) / (2 * n)


def task_signal(
    p: Float[np.ndarray, "neuron feature"], q: Float[np.ndarray, " neuron"], law: tasks.Law
) -> Float[np.ndarray, " neuron"]:
    """F = E_i[h_i^2], the mean square of a head's population value.

    Args:
        p: features' weights, shape (neuron, r).
        q: length outside row(M), shape (neuron,).
        law: the law over tasks.

    Returns:
        Shape (neuron,).

    Raises:
        ValueError: if the law has another r or a neuron is not allowed in `fourier.coefficients`.
    """
    same_r(p, law)
    return (coefficients(p, q).h @ tasks.fourier(law.tables).T) ** 2 @ law.probs


def step_noise(
    p: Float[np.ndarray, "neuron feature"],
    q: Float[np.ndarray, " neuron"],
    law: tasks.Law,
    T: int,
    n1: int,
    n2: int,
    eta_kappa: float = 1.0,
) -> Float[np.ndarray, " neuron"]:
    """E[(u . Delta w)^2] of one step, for a unit u orthogonal to row(M) and w.

    Args:
        p: features' weights, shape (neuron, r).
        q: length outside row(M), shape (neuron,).
        law: the law over tasks.
        T: number of tasks.
        n1: samples per task of the head step.
        n2: samples per task of the representation step.
        eta_kappa: product of the two step sizes.

    Returns:
        (eta kappa)^2 / (2 T n2) [F (1 - 1/n1) + rho^2 / (2 n1)], shape (neuron,).

    Raises:
        ValueError: if a count is below 1, the law has another r, or a neuron is not allowed.

    Source: derived in chapter "Representation learning".
    """
    counts(T=T, n1=n1, n2=n2)
    F = task_signal(p, q, law)
    return eta_kappa**2 / (2 * T * n2) * (F * (1 - 1 / n1) + ((p**2).sum(1) + q**2) / (2 * n1))


def noise_to_signal(d: int, r: int, T: int, n1: int, n2: int, m: float = np.inf) -> float:
    """After one cancelling step: the spurious part's spectral norm over the r-th singular value, to leading order.

    Args:
        d: input dimension.
        r: number of features; the law is uniform with the empty set.
        T: number of tasks.
        n1: samples per task of the head step.
        n2: samples per task of the representation step.
        m: number of neurons; the factor 1 + sqrt(d/m) is heuristic.

    Returns:
        sqrt(pi 2^r d (1 + pi 2^r / n1) / (T n2)) (1 + sqrt(d/m)).

    Raises:
        ValueError: if a count is below 1.

    Source: derived in chapter "Representation learning".
    """
    counts(d=d, r=r, T=T, n1=n1, n2=n2)
    ratio = np.sqrt(np.pi * 2**r * (1 + np.pi * 2**r / n1) / (T * n2))
    return float(ratio * np.sqrt(d) * (1 + np.sqrt(d / m)))
