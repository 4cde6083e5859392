"""The oracle: the algorithm as one would write it first, with loops, an `nn.Module` and `loss.backward()`."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from mtlcore.lab.draws import Draws
from mtlcore.pretraining.algorithm import Model


class TwoLayer(nn.Module):
    """x -> a_i . relu(Wx + b) of one trial; a single head serves all tasks."""

    def __init__(self, W: Tensor, b: Tensor, a: Tensor):
        super().__init__()
        self.W, self.b, self.a = (nn.Parameter(part.clone()) for part in (W, b, a))

    def forward(self, x: Tensor, task: int) -> Tensor:
        return torch.relu(self.W @ x.T + self.b[:, None]).T @ self.a[task % len(self.a)]


def label(x: Tensor, M: Tensor, subset: Sequence[int]) -> Tensor:
    """The parity of some of the signs of Mx."""
    out = torch.ones(len(x), dtype=x.dtype)
    for j in subset:
        out = out * torch.sign(x @ M[j])
    return out


def descend(parameter: nn.Parameter, gradient: Tensor, step: float) -> None:
    """One gradient step."""
    with torch.no_grad():
        parameter -= step * gradient


def train(
    model: Model, net: TwoLayer, subsets: Sequence[Sequence[int]], M: Tensor, draws: Draws, steps: int
) -> Iterator[Tensor]:
    """Train the network of one trial, the first of `draws`, in place; yield the margins y f that an iteration met."""
    h = model.hyper
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
            for i, subset in enumerate(subsets):
                mine = x[i * n : (i + 1) * n]
                seen.append(label(mine, M, subset) * net(mine, i))
                penalty = h.lam_a / 2 * (net.a[i % len(net.a)] ** 2).sum()
                out.append(torch.relu(1 - seen[-1]).mean() + penalty)
            return out

        if model.reset:
            net.a.data.zero_()
        net.zero_grad()
        own = sum(losses(inputs[0], model.n1))  # a task's head is in no other task's loss
        (own if model.heads == "task" else own / model.T).backward()
        descend(net.a, net.a.grad, h.eta)

        net.zero_grad()
        together = sum(losses(inputs[0 if model.same_batch else 1], model.n2)) / model.T
        (together + h.lam_w / 2 * (net.W**2).sum()).backward()
        descend(net.W, net.W.grad, h.eta)
        descend(net.b, net.b.grad, h.eta_b)
        yield torch.cat(margins).detach()
