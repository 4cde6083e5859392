"""The two-layer ReLU network x -> a . relu(Wx + b) with one head per task, and its gradients in closed form.

Trials, tasks and neurons are tensor axes. The inputs of a batch are split over the tasks in order: task i owns
rows i*n .. (i+1)*n - 1. A head axis of size 1 is one head shared by all tasks.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

# (y, z, 0) -> y where z > 0, else 0: torch's own backward of relu, one pass instead of a comparison and a product.
threshold_backward = torch.ops.aten.threshold_backward


@dataclass(frozen=True)
class State:
    """Parameters of a batch of networks: first layer (the representation), biases and heads.

    Attributes:
        a: one head for each task, or one for all.

    Source: Section 2 of the paper.
    """

    W: Float[Tensor, "trial neuron dim"]
    b: Float[Tensor, "trial neuron"]
    a: Float[Tensor, "trial head neuron"]


def activations(
    W: Float[Tensor, "trial neuron dim"],
    b: Float[Tensor, "trial neuron"],
    x: Float[Tensor, "trial sample dim"],
) -> Float[Tensor, "trial sample neuron"]:
    """Hidden activations relu(Wx + b).

    Source: Section 2 of the paper.
    """
    return torch.baddbmm(b[:, :, None], W, x.mT).relu_().mT  # samples lie innermost: what follows runs along them


def task_activations(
    state: State, x: Float[Tensor, "trial sample dim"], T: int
) -> Float[Tensor, "trial task sample_of_task neuron"]:
    """Hidden activations of a batch that is split over T tasks."""
    return activations(state.W, state.b, x).unflatten(1, (T, -1))


def hinge_signal(
    h: Float[Tensor, "trial task sample neuron"],
    a: Float[Tensor, "trial head neuron"],
    y: Float[Tensor, "trial task sample"],
) -> Float[Tensor, "trial task sample"]:
    """Minus the derivative of the hinge loss (1 - y f)_+ by the output f = a . h: y where y f < 1, else 0.

    Source: the hinge loss of the paper's Section 2.
    """
    f = (h * a[:, :, None]).sum(-1)
    return threshold_backward(y, 1 - y * f, 0)


def loss(
    state: State,
    x: Float[Tensor, "trial sample dim"],
    y: Float[Tensor, "trial task sample_of_task"],
    lam_w: float = 0.0,
    lam_a: float = 0.0,
) -> Float[Tensor, " trial"]:
    """Regularised multi-task hinge loss: the mean over tasks and samples of (1 - y f)_+, plus the two penalties.

    Args:
        lam_w: weight of |W|^2 / 2.
        lam_a: weight of |a_i|^2 / 2, averaged over tasks.

    Source: Section 2 of the paper; the factors 1/2 are our reading (chapter "Deviations").
    """
    h = task_activations(state, x, y.shape[1])
    f = (h * state.a[:, :, None]).sum(-1)
    data = (1 - y * f).clamp(min=0).mean((1, 2))
    penalty_a = state.a.square().sum(-1).mean(-1) / 2
    return data + lam_a * penalty_a + lam_w * state.W.square().sum((1, 2)) / 2


def head_gradient(
    state: State, x: Float[Tensor, "trial sample dim"], y: Float[Tensor, "trial task sample_of_task"]
) -> Float[Tensor, "trial head neuron"]:
    """Minus the gradient of each task's mean hinge loss by its own head.

    Returns:
        (1/n) sum_l s_l h(x_l) with the hinge signal s; for a shared head the mean over tasks.

    Source: the head update of the paper's algorithm.
    """
    h = task_activations(state, x, y.shape[1])
    s = hinge_signal(h, state.a, y)
    gradient = (h * s[..., None]).sum(2) / y.shape[2]
    return gradient if state.a.shape[1] == y.shape[1] else gradient.mean(1, keepdim=True)


def first_layer_gradient(
    state: State, x: Float[Tensor, "trial sample dim"], y: Float[Tensor, "trial task sample_of_task"]
) -> tuple[Float[Tensor, "trial neuron dim"], Float[Tensor, "trial neuron"]]:
    """Minus the gradient of the mean hinge loss over all tasks by (W, b), heads held fixed.

    Source: the representation update of the paper's algorithm.
    """
    h = task_activations(state, x, y.shape[1])
    s = hinge_signal(h, state.a, y)
    per_sample = threshold_backward(s[..., None], h, 0).mul_(state.a[:, :, None]).flatten(1, 2)
    return per_sample.mT @ x / x.shape[1], per_sample.sum(1) / x.shape[1]
