"""How the error of one step falls with the samples and grows with the dimension, and how beta converges with T."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from mtlcore.pretraining import features, metrics, tasks
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.limits.informative_task import sampled_steps
from mtlcore.pretraining.training import draw_tasks


@dataclass(frozen=True, kw_only=True)
class Scaling(Configuration):
    """Subspace error after one step on the parities, each once, against n and d; deviation of beta_T against T.

    Attributes:
        d: the input dimensions.
        r: number of features.
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

    def errors(self, d: int, n: int, trials: range) -> list[list[float]]:
        """Subspace error after one step on the non-empty parities, and on all.

        Args:
            d: input dimension.
            n: samples per task and half-step.
            trials: the trials' indices.

        Returns:
            For each trial the two errors.
        """
        parities, M = tasks.parity_tables(self.r), features.canonical_subspace(d, self.r)
        out = []
        for trial in trials:
            pair = [
                sampled_steps({"": tables}, n * len(tables), d, self.ratio * d, self.seed, trial, self.device)[""]
                for tables in (parities[1:], parities)
            ]
            out.append([float(metrics.subspace_error(W.cpu(), M)) for W in pair])
        return out

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: called once per point.

        Returns:
            `error_n` by (law, trial, n), `error_d` by (law, trial, d), and `beta` by (trial, T), the root mean square
            of beta_T - beta over the pairs of different orthants.
        """
        points = {}
        for key in [(self.d_of_n, n) for n in self.n] + [(d, self.n_of_d) for d in self.d]:
            points[key] = self.errors(*key, trials)
            on_step()
        law = tasks.uniform(self.r_of_T, empty=True)
        drawn = draw_tasks(law, max(self.T), self.seed, trials)
        deviation = [[tasks.beta(tables[:T]) - np.eye(2**self.r_of_T) for T in self.T] for tables in drawn]
        pairs = 2**self.r_of_T * (2**self.r_of_T - 1)
        axes, laws = ("law", "trial"), ["non-empty", "with the empty set"]
        return xr.Dataset(
            {
                "error_n": (axes + ("n",), np.transpose([points[self.d_of_n, n] for n in self.n], (2, 1, 0))),
                "error_d": (axes + ("d",), np.transpose([points[d, self.n_of_d] for d in self.d], (2, 1, 0))),
                "beta": (("trial", "T"), np.sqrt(np.square(deviation).sum((-2, -1)) / pairs)),
            },
            {"law": laws, "n": list(self.n), "d": list(self.d), "T": list(self.T), "trial": list(trials)},
        )
