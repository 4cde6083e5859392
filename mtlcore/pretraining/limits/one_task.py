"""Single-task training over many seeds: what the features that the task leaves out get, beside spurious directions."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.algorithm import ROBUST, Hyper, Model, pretrain
from mtlcore.pretraining.theory.classes import support
from mtlcore.pretraining.theory.single import not_all_equal
from mtlcore.pretraining.training import Training


def one_task_tables(r: int) -> dict[str, Float[np.ndarray, "task orthant"]]:
    """Single tasks of r features, by name, each as an array of one row; the last one depends on all of them."""
    parities = tasks.parity_tables(r)
    conjunction = np.where((np.arange(2**r) & 0b11) == 0b11, 1, -1)
    rows = {"feature 1": parities[0b01], "parity of 1, 2": parities[0b11], "1 and 2": conjunction}
    rows["not all equal"] = not_all_equal(r)
    return {name: np.array(row, np.float32)[None] for name, row in rows.items()}


@dataclass(frozen=True, kw_only=True)
class OneTask(Training):
    """Where the first layer stands after training on one task, over many seeds.

    Attributes:
        n: inputs per half-step.

    Source: our version of the paper's result on single tasks.
    """

    cpu_block: ClassVar[int] = 50  # short runs of few inputs

    trials: int = 500
    seed: int = 71
    d: int = 12
    m: int = 8
    n: int = 64
    steps: int = 200
    hyper: Hyper = field(default_factory=lambda: ROBUST)

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `captured`, |P_V M_j|^2, and `length`, |W M_j|^2, by (task, feature, trial); `total`, |W|^2, by (task,
            trial); which features may be `taught`, by (task, feature); the input `dimension`.
        """
        M, tables = self.subspace(), one_task_tables(self.r)
        models = dict.fromkeys(tables, Model(1, self.n, self.n, self.d, self.m, self.hyper))
        labels = {name: np.stack([table] * len(draws)) for name, table in tables.items()}
        *_, (_, ends) = pretrain(models, labels, M, draws, self.steps, self.steps)
        found = gather({name: seen(state.W, M) for name, state in ends.items()}, {"task": tables})
        S = np.array([support(tasks.fourier(table)[0]) for table in tables.values()])
        taught = (S[:, None] >> np.arange(self.r) & 1) == 1
        return found.assign(taught=(("task", "feature"), taught), dimension=self.d)


def seen(W: Float[Tensor, "trial neuron dim"], M: Float[Tensor, "feature dim"]) -> xr.Dataset:
    """How much of each feature a first layer has.

    Returns:
        `captured` and `length` by (feature, trial), features counted from 1; `total` by trial.
    """
    M = M.double()
    captured, length = (
        (A.double() @ M.T).square().sum(-2).T.cpu().numpy() for A in (metrics.top_subspace(W, len(M)), W)
    )
    by = ("feature", "trial")
    total = W.double().square().sum((1, 2)).cpu().numpy()
    named = {"captured": (by, captured), "length": (by, length), "total": ("trial", total)}
    return xr.Dataset(named, {"feature": np.arange(1, len(M) + 1)})
