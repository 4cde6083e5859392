"""The oracle: the algorithm as one would write it first: loops, an `nn.Module`, autograd, torch's optimisers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from mtlcore.lab.draws import Draws
from mtlcore.pretraining.algorithm import Model


def hinge(f: Tensor, y: Tensor) -> Tensor:
    return torch.relu(1 - y * f)


ACTIVATIONS = {"relu": torch.relu, "gelu": lambda z: z * (1 + torch.erf(z / 2**0.5)) / 2, "tanh": torch.tanh}
LOSSES = {
    "hinge": hinge,
    "logistic": lambda f, y: torch.log(1 + torch.exp(-y * f)),
    "squared": lambda f, y: (f - y) ** 2 / 2,
}
OPTIMISERS = {"plain": torch.optim.SGD, "momentum": partial(torch.optim.SGD, momentum=0.9), "adam": torch.optim.Adam}


@dataclass(frozen=True)
class Choices:
    """What the engine takes as functions with derivatives, here without them."""

    activation: Callable[[Tensor], Tensor] = torch.relu
    loss: Callable[[Tensor, Tensor], Tensor] = hinge
    optimiser: Callable[..., torch.optim.Optimizer] = torch.optim.SGD


class TwoLayer(nn.Module):
    """x -> a_i . sigma(Wx + b) of one trial; a single head serves all tasks."""

    def __init__(self, W: Tensor, b: Tensor, a: Tensor, activation: Callable[[Tensor], Tensor] = torch.relu):
        super().__init__()
        self.W, self.b, self.a = (nn.Parameter(part.clone()) for part in (W, b, a))
        self.activation = activation

    def forward(self, x: Tensor, task: int) -> Tensor:
        return self.activation(self.W @ x.T + self.b[:, None]).T @ self.a[task % len(self.a)]


def label(x: Tensor, M: Tensor, subset: Sequence[int]) -> Tensor:
    """The parity of some of the signs of Mx."""
    out = torch.ones(len(x), dtype=x.dtype)
    for j in subset:
        out = out * torch.sign(x @ M[j])
    return out


def train(
    model: Model,
    net: TwoLayer,
    tasks: Sequence[Callable[[Tensor], Tensor]],
    draws: Draws,
    steps: int,
    choices: Choices = Choices(),
) -> Iterator[Tensor]:
    """Train the network of one trial, the first of `draws`, in place; yield the margins y f that an iteration met."""
    h = model.hyper
    heads, rows, biases = (
        choices.optimiser([part], lr=eta) for part, eta in ((net.a, h.eta), (net.W, h.eta), (net.b, h.eta_b))
    )
    inputs = None
    for iteration in range(1, steps + 1):
        samples = model.T * max(model.n1, model.n2)
        fresh = draws.normal("inputs", 2, samples, model.d, turn=iteration)[0].to(net.W)
        if inputs is None or not model.fixed_samples:
            inputs = fresh
        margins = []

        def losses(x: Tensor, n: int, seen: list[Tensor] = margins) -> list[Tensor]:
            """Each task's own regularised loss without the penalty of W."""
            out = []
            for i, task in enumerate(tasks):
                mine = x[i * n : (i + 1) * n]
                f, y = net(mine, i), task(mine)
                seen.append(y * f)
                penalty = h.lam_a / 2 * (net.a[i % len(net.a)] ** 2).sum()
                out.append(choices.loss(f, y).mean() + penalty)
            return out

        if model.reset:
            net.a.data.zero_()
            heads = choices.optimiser([net.a], lr=h.eta)
        net.zero_grad()
        own = sum(losses(inputs[0], model.n1))  # a task's head is in no other task's loss
        (own if model.heads == "task" else own / model.T).backward()
        heads.step()

        net.zero_grad()
        together = sum(losses(inputs[0 if model.same_batch else 1], model.n2)) / model.T
        (together + h.lam_w / 2 * (net.W**2).sum()).backward()
        rows.step()
        biases.step()
        yield torch.cat(margins).detach()
