"""Every experiment at a size that takes a second: the numbers behind the figures, checked to rounding.

The book's own runs average over trials, so their tolerances are wide. These runs are short, and a fault in the code
that both share moves them by many tolerances. An experiment that is not in `CHOSEN` runs two trials of what its chapter
shows.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
import xarray as xr

from mtlcore.lab.draws import Draws
from mtlcore.lab.quantities import EXACT, Quantity, Tolerance, measure
from mtlcore.pretraining.any_dimension.far import FarDimensions
from mtlcore.pretraining.any_dimension.same_law import SameLaw
from mtlcore.pretraining.contents import PART
from mtlcore.pretraining.downstream.dimensions import Dimensions
from mtlcore.pretraining.downstream.sample_sizes import SampleSizes
from mtlcore.pretraining.end_to_end.composed import EndToEnd
from mtlcore.pretraining.end_to_end.independence import Independence
from mtlcore.pretraining.fan_out.paths import FanOut
from mtlcore.pretraining.fan_out.recursion import Recursion
from mtlcore.pretraining.limits.controls import Controls
from mtlcore.pretraining.limits.every_task import EveryTask
from mtlcore.pretraining.limits.informative_task import InformativeTask
from mtlcore.pretraining.limits.one_task import OneTask
from mtlcore.pretraining.limits.random_features import RandomFeatures
from mtlcore.pretraining.limits.scaling import Scaling
from mtlcore.pretraining.pseudo_contrastive.matrix import ContrastiveMatrix
from mtlcore.pretraining.regime_map.decays import DecayMap
from mtlcore.pretraining.regime_map.samples import SampleMap
from mtlcore.pretraining.representation.skew import Skew
from mtlcore.pretraining.representation.task_count import TaskCount
from mtlcore.pretraining.robustness.boolean_tasks import BooleanTasks
from mtlcore.pretraining.robustness.inputs import InputLaws
from mtlcore.pretraining.robustness.label_noise import LabelNoise, NoisyStep
from mtlcore.pretraining.robustness.second_layer import SecondLayer
from mtlcore.pretraining.shared_head.heads import SharedHead
from mtlcore.pretraining.steps.one_step import OneStep
from mtlcore.pretraining.steps.phases import Phases
from mtlcore.pretraining.steps.sweeps import (
    SampledDimensions,
    SampledEmptySet,
    SampledHeads,
    SampledLaws,
    SampledTasks,
)

SHORT = Tolerance(
    "same machine",
    1e-9,
    "the same code, threads and versions repeat a number; elsewhere float32 sums in another order",
    floor=1e-9,
    elsewhere=2e-3,
)

CHOSEN = {
    "task_count": TaskCount(trials=2, samples=128, T=(1, 4, 16), steps=120, every=60),
    "task_count_with_the_empty_set": TaskCount(
        trials=2, samples=64, T=(1, 8), steps=20, every=20, law="with the empty set"
    ),
    "skew": Skew(trials=2, T=8, n=16, steps=120, every=60),
    "dimensions": Dimensions(trials=2, d=(16, 32), n=4, N=100, steps=120, snapshots=(60, 120)),
    "sample_sizes": SampleSizes(trials=2, T=8, n=8, N=(16, 64), steps=120, snapshots=(60, 120)),
    "contrastive_matrix": ContrastiveMatrix(trials=2, T=(1, 16), n=200),
    "shared_head": SharedHead(trials=2, T=(8,), samples=128, steps=120, every=60),
    "fan_out": FanOut(trials=2, samples=128, steps=120, every=60),
    "fan_out_one_feature_left_out": FanOut(trials=2, samples=128, steps=20, every=20, law="one feature left out"),
    "task_count_one_feature_left_out": TaskCount(
        trials=2, samples=64, T=(1, 8), steps=20, every=20, law="one feature left out"
    ),
    "one_step": OneStep(trials=2, d=(16, 32), m=32),
    "sampled_dimensions": SampledDimensions(trials=2, m=16, d=(8, 16), n2=(4, 16)),
    "sampled_empty_set": SampledEmptySet(trials=2, m=16, d=(8, 16), total=(3, 24)),
    "sampled_tasks": SampledTasks(trials=2, m=16, T=(12, 24), n1=(2, 16), total=2400),
    "sampled_heads": SampledHeads(trials=2, m=16, n1=(2, 16), n2=400),
    "sampled_laws": SampledLaws(trials=2, m=16, T=24, n1=16, n2=100),
    "phases": Phases(trials=2, d=16, n=50, Lambda=(0.4, 2.0), window=(10, 30)),
    "recursion": Recursion(trials=2, n=200, steps=120, every=60),
    "independence": Independence(trials=2, d=(16, 64), N=100, steps=30, test_samples=128),
    "every_task": EveryTask(trials=2, r=2, n=64, N=2**10, steps=60),
    "one_task": OneTask(trials=2, steps=60),
    "same_law": SameLaw(trials=2, d=(9, 16), steps=20, N=50),
    "far_dimensions": FarDimensions(trials=2, d=(100, 10**4), steps=60, every=30),
    "end_to_end": EndToEnd(trials=2, d=(16, 64), m=8, per_dim=128, m_hat=(8, 16), N=(512,), test_samples=256),
    "informative": InformativeTask(trials=2, m=16, N=(2**10, 2**12)),
    "random_features": RandomFeatures(trials=2, d=(8, 16), m_hat=(8, 32)),
    "controls": Controls(trials=2, n=20, steps=120, every=60),
    "scaling": Scaling(trials=2, d=(12, 24), n=(2**8, 2**9), n_of_d=2**8, T=(64, 256)),
    "label_noise": LabelNoise(trials=2, n=20, steps=60, every=30),
    "noisy_step": NoisyStep(trials=2, n=128, m=16),
    "input_laws": InputLaws(trials=2, n=20, steps=60, every=30),
    "boolean_tasks": BooleanTasks(trials=2, total=256, steps=60, every=30),
    "decay_map": DecayMap(trials=2, cells=3, n=16, steps=40, every=20),
    "sample_map": SampleMap(trials=2, T=(1, 4, 16), N=(16, 64), steps=20, every=10),
    "second_layer": SecondLayer(trials=2, steps=60, n=20, m_hat=(8, 16), N=100, head_steps=60, test_samples=200),
}

KINDS = {type(experiment) for experiment in CHOSEN.values()}
EXPERIMENTS = CHOSEN | {
    experiment.name.replace("-", "_"): replace(experiment, trials=2)
    for experiment in reversed(PART.experiments())  # the first of a class is the one that is kept
    if type(experiment) not in KINDS
}


def quantities(name: str, threads: int = 1) -> Iterator[Quantity]:
    """What a short run's variables say: whole numbers must be the same, real ones may move by a rounding."""
    experiment = EXPERIMENTS[name]
    torch.set_num_threads(threads)  # `run_block` would set one, whatever is asked for
    ds = experiment.block(Draws(experiment.seed, range(experiment.trials), experiment.device))
    torch.set_num_threads(1)
    for variable, x in ds.data_vars.items():
        yield from described(f"small.{name}.{variable}", x)


def described(name: str, x: xr.DataArray) -> Iterator[Quantity]:
    """A variable in a few numbers."""
    if x.dtype.kind in "iub":
        yield measure(f"{name}[sum]", int(x.sum()), EXACT)
    if x.dtype.kind == "f":
        values = x.values[np.isfinite(x.values)]
        weights = 1 + np.cos(np.arange(values.size))  # no two places alike
        yield measure(f"{name}[mean]", values.mean(), SHORT)
        yield measure(f"{name}[spread]", values.std(), SHORT)
        yield measure(f"{name}[weighted]", (weights * values).mean(), SHORT)
