"""How the error of one step falls with the samples and grows with the dimension, and how beta converges with T."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from mtlcore.lab import progress
from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.configuration import Configuration, draw_tasks
from mtlcore.pretraining.limits.informative_task import sampled_steps


@dataclass(frozen=True, kw_only=True)
class Scaling(Configuration):
    """Subspace error after one step on the parities, each once, against n and d; deviation of beta_T against T.

    Attributes:
        d: the input dimensions.
        ratio: neurons per input dimension.
        n: the numbers of samples per task and half-step.
        d_of_n: input dimension of the error against n.
        n_of_d: samples per task and half-step of the error against d.
        T: the numbers of tasks behind beta_T.
        r_of_T: number of features of beta_T.

    Source: ours (chapter "What one task and random features cannot do").
    """

    cpu_block: ClassVar[int] = 1  # the inputs of one trial fill a processor's cache many times over

    trials: int = 12
    seed: int = 47
    d: tuple[int, ...] = (12, 24, 48, 96)
    r: int = 2
    ratio: int = 2
    n: tuple[int, ...] = (2**13, 2**14, 2**15, 2**16)
    d_of_n: int = 32
    n_of_d: int = 2**14
    T: tuple[int, ...] = (64, 256, 1024, 4096, 16384)
    r_of_T: int = 3

    @property
    def total_steps(self) -> int:
        """Points of one block."""
        return len(self.n) + len(self.d)

    def errors(self, d: int, n: int, draws: Draws) -> xr.DataArray:
        """Subspace error after one step with n samples per task and half-step.

        Returns:
            By law ("non-empty": the non-empty parities; "with the empty set": all) and trial.
        """
        parities, M, found = tasks.parity_tables(self.r), self.subspace(d), {}
        for law, tables in (("non-empty", parities[1:]), ("with the empty set", parities)):
            W = sampled_steps({law: tables}, n * len(tables), d, self.ratio * d, draws)[law]
            found[law] = xr.DataArray(metrics.subspace_error(W, M).cpu().numpy(), dims="trial")
        progress.advance()
        return gather(found, {"law": list(found)})

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `error_n` by (law, trial, n), `error_d` by (law, trial, d), and `beta` by (trial, T), the root mean square
            of beta_T - beta over the pairs of different orthants.
        """
        error_n = {n: self.errors(self.d_of_n, n, draws) for n in self.n}
        error_d = {d: self.errors(d, self.n_of_d, draws) for d in self.d}
        drawn = draw_tasks(tasks.uniform(self.r_of_T, empty=True), max(self.T), draws)
        pairs, same = 2**self.r_of_T * (2**self.r_of_T - 1), np.eye(2**self.r_of_T)
        beta = {
            T: xr.DataArray(
                [np.sqrt(np.square(tasks.beta(tables[:T]) - same).sum() / pairs) for tables in drawn], dims="trial"
            )
            for T in self.T
        }
        axes = "law", "trial"
        return xr.Dataset(
            {
                "error_n": gather(error_n, {"n": self.n}).transpose(*axes, "n"),
                "error_d": gather(error_d, {"d": self.d}).transpose(*axes, "d"),
                "beta": gather(beta, {"T": self.T}).transpose("trial", "T"),
            }
        )
