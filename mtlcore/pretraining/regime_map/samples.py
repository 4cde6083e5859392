"""A map over the number of tasks and the samples of a half-step."""

import dataclasses
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import numpy as np
import xarray as xr

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import features, tasks
from mtlcore.pretraining.algorithm import ROBUST, Hyper, Model, pretrain
from mtlcore.pretraining.chain import compressed
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.regime_map.cells import cell
from mtlcore.pretraining.regime_map.predictions import all_drawn, averaged, one_step_tangent, sine
from mtlcore.pretraining.theory import growth
from mtlcore.pretraining.training import Training, curves, fewest_singletons


@dataclass(frozen=True, kw_only=True)
class SampleMap(Training):
    """Training curves for T parities, drawn without the empty set, that share N samples; all cells see the same draws.

    Attributes:
        T: the numbers of tasks.
        N: the samples of a half-step: each task has N / T of them, rounded down; where that is none, there is no cell.
        hyper: step sizes, weight decays and initial scales.

    Source: ours; the paper varies T at one N.
    """

    seed: int = 72
    trials: int = 4
    d: int = 64
    steps: int = 200
    T: tuple[int, ...] = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
    N: tuple[int, ...] = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536)
    every: int = 20
    hyper: Hyper = dataclasses.field(default_factory=lambda: replace(ROBUST, eta=0.3))

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `error`, `inside` and `outside` by (T, N, trial, iteration); `singletons`, how often the rarest of the
            single-feature tasks was drawn, by (T, trial); what theory says, `predicted`, an error, by (T, N)
            and `all_drawn`, the probability that each of those was drawn, by T.
        """
        law, h = tasks.uniform(self.r), self.hyper
        drawn = draw_tasks(law, max(self.T), draws)
        models = {
            (T, N): compressed(Model(T, N // T, N // T, self.d, self.m, h), self.r, draws)
            for T, N in product(self.T, self.N)
            if T <= N
        }
        tables = {(T, N): drawn[:, :T] for T, N in models}
        M = features.canonical_subspace(self.r + self.m, self.r).to(self.device)
        found = curves(pretrain(models, tables, M, draws, self.steps, self.every), partial(cell, M=M))
        nowhere = xr.full_like(next(iter(found.values())), np.nan)
        whole = {place: found.get(place, nowhere) for place in product(self.T, self.N)}
        rarest = {T: xr.DataArray(fewest_singletons(drawn[:, :T]), dims="trial") for T in self.T}
        single = float(law.probs[-1])
        rates = growth.rates(0.0, single, h.eta, float(h.lam_w), float(h.lam_a))
        used = xr.DataArray([[T * (N // T) for N in self.N] for T in self.T], dims=("T", "N"))
        one_step = one_step_tangent(used.where(used > 0), self.d, law)
        return gather(whole, {"T": self.T, "N": self.N}).assign(
            singletons=gather(rarest, {"T": self.T}),
            predicted=sine(averaged(one_step, rates)),
            all_drawn=("T", [all_drawn(T, self.r, single) for T in self.T]),
        )
