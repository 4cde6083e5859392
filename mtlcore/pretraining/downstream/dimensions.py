"""Figure 3 (left): accuracy of a linear probe on the learned features against d."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.algorithm import ROBUST, STATED_R4, Hyper, Model, pretrain
from mtlcore.pretraining.chain import compressed
from mtlcore.pretraining.configuration import Configuration, draw_tasks, one_task_of_each_size
from mtlcore.pretraining.downstream.representations import UNTRAINED, accuracies, in_short, snapshots
from mtlcore.pretraining.probe import Probe

#: On many tasks, on one with fresh samples, and on one with a fixed set of them.
KINDS = ("multi-task", "single task", "single task, fixed")
#: Multi-task pretraining under the robust values, where nothing else is trained.
ALONE = ("multi-task | robust",)
Key = tuple[str, int]
Labels = Float[np.ndarray, "trial task orthant"]


@dataclass(frozen=True, kw_only=True)
class Dimensions(Configuration):
    """Downstream accuracy against the input dimension d, with T = 16 + d pretraining tasks.

    Models on fresh samples train by the chain, in r + m dimensions, where d is larger; the law is the same. So is that
    of a probe on r + m fresh numbers, for [W_M, L] has the lengths and angles of the first layer.

    Attributes:
        d: the input dimensions.
        m: number of neurons, before and after.
        T: number of tasks in every dimension, if not 16 + d.
        n: samples per task and half-step; a single task gets those of all.
        N: downstream samples.
        steps: iterations of pretraining.
        snapshots: iterations after which the features are probed.
        every: iterations from one subspace error to the next.
        settings: the hyper-parameters by name.
        trained: the trained representations, "kind | setting", with a kind of `KINDS`.
        full: whether all d numbers of each input are drawn, and nothing is left to the chain.

    Raises:
        ValueError: for a representation of another kind or setting.

    Source: Figure 3 (left) of the paper.
    """

    cpu_block = 2

    seed: int = 7
    d: tuple[int, ...] = (16, 64, 256)
    r: int = 4
    m: int = 16
    T: int | None = None
    n: int = 16
    N: int = 1000
    steps: int = 1000
    snapshots: tuple[int, ...] = (500, 1000)
    every: int = 25
    settings: Mapping[str, Hyper] = field(
        default_factory=lambda: {
            "stated": STATED_R4,
            "stated, nu_a = 1": replace(STATED_R4, nu_a=1.0),
            "robust": ROBUST,
        }
    )
    trained: tuple[str, ...] = (
        "multi-task | stated",
        "multi-task | stated, nu_a = 1",
        "multi-task | robust",
        "single task | stated, nu_a = 1",
        "single task | robust",
        "single task, fixed | robust",
    )
    full: bool = False

    def __post_init__(self) -> None:
        """Refuse representations that nothing trains."""
        super().__post_init__()
        known = [f"{kind} | {setting}" for kind in KINDS for setting in self.settings]
        if not self.trained or not {*self.trained} <= {*known}:
            raise ValueError(f"trained = {self.trained}; allowed: some of {'; '.join(known)}")

    @property
    def on_fixed_samples(self) -> tuple[str, ...]:
        """The representations that train on one fixed set of samples, and so not by the chain."""
        return tuple(name for name in self.trained if name.startswith(KINDS[2]))

    def tasks(self, d: int) -> int:
        """Number of tasks in d dimensions."""
        return self.T or 16 + d

    @property
    def total_steps(self) -> int:
        """Iterations of one block, and one for each probed first layer."""
        probed = len(self.d) * (len(self.snapshots) * len(self.trained) + len(UNTRAINED))
        streams = len({name in self.on_fixed_samples for name in self.trained})
        return self.steps * streams + probed

    def memory(self) -> int:
        """Bytes of a block's inputs, as long as they are drawn, and of their activations."""
        widest = max(self.d)
        columns = widest if self.full or self.on_fixed_samples else self.r + self.m
        samples = self.n * max(map(self.tasks, self.d))
        return 4 * min(self.trials, self.block_size) * 2 * samples * (columns + 2 * self.m)

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `accuracy` and `hinge` by (representation, d, snapshot, trial, parity), subspace `error` by (representation,
            d, snapshot, trial), `path`, the same by (representation, d, iteration, trial), `columns`, how many numbers
            of each input are drawn, by (representation, d), and the single task's `task_size` by trial. Untrained ones
            repeat.
        """
        single, sizes = one_task_of_each_size(self.r, draws)
        models, tables = {}, {}
        for d in self.d:
            several = draw_tasks(tasks.uniform(self.r), self.tasks(d), draws)
            for name in self.trained:
                models[name, d] = self.model(name, d, draws)
                tables[name, d] = several if name.startswith(KINDS[0]) else single
        layers = self.layers(models, tables, draws)
        probed = {key: self.probed(W, draws) for key, W in layers.items() if key[1] in self.snapshots}
        for kind in UNTRAINED:
            for d in self.d:
                W = layers[(self.trained[0], d), 0].clone()
                W[..., self.r :] *= kind == "random"
                models[kind, d], once = models[self.trained[0], d], self.probed(W, draws)
                probed |= {((kind, d), snapshot): once for snapshot in self.snapshots}
                layers |= {((kind, d), iteration): W for _, iteration in layers}
        each: dict[str, Sequence[object]] = {"representation": [*self.trained, *UNTRAINED], "d": self.d}
        found = gather({(*key, at): ds for (key, at), ds in probed.items()}, {**each, "snapshot": self.snapshots})
        times = {"iteration": list(range(0, self.steps + 1, self.every))}
        path = {(*key, at): self.error(W) for (key, at), W in layers.items()}
        columns = gather({key: model.d for key, model in models.items()}, each)
        return found.assign(path=gather(path, {**each, **times}), columns=columns, task_size=("trial", sizes))

    def layers(
        self, models: Mapping[Key, Model], tables: Mapping[Key, Labels], draws: Draws
    ) -> dict[tuple[Key, int], Float[Tensor, "trial neuron column"]]:
        """The first layers in short, by model and iteration; those of fixed samples train on a stream of their own."""
        found: dict[tuple[Key, int], Tensor] = {}
        times = {*self.snapshots, *range(0, self.steps + 1, self.every)}
        for fixed in sorted({model.fixed_samples for model in models.values()}):
            some = {key: model for key, model in models.items() if model.fixed_samples == fixed}
            M = self.subspace(max(model.d for model in some.values()))
            run = pretrain(some, tables, M, draws, self.steps, math.gcd(self.every, *self.snapshots))
            found |= {key: in_short(W, self.r) for key, W in snapshots(run, times).items()}
        return found

    def error(self, W: Float[Tensor, "trial neuron column"]) -> xr.DataArray:
        """How far a first layer is from row(M), by trial."""
        return xr.DataArray(metrics.subspace_error(W, self.subspace(W.shape[2])).cpu().numpy(), dims="trial")

    def probed(self, W: Float[Tensor, "trial neuron column"], draws: Draws) -> xr.Dataset:
        """What a first layer is good for, and how close it is to row(M).

        Returns:
            `accuracy` and `hinge` by (trial, parity), `error` by trial.
        """
        found = accuracies(W, self.r, (self.N,), Probe(self.m), draws).isel(N=0, drop=True)
        return found.assign(error=self.error(W))

    def model(self, name: str, d: int, draws: Draws) -> Model:
        """What trains a representation in d dimensions: the chain where it holds."""
        kind, setting = name.split(" | ")
        T = self.tasks(d)
        T, n = (T, self.n) if kind == KINDS[0] else (1, self.n * T)
        model = Model(T, n, n, d, self.m, self.settings[setting], fixed_samples=kind == KINDS[2])
        by_chain = not (self.full or model.fixed_samples) and d > self.r + self.m
        return compressed(model, self.r, draws) if by_chain else model


def wide() -> Dimensions:
    """The dimensions beyond those that a simulation reaches."""
    return Dimensions(d=(1024, 4096), trials=4, trained=ALONE)


def simulated() -> Dimensions:
    """All numbers of every input, where the others train by the chain."""
    return Dimensions(trials=4, full=True, trained=ALONE)


def few_tasks() -> Dimensions:
    """As many tasks in every dimension as the smallest of them has."""
    return Dimensions(d=(64, 256, 1024), trials=4, T=80, trained=ALONE)
