"""One head step and one representation step on samples, at the weight decay that forgets the initialisation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab import progress
from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.pieces import step_on_samples
from mtlcore.pretraining.steps.sampled_step import NU_W
from mtlcore.pretraining.theory.dynamics import lam_w_star
from mtlcore.pretraining.theory.single import not_all_equal


def sampled_steps(
    tables: Mapping[Any, Float[np.ndarray, "task orthant"]], samples: int, d: int, m: int, draws: Draws
) -> dict[Any, Float[Tensor, "trial neuron dim"]]:
    """One iteration from Gaussian rows and zero heads at lam_w*, for several sets of tasks on one stream of inputs.

    Args:
        tables: labels of the tasks, by name.
        samples: inputs per half-step, shared out over the tasks.

    Returns:
        W+ by name.

    Source: the paper's algorithm; lam_w* is ours (chapter "Representation learning").
    """
    W, out = NU_W * draws.normal("first layer", m, d), {}
    for name, table in tables.items():
        n, lam_w = samples // len(table), lam_w_star(tasks.equally_likely(table), 1.0, 1.0)
        each = torch.from_numpy(np.stack([table] * len(draws))).to(W)
        out[name] = step_on_samples(W, each, (n, n), lam_w, draws)
    return out


def informative_tables(r: int) -> dict[str, Float[np.ndarray, "task orthant"]]:
    """All parities at once, with and without the empty set, and single tasks from highly to hardly informative.

    Args:
        r: number of features, at least 3.

    Returns:
        Labels by name, float32 arrays of shape (T, 2^r).

    Raises:
        ValueError: if r is below 3.
    """
    parities, codes = tasks.parity_tables(r), np.arange(2**r)
    features = ((codes[:, None] >> np.arange(r)) & 1).sum(1)
    return {
        "all parities": parities,
        "non-empty parities": parities[1:],
        "not all equal": not_all_equal(r).astype(np.float32)[None],
        "majority": np.where(2 * features > r, 1.0, -1.0).astype(np.float32)[None],
        "parity of one": parities[[1]],
        "parity of two": parities[[3]],
        "parity of three": parities[[7]],
    }


@dataclass(frozen=True, kw_only=True)
class InformativeTask(Configuration):
    """Subspace error after one step on all parities, on the non-empty ones, on NAE_r alone, and on other single tasks.

    Attributes:
        N: the total numbers of inputs per half-step.

    Source: our version of the paper's Remark 3.8.
    """

    cpu_block: ClassVar[int] = 1  # the inputs of one trial fill a processor's cache many times over

    trials: int = 8
    seed: int = 43
    d: int = 32
    r: int = 3
    m: int = 64
    N: tuple[int, ...] = (2**14, 2**16, 2**18)

    @property
    def total_steps(self) -> int:
        """Numbers of inputs."""
        return len(self.N)

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `error` by (task, N, trial).
        """
        M, tables, found = self.subspace(), informative_tables(self.r), {}
        for N in self.N:
            for name, W in sampled_steps(tables, N, self.d, self.m, draws).items():
                error = metrics.subspace_error(W, M).cpu().numpy()
                found[name, N] = xr.Dataset({"error": ("trial", error)})
            progress.advance()
        return gather(found, {"task": tables, "N": self.N})
