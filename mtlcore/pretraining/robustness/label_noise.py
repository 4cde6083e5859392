"""Pretraining on labels that are turned at random: many small steps, and one step at lam_w*."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab import progress
from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import features, metrics, tasks
from mtlcore.pretraining.algorithm import Hyper, Model, initial_state, iterate
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.labelling import Labeller, by_table, flipped, turned
from mtlcore.pretraining.robustness.variations import Variations
from mtlcore.pretraining.theory.amplification import kernel
from mtlcore.pretraining.theory.flips import kept


@dataclass(frozen=True, kw_only=True)
class LabelNoise(Variations):
    """Error along pretraining on the non-empty parities, each once, for several chances of a turned label.

    Attributes:
        n: samples per task and half-step.
        flip: the probabilities; all see the same inputs, and what a smaller one turns a larger one turns too.

    Source: ours (chapter "How far the message carries").
    """

    seed: int = 61
    n: int = 73
    flip: tuple[float, ...] = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)

    def models(self, draws: Draws) -> dict[str, Model]:
        """One model for each probability."""
        T = 2**self.r - 1
        return {str(flip): Model(T, self.n, self.n, self.d, self.m, self.hyper) for flip in self.flip}

    def labels(self, draws: Draws) -> Mapping[str, Labeller]:
        """The same labels for all, with more or fewer of them turned."""
        clean, total = self.parities(draws), (2**self.r - 1) * self.n

        @functools.lru_cache(maxsize=1)
        def chances(iteration: int) -> Float[Tensor, "trial 2 sample"]:
            return draws.normal("turned labels", 2, total, turn=iteration)

        def noisy(flip: float) -> Labeller:
            return lambda x, codes, turn: turned(clean(x, codes, turn), chances(turn // 2)[:, turn % 2], flip)

        return {str(flip): noisy(flip) for flip in self.flip}

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `error`, `missed`, `row_norm`, `energy` and `predicted`, the error of the recursion with (1 - 2 flip)^2
            times the kernel, by (variation, trial, iteration).
        """
        C = kernel(tasks.uniform(self.r))
        kernels = {str(flip): kept(flip) ** 2 * C for flip in self.flip}
        return super().block(draws).assign(predicted=self.predicted(kernels, draws))


@dataclass(frozen=True, kw_only=True)
class NoisyStep(Configuration):
    """Error after one step on the non-empty parities, each once, when labels are turned: with n samples, and with more.

    Attributes:
        n: samples per task and half-step.

    Source: ours (chapter "How far the message carries").
    """

    cpu_block: ClassVar[int] = 1  # the inputs of one trial fill a processor's cache many times over

    trials: int = 20
    seed: int = 67
    d: int = 32
    r: int = 2
    m: int = 64
    n: int = 2**12
    flip: tuple[float, ...] = (0.0, 0.1, 0.2, 0.3)

    @property
    def total_steps(self) -> int:
        """Steps of one block."""
        return 2 * len(self.flip) + 1

    def error(self, flip: float, n: int, draws: Draws) -> xr.DataArray:
        """Subspace error after one step from zero heads at lam_w* = 1/eta.

        Returns:
            By trial.
        """
        M, T = self.subspace(), 2**self.r - 1
        hyper = Hyper(eta=1.0, eta_b=0.0, lam_w=1.0, lam_a=0.0, nu_w=0.001, nu_a=0.0)
        label = flipped(by_table(np.stack([tasks.parity_tables(self.r)[1:]] * len(draws))), flip, draws)
        first, second = (draws.normal("inputs", T * n, self.d, turn=half) for half in (0, 1))
        model = Model(T, n, n, self.d, self.m, hyper)
        halves = (first, features.orthant(first, M)), (second, features.orthant(second, M))
        state = iterate(model, initial_state(model, draws), label, *halves)
        progress.advance()
        return xr.DataArray(metrics.subspace_error(state.W, M).cpu().numpy(), dims="trial")

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `same`, the error with n samples, and `more`, that with n / (1 - 2 flip)^2 of them, by (flip, trial); `half`
            by trial, that with fair coins for labels and the largest of these numbers.
        """
        more = {flip: int(np.ceil(self.n / kept(flip) ** 2)) for flip in self.flip}
        errors = {
            "same": gather({flip: self.error(flip, self.n, draws) for flip in self.flip}, {"flip": self.flip}),
            "more": gather({flip: self.error(flip, more[flip], draws) for flip in self.flip}, {"flip": self.flip}),
        }
        return xr.Dataset(errors).assign(half=self.error(0.5, max(more.values()), draws))
