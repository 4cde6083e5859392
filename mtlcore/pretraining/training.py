"""Error curves: the part that the figures with training curves share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab import draws
from mtlcore.pretraining import features, metrics, tasks
from mtlcore.pretraining.algorithm import ROBUST, STATED, Hyper, Model, pretrain
from mtlcore.pretraining.configuration import Configuration

#: What a curve records at each iteration, in the order of `summary`.
QUANTITIES = ("error", "missed", "row_norm")
AXES = ("setting", "T", "trial", "iteration")


@dataclass(frozen=True, kw_only=True)
class Training(Configuration):
    """What experiments that follow a pretraining have in common.

    Attributes:
        d: input dimension.
        r: number of features.
        m: number of neurons.
        steps: iterations.
        every: iterations between two records.
    """

    d: int = 32
    r: int = 3
    m: int = 16
    steps: int = 1000
    every: int = 10

    @property
    def total_steps(self) -> int:
        """Iterations of one block."""
        return self.steps

    def subspace(self) -> Float[Tensor, "feature dim"]:
        """The hidden subspace M on the experiment's device.

        Returns:
            Shape (r, d).
        """
        return features.canonical_subspace(self.d, self.r).to(self.device)


def draw_tasks(law: tasks.Law, T: int, seed: int, trials: range) -> Float[np.ndarray, "trial task orthant"]:
    """T tasks for each trial, each trial from its own stream.

    Args:
        law: the law over tasks.
        T: number of tasks.
        seed: the experiment's seed.
        trials: the trials' indices.

    Returns:
        Labels, float32 array of shape (trial, T, 2^r).
    """
    return np.stack([law.sample(T, draws.stream(seed, "tasks", trial)) for trial in trials])


def fewest_singletons(tables: Float[np.ndarray, "trial task orthant"]) -> np.ndarray:
    """How often the rarest of the r single-feature tasks was drawn.

    Args:
        tables: labels, shape (trial, T, 2^r).

    Returns:
        int array of shape (trial,).
    """
    r = int(tables.shape[2]).bit_length() - 1
    singles = tasks.parity_tables(r)[tasks.sizes(r) == 1]
    return (tables[:, :, None] == singles).all(-1).sum(1).min(-1)


def summary(W: Float[Tensor, "trial neuron dim"], M: Float[Tensor, "feature dim"]) -> np.ndarray:
    """Three numbers about each first layer.

    Args:
        W: first layers, shape (trial, m, d).
        M: the hidden subspace, shape (r, d).

    Returns:
        float64 array of shape (3, trial): subspace error, mean squared sine, root mean square row length.
    """
    sines = metrics.principal_sines(metrics.top_subspace(W, M.shape[0]), M)
    norm = W.double().square().sum(-1).mean(-1).sqrt()
    return torch.stack((sines[..., 0], sines.square().mean(-1), norm)).cpu().numpy()


def error_curves(
    models: Mapping[Any, Model],
    tables: Mapping[Any, np.ndarray],
    M: Float[Tensor, "feature dim"],
    seed: int,
    trials: range,
    steps: int,
    every: int,
    device: str,
    on_step: Callable[[], object],
) -> tuple[list[int], dict[Any, np.ndarray]]:
    """Pretrain the models side by side and follow how close their first layers come to row(M).

    Args:
        models: the models by name.
        tables: the labels of their tasks, shape (trial, T, 2^r), by the same names.
        M: the hidden subspace, shape (r, d).
        seed: the experiment's seed.
        trials: the trials' indices.
        steps: iterations.
        every: iterations between two records.
        device: torch device.
        on_step: called once per iteration.

    Returns:
        (the recorded iterations, for each model an array of shape (3, trial, iteration) in the order `QUANTITIES`).
    """
    iterations: list[int] = []
    rows: dict[Any, list[np.ndarray]] = {name: [] for name in models}
    for iteration, states in pretrain(models, tables, M, seed, trials, steps, every, device, on_step=on_step):
        iterations.append(iteration)
        for name, state in states.items():
            rows[name].append(summary(state.W, M))
    return iterations, {name: np.stack(points, -1) for name, points in rows.items()}


def both_settings() -> dict[str, Hyper]:
    """The paper's hyper-parameters and ours, by name.

    Returns:
        "stated" and "robust".
    """
    return {"stated": STATED, "robust": ROBUST}
