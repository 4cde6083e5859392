"""A map over both weight decays: the error and the lengths inside and outside row(M) in every cell."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import ClassVar

import numpy as np
import torch
import xarray as xr

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import features, tasks
from mtlcore.pretraining.algorithm import STATED, Hyper, Model, pretrain
from mtlcore.pretraining.chain import compressed
from mtlcore.pretraining.regime_map.cells import cell
from mtlcore.pretraining.regime_map.predictions import over_decays
from mtlcore.pretraining.theory import regimes
from mtlcore.pretraining.training import Training, curves

Cell = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class DecayMap(Training):
    """Training curves over a grid of lam_a and lam_w, each task of the law once; all cells see the same draws.

    Attributes:
        n: samples per task and half-step.
        law: a name from `tasks.LAWS`.
        lam_w: the least and the largest weight decay of W.
        lam_a: those of the heads.
        cells: values of each decay, evenly spaced on a logarithmic scale.
        hyper: the values that all cells have in common.

    Raises:
        ValueError: for a law that has no Lambda, or decays that are not positive and increasing.

    Source: ours; the paper's values are one point of it.
    """

    #: A trial fills a process: cells lie side by side, this many together where a cache must hold them.
    cpu_block: ClassVar[int] = 1
    together: ClassVar[int] = 32

    seed: int = 71
    trials: int = 2
    d: int = 64
    n: int = 64
    steps: int = 500
    every: int = 25
    law: str = "with the empty set"
    lam_w: tuple[float, float] = (0.005, 0.32)
    lam_a: tuple[float, float] = (0.05, 2.0)
    cells: int = 16
    hyper: Hyper = dataclasses.field(default_factory=lambda: STATED)

    def __post_init__(self) -> None:
        """Refuse what has no Lambda, and decays that no logarithmic axis holds."""
        super().__post_init__()
        regimes.neutral_products(tasks.LAWS[self.law](self.r))
        for name in ("lam_w", "lam_a"):
            low, high = vars(self)[name]
            if not 0 < low < high:
                raise ValueError(f"{name} = {low}, {high}; allowed: two positive numbers, the smaller one first")

    @property
    def parts(self) -> list[list[Cell]]:
        """The cells (lam_a, lam_w) that are trained together."""
        every = list(product(self.axis("lam_a"), self.axis("lam_w")))
        size = self.together if self.device == "cpu" else len(every)
        return [every[k : k + size] for k in range(0, len(every), size)]

    @property
    def total_steps(self) -> int:
        """Iterations of all cells of a block."""
        return self.steps * len(self.parts)

    def axis(self, name: str) -> list[float]:
        """The values of one decay."""
        low, high = vars(self)[name]
        return [float(f"{value:.4g}") for value in np.geomspace(low, high, self.cells)]

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `error`, `inside` and `outside` by (lam_a, lam_w, trial, iteration), and what theory says, `Lambda` and
            `ratio` by (lam_a, lam_w), and `neutral` by part (`predictions.over_decays`).
        """
        found: dict[Cell, xr.Dataset] = {}
        for part in self.parts:
            ds = self.side_by_side(part, draws)
            for k, one in enumerate(part):
                found[one] = ds.isel(trial=slice(k * len(draws), (k + 1) * len(draws)))
        axes = {name: self.axis(name) for name in ("lam_a", "lam_w")}
        predicted = over_decays(tasks.LAWS[self.law](self.r), self.hyper.eta, self.steps, self.d, **axes)
        return gather(found, axes).merge(predicted)

    def side_by_side(self, part: Sequence[Cell], draws: Draws) -> xr.Dataset:
        """Train some cells as further trials that have the same draws.

        Returns:
            As `block`, by (trial, iteration), with the trials of each cell together.
        """
        rows = replace(draws, trials=[trial for _ in part for trial in draws.trials])
        lam_a, lam_w = torch.tensor(part, device=self.device).repeat_interleave(len(draws), 0).T[..., None, None]
        each_once = tasks.LAWS[self.law](self.r).each_once()
        hyper = replace(self.hyper, lam_w=lam_w, lam_a=lam_a)
        model = compressed(Model(len(each_once), self.n, self.n, self.d, self.m, hyper), self.r, rows)
        tables, M = np.repeat(each_once[None], len(rows), 0), features.canonical_subspace(model.d, self.r)
        run = pretrain({0: model}, {0: tables}, M.to(self.device), rows, self.steps, self.every)
        return curves(run, partial(cell, M=M.to(self.device)))[0]
