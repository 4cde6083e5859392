"""Figure 3 (left): accuracy of a linear probe on the learned features against d."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import xarray as xr

from mtlcore.pretraining import features, metrics, tasks
from mtlcore.pretraining.algorithm import ROBUST, STATED_R4, Hyper, Model, pretrain
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.downstream.representations import UNTRAINED, one_task_of_each_size, probe_states, untrained
from mtlcore.pretraining.training import draw_tasks


@dataclass(frozen=True, kw_only=True)
class Dimensions(Configuration):
    """Downstream accuracy against the input dimension d, with T = 16 + d pretraining tasks.

    Attributes:
        d: the input dimensions.
        r: number of features.
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

    name: ClassVar[str] = "fig3-left"

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
        """The trained representations.

        Returns:
            Their names, "kind | setting".
        """
        kinds = (("multi-task", self.settings), ("single task", self.single), ("single task, fixed", self.fixed))
        return [f"{kind} | {setting}" for kind, settings in kinds for setting in settings]

    @property
    def total_steps(self) -> int:
        """Iterations of one block, and one for each probed first layer."""
        return self.steps + len(self.d) * (len(self.snapshots) * len(self.names()) + len(UNTRAINED))

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: called `total_steps` times.

        Returns:
            `accuracy` and `hinge` by (representation, d, snapshot, trial, parity), subspace `error` by (representation,
            d, snapshot, trial), and the single task's `task_size` by trial. Untrained ones repeat over snapshots.
        """
        law = tasks.uniform(self.r)
        single, sizes = one_task_of_each_size(self.r, self.seed, trials)
        models, tables = {}, {}
        for d in self.d:
            T = 16 + d
            for name in self.names():
                kind, setting = name.split(" | ")
                multi = kind == "multi-task"
                size = (T, self.n) if multi else (1, self.n * T)
                models[name, d] = Model(
                    size[0], size[1], size[1], d, self.m, self.settings[setting], fixed_samples="fixed" in kind
                )
                tables[name, d] = draw_tasks(law, T, self.seed, trials) if multi else single
        widest = features.canonical_subspace(max(self.d), self.r).to(self.device)
        layers = {
            (kind, d, snapshot): untrained(kind, self.m, widest[:, :d], self.seed, trials)
            for kind in UNTRAINED
            for d in self.d
            for snapshot in self.snapshots[:1]
        }
        for iteration, states in pretrain(
            models, tables, widest, self.seed, trials, self.steps, 1, self.device, on_step=on_step
        ):
            if iteration in self.snapshots:
                layers |= {(*name, iteration): state.W for name, state in states.items()}
        scores = probe_states(
            layers, {key: key[1] for key in layers}, self.r, (self.N,), self.m, self.seed, trials, on_step
        )
        representations = [*self.names(), *UNTRAINED]
        grid = [
            [[(name, d, s if name not in UNTRAINED else self.snapshots[0]) for s in self.snapshots] for d in self.d]
            for name in representations
        ]
        table = np.array([[[scores[key][:, :, 0] for key in row] for row in rows] for rows in grid])
        errors = {key: metrics.subspace_error(W, widest[:, : key[1]]).cpu().numpy() for key, W in layers.items()}
        axes = ("representation", "d", "snapshot", "trial")
        return xr.Dataset(
            {
                "accuracy": ((*axes, "parity"), table[:, :, :, 0]),
                "hinge": ((*axes, "parity"), table[:, :, :, 1]),
                "error": (axes, np.array([[[errors[key] for key in row] for row in rows] for rows in grid])),
                "task_size": ("trial", sizes),
            },
            {
                "representation": representations,
                "d": list(self.d),
                "snapshot": list(self.snapshots),
                "trial": list(trials),
                "size": ("parity", tasks.sizes(self.r)[1:]),
            },
        )
