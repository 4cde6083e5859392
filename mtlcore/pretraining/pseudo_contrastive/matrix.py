"""Figure 4: the matrix A of the pseudo-contrastive loss for more and more tasks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
import xarray as xr

from mtlcore.lab import draws
from mtlcore.pretraining import features, metrics, tasks, theory
from mtlcore.pretraining.algorithm import labels
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.contrastive import sampled_A, task_directions
from mtlcore.pretraining.training import draw_tasks

#: Tasks whose samples are in memory at a time.
CHUNK = 32


@dataclass(frozen=True, kw_only=True)
class ContrastiveMatrix(Configuration):
    """A from T tasks with n samples each, without and with the empty set, and its exact limit.

    Attributes:
        d: input dimension.
        r: number of features, the first r coordinates.
        T: the numbers of tasks; the tasks of a smaller T are the first of a larger one.
        n: samples per task and side.

    Source: Figure 4 of the paper; one random neuron per trial and independent samples on both sides are our reading.
    """

    name: ClassVar[str] = "fig4"

    seed: int = 5
    d: int = 16
    r: int = 4
    T: tuple[int, ...] = (1, 4, 16, 64, 256, 1024)
    n: int = 1000

    @property
    def total_steps(self) -> int:
        """Chunks of tasks in one block."""
        return -(-max(self.T) // CHUNK)

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: called once per chunk of tasks.

        Returns:
            The matrices `A` (law, T, trial, row, column) and `exact` (law, trial, row, column), and by (law, T, trial)
            the `energy` in the leading block, the subspace `error`, and the `distance` to the exact matrix.
        """
        laws = {"non-empty": tasks.uniform(self.r), "with the empty set": tasks.uniform(self.r, empty=True)}
        M = features.canonical_subspace(self.d, self.r).to(self.device)
        w = draws.normal([draws.stream(self.seed, "neuron", trial) for trial in trials], self.d).to(self.device)
        tables = {
            law: torch.from_numpy(draw_tasks(laws[law], max(self.T), self.seed, trials)).to(self.device) for law in laws
        }
        streams = [draws.stream(self.seed, "data", trial) for trial in trials]
        directions: dict[str, tuple[list[torch.Tensor], list[torch.Tensor]]] = {law: ([], []) for law in laws}
        for start in range(0, max(self.T), CHUNK):
            count = min(CHUNK, max(self.T) - start)
            for side in range(2):
                x = draws.normal(streams, count * self.n, self.d, device=self.device)
                codes = features.orthant(x, M)
                for law in laws:
                    y = labels(tables[law][:, start : start + count], codes, self.n)
                    directions[law][side].append(task_directions(w, x, y))
            on_step()
        A, exact = [], []
        for law in laws:
            first, second = (torch.cat(side, 1) for side in directions[law])
            A.append(torch.stack([sampled_A(first[:, :T], second[:, :T]) for T in self.T]))
            exact.append([theory.exact_A(v, M.double().cpu().numpy(), laws[law]) for v in w.double().cpu().numpy()])
        A, exact = torch.stack(A).double().cpu(), torch.from_numpy(np.array(exact))
        distance = (A - exact[:, None]).flatten(-2).norm(dim=-1) / exact.flatten(-2).norm(dim=-1)[:, None]
        axes = ("law", "T", "trial")
        return xr.Dataset(
            {
                "A": ((*axes, "row", "column"), A.numpy()),
                "exact": (("law", "trial", "row", "column"), exact.numpy()),
                "energy": (axes, metrics.block_energy(A, self.r).numpy()),
                "error": (axes, metrics.subspace_error(A, M.cpu()).numpy()),
                "distance": (axes, distance.numpy()),
                "exact_energy": (("law", "trial"), metrics.block_energy(exact, self.r).numpy()),
                "exact_error": (("law", "trial"), metrics.subspace_error(exact, M.cpu()).numpy()),
            },
            {"law": list(laws), "T": list(self.T), "trial": list(trials)},
        )
