"""Figure 3 (left): accuracy of a linear probe on the learned features against d."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.algorithm import ROBUST, STATED_R4, Hyper, Model, pretrain
from mtlcore.pretraining.configuration import Configuration, draw_tasks, one_task_of_each_size
from mtlcore.pretraining.downstream.representations import UNTRAINED, accuracies, snapshots, untrained
from mtlcore.pretraining.probe import Probe


@dataclass(frozen=True, kw_only=True)
class Dimensions(Configuration):
    """Downstream accuracy against the input dimension d, with T = 16 + d pretraining tasks.

    Attributes:
        d: the input dimensions.
        m: number of neurons, before and after.
        n: samples per task and half-step; a single task gets n (16 + d).
        N: downstream samples.
        steps: iterations of pretraining.
        snapshots: iterations after which the features are probed.
        settings: the hyper-parameters by name.
        single: which settings also train on a single task, with fresh samples.
        fixed: which settings also train on a single task with one fixed set of samples.

    Source: Figure 3 (left) of the paper.
    """

    seed: int = 7
    d: tuple[int, ...] = (16, 32, 64, 128, 256)
    r: int = 4
    m: int = 16
    n: int = 16
    N: int = 1000
    steps: int = 1000
    snapshots: tuple[int, ...] = (500, 1000)
    settings: Mapping[str, Hyper] = field(
        default_factory=lambda: {
            "stated": STATED_R4,
            "stated, nu_a = 1": replace(STATED_R4, nu_a=1.0),
            "robust": ROBUST,
        }
    )
    single: tuple[str, ...] = ("stated, nu_a = 1", "robust")
    fixed: tuple[str, ...] = ("robust",)

    def names(self) -> list[str]:
        """The trained representations, "kind | setting"."""
        kinds = (("multi-task", self.settings), ("single task", self.single), ("single task, fixed", self.fixed))
        return [f"{kind} | {setting}" for kind, settings in kinds for setting in settings]

    @property
    def total_steps(self) -> int:
        """Iterations of one block, and one for each probed first layer."""
        return self.steps + len(self.d) * (len(self.snapshots) * len(self.names()) + len(UNTRAINED))

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `accuracy` and `hinge` by (representation, d, snapshot, trial, parity), subspace `error` by (representation,
            d, snapshot, trial), and the single task's `task_size` by trial. Untrained ones repeat over snapshots.
        """
        single, sizes = one_task_of_each_size(self.r, draws)
        models, tables = {}, {}
        for d in self.d:
            T = 16 + d
            several = draw_tasks(tasks.uniform(self.r), T, draws)
            for name in self.names():
                kind, setting = name.split(" | ")
                multi, hyper = kind == "multi-task", self.settings[setting]
                size = (T, self.n, self.n) if multi else (1, self.n * T, self.n * T)
                models[name, d] = Model(*size, d, self.m, hyper, fixed_samples="fixed" in kind)
                tables[name, d] = several if multi else single
        widest = self.subspace(max(self.d))
        layers = snapshots(pretrain(models, tables, widest, draws, self.steps), self.snapshots)
        probed = {key: self.probed(W, draws) for key, W in layers.items()}
        for kind in UNTRAINED:
            for d in self.d:
                once = self.probed(untrained(kind, self.m, widest[:, :d], draws), draws)
                probed |= {((kind, d), snapshot): once for snapshot in self.snapshots}
        dims = {"representation": [*self.names(), *UNTRAINED], "d": self.d, "snapshot": self.snapshots}
        found = gather({(name, d, snapshot): ds for ((name, d), snapshot), ds in probed.items()}, dims)
        return found.assign(task_size=("trial", sizes))

    def probed(self, W: Float[Tensor, "trial neuron dim"], draws: Draws) -> xr.Dataset:
        """What a first layer is good for, and how close it is to row(M).

        Returns:
            `accuracy` and `hinge` by (trial, parity), `error` by trial.
        """
        found = accuracies(W, self.r, (self.N,), Probe(self.m), draws).isel(N=0, drop=True)
        return found.assign(error=("trial", metrics.subspace_error(W, self.subspace(W.shape[2])).cpu().numpy()))
