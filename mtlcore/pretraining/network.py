"""The two-layer network x -> a . sigma(Wx + b) with one head per task, and its gradients in closed form.

The activation sigma and the loss are handed in, each with its derivative; the paper's are the default. Trials, tasks
and neurons are tensor axes. The inputs of a batch are split over the tasks in order: task i owns rows
i*n .. (i+1)*n - 1. A head axis of size 1 is one head shared by all tasks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

# (y, z, 0) -> y where z > 0, else 0: torch's own backward of relu, one pass instead of a comparison and a product.
threshold_backward = torch.ops.aten.threshold_backward

#: An entry beyond this one belongs to a training that diverged.
LARGEST = 1e6


@dataclass(frozen=True)
class Activation:
    """An activation function sigma, entry by entry, and the way back through it.

    Attributes:
        value: z -> sigma(z); may overwrite z where `back` reads the same from sigma(z).
        back: (signal, z) -> signal * sigma'(z), a new tensor of z's shape, as torch's own backward functions.
    """

    value: Callable[[Tensor], Tensor]
    back: Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Loss:
    """A loss of one sample, a function of the output f and the label y.

    Attributes:
        value: (f, y) -> the loss.
        signal: (f, y) -> minus its derivative by f.
    """

    value: Callable[[Tensor, Tensor], Tensor]
    signal: Callable[[Tensor, Tensor], Tensor]


#: The paper's activation, the paper's loss (1 - y f)_+, and others.
RELU = Activation(torch.relu_, lambda signal, z: threshold_backward(signal, z, 0))
GELU = Activation(torch.nn.functional.gelu, torch.ops.aten.gelu_backward)
HINGE = Loss(lambda f, y: (1 - y * f).clamp(min=0), lambda f, y: threshold_backward(y, 1 - y * f, 0))
LOGISTIC = Loss(lambda f, y: torch.nn.functional.softplus(-y * f), lambda f, y: y * torch.sigmoid(-y * f))
SQUARED = Loss(lambda f, y: (y - f).square() / 2, lambda f, y: y - f)


@dataclass(frozen=True)
class State:
    """Parameters of a batch of networks: first layer (the representation), biases and heads.

    Attributes:
        a: one head for each task, or one for all.
        memory: what an update rule keeps of each part, by the part's name.

    Source: Section 2 of the paper.
    """

    W: Float[Tensor, "trial neuron dim"]
    b: Float[Tensor, "trial neuron"]
    a: Float[Tensor, "trial head neuron"]
    memory: Mapping[str, Any] = field(default_factory=dict)

    def sensible(self) -> bool:
        """Whether every entry is a number and below `LARGEST`."""
        return all(float(part.abs().max()) < LARGEST for part in (self.W, self.b, self.a))


def activations(
    W: Float[Tensor, "trial neuron dim"],
    b: Float[Tensor, "trial neuron"],
    x: Float[Tensor, "trial sample dim"],
    activation: Activation = RELU,
) -> Float[Tensor, "trial sample neuron"]:
    """Hidden activations sigma(Wx + b).

    Source: Section 2 of the paper.
    """
    return activation.value(before(W, b, x)).mT


def before(
    W: Float[Tensor, "trial neuron dim"],
    b: Float[Tensor, "trial neuron"],
    x: Float[Tensor, "trial sample dim"],
) -> Float[Tensor, "trial neuron sample"]:
    """What comes before the activation, Wx + b; samples lie innermost: what follows runs along them."""
    return torch.baddbmm(b[:, :, None], W, x.mT)


def outputs(
    h: Float[Tensor, "trial task sample neuron"], a: Float[Tensor, "trial head neuron"]
) -> Float[Tensor, "trial task sample"]:
    """Each task's output f = a . h."""
    return (h * a[:, :, None]).sum(-1)


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
    h = activations(state.W, state.b, x).unflatten(1, (y.shape[1], -1))
    data = HINGE.value(outputs(h, state.a), y).mean((1, 2))
    penalty_a = state.a.square().sum(-1).mean(-1) / 2
    return data + lam_a * penalty_a + lam_w * state.W.square().sum((1, 2)) / 2


def head_gradient(
    state: State,
    x: Float[Tensor, "trial sample dim"],
    y: Float[Tensor, "trial task sample_of_task"],
    activation: Activation = RELU,
    loss: Loss = HINGE,
) -> Float[Tensor, "trial head neuron"]:
    """Minus the gradient of each task's mean loss by its own head.

    Returns:
        (1/n) sum_l s_l h(x_l) with the loss's signal s; for a shared head the mean over tasks.

    Source: the head update of the paper's algorithm.
    """
    h = activations(state.W, state.b, x, activation).unflatten(1, (y.shape[1], -1))
    s = loss.signal(outputs(h, state.a), y)
    n = y.shape[2]  # a product with 1/n: several times as fast as a mean over few samples
    gradient = ((h * s[..., None]).movedim(3, 1) @ s.new_full((n,), 1 / n)).mT
    return gradient if state.a.shape[1] == y.shape[1] else gradient.mean(1, keepdim=True)


def first_layer_factors(
    state: State,
    x: Float[Tensor, "trial sample dim"],
    y: Float[Tensor, "trial task sample_of_task"],
    activation: Activation = RELU,
    loss: Loss = HINGE,
) -> Float[Tensor, "trial sample neuron"]:
    """What each sample's loss says about each neuron before its activation: minus the derivative, times N samples.

    Source: the representation update of the paper's algorithm is the mean of these factors times the inputs.
    """
    z = before(state.W, state.b, x)
    h, z = (part.mT.unflatten(1, (y.shape[1], -1)) for part in (activation.value(z), z))
    s = loss.signal(outputs(h, state.a), y)
    return activation.back(s[..., None], z).mul_(state.a[:, :, None]).flatten(1, 2)


def first_layer_gradient(
    state: State,
    x: Float[Tensor, "trial sample dim"],
    y: Float[Tensor, "trial task sample_of_task"],
    activation: Activation = RELU,
    loss: Loss = HINGE,
) -> tuple[Float[Tensor, "trial neuron dim"], Float[Tensor, "trial neuron"]]:
    """Minus the gradient of the mean loss over all tasks by (W, b), heads held fixed.

    Source: the representation update of the paper's algorithm.
    """
    return gradient_of(first_layer_factors(state, x, y, activation, loss), x)


def gradient_of(
    factors: Float[Tensor, "trial sample neuron"], x: Float[Tensor, "trial sample dim"]
) -> tuple[Float[Tensor, "trial neuron dim"], Float[Tensor, "trial neuron"]]:
    """`first_layer_gradient` from the samples' factors.

    Returns:
        (by W, by b).
    """
    return factors.mT @ x / x.shape[1], factors.sum(1) / x.shape[1]
