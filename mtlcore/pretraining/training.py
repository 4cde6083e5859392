"""Training curves: what the experiments that follow a pretraining share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.algorithm import ROBUST, STATED, Hyper, Model, pretrain
from mtlcore.pretraining.configuration import Configuration

#: What a curve records at each iteration, in the order of `summary`.
QUANTITIES = ("error", "missed", "row_norm", "energy")


@dataclass(frozen=True, kw_only=True)
class Training(Configuration):
    """What experiments that follow a pretraining have in common."""

    d: int = 32
    r: int = 3
    m: int = 16
    steps: int = 1000
    every: int = 10

    @property
    def total_steps(self) -> int:
        """Iterations of one block."""
        return self.steps


def both_settings() -> dict[str, Hyper]:
    """The paper's hyper-parameters, "stated", and ours, "robust"."""
    return {"stated": STATED, "robust": ROBUST}


def fewest_singletons(tables: Float[np.ndarray, "trial task orthant"]) -> np.ndarray:
    """How often the rarest of the r single-feature tasks was drawn.

    Returns:
        Counts, shape (trial,).
    """
    r = int(tables.shape[2]).bit_length() - 1
    singles = tasks.parity_tables(r)[tasks.sizes(r) == 1]
    return (tables[:, :, None] == singles).all(-1).sum(1).min(-1)


def summary(W: Float[Tensor, "trial neuron dim"], M: Float[Tensor, "feature dim"]) -> np.ndarray:
    """Four numbers about each first layer.

    Returns:
        Shape (4, trial): subspace error, mean squared sine, root mean square row length, share of the energy in row(M).
    """
    sines = metrics.principal_sines(metrics.top_subspace(W, M.shape[0]), M)
    norm = W.double().square().sum(-1).mean(-1).sqrt()
    return torch.stack((sines[..., 0], sines.square().mean(-1), norm, metrics.energy_share(W, M))).cpu().numpy()


def curves(points: Mapping[int, np.ndarray]) -> xr.Dataset:
    """The summaries of one first layer along its training.

    Args:
        points: `summary`, shape (4, trial), by iteration.

    Returns:
        `error`, `missed`, `row_norm` and `energy` by (trial, iteration).
    """
    table = np.stack(list(points.values()), -1)
    named = {name: (("trial", "iteration"), values) for name, values in zip(QUANTITIES, table, strict=True)}
    return xr.Dataset(named, {"iteration": list(points)})


def error_curves(
    models: Mapping[Any, Model],
    tables: Mapping[Any, np.ndarray],
    M: Float[Tensor, "feature dim"],
    draws: Draws,
    steps: int,
    every: int,
) -> dict[Any, xr.Dataset]:
    """Pretrain the models side by side and follow how close their first layers come to row(M).

    Args:
        tables: the labels of their tasks, shape (trial, T, 2^r), by the models' names.

    Returns:
        For each model `error`, `missed`, `row_norm` and `energy` by (trial, iteration).
    """
    points: dict[Any, dict[int, np.ndarray]] = {name: {} for name in models}
    for iteration, states in pretrain(models, tables, M, draws, steps, every):
        for name, state in states.items():
            points[name][iteration] = summary(state.W, M)
    return {name: curves(one) for name, one in points.items()}
