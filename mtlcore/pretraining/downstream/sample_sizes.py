"""Figure 3 (right): accuracy of a linear probe on the learned features against N."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import xarray as xr

from mtlcore.pretraining import features, tasks
from mtlcore.pretraining.algorithm import ROBUST, STATED, Hyper, Model, pretrain
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.downstream.representations import UNTRAINED, one_task_of_each_size, probe_states, untrained
from mtlcore.pretraining.training import draw_tasks


@dataclass(frozen=True, kw_only=True)
class SampleSizes(Configuration):
    """Downstream accuracy against the number N of downstream samples.

    Attributes:
        d: input dimension.
        r: number of features.
        m: number of neurons in pretraining.
        m_hat: number of downstream neurons.
        T: number of pretraining tasks.
        n: samples per task and half-step; the single task gets n T.
        N: the numbers of downstream samples.
        steps: iterations of pretraining.
        snapshots: iterations after which the features are probed.
        settings: the hyper-parameters by name.
        single: which settings also train on a single task.

    Source: Figure 3 (right) of the paper.
    """

    name: ClassVar[str] = "fig3-right"

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
        """The trained representations.

        Returns:
            Their names, "kind | setting".
        """
        kinds = (("multi-task", self.settings), ("single task", self.single))
        return [f"{kind} | {setting}" for kind, settings in kinds for setting in settings]

    @property
    def total_steps(self) -> int:
        """Iterations of one block, and one for each probed first layer."""
        return self.steps + len(self.snapshots) * len(self.names()) + len(UNTRAINED)

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: called `total_steps` times.

        Returns:
            `accuracy` and `hinge` by (representation, snapshot, trial, N, parity); untrained ones repeat.
        """
        single, _ = one_task_of_each_size(self.r, self.seed, trials)
        models, tables = {}, {}
        for name in self.names():
            kind, setting = name.split(" | ")
            multi = kind == "multi-task"
            T, n = (self.T, self.n) if multi else (1, self.n * self.T)
            models[name] = Model(T, n, n, self.d, self.m, self.settings[setting])
            tables[name] = draw_tasks(tasks.uniform(self.r), T, self.seed, trials) if multi else single
        M = features.canonical_subspace(self.d, self.r).to(self.device)
        layers = {(kind, self.snapshots[0]): untrained(kind, self.m, M, self.seed, trials) for kind in UNTRAINED}
        for iteration, states in pretrain(
            models, tables, M, self.seed, trials, self.steps, 1, self.device, on_step=on_step
        ):
            if iteration in self.snapshots:
                layers |= {(name, iteration): state.W for name, state in states.items()}
        dims = dict.fromkeys(layers, self.d)
        scores = probe_states(layers, dims, self.r, self.N, self.m_hat, self.seed, trials, on_step)
        representations = [*self.names(), *UNTRAINED]
        table = np.array(
            [
                [scores[name, s if name not in UNTRAINED else self.snapshots[0]] for s in self.snapshots]
                for name in representations
            ]
        )
        axes = ("representation", "snapshot", "trial", "N", "parity")
        return xr.Dataset(
            {"accuracy": (axes, table[:, :, 0]), "hinge": (axes, table[:, :, 1])},
            {
                "representation": representations,
                "snapshot": list(self.snapshots),
                "trial": list(trials),
                "N": list(self.N),
                "size": ("parity", tasks.sizes(self.r)[1:]),
            },
        )
