"""One step of the algorithm from T tasks and (n1, n2) samples of each, beside its limit in many dimensions."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float

from mtlcore.lab import progress
from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import metrics, tasks
from mtlcore.pretraining.configuration import Configuration, draw_tasks
from mtlcore.pretraining.pieces import step_on_samples
from mtlcore.pretraining.theory import dynamics, sampled_step
from mtlcore.pretraining.theory.classes import functions

#: Standard deviation of the first layer's entries: so short that every hinge is active. The step size is one.
NU_W = 0.001


def balanced(r: int) -> tasks.Law:
    """Uniform over the Boolean functions that are +1 in half of the orthants.

    Raises:
        ValueError: as in `classes.functions`.
    """
    tables = functions(r)
    tables = tables[tables.sum(1) == 0]
    return tasks.equally_likely(tables.astype(np.float32))


#: The pools that tasks come from, by name.
POOLS = dict(tasks.LAWS) | {
    "small sets": lambda r: tasks.by_size(r, 0.5),
    "large sets": lambda r: tasks.by_size(r, 2.0),
    "balanced functions": balanced,
    "pairs only": lambda r: tasks.fixed_degree(r, 2),
    "triples only": lambda r: tasks.fixed_degree(r, 3),
}


@dataclass(frozen=True, kw_only=True)
class SampledStep(Configuration):
    """What one step at lam_w* leaves of angle and noise, for pools of tasks, at points (d, T, n1, n2).

    Attributes:
        pools: where tasks come from (`POOLS`).
        drawn: whether the T tasks are drawn; otherwise each of the pool comes equally often.

    Raises:
        ValueError: for an unknown pool.

    Source: our executable version of the paper's Proposition 3.1.
    """

    cpu_block: ClassVar[int] = 1  # the inputs of one trial fill a processor's cache

    trials: int = 10
    seed: int = 44
    r: int = 3
    m: int = 64
    pools: tuple[str, ...] = ("non-empty",)
    drawn: bool = False

    def __post_init__(self) -> None:
        """Refuse a pool that has no tasks."""
        super().__post_init__()
        for pool in self.pools:
            if pool not in POOLS:
                raise ValueError(f"pool = {pool!r}; allowed: {', '.join(POOLS)}")

    @property
    def points(self) -> list[tuple[int, int, int, int]]:
        """(d, T, n1, n2) of each point."""
        raise NotImplementedError

    @property
    def total_steps(self) -> int:
        """Points of one block."""
        return len(self.pools) * len(self.points)

    def chosen(self, law: tasks.Law, T: int, draws: Draws) -> Float[np.ndarray, "trial task orthant"]:
        """The tasks of each trial, drawn or each equally often.

        Raises:
            ValueError: if T is no multiple of the number of tasks.
        """
        if self.drawn:
            return draw_tasks(law, T, draws)
        once = law.each_once()
        if T % len(once):
            raise ValueError(f"T = {T} tasks; allowed: a multiple of the {len(once)} of the pool")
        return np.stack([np.tile(once, (T // len(once), 1))] * len(draws))

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            By (pool, point, trial): the subspace error, `error`, and the r-th singular value inside row(M) over the
            largest outside, `signal`; the error in the limit of many dimensions, `limit`; and the diversity of the
            tasks of the trial, `diversity`.
        """
        found: dict[tuple[str, int], xr.Dataset] = {}
        for pool in self.pools:
            for point, sizes in enumerate(self.points):
                found[pool, point] = self.at(POOLS[pool](self.r), sizes, draws)
                progress.advance()
        columns = zip(("d", "T", "n1", "n2"), zip(*self.points, strict=True), strict=True)
        ds = gather(found, {"pool": self.pools, "point": range(len(self.points))})
        return ds.assign_coords({name: ("point", list(values)) for name, values in columns}).assign_coords(r=self.r)

    def at(self, law: tasks.Law, sizes: tuple[int, int, int, int], draws: Draws) -> xr.Dataset:
        """One point.

        Returns:
            The variables of `block`, by trial.
        """
        d, T, n1, n2 = sizes
        W, tables = NU_W * draws.normal("first layer", self.m, d), self.chosen(law, T, draws)
        decay = dynamics.lam_w_star(law, 1.0, 1.0)
        after = step_on_samples(W, torch.from_numpy(tables).to(W), (n1, n2), decay, draws).cpu().double()
        constant, limit, diversity = sampled_step.needs(law).constant, [], []
        for first, table, generator in zip(W / NU_W, tables, draws.generators("heads in the limit"), strict=True):
            p = first[:, : self.r].cpu().double().numpy()
            heads = sampled_step.sampled_heads(p, table, d, n1, generator)
            limit.append(sampled_step.limit_layer(p, heads, table, constant, d, n2))
            diversity.append(sampled_step.needs(tasks.equally_likely(table)).diversity)
        inside, outside = (torch.linalg.svdvals(part) for part in (after[..., : self.r], after[..., self.r :]))
        found = {
            "error": metrics.subspace_error(after, self.subspace(d)),
            "signal": inside[:, -1] / outside[:, 0],
            "limit": metrics.subspace_error(torch.from_numpy(np.stack(limit)), self.subspace(self.r + self.m)),
            "diversity": torch.tensor(diversity),
        }
        return xr.Dataset({name: ("trial", values.cpu().numpy()) for name, values in found.items()})
