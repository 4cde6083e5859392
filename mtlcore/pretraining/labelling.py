"""What labels the samples of a half-step: tasks that are tables over orthants, and their noise.

A labeller is any function (inputs, their orthants, number of the half-step) -> labels of shape (trial, task, n). The
inputs are those of T tasks in order. The half-steps of iteration k are number 2 k and 2 k + 1.
"""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.special import ndtri
from torch import Tensor

from mtlcore.lab.draws import Draws

Inputs = Float[Tensor, "trial sample dim"]
Orthants = Int[Tensor, "trial sample"]
Labels = Float[Tensor, "trial task sample_of_task"]
Labeller = Callable[[Inputs, Orthants, int], Labels]


def labels(tables: Float[Tensor, "trial task orthant"], codes: Orthants, n: int) -> Labels:
    """Label each task's samples: task i owns inputs i n .. (i+1) n - 1.

    Args:
        codes: orthant of each input, shape (trial, at least T n).
    """
    T = tables.shape[1]
    return tables.gather(2, codes[:, : T * n].unflatten(1, (T, n)))


def by_table(tables: Float[np.ndarray | Tensor, "trial task orthant"]) -> Labeller:
    """Tasks that are given by a label, or any other number, in every orthant."""
    several = torch.as_tensor(tables)
    return lambda x, codes, turn: labels(several.to(x), codes, codes.shape[1] // several.shape[1])


def turned(y: Labels, chances: Float[Tensor, "trial sample_of_all"], rho: float) -> Labels:
    """Labels, each turned with probability rho, where its own standard normal number is low."""
    return torch.where(chances.view_as(y) < ndtri(rho), -y, y)


def flipped(label: Labeller, rho: float, draws: Draws) -> Labeller:
    """Noisy labels: each is turned with probability rho; what a smaller rho turns, a larger one turns too."""

    def noisy(x: Inputs, codes: Orthants, turn: int) -> Labels:
        return turned(label(x, codes, turn), draws.normal("turned labels", codes.shape[1], turn=turn), rho)

    return noisy
