"""Negative controls: leave out one ingredient of multi-task pretraining at a time, and watch what is lost."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import torch
import xarray as xr

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
from mtlcore.pretraining.downstream.representations import one_task_of_each_size
from mtlcore.pretraining.training import QUANTITIES, Training, summary

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

    name: ClassVar[str] = "limits-controls"

    seed: int = 53
    d: int = 24
    n: int = 146
    every: int = 100
    hyper: Hyper = field(default_factory=lambda: replace(STATED, nu_a=1.0))
    lam_w: float = 0.15

    def models(self) -> dict[str, Model]:
        """The variants by name.

        Returns:
            Their models.
        """
        T = 2**self.r - 1
        multi = Model(T, self.n, self.n, self.d, self.m, self.hyper)
        every = dict.fromkeys(CONTROLS, multi)
        every["one task"] = replace(multi, T=1, n1=self.n * T, n2=self.n * T)
        every["shared head"] = replace(multi, heads="shared")
        every["heads stay zero"] = replace(multi, hyper=replace(self.hyper, nu_a=0.0))
        every["too much decay"] = replace(multi, hyper=replace(self.hyper, lam_w=self.lam_w))
        return every

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: called once per iteration.

        Returns:
            `error`, `missed`, `row_norm` by (control, trial, iteration), and the single task's `task_size` by trial.
        """
        M, models = self.subspace(), self.models()
        single, sizes = one_task_of_each_size(self.r, self.seed, trials)
        parities = np.broadcast_to(tasks.parity_tables(self.r)[1:], (len(trials), 2**self.r - 1, 2**self.r)).copy()
        tables = {
            name: torch.from_numpy(single if model.T == 1 else parities).to(self.device)
            for name, model in models.items()
        }
        states = {name: initial_state(model, self.seed, trials, self.device) for name, model in models.items()}
        iterations, rows = [0], [[summary(state.W, M) for state in states.values()]]
        stream = batches(self.n * (2**self.r - 1), M, self.seed, trials, self.device)
        for iteration in range(1, self.steps + 1):
            first, second = next(stream)
            for name, model in models.items():
                if name == "random features":
                    continue
                if name in ("no head step", "heads stay zero"):
                    x, codes = (part[:, : model.T * model.n2] for part in second)
                    y = labels(tables[name], codes, model.n2)
                    states[name] = representation_step(states[name], x, y, model)
                    continue
                # moved by one row, the labels belong to other samples
                pair = [(x, codes.roll(1, 1) if name == "shuffled labels" else codes) for x, codes in (first, second)]
                states[name] = iterate(model, states[name], tables[name], *pair)
            if iteration % self.every == 0 or iteration == self.steps:
                iterations.append(iteration)
                rows.append([summary(state.W, M) for state in states.values()])
            on_step()
        table = np.array(rows).transpose(2, 1, 3, 0)
        return xr.Dataset(
            {name: (("control", "trial", "iteration"), table[k]) for k, name in enumerate(QUANTITIES)}
            | {"task_size": ("trial", sizes)},
            {"control": list(CONTROLS), "trial": list(trials), "iteration": iterations},
        )
