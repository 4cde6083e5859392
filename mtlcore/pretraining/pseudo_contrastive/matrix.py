"""Figure 4: the matrix A of the pseudo-contrastive loss for more and more tasks."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab import progress
from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import features, metrics, tasks, theory
from mtlcore.pretraining.configuration import Configuration, draw_tasks
from mtlcore.pretraining.contrastive import sampled_A, task_directions
from mtlcore.pretraining.labelling import labels

#: Tasks whose samples are in memory at a time.
CHUNK = 32


@dataclass(frozen=True, kw_only=True)
class ContrastiveMatrix(Configuration):
    """A from T tasks with n samples each under each law of `tasks.LAWS`, and its exact limit.

    Attributes:
        r: number of features, the first r coordinates.
        T: the numbers of tasks; the tasks of a smaller T are the first of a larger one.
        n: samples per task and side.

    Source: Figure 4 of the paper; one random neuron per trial and independent samples on both sides are our reading.
    """

    seed: int = 5
    d: int = 16
    r: int = 4
    T: tuple[int, ...] = (1, 4, 16, 64, 256, 1024)
    n: int = 1000

    @property
    def total_steps(self) -> int:
        """Chunks of tasks in one block."""
        return -(-max(self.T) // CHUNK)

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            The matrices `A` (law, T, trial, row, column) and `exact` (law, trial, row, column), and by (law, T, trial)
            the `energy` in the leading block, the subspace `error`, and the `distance` to the exact matrix; those of
            the exact matrix, `exact_energy` and `exact_error`, by (law, trial).
        """
        laws = {name: law(self.r) for name, law in tasks.LAWS.items()}
        w, M = draws.normal("neuron", self.d), self.subspace()
        drawn = {name: torch.from_numpy(draw_tasks(law, max(self.T), draws)).to(self.device)
                 for name, law in laws.items()}  # fmt: skip
        directions: dict[str, tuple[list[Tensor], list[Tensor]]] = {name: ([], []) for name in laws}
        for turn, start in enumerate(range(0, max(self.T), CHUNK)):
            count = min(CHUNK, max(self.T) - start)
            for side in range(2):
                x = draws.normal("inputs", count * self.n, self.d, turn=2 * turn + side)
                codes = features.orthant(x, M)
                for name, tables in drawn.items():
                    y = labels(tables[:, start : start + count], codes, self.n)
                    directions[name][side].append(task_directions(w, x, y))
            progress.advance()
        found = {}
        for name, law in laws.items():
            exact = [theory.exact_A(v, M.double().cpu().numpy(), law) for v in w.double().cpu().numpy()]
            first, second = (torch.cat(side, 1) for side in directions[name])
            sampled = {T: sampled_A(first[:, :T], second[:, :T]).double().cpu() for T in self.T}
            found[name] = self.judged(sampled, torch.from_numpy(np.array(exact)))
        return gather(found, {"law": laws})

    def judged(self, sampled: Mapping[int, Tensor], exact: Float[Tensor, "trial dim dim"]) -> xr.Dataset:
        """Matrices from samples beside the exact one.

        Args:
            sampled: matrices of the same shape by T.

        Returns:
            The variables of `block` for one law, by (T, trial) or by trial.
        """
        M, scale = self.subspace().cpu(), exact.flatten(-2).norm(dim=-1)
        matrix, by_T = ("trial", "row", "column"), {}
        for T, A in sampled.items():
            values = (
                metrics.block_energy(A, self.r),
                metrics.subspace_error(A, M),
                (A - exact).flatten(-2).norm(dim=-1) / scale,
            )
            named = zip(("energy", "error", "distance"), values, strict=True)
            by_T[T] = xr.Dataset({"A": (matrix, A.numpy())} | {name: ("trial", x.numpy()) for name, x in named})
        return gather(by_T, {"T": self.T}).assign(
            exact=(matrix, exact.numpy()),
            exact_energy=("trial", metrics.block_energy(exact, self.r).numpy()),
            exact_error=("trial", metrics.subspace_error(exact, M).numpy()),
        )
