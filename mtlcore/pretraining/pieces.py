"""One iteration from heads at zero on any number of samples, in pieces that fit a processor's cache."""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features
from mtlcore.pretraining.labelling import labels
from mtlcore.pretraining.network import State, first_layer_gradient, head_gradient

#: Inputs at a time, few enough for the cache.
CHUNK = 2**13


def pieces(T: int, n: int) -> Iterator[tuple[slice, int]]:
    """Split n samples of each of T tasks into pieces of at most `CHUNK` inputs.

    Yields:
        (which tasks, how many samples of each).
    """
    if n <= CHUNK:
        for first in range(0, T, CHUNK // n):
            yield slice(first, min(first + CHUNK // n, T)), n
    else:
        for task in range(T):
            for first in range(0, n, CHUNK):
                yield slice(task, task + 1), min(CHUNK, n - first)


def sampled_inputs(
    tables: Float[Tensor, "trial task orthant"], n: int, M: Float[Tensor, "feature dim"], draws: Draws, purpose: str
) -> Iterator[tuple[slice, Float[Tensor, "trial sample dim"], Float[Tensor, "trial task sample_of_task"]]]:
    """Inputs and labels, n for each task, piece by piece.

    Yields:
        (which tasks, inputs, labels).
    """
    for turn, (which, count) in enumerate(pieces(tables.shape[1], n)):
        some = tables[:, which]
        x = draws.normal(purpose, some.shape[1] * count, M.shape[1], turn=turn)
        yield which, x, labels(some, features.orthant(x, M), count)


def step_on_samples(
    W: Float[Tensor, "trial neuron dim"],
    tables: Float[Tensor, "trial task orthant"],
    n: tuple[int, int],
    lam_w: float,
    draws: Draws,
) -> Float[Tensor, "trial neuron dim"]:
    """One head step from zero and one representation step, of size one, on (n1, n2) fresh samples of each task."""
    T, (n1, n2) = tables.shape[1], n
    M = features.canonical_subspace(W.shape[2], int(tables.shape[2]).bit_length() - 1).to(W)
    b, a, grad = W.new_zeros(W.shape[:2]), W.new_zeros(len(W), T, W.shape[1]), torch.zeros_like(W)
    for which, x, y in sampled_inputs(tables, n1, M, draws, "inputs of the heads"):
        a[:, which] += head_gradient(State(W, b, torch.zeros_like(a[:, which])), x, y) * (y.shape[2] / n1)
    for which, x, y in sampled_inputs(tables, n2, M, draws, "inputs of the first layer"):
        grad += first_layer_gradient(State(W, b, a[:, which]), x, y)[0] * (x.shape[1] / (T * n2))
    return (1 - lam_w) * W + grad
