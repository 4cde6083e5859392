"""The subspace error of single-task training with infinitely many samples, no biases and all hinges active.

Source: derived in chapter "What one task and random features cannot do".
"""

import numpy as np
import torch
from jaxtyping import Float

from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.theory import dynamics, single, vectors
from mtlcore.pretraining.theory.fed import fed_rank


def error_of(
    W: Float[np.ndarray, "trial neuron dim"],
    M: Float[np.ndarray, "feature dim"],
    p: Float[np.ndarray, "neurons feature"],
    q: Float[np.ndarray, " neurons"],
) -> Float[np.ndarray, " trial"]:
    """Subspace errors of layers that have gone from W to (p, q).

    Args:
        p: of all trials' neurons, one after the other.
        q: the same, signed: negative where w_perp has turned around.
    """
    flat = W.reshape(-1, W.shape[2])
    before, length = vectors.split(flat, M)
    after = p @ M + (q / length)[:, None] * (flat - before @ M)
    return metrics.subspace_error(*map(torch.from_numpy, (after.reshape(W.shape), M))).numpy()


def one_step_error(
    W: Float[np.ndarray, "trial neuron dim"], M: Float[np.ndarray, "feature dim"], table: Float[np.ndarray, " orthant"]
) -> Float[np.ndarray, " trial"]:
    """After one exact step at lam_w*, with unit step sizes, heads from zero; 1 if it feeds fewer than r directions."""
    f = tasks.fourier(table[None])[0]
    if fed_rank(f) < len(M):
        return np.ones(len(W))
    p, q = vectors.split(W.reshape(-1, W.shape[2]), M)
    return error_of(W, M, *single.one_step(p, q, f, 1.0, 1 + f[0] ** 2 / (2 * np.pi), 1.0))


def many_steps_error(
    W: Float[np.ndarray, "trial neuron dim"],
    M: Float[np.ndarray, "feature dim"],
    table: Float[np.ndarray, " orthant"],
    steps: int,
    update: dynamics.Update,
) -> Float[np.ndarray, " trial"]:
    """After many steps of the recursion, from zero heads; 1 if the task feeds fewer than r directions."""
    if fed_rank(tasks.fourier(table[None])[0]) < len(M):
        return np.ones(len(W))
    law = tasks.equally_likely(table[None].astype(float))
    p, q = dynamics.run(*vectors.split(W.reshape(-1, W.shape[2]), M), law, steps, update)
    return error_of(W, M, p[-1], q[-1])
