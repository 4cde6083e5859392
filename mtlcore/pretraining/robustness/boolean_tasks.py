"""Pretraining on laws over Boolean functions that are no parities, beside the recursion with the law's kernel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features, tasks
from mtlcore.pretraining.algorithm import Model, labels
from mtlcore.pretraining.robustness.variations import Batch, Variations
from mtlcore.pretraining.theory.amplification import kernel
from mtlcore.pretraining.theory.classes import functions

Tables = Float[np.ndarray, "task orthant"]


def signs(r: int) -> Float[np.ndarray, "orthant feature"]:
    """The signs v of each orthant."""
    return tasks.parity_tables(r)[1 << np.arange(r)].T.astype(float)


def boolean_laws(r: int) -> dict[str, Tables]:
    """Sets of tasks, each task equally likely, by name.

    Args:
        r: number of features, odd, for majorities have no ties.

    Returns:
        Labels by name, shape (task, orthant).

    Raises:
        ValueError: if r is even.
    """
    if r % 2 == 0:
        raise ValueError(f"r = {r} features; allowed: an odd number, majorities have ties otherwise")
    v, parities = signs(r), tasks.parity_tables(r)
    half = functions(r)[2 ** (2**r - 1) :]  # one of each f and -f, which teach the same
    positive = v > 0
    conjunctions = [
        np.where(positive[:, [j for j in range(r) if S >> j & 1]].all(1), 1.0, -1.0) for S in range(1, 2**r)
    ]
    return {
        "parities": parities[1:],
        "all functions": half,
        "balanced functions": half[half.sum(1) == 0],
        "majorities with signs": np.sign(v[2 ** (r - 1) :] @ v.T),
        "ANDs": np.array(conjunctions),
        "ANDs with signs": 2 * np.eye(2**r) - 1,
        "one majority": np.sign(v.sum(1))[None],
        "a feature left out": parities[1 : 2 ** (r - 1)],
    }


def law_of(tables: Tables) -> tasks.Law:
    """The law that draws each of some tasks with the same probability."""
    return tasks.Law(tables, np.full(len(tables), 1 / len(tables)))


@dataclass(frozen=True, kw_only=True)
class BooleanTasks(Variations):
    """Error along pretraining on laws over Boolean functions, each of a law's tasks once.

    Attributes:
        total: inputs per half-step, shared out over a law's tasks.

    Source: ours (chapter "How far the message carries").
    """

    seed: int = 73
    total: int = 512

    def models(self) -> dict[str, Model]:
        """One model for each law."""
        sizes = {name: len(tables) for name, tables in boolean_laws(self.r).items()}
        shares = {name: self.total // T for name, T in sizes.items()}
        return {name: Model(T, shares[name], shares[name], self.d, self.m, self.hyper) for name, T in sizes.items()}

    def batches(self, draws: Draws, iteration: int) -> Mapping[str, Sequence[Batch]]:
        """The same inputs for all, with the labels of each law."""
        x, found = draws.normal("inputs", 2, self.total, self.d, turn=iteration), {}
        codes = features.orthant(x, self.subspace())
        for name, tables in boolean_laws(self.r).items():
            several = torch.from_numpy(tables).to(x).expand(len(draws), -1, -1)
            T, n = len(tables), self.total // len(tables)
            found[name] = [(x[:, half, : T * n], labels(several, codes[:, half], n)) for half in (0, 1)]
        return found

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `error`, `missed`, `row_norm`, `energy` and `predicted`, the error of the recursion, by (variation, trial,
            iteration).
        """
        kernels = {name: kernel(law_of(tables)) for name, tables in boolean_laws(self.r).items()}
        return super().block(draws).assign(predicted=self.predicted(kernels, draws))
