"""What every experiment of Part I checks before any work starts: dimensions, counts, samples for each task."""

import dataclasses
import importlib
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws
from mtlcore.lab.experiment import Experiment
from mtlcore.pretraining import features, tasks


@dataclasses.dataclass(frozen=True, kw_only=True)
class Configuration(Experiment):
    """An experiment of Part I, whose sizes are checked.

    Raises:
        ValueError: for impossible values.
    """

    def __post_init__(self) -> None:
        """Refuse impossible values before any work starts."""
        super().__post_init__()
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        for name, value in values.items():
            for count in value if isinstance(value, tuple) else (value,):
                if name != "seed" and type(count) is int and count < 1:
                    raise ValueError(f"{name} = {count}; allowed: whole numbers, at least 1")
        if "law" in values and values["law"] not in tasks.LAWS:
            raise ValueError(f"law = {values['law']!r}; allowed: {', '.join(tasks.LAWS)}")
        features.check_subspace_size(int(np.min(values["d"])), values["r"])
        if "samples" in values:
            self.check_shared(f"T = {np.max(values['T'])}", int(np.max(values["T"])))
        if "snapshots" in values and max(values["snapshots"]) > values["steps"]:
            raise ValueError(f"snapshots = {values['snapshots']}; allowed: at most steps = {values['steps']}")

    def check_shared(self, why: str, count: int) -> None:
        """Refuse `samples` that are shared out among more tasks.

        Args:
            why: which values make the tasks so many.
            count: number of tasks.

        Raises:
            ValueError: if a task would have none.
        """
        if (samples := vars(self)["samples"]) < count:
            raise ValueError(f"samples = {samples} for the {count} tasks of {why}; allowed: one each or more")

    def memory(self) -> int:
        """Bytes of one first layer, of the largest number of inputs that is named, and of their activations."""

        def largest(*names: str) -> int:
            return int(max((np.max(vars(self).get(name, 0)) for name in names), default=0))

        d, m, n = largest("d"), largest("m", "m_hat"), largest("samples", "n", "n1", "n2", "N", "test_samples")
        return 4 * min(self.trials, self.block_size) * (m * d + n * (d + m))

    def words(self) -> Mapping[str, tuple[str, str]]:
        """Long names and units; found only when a file is written, so that no key depends on words."""
        return importlib.import_module("mtlcore.pretraining.words").WORDS

    def subspace(self, d: int | None = None) -> Float[Tensor, "feature dim"]:
        """The hidden subspace M on the experiment's device, in its own dimension or in another."""
        values = vars(self)
        return features.canonical_subspace(d or values["d"], values["r"]).to(self.device)


def draw_tasks(law: tasks.Law, T: int, draws: Draws) -> Float[np.ndarray, "trial task orthant"]:
    """T tasks for each trial, each trial from its own stream; a larger T adds tasks to those of a smaller one."""
    return np.stack([law.sample(T, generator) for generator in draws.generators("tasks")])


def one_task_of_each_size(r: int, draws: Draws) -> tuple[Float[np.ndarray, "trial 1 orthant"], np.ndarray]:
    """A single parity for each trial, its size 1 + trial mod r, its features drawn uniformly.

    Returns:
        (labels; sizes, shape (trial,)).
    """
    sizes = 1 + np.asarray(draws.trials) % r
    drawn = [
        tasks.fixed_degree(r, int(size)).sample(1, generator)
        for size, generator in zip(sizes, draws.generators("tasks"), strict=True)
    ]
    return np.stack(drawn), sizes
