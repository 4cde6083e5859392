"""Every Boolean task of r features, up to symmetry, as the only task: one step, many steps, and what theory says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.algorithm import Hyper, Model
from mtlcore.pretraining.limits.informative_task import sampled_steps
from mtlcore.pretraining.theory.alone import many_steps_error, one_step_error
from mtlcore.pretraining.theory.classes import boolean_classes, code_of
from mtlcore.pretraining.theory.dynamics import Update
from mtlcore.pretraining.theory.fed import fed_rank
from mtlcore.pretraining.training import Training, both_settings, error_curves


@dataclass(frozen=True, kw_only=True)
class EveryTask(Training):
    """Subspace error of single-task training for one Boolean task of each class.

    Attributes:
        n: inputs per half-step of the training.
        N: inputs per half-step of the one step at lam_w*.
        settings: the hyper-parameters of the training by name.

    Source: ours (chapter "What one task and random features cannot do").
    """

    seed: int = 67
    d: int = 24
    n: int = 512
    N: int = 2**16
    settings: Mapping[str, Hyper] = field(default_factory=both_settings)

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `one_step` (task, trial) and `error` at the end of the training (setting, task, trial); the same with
            infinitely many samples, `exact` and `recursion`; the `rank` of what the exact step feeds, by task.
        """
        tables = {code_of(table): table[None] for table in boolean_classes(self.r)}
        stepped, trained = sampled_steps(tables, self.N, self.d, self.m, draws), self.trained(tables, draws)
        M, start = self.subspace(), draws.normal("first layer", self.m, self.d).cpu().double().numpy()
        exact_M, one_step, recursion = M.cpu().double().numpy(), {}, {}
        for code, (table,) in tables.items():
            errors = {"one_step": metrics.subspace_error(stepped[code], M).cpu().numpy()}
            errors["exact"] = one_step_error(start, exact_M, table)
            one_step[code] = xr.Dataset({name: ("trial", error) for name, error in errors.items()})
            one_step[code]["rank"] = fed_rank(tasks.fourier(table[None])[0])
            for name, hyper in self.settings.items():
                update = Update(hyper.eta, float(hyper.lam_w), float(hyper.lam_a))
                error = many_steps_error(hyper.nu_w * start, exact_M, table, self.steps, update)
                recursion[name, code] = xr.DataArray(error, dims="trial")
        by: dict[str, Iterable[Any]] = {"setting": self.settings, "task": tables}
        found: xr.Dataset = gather(one_step, {"task": tables})
        return found.assign(error=gather(trained, by), recursion=gather(recursion, by))

    def trained(
        self, tables: Mapping[int, Float[np.ndarray, "task orthant"]], draws: Draws
    ) -> dict[tuple[str, int], xr.DataArray]:
        """Train on each task alone, in each setting.

        Returns:
            The error at the end by (setting, task), each one by trial.
        """
        names = [(setting, code) for setting in self.settings for code in tables]
        models = {name: Model(1, self.n, self.n, self.d, self.m, self.settings[name[0]]) for name in names}
        labels = {name: np.stack([tables[name[1]]] * len(draws)) for name in names}
        ends = error_curves(models, labels, self.subspace(), draws, self.steps, self.steps)
        return {name: ds.error.isel(iteration=-1, drop=True) for name, ds in ends.items()}
