"""Negative controls: leave out one ingredient of multi-task pretraining at a time, and watch what is lost."""

from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import tasks
from mtlcore.pretraining.algorithm import STATED, Hyper, Model, representation_step, unchanged
from mtlcore.pretraining.configuration import one_task_of_each_size
from mtlcore.pretraining.labelling import Labeller, by_table
from mtlcore.pretraining.training import Training, error_curves

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
        every["no head step"] = replace(multi, half_steps=(unchanged, representation_step))
        every["heads stay zero"] = replace(every["no head step"], hyper=replace(self.hyper, nu_a=0.0))
        every["random features"] = replace(multi, half_steps=(unchanged, unchanged))
        every["too much decay"] = replace(multi, hyper=replace(self.hyper, lam_w=self.lam_w))
        return every

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `error`, `missed`, `row_norm`, `energy` by (control, trial, iteration); the one task's `task_size` by trial.
        """
        single, sizes = one_task_of_each_size(self.r, draws)
        parities = by_table(np.stack([tasks.parity_tables(self.r)[1:]] * len(draws)))
        labels = dict.fromkeys(CONTROLS, parities) | {
            "one task": by_table(single),
            "shuffled labels": shuffled(parities),
        }
        paths = error_curves(self.models(), labels, self.subspace(), draws, self.steps, self.every)
        return gather(paths, {"control": CONTROLS}).assign(task_size=("trial", sizes))


def shuffled(label: Labeller) -> Labeller:
    """Labels that belong to other samples, those of the row before."""
    return lambda x, codes, turn: label(x, codes.roll(1, 1), turn)
