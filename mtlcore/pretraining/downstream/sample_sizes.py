"""Figure 3 (right): accuracy of a linear probe on the learned features against N."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import xarray as xr

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import tasks
from mtlcore.pretraining.algorithm import ROBUST, STATED, Hyper, Model, pretrain
from mtlcore.pretraining.configuration import Configuration, draw_tasks, one_task_of_each_size
from mtlcore.pretraining.downstream.representations import UNTRAINED, accuracies, snapshots, untrained
from mtlcore.pretraining.probe import Probe


@dataclass(frozen=True, kw_only=True)
class SampleSizes(Configuration):
    """Downstream accuracy against the number N of downstream samples.

    Attributes:
        m: number of neurons in pretraining.
        m_hat: number of downstream neurons.
        n: samples per task and half-step; the single task gets n T.
        N: the numbers of downstream samples.
        steps: iterations of pretraining.
        snapshots: iterations after which the features are probed.
        settings: the hyper-parameters by name.
        single: which settings also train on a single task.

    Source: Figure 3 (right) of the paper.
    """

    seed: int = 11
    d: int = 32
    r: int = 3
    m: int = 16
    m_hat: int = 32
    T: int = 32
    n: int = 16
    N: tuple[int, ...] = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
    steps: int = 1000
    snapshots: tuple[int, ...] = (750, 1000)
    settings: Mapping[str, Hyper] = field(default_factory=lambda: {"stated": STATED, "robust": ROBUST})
    single: tuple[str, ...] = ("stated", "robust")

    def names(self) -> list[str]:
        """The trained representations, "kind | setting"."""
        kinds = (("multi-task", self.settings), ("single task", self.single))
        return [f"{kind} | {setting}" for kind, settings in kinds for setting in settings]

    @property
    def total_steps(self) -> int:
        """Iterations of one block, and one for each probed first layer."""
        return self.steps + len(self.snapshots) * len(self.names()) + len(UNTRAINED)

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `accuracy` and `hinge` by (representation, snapshot, trial, N, parity); untrained ones repeat.
        """
        single, _ = one_task_of_each_size(self.r, draws)
        models, tables = {}, {}
        for name in self.names():
            kind, setting = name.split(" | ")
            multi = kind == "multi-task"
            T, n = (self.T, self.n) if multi else (1, self.n * self.T)
            models[name] = Model(T, n, n, self.d, self.m, self.settings[setting])
            tables[name] = draw_tasks(tasks.uniform(self.r), T, draws) if multi else single
        layers = snapshots(pretrain(models, tables, self.subspace(), draws, self.steps), self.snapshots)
        probe = Probe(self.m_hat)
        probed = {key: accuracies(W, self.r, self.N, probe, draws) for key, W in layers.items()}
        for kind in UNTRAINED:
            once = accuracies(untrained(kind, self.m, self.subspace(), draws), self.r, self.N, probe, draws)
            probed |= {(kind, snapshot): once for snapshot in self.snapshots}
        return gather(probed, {"representation": [*self.names(), *UNTRAINED], "snapshot": self.snapshots})
