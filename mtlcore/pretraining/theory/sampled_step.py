"""One step from samples in the limit of many dimensions: how diverse tasks must be, and how many samples it takes.

In the limit the first layer after the step is a matrix [S, L] with a row for each neuron. S lies in row(M), L outside,
and the input dimension is left in d/n1 and d/n2 only.

Source: derived in chapter "One step, many steps".
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory.amplification import kernel
from mtlcore.pretraining.theory.recovery import gain


@dataclass(frozen=True)
class Needs:
    """What a law over tasks asks of one step.

    Attributes:
        diversity: s, the smallest singular value of the matrix D that the step applies to a neuron's p.
        constant: c_0 = E_i f_i(empty)^2, what the tasks have in common with a constant one.
    """

    diversity: float
    constant: float


def tangent(worth: Float[np.ndarray, "*value"]) -> Float[np.ndarray, "*value"]:
    """Tangent of the largest angle to row(M) after one step on tasks with balanced labels (c_0 = 0).

    Args:
        worth: T n2 s / d, samples of all tasks times their diversity over the dimension.

    Returns:
        sqrt(pi / (2 worth)).
    """
    return np.sqrt(np.pi / (2 * worth))


def shared_noise(d: int, samples: int, needs: Needs) -> float:
    """Noise that all neurons have in common, over the r-th singular value of the signal.

    Args:
        samples: T n2, of all tasks for the representation step.

    Returns:
        d sqrt(pi c_0 / (2 T n2)) / s; with many neurons the error tends to 0 below one, and to 1 above.
    """
    return float(d * np.sqrt(np.pi * needs.constant / (2 * samples)) / needs.diversity)


def pairs(f: Float[np.ndarray, "function subset"]) -> Float[np.ndarray, "function feature feature"]:
    """F_i: the coefficients of a task's pairs of features as a symmetric matrix with a zero diagonal."""
    j = 1 << np.arange(int(f.shape[1]).bit_length() - 1)
    return np.where(j[:, None] == j, 0.0, f[:, j[:, None] | j])


def needs(law: tasks.Law) -> Needs:
    """What this law asks of one step.

    D is `recovery.gain`; for a law over parities it is the diagonal matrix of the singletons' probabilities.
    """
    return Needs(float(np.linalg.svd(gain(law), compute_uv=False)[-1]), float(kernel(law)[0, 0]))


def sampled_heads(
    p: Float[np.ndarray, "neuron feature"],
    tables: Float[np.ndarray, "task orthant"],
    d: int,
    n1: int,
    generator: np.random.Generator,
) -> Float[np.ndarray, "task neuron"]:
    """What a head step from zero learns of each task from n1 samples, to leading order in 1/d, up to its step size.

    Neurons have entries of variance one. The error of a mean of n1 samples has a part that all neurons share, for
    their activations are positive.
    """
    f = tasks.fourier(tables)
    singles = f[:, 1 << np.arange(p.shape[1])]
    shared, own = (generator.standard_normal((len(f), size)) for size in (1, len(p)))
    noise = np.sqrt((1 - f[:, :1] ** 2) / (2 * np.pi)) * shared + np.sqrt(0.5 - 0.5 / np.pi) * own
    return (f[:, :1] * np.sqrt(d) + singles @ p.T) / np.sqrt(2 * np.pi) + np.sqrt(d / n1) * noise


def limit_layer(
    p: Float[np.ndarray, "neuron feature"],
    heads: Float[np.ndarray, "task neuron"],
    tables: Float[np.ndarray, "task orthant"],
    constant: float,
    d: int,
    n2: int,
) -> Float[np.ndarray, "neuron feature_and_neuron"]:
    """[S, L]: the first layer after the step, up to a factor, at the weight decay 1/eta + kappa constant / (2 pi).

    The first r columns are its part in row(M), the others any square root of the outside part's Gram matrix.

    Args:
        heads: as from `sampled_heads`.
        constant: c_0 of the law; what the drawn tasks have of it more or less stays in the layer.
    """
    f = tasks.fourier(tables)
    r = p.shape[1]
    left = ((f[:, 0] ** 2).sum() - constant * len(f)) / (2 * np.pi)
    singles = f[:, 1 << np.arange(r)]
    turned = 2 / np.pi * np.einsum("nk,ijk->inj", p, pairs(f)) + f[:, :1, None] * p
    S = (heads.T @ singles + np.einsum("in,inj->nj", heads, turned) / np.sqrt(d)) / np.sqrt(2 * np.pi)
    S -= constant * len(f) / (2 * np.pi) * p
    G = d / (4 * n2) * (heads.T @ heads + np.diag((heads**2).sum(0))) + left**2 * d * np.eye(len(p))
    values, vectors = np.linalg.eigh(G)
    return np.hstack((S, vectors * np.sqrt(np.maximum(values, 0.0))))
