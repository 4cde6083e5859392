"""Figure 3: accuracy of a linear probe on the learned features, against d (left) and against N (right)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import torch
import xarray as xr

from mtlcore import data, metrics, tasks
from mtlcore.experiments.base import Experiment
from mtlcore.experiments.curves import draw_tasks
from mtlcore.pretrain import ROBUST, STATED, STATED_R4, Hyper, Model, pretrain
from mtlcore.probe import linear_probe

#: Representations that are not trained. Gaussian rows, and Gaussian rows inside row(M).
UNTRAINED = ("random", "oracle")


def untrained(kind: str, m: int, M: torch.Tensor, seed: int, trials: range) -> torch.Tensor:
    """A first layer that has seen no task.

    Args:
        kind: "random" (Gaussian rows) or "oracle" (Gaussian rows inside row(M)).
        m: number of neurons.
        M: the hidden subspace, shape (r, d).
        seed: the experiment's seed.
        trials: the trials' indices; each owns its stream "init".

    Returns:
        float32 tensor of shape (trial, m, d).
    """
    streams = [data.stream(seed, "init", trial) for trial in trials]
    W = data.normal(streams, m, M.shape[1]).to(M.device)
    P = M.to(W)
    return W @ P.T @ P if kind == "oracle" else W


def one_task_of_each_size(r: int, seed: int, trials: range) -> tuple[np.ndarray, np.ndarray]:
    """A single parity for each trial, its size 1 + trial mod r, its features drawn uniformly.

    Args:
        r: number of features.
        seed: the experiment's seed.
        trials: the trials' indices.

    Returns:
        (labels, shape (trial, 1, 2^r); sizes, shape (trial,)).
    """
    sizes = 1 + np.asarray(trials) % r
    tables = [
        tasks.fixed_degree(r, int(size)).sample(1, data.stream(seed, "tasks", trial))
        for size, trial in zip(sizes, trials, strict=True)
    ]
    return np.stack(tables), sizes


def probe_states(
    layers: Mapping[Any, torch.Tensor],
    dims: Mapping[Any, int],
    r: int,
    samples: tuple[int, ...],
    m_hat: int,
    seed: int,
    trials: range,
    on_step: Callable[[], object],
) -> dict[Any, np.ndarray]:
    """Probe several first layers with every non-empty parity.

    Args:
        layers: first layers, shape (trial, m, d), by name.
        dims: the input dimension of each.
        r: number of features.
        samples: the numbers N of downstream samples.
        m_hat: number of downstream neurons.
        seed: the experiment's seed.
        trials: the trials' indices.
        on_step: called once per layer.

    Returns:
        For each name an array of shape (2, trial, N, parity): accuracy and hinge loss.
    """
    parities = torch.from_numpy(tasks.parity_tables(r)[1:])
    out = {}
    for name, W in layers.items():
        M = data.canonical_subspace(dims[name], r).to(W.device)
        scores = linear_probe(W, M, parities.to(W.device), samples, m_hat, seed, trials)
        out[name] = torch.stack(scores).cpu().numpy()
        on_step()
    return out


@dataclass(frozen=True, kw_only=True)
class Dimensions(Experiment):
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
        widest = data.canonical_subspace(max(self.d), self.r).to(self.device)
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


@dataclass(frozen=True, kw_only=True)
class SampleSizes(Experiment):
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
        M = data.canonical_subspace(self.d, self.r).to(self.device)
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
