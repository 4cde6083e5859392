"""How the error of one step falls with the samples and grows with the dimension, and how beta converges with T."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from mtlcore import data, metrics, tasks
from mtlcore.experiments.base import Experiment
from mtlcore.experiments.curves import draw_tasks
from mtlcore.experiments.one_step import sampled_steps


@dataclass(frozen=True, kw_only=True)
class Scaling(Experiment):
    """Subspace error after one step on all parities, against n and against d; deviation of beta_T against T.

    Attributes:
        d: the input dimensions.
        r: number of features; the law is uniform over all parities, the empty set included.
        ratio: neurons per input dimension.
        n: the numbers of samples per task and half-step.
        d_of_n: input dimension of the error against n.
        n_of_d: samples per task and half-step of the error against d.
        T: the numbers of tasks behind beta_T.
        r_of_T: number of features of beta_T.

    Source: ours (chapter "What one task and random features cannot do").
    """

    name: ClassVar[str] = "limits-scaling"

    trials: int = 20
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

    def error(self, d: int, n: int, trials: range) -> list[float]:
        """Subspace error after one step.

        Args:
            d: input dimension.
            n: samples per task and half-step.
            trials: the trials' indices.

        Returns:
            One error for each trial.
        """
        every = {"all": tasks.parity_tables(self.r)}
        M, samples = data.canonical_subspace(d, self.r), n * 2**self.r
        return [
            float(
                metrics.subspace_error(
                    sampled_steps(every, samples, d, self.ratio * d, self.seed, t, self.device)["all"].cpu(), M
                )
            )
            for t in trials
        ]

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: called once per point.

        Returns:
            `error_n` by (trial, n), `error_d` by (trial, d), and `beta`, the root mean square of beta_T - beta over
            the pairs of different orthants, by (trial, T).
        """
        points = {}
        for key in [(self.d_of_n, n) for n in self.n] + [(d, self.n_of_d) for d in self.d]:
            points[key] = self.error(*key, trials)
            on_step()
        law = tasks.uniform(self.r_of_T, empty=True)
        drawn = draw_tasks(law, max(self.T), self.seed, trials)
        deviation = [[tasks.beta(tables[:T]) - np.eye(2**self.r_of_T) for T in self.T] for tables in drawn]
        pairs = 2**self.r_of_T * (2**self.r_of_T - 1)
        return xr.Dataset(
            {
                "error_n": (("trial", "n"), np.transpose([points[self.d_of_n, n] for n in self.n])),
                "error_d": (("trial", "d"), np.transpose([points[d, self.n_of_d] for d in self.d])),
                "beta": (("trial", "T"), np.sqrt(np.square(deviation).sum((-2, -1)) / pairs)),
            },
            {"n": list(self.n), "d": list(self.d), "T": list(self.T), "trial": list(trials)},
        )
