"""First layers to be probed: those that no task has trained, and the accuracy of a probe on each."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab import progress
from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features, tasks
from mtlcore.pretraining.chain import square
from mtlcore.pretraining.network import State
from mtlcore.pretraining.probe import Probe, linear_probe
from mtlcore.pretraining.wishart import triangular

#: Representations that are not trained. Gaussian rows, and Gaussian rows inside row(M).
UNTRAINED = ("random", "oracle")


def untrained(kind: str, m: int, M: Float[Tensor, "feature dim"], draws: Draws) -> Float[Tensor, "trial neuron dim"]:
    """A first layer that has seen no task: "random" or "oracle"."""
    W = draws.normal("first layer", m, M.shape[1])
    P = M.to(W)
    return W @ P.T @ P if kind == "oracle" else W


def in_short(W: Float[Tensor, "trial neuron dim"], r: int) -> Float[Tensor, "trial neuron column"]:
    """A first layer [W_M, L] with r + m columns that has all lengths and angles of [W_M, W_perp], M = [I_r, 0]."""
    return torch.cat([W[..., :r], square(triangular(W[..., r:]))], -1)


def snapshots(
    run: Iterator[tuple[int, Mapping[Any, State]]], at: Collection[int]
) -> dict[tuple[Any, int], Float[Tensor, "trial neuron dim"]]:
    """The first layers of a pretraining after some iterations, by (model, iteration)."""
    return {
        (name, iteration): state.W for iteration, states in run if iteration in at for name, state in states.items()
    }


def accuracies(
    W: Float[Tensor, "trial neuron dim"], r: int, samples: tuple[int, ...], probe: Probe, draws: Draws
) -> xr.Dataset:
    """Probe first layers with every non-empty parity.

    Returns:
        `accuracy` and `hinge` by (trial, N, parity), with the parities' `size`.
    """
    M = features.canonical_subspace(W.shape[2], r).to(W.device)
    parities = torch.from_numpy(tasks.parity_tables(r)[1:]).to(W.device)
    accuracy, hinge = (x.cpu().numpy() for x in linear_probe(W, M, parities, samples, probe, draws))
    progress.advance()
    axes = ("trial", "N", "parity")
    size = ("parity", tasks.sizes(r)[1:])
    return xr.Dataset({"accuracy": (axes, accuracy), "hinge": (axes, hinge)}, {"N": list(samples), "size": size})
