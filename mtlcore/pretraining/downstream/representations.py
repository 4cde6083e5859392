"""First layers to be probed: those that no task has trained, and the accuracy of a probe on each."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from mtlcore.lab import draws
from mtlcore.pretraining import features, tasks
from mtlcore.pretraining.probe import linear_probe

#: Representations that are not trained. Gaussian rows, and Gaussian rows inside row(M).
UNTRAINED = ("random", "oracle")


def untrained(kind: str, m: int, M: torch.Tensor, seed: int, trials: range) -> torch.Tensor:
    """A first layer that has seen no task.

    Args:
        kind: "random" (Gaussian rows) or "oracle" (Gaussian rows inside row(M)).
        m: number of neurons.
        M: the hidden subspace, shape (r, d).
        seed: the experiment's seed.
        trials: the trials' indices; each owns its stream "init".

    Returns:
        float32 tensor of shape (trial, m, d).
    """
    streams = [draws.stream(seed, "init", trial) for trial in trials]
    W = draws.normal(streams, m, M.shape[1]).to(M.device)
    P = M.to(W)
    return W @ P.T @ P if kind == "oracle" else W


def one_task_of_each_size(r: int, seed: int, trials: range) -> tuple[np.ndarray, np.ndarray]:
    """A single parity for each trial, its size 1 + trial mod r, its features drawn uniformly.

    Args:
        r: number of features.
        seed: the experiment's seed.
        trials: the trials' indices.

    Returns:
        (labels, shape (trial, 1, 2^r); sizes, shape (trial,)).
    """
    sizes = 1 + np.asarray(trials) % r
    tables = [
        tasks.fixed_degree(r, int(size)).sample(1, draws.stream(seed, "tasks", trial))
        for size, trial in zip(sizes, trials, strict=True)
    ]
    return np.stack(tables), sizes


def probe_states(
    layers: Mapping[Any, torch.Tensor],
    dims: Mapping[Any, int],
    r: int,
    samples: tuple[int, ...],
    m_hat: int,
    seed: int,
    trials: range,
    on_step: Callable[[], object],
) -> dict[Any, np.ndarray]:
    """Probe several first layers with every non-empty parity.

    Args:
        layers: first layers, shape (trial, m, d), by name.
        dims: the input dimension of each.
        r: number of features.
        samples: the numbers N of downstream samples.
        m_hat: number of downstream neurons.
        seed: the experiment's seed.
        trials: the trials' indices.
        on_step: called once per layer.

    Returns:
        For each name an array of shape (2, trial, N, parity): accuracy and hinge loss.
    """
    parities = torch.from_numpy(tasks.parity_tables(r)[1:])
    out = {}
    for name, W in layers.items():
        M = features.canonical_subspace(dims[name], r).to(W.device)
        scores = linear_probe(W, M, parities.to(W.device), samples, m_hat, seed, trials)
        out[name] = torch.stack(scores).cpu().numpy()
        on_step()
    return out
