"""The pseudo-contrastive loss that the head step induces, and its matrix A, from samples."""

import torch
from jaxtyping import Float
from torch import Tensor

from mtlcore.pretraining.network import activations


def pseudo_contrastive_loss(
    h: Float[Tensor, "trial sample neuron"], beta: Float[Tensor, "trial sample sample"]
) -> Float[Tensor, " trial"]:
    """Minus the mean over pairs of beta(x, x') relu(Wx) . relu(Wx').

    It is low when points that agree on most tasks have similar representations.

    Source: the loss L(W) in the caption of the paper's Figure 4.
    """
    return -(beta * (h @ h.mT)).mean((1, 2))


def task_directions(
    w: Float[Tensor, "trial dim"],
    x: Float[Tensor, "trial sample dim"],
    y: Float[Tensor, "trial task sample_of_task"],
) -> Float[Tensor, "trial task dim"]:
    """g_i = (1/n) sum_l f_i(x_l) 1{w.x_l > 0} x_l: the gradient of E[f_i(x) relu(w.x)], from samples.

    Args:
        w: one neuron for each trial.
        x: inputs, task i owning rows i n .. (i+1) n - 1.

    Source: the gradient -A w_j of the paper's Section 4; derived in chapter "The pseudo-contrastive loss".
    """
    active = (activations(w[:, None], w.new_zeros(len(w), 1), x) > 0).squeeze(-1).unflatten(1, (y.shape[1], -1))
    return torch.einsum("rtn,rtnd->rtd", y * active, x.unflatten(1, (y.shape[1], -1))) / y.shape[2]


def sampled_A(
    first: Float[Tensor, "trial task dim"], second: Float[Tensor, "trial task dim"]
) -> Float[Tensor, "trial dim dim"]:
    """A = (1/T) sum_i g'_i g_i^T from two independent samples of each task, those of the head step `first`.

    One step moves a neuron by eta eta_a A w while every hinge is active.

    Source: the finite-task, finite-sample A of the paper's Figure 4.
    """
    return second.mT @ first / first.shape[1]
