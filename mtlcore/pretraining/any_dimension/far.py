"""Pretraining in dimensions that no simulation of all coordinates reaches, with samples in proportion to them."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import xarray as xr

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import chain, tasks
from mtlcore.pretraining.algorithm import ROBUST, Hyper, Model
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.training import error_curves


@dataclass(frozen=True, kw_only=True)
class FarDimensions(Configuration):
    """Every non-empty parity once, by the chain; neurons start at length one in every dimension.

    Attributes:
        d: the input dimensions, each more than r + m.
        per_dim: samples of each half-step, all tasks together, for each input dimension: T n2 / d.
        hyper: step sizes, weight decays and initial scales; that of the first layer is 1 / sqrt(d) instead.

    Raises:
        ValueError: where the chain does not hold, or a task has no sample.

    Source: ours.
    """

    cpu_block: ClassVar[int] = 1

    seed: int = 62
    trials: int = 2
    d: tuple[int, ...] = (10**3, 10**4, 10**5, 10**6)
    r: int = 2
    m: int = 16
    per_dim: float = 0.25
    hyper: Hyper = replace(ROBUST, eta=0.5, nu_a=0.0)
    steps: int = 180
    every: int = 6

    def __post_init__(self) -> None:
        """Refuse what the chain does not hold for, and tasks without samples."""
        super().__post_init__()
        if self.per_dim * min(self.d) < 2**self.r:
            raise ValueError(f"per_dim = {self.per_dim} in dimension {min(self.d)}; allowed: one sample for each task")
        for d in self.d:
            chain.check(self.model(d), self.r)

    def model(self, d: int) -> Model:
        """The network in dimension d."""
        T = 2**self.r - 1
        n = int(self.per_dim * d) // T
        # fault: d**-0.5 -> self.hyper.nu_w
        # noticed by pretraining/test_any_dimension.py::test_rows_start_at_length_one_in_every_dimension
        return Model(T, n, n, d, self.m, replace(self.hyper, nu_w=d**-0.5))

    def memory(self) -> int:
        """Bytes of the samples of two half-steps and of what the neurons make of them."""
        return int(4 * self.block_size * self.per_dim * max(self.d) * (2 * (self.r + self.m) + 4 * self.m))

    @property
    def total_steps(self) -> int:
        """Iterations of one block."""
        return self.steps

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for, all dimensions side by side on one stream.

        Returns:
            `error`, `missed`, `row_norm` and `energy` by (d, trial, iteration).
        """
        models = {d: chain.compressed(self.model(d), self.r, draws) for d in self.d}
        parities = tasks.uniform(self.r).each_once()
        tables = dict.fromkeys(models, np.stack([parities] * len(draws)))
        M = self.subspace(self.r + self.m)
        return gather(error_curves(models, tables, M, draws, self.steps, self.every), {"d": self.d})
