"""Pretraining on laws over Boolean functions that are no parities, beside the recursion with the law's kernel."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from jaxtyping import Float

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import tasks
from mtlcore.pretraining.algorithm import Model
from mtlcore.pretraining.labelling import Labeller, by_table
from mtlcore.pretraining.robustness.variations import Variations
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


@dataclass(frozen=True, kw_only=True)
class BooleanTasks(Variations):
    """Error along pretraining on laws over Boolean functions, each of a law's tasks once.

    Attributes:
        total: inputs per half-step, shared out over a law's tasks.

    Source: ours (chapter "How far the message carries").
    """

    seed: int = 73
    total: int = 512

    def models(self, draws: Draws) -> dict[str, Model]:
        """One model for each law."""
        sizes = {name: len(tables) for name, tables in boolean_laws(self.r).items()}
        shares = {name: self.total // T for name, T in sizes.items()}
        return {name: Model(T, shares[name], shares[name], self.d, self.m, self.hyper) for name, T in sizes.items()}

    def labels(self, draws: Draws) -> Mapping[str, Labeller]:
        """The tasks of each law."""
        return {name: by_table(np.stack([tables] * len(draws))) for name, tables in boolean_laws(self.r).items()}

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `error`, `missed`, `row_norm`, `energy` and `predicted`, the error of the recursion, by (variation, trial,
            iteration).
        """
        kernels = {name: kernel(tasks.equally_likely(tables)) for name, tables in boolean_laws(self.r).items()}
        return super().block(draws).assign(predicted=self.predicted(kernels, draws))
