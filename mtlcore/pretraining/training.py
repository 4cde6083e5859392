"""Training curves: what the experiments that follow a pretraining share."""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import metrics
from mtlcore.pretraining.algorithm import ROBUST, STATED, Hyper, Model, pretrain
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.labelling import Labeller
from mtlcore.pretraining.network import State
from mtlcore.pretraining.tasks import parity_tables, sizes

#: The names of the numbers of `summary`.
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
    singles = parity_tables(r)[sizes(r) == 1]
    return (tables[:, :, None] == singles).all(-1).sum(1).min(-1)


def summary(W: Float[Tensor, "trial neuron dim"], M: Float[Tensor, "feature dim"]) -> np.ndarray:
    """Four numbers about each first layer.

    Returns:
        Shape (4, trial): subspace error, mean squared sine, root mean square row length, share of the energy in row(M).
    """
    sines = metrics.principal_sines(metrics.top_subspace(W, M.shape[0]), M)
    norm = W.double().square().sum(-1).mean(-1).sqrt()
    return torch.stack((sines[..., 0], sines.square().mean(-1), norm, metrics.energy_share(W, M))).cpu().numpy()


def closeness(state: State, M: Float[Tensor, "feature dim"]) -> xr.Dataset:
    """How close first layers are to row(M).

    Returns:
        `error`, `missed`, `row_norm` and `energy` by trial, as in `summary`.
    """
    return xr.Dataset({name: ("trial", x) for name, x in zip(QUANTITIES, summary(state.W, M), strict=True)})


def curves(
    run: Iterable[tuple[int, Mapping[Any, State]]], measure: Callable[[State], xr.Dataset]
) -> dict[Any, xr.Dataset]:
    """Measure each model at every recorded iteration of a pretraining.

    Args:
        run: as `algorithm.pretrain`.
        measure: finds a data set by trial, and by any other dimensions.

    Returns:
        For each model what the measure finds, by (trial, iteration, ...).
    """
    points: dict[Any, dict[int, xr.Dataset]] = {}
    for iteration, states in run:
        for name, state in states.items():
            points.setdefault(name, {})[iteration] = measure(state)
    found = {name: gather(one, {"iteration": one}) for name, one in points.items()}
    return {name: ds.transpose("trial", "iteration", ...) for name, ds in found.items()}


def error_curves(
    models: Mapping[Any, Model],
    tasks: Mapping[Any, Float[np.ndarray, "trial task orthant"] | Labeller],
    M: Float[Tensor, "feature dim"],
    draws: Draws,
    steps: int,
    every: int,
) -> dict[Any, xr.Dataset]:
    """Pretrain the models side by side and follow how close their first layers come to row(M).

    Args:
        tasks: what labels their inputs, as in `algorithm.pretrain`.

    Returns:
        For each model `error`, `missed`, `row_norm` and `energy` by (trial, iteration).
    """
    return curves(pretrain(models, tasks, M, draws, steps, every), functools.partial(closeness, M=M))
