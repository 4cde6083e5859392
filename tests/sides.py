"""One training written in six ways, for `bench.py` to time beside each other; each trains on inputs of its own draws.

A side is a function (case) -> steps, where steps(k) trains k iterations from the start and hands out (W, b, a).
"""

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import torch
from plain import TwoLayer, label, train

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features, tasks
from mtlcore.pretraining.algorithm import ROBUST, Model, initial_state, pretrain
from mtlcore.pretraining.chain import compressed
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.labelling import labels

Steps = Callable[[int], tuple]


@dataclass(frozen=True)
class Case:
    """Sizes of a training: n samples of each of T tasks in each half-step."""

    T: int
    n: int
    d: int
    m: int = 16
    r: int = 3
    trials: int = 5

    @cached_property
    def model(self) -> Model:
        return Model(self.T, self.n, self.n, self.d, self.m, ROBUST)

    @cached_property
    def draws(self) -> Draws:
        return Draws(0, range(self.trials))

    @cached_property
    def tables(self) -> np.ndarray:
        return draw_tasks(tasks.uniform(self.r), self.T, self.draws)

    @cached_property
    def parts(self) -> tuple[torch.Tensor, ...]:
        state = initial_state(self.model, self.draws)
        return state.W, state.b, state.a


def engine(case: Case, model: Model) -> Steps:
    M = features.canonical_subspace(model.d, case.r)

    def steps(k: int) -> tuple:
        *_, (_, states) = pretrain({0: model}, {0: case.tables}, M, case.draws, k, k)
        return states[0].W, states[0].b, states[0].a

    return steps


def full(case: Case) -> Steps:
    return engine(case, case.model)


def chain(case: Case) -> Steps:
    return engine(case, compressed(case.model, case.r, case.draws))


def loop(case: Case) -> Steps:
    """The oracle of the tests, of one trial: a loop over tasks."""
    M, one = features.canonical_subspace(case.d, case.r).float(), Draws(0, [0])
    known = {tuple(row): subset for subset, row in enumerate(tasks.parity_tables(case.r))}
    subsets = [known[tuple(row)] for row in case.tables[0]]
    each = [partial(label, M=M, subset=[j for j in range(case.r) if S >> j & 1]) for S in subsets]

    def steps(k: int) -> tuple:
        net = TwoLayer(*(part[0] for part in case.parts))
        for _ in train(case.model, net, each, one, k):
            pass
        return tuple(part.detach()[None] for part in (net.W, net.b, net.a))

    return steps


def drawn(case: Case, k: int) -> Iterator[list[tuple[torch.Tensor, torch.Tensor]]]:
    """Inputs and labels of the halves of k iterations, by trial, task and sample."""
    M, tables = features.canonical_subspace(case.r, case.r), torch.from_numpy(case.tables)
    for iteration in range(1, k + 1):
        x = case.draws.normal("inputs", 2, case.T * case.n, case.d, turn=iteration)
        codes = features.orthant(x, M)
        yield [(x[:, k].unflatten(1, (case.T, -1)), labels(tables, codes[:, k], case.n)) for k in (0, 1)]


def moved(part, gradient, eta: float, lam: float):
    """Gradient descent with weight decay."""
    return (1 - eta * lam) * part - eta * gradient


def autograd(case: Case) -> Steps:
    """Trials and tasks as axes, gradients by torch."""
    h = case.model.hyper

    def total(W, b, a, x, y):
        f = (torch.relu(x @ W[:, None].mT + b[:, None, None]) * a[:, :, None]).sum(-1)
        return torch.relu(1 - y * f).mean(2).sum()

    def steps(k: int) -> tuple:
        W, b, a = (part.detach() for part in case.parts)
        for first, second in drawn(case, k):
            a = a.requires_grad_()
            a = moved(a, torch.autograd.grad(total(W, b, a, *first), a)[0], h.eta, h.lam_a).detach()
            W, b = W.requires_grad_(), b.requires_grad_()
            by_W, by_b = (g / case.T for g in torch.autograd.grad(total(W, b, a, *second), (W, b)))
            W, b = moved(W, by_W, h.eta, h.lam_w).detach(), moved(b, by_b, h.eta_b, 0.0).detach()
        return W, b, a

    return steps


def of_one_task(relu, W, b, a, x, y):
    """The hinge loss of one task in one trial, in torch or JAX."""
    return relu(1 - y * (relu(x @ W.T + b) @ a)).mean()


def halves(relu, grad, vmap, case: Case):
    """One iteration by transformations of `of_one_task`, in torch or JAX: (W, b, a, first, second) -> (W, b, a)."""
    h, loss = case.model.hyper, partial(of_one_task, relu)
    by_a = vmap(vmap(grad(loss, 2), (None, None, 0, 0, 0)))
    by_layer = vmap(grad(lambda *parts: vmap(loss, (None, None, 0, 0, 0))(*parts).mean(), (0, 1)))

    def step(W, b, a, first, second):
        a = moved(a, by_a(W, b, a, *first), h.eta, h.lam_a)
        of_W, of_b = by_layer(W, b, a, *second)
        return moved(W, of_W, h.eta, h.lam_w), moved(b, of_b, h.eta_b, 0.0), a

    return step


def vmap(case: Case) -> Steps:
    """One task's loss, `torch.func.grad` of it, and `torch.func.vmap` over tasks and trials."""
    step = halves(torch.relu, torch.func.grad, torch.func.vmap, case)

    def steps(k: int) -> tuple:
        parts = case.parts
        for first, second in drawn(case, k):
            parts = step(*parts, first, second)
        return parts

    return steps


def jax(case: Case) -> Steps:
    """The same in JAX, with inputs that it draws itself, compiled as a whole before it is timed."""
    import jax as J

    step, tables = halves(J.nn.relu, J.grad, J.vmap, case), J.numpy.asarray(case.tables)
    powers = 2 ** J.numpy.arange(case.r)

    def half(x):
        return x, J.numpy.take_along_axis(tables, (x[..., : case.r] > 0) @ powers, 2)

    @J.jit
    def iteration(k, parts):
        key = J.random.fold_in(J.random.key(0), k)
        x = J.random.normal(key, (2, case.trials, case.T, case.n, case.d))
        return step(*parts, half(x[0]), half(x[1]))

    def steps(k: int) -> tuple:
        parts = tuple(J.numpy.asarray(part.numpy()) for part in case.parts)
        for turn in range(1, k + 1):
            parts = iteration(turn, parts)
        return J.block_until_ready(parts)

    return steps


#: By name; JAX where it is installed. The loop trains one trial, the others all of a case.
SIDES: dict[str, Callable[[Case], Steps]] = {
    "loop": loop,
    "autograd": autograd,
    "vmap": vmap,
    **({"jax": jax} if importlib.util.find_spec("jax") else {}),
    "full": full,
    "chain": chain,
}
