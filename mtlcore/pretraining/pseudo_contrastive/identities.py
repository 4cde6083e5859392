"""How far the algorithm is from the identities of this chapter, on drawn samples."""

from dataclasses import replace

import numpy as np
import torch

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import contrastive, features, network, tasks
from mtlcore.pretraining.algorithm import Model, head_step, initial_state, representation_step
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.features import batches
from mtlcore.pretraining.labelling import labels

#: Steps towards the minimising heads, and their size: what is missing of a smooth minimum falls by 1 - size * lam_a.
STEPS, SIZE = 1000, 0.2


def one_round(model: Model, r: int) -> float:
    """Largest difference of w + eta^2 A w from one head step from zero heads and one representation step."""
    M, T, n = features.canonical_subspace(model.d, r), model.T, model.n1
    draws = Draws(0, [0], dtype=torch.float64)
    state, tables = initial_state(model, draws), torch.from_numpy(draw_tasks(tasks.uniform(r), T, draws)).double()
    (x, codes), (x2, codes2) = batches(T * n, M, draws, 1)
    y, y2 = labels(tables, codes, n), labels(tables, codes2, n)
    after = representation_step(head_step(state, x, y, model), x2, y2, model)
    moved = []
    for w in state.W.unbind(1):
        A = contrastive.sampled_A(contrastive.task_directions(w, x, y), contrastive.task_directions(w, x2, y2))
        moved.append(w + model.hyper.eta**2 * (A @ w[..., None])[..., 0])
    return float((after.W - torch.stack(moved, 1)).abs().max())


def _shared_inputs(model: Model, r: int) -> tuple[Draws, torch.Tensor, torch.Tensor, torch.Tensor]:
    """(draws, inputs, their labels by task, beta of every pair): all tasks label the same n1 inputs."""
    M, draws = features.canonical_subspace(model.d, r), Draws(1, [0], dtype=torch.float64)
    drawn = draw_tasks(tasks.uniform(r), model.T, draws)[0]
    x = draws.normal("inputs", model.n1, model.d)
    codes = features.orthant(x, M)[0].numpy()
    beta = torch.from_numpy(tasks.beta(drawn)[np.ix_(codes, codes)])[None]
    return draws, x, torch.from_numpy(drawn[:, codes]).double()[None], beta


def induced_loss(model: Model, r: int) -> float:
    """Difference of the loss after one head step from 1 + eta L(W), all tasks on the same inputs."""
    draws, x, y, beta = _shared_inputs(model, r)
    state, repeated = initial_state(model, draws), x.repeat(1, model.T, 1)
    h = network.activations(state.W, state.b, x)
    induced = 1 + model.hyper.eta * contrastive.pseudo_contrastive_loss(h, beta)
    return float(abs(network.loss(head_step(state, repeated, y, model), repeated, y) - induced))


def loss_gradient(model: Model, r: int, bias: float) -> float:
    """Largest difference of the pseudo-contrastive loss's gradient by a neuron with a bias from -2 A w."""
    draws, x, y, beta = _shared_inputs(model, r)
    # a constant input carries the bias
    w = torch.cat([draws.normal("neuron", model.d), torch.full((1, 1), bias, dtype=torch.float64)], 1)
    x = torch.cat([x, torch.ones_like(x[..., :1])], 2)
    w.requires_grad_()
    h = network.activations(w[:, None], w.new_zeros(1, 1), x)
    (gradient,) = torch.autograd.grad(contrastive.pseudo_contrastive_loss(h, beta).sum(), w)
    g = contrastive.task_directions(w.detach(), x.repeat(1, model.T, 1), y)[..., :-1]
    moved = (contrastive.sampled_A(g, g) @ w.detach()[..., :-1, None])[..., 0]
    return float((gradient[..., :-1] + 2 * moved).abs().max())


def settled_heads(model: Model, r: int) -> tuple[float, float]:
    """The least regularised hinge loss over the heads of all tasks, less 1 + L(W) / (2 lam_a).

    Returns:
        (excess, most): the excess, and the mean of (y g - 1)_+ at the heads that are best for 1 - y g.
    """
    draws, x, y, beta = _shared_inputs(model, r)
    lam_a = float(model.hyper.lam_a)
    state, repeated = initial_state(model, draws), x.repeat(1, model.T, 1)
    h = network.activations(state.W, state.b, x)
    best = (y[..., None] * h[:, None]).mean(2) / lam_a
    formula = 1 + contrastive.pseudo_contrastive_loss(h, beta) / (2 * lam_a)
    most = network.loss(replace(state, a=best), repeated, y, lam_a=lam_a) - formula
    a, least = torch.zeros_like(best), torch.inf
    for _ in range(STEPS):
        state = replace(state, a=a)
        least = min(least, float(network.loss(state, repeated, y, lam_a=lam_a)))
        a = a + SIZE * (network.head_gradient(state, repeated, y) - lam_a * a)
    return least - float(formula), float(most)


def beta_error(law: tasks.Law, empty: bool) -> float:
    """Largest difference of beta from its closed form for a uniform law, with the empty set or without."""
    same = np.eye(2**law.r)
    formula = same if empty else (2**law.r * same - 1) / (2**law.r - 1)
    return float(abs(tasks.beta(law.tables, law.probs) - formula).max())
