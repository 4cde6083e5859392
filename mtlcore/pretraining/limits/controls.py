"""Negative controls: leave out one ingredient of multi-task pretraining at a time, and watch what is lost."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab import progress
from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import tasks
from mtlcore.pretraining.algorithm import (
    STATED,
    Hyper,
    Model,
    batches,
    initial_state,
    iterate,
    labels,
    representation_step,
)
from mtlcore.pretraining.configuration import one_task_of_each_size
from mtlcore.pretraining.network import State
from mtlcore.pretraining.training import Training, curves, summary

Tables = Float[Tensor, "trial task orthant"]
# Inputs with their orthants.
Inputs = tuple[Tensor, Tensor]
#: The reference first, then what is changed.
CONTROLS = (
    "multi-task",
    "one task",
    "shared head",
    "no head step",
    "heads stay zero",
    "shuffled labels",
    "random features",
    "too much decay",
)


@dataclass(frozen=True, kw_only=True)
class Controls(Training):
    """Error and row length at the end of pretraining, with one ingredient left out at a time.

    The tasks are the 2^r - 1 non-empty parities, each once. Every variant sees the same inputs and starts from the same
    first layer.

    Attributes:
        n: samples per task and half-step; a single task gets those of all 2^r - 1.
        hyper: the hyper-parameters; with them Lambda = 2 pi (2^r - 1) lam_a lam_w is 1.1 at r = 3.
        lam_w: the weight decay of "too much decay"; with it Lambda is 3.3 at r = 3.

    Source: ours (chapter "What one task and random features cannot do").
    """

    seed: int = 53
    d: int = 24
    n: int = 146
    every: int = 100
    hyper: Hyper = field(default_factory=lambda: replace(STATED, nu_a=1.0))
    lam_w: float = 0.15

    def models(self) -> dict[str, Model]:
        """The variants by name."""
        T = 2**self.r - 1
        multi = Model(T, self.n, self.n, self.d, self.m, self.hyper)
        every = dict.fromkeys(CONTROLS, multi)
        every["one task"] = replace(multi, T=1, n1=self.n * T, n2=self.n * T)
        every["shared head"] = replace(multi, heads="shared")
        every["heads stay zero"] = replace(multi, hyper=replace(self.hyper, nu_a=0.0))
        every["too much decay"] = replace(multi, hyper=replace(self.hyper, lam_w=self.lam_w))
        return every

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `error`, `missed`, `row_norm`, `energy` by (control, trial, iteration); the one task's `task_size` by trial.
        """
        M, models = self.subspace(), self.models()
        single, sizes = one_task_of_each_size(self.r, draws)
        parities = np.broadcast_to(tasks.parity_tables(self.r)[1:], (len(draws), 2**self.r - 1, 2**self.r)).copy()
        tables = {
            name: torch.from_numpy(single if model.T == 1 else parities).to(self.device)
            for name, model in models.items()
        }
        states = {name: initial_state(model, draws) for name, model in models.items()}
        points = {name: {0: summary(state.W, M)} for name, state in states.items()}
        for iteration in range(1, self.steps + 1):
            first, second = batches(self.n * (2**self.r - 1), M, draws, iteration)
            for name, model in models.items():
                states[name] = self.changed(name)(model, states[name], tables[name], first, second)
            if iteration % self.every == 0 or iteration == self.steps:
                for name, state in states.items():
                    points[name][iteration] = summary(state.W, M)
            progress.advance()
        paths = {name: curves(one) for name, one in points.items()}
        return gather(paths, {"control": CONTROLS}).assign(task_size=("trial", sizes))

    def changed(self, name: str) -> Callable[..., State]:
        """The iteration of a variant, as `algorithm.iterate`."""
        if name == "random features":
            return lambda model, state, tables, first, second: state
        if name in ("no head step", "heads stay zero"):
            return representation_only
        return on_shuffled_labels if name == "shuffled labels" else iterate


def representation_only(model: Model, state: State, tables: Tables, first: Inputs, second: Inputs) -> State:
    """One iteration without its head step.

    Args:
        first: not used; shape (trial, sample, d).
        second: inputs of the same shape and their orthants.
    """
    x, codes = (part[:, : model.T * model.n2] for part in second)
    return representation_step(state, x, labels(tables, codes, model.n2), model)


def on_shuffled_labels(model: Model, state: State, tables: Tables, first: Inputs, second: Inputs) -> State:
    """One iteration with labels that belong to other samples, those of the row before.

    Args:
        first: inputs, shape (trial, sample, d), and their orthants for the head step.
        second: the same for the representation step, of the same shape.
    """
    return iterate(model, state, tables, *((x, codes.roll(1, 1)) for x, codes in (first, second)))
