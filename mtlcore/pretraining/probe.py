"""Linear probing: a new task's head, trained on the frozen features with fresh random biases."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features
from mtlcore.pretraining.network import activations


@dataclass(frozen=True)
class Probe:
    """How a head is trained on frozen features, and tested.

    Attributes:
        m_hat: downstream neurons, >= 1.
        bias: standard deviation of the fresh biases.
        steps: gradient steps.
        test_samples: fresh inputs that measure the accuracy.

    Source: the paper's Appendix F for the number of neurons and the reset of biases; their scale is ours.
    """

    m_hat: int
    bias: float = 0.5
    steps: int = 1000
    test_samples: int = 4096


def downstream_neurons(
    W: Float[Tensor, "trial neuron dim"], m_hat: int
) -> Float[Tensor, "trial downstream_neuron dim"]:
    """m_hat downstream neurons: the learned rows in turn, scaled together to mean square length one.

    Args:
        m_hat: more than m repeats rows (their biases will differ).

    Raises:
        ValueError: if m_hat < 1 or a first layer is all zero.

    Source: the paper's Appendix F resets the biases; the scaling is ours (chapter "Downstream tasks").
    """
    if m_hat < 1:
        raise ValueError(f"m_hat = {m_hat} downstream neurons; allowed: at least 1")
    scale = W.square().sum(-1, keepdim=True).mean(1, keepdim=True).sqrt()
    if (scale == 0).any():
        raise ValueError("a first layer is all zero; allowed: at least one non-zero row")
    rows = torch.arange(m_hat, device=W.device) % W.shape[1]
    return (W / scale)[:, rows]


def train_heads(
    h: Float[Tensor, "trial sample neuron"],
    y: Float[Tensor, "trial task sample"],
    steps: int,
    eta: float = 0.1,
    lam: float = 0.01,
) -> Float[Tensor, "trial task neuron"]:
    """Full-batch gradient descent on the regularised hinge loss, from zero heads, all tasks at once.

    Source: the paper's Appendix F (step size 0.1, l2 0.01).
    """
    a = h.new_zeros(y.shape[0], y.shape[1], h.shape[2])
    h_T = h.mT.contiguous()
    for _ in range(steps):
        signal = torch.where(y * (a @ h_T) < 1, y, 0.0)
        a = (1 - eta * lam) * a + eta / h.shape[1] * (signal @ h)
    return a


def linear_probe(
    W: Float[Tensor, "trial neuron dim"],
    M: Float[Tensor, "feature dim"],
    tables: Float[Tensor, "task orthant"],
    samples: Sequence[int],
    probe: Probe,
    draws: Draws,
) -> tuple[Float[Tensor, "trial size task"], Float[Tensor, "trial size task"]]:
    """Accuracy and hinge loss on fresh samples of a head trained on N fixed ones, for several N and tasks.

    Args:
        samples: the numbers N of training samples, each >= 1; smaller sets are the first rows of larger ones.

    Returns:
        (accuracy in [0, 1], mean hinge loss).

    Raises:
        ValueError: if some N < 1, or as in `downstream_neurons`.

    Source: the downstream evaluation of the paper's Appendix F and Figure 3.
    """
    if min(samples) < 1:
        raise ValueError(f"N = {min(samples)} downstream samples; allowed: at least 1")
    V = downstream_neurons(W, probe.m_hat)
    b = probe.bias * draws.normal("downstream biases", probe.m_hat).to(W)

    def draw(purpose: str, n: int) -> tuple[Tensor, Tensor]:
        x = draws.normal(purpose, n, M.shape[1]).to(W)
        return activations(V, b, x), tables.to(W)[:, features.orthant(x, M)].transpose(0, 1)

    h_test, y_test = draw("test inputs", probe.test_samples)
    h, y = draw("downstream inputs", max(samples))
    accuracy, hinge = [], []
    for N in samples:
        a = train_heads(h[:, :N].contiguous(), y[:, :, :N].contiguous(), probe.steps)
        margin = y_test * (a @ h_test.mT)
        accuracy.append((margin > 0).double().mean(-1))
        hinge.append((1 - margin).clamp(min=0).double().mean(-1))
    return torch.stack(accuracy, 1), torch.stack(hinge, 1)
