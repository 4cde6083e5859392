"""Gradient-based multi-task pretraining: a head step, then a representation step, again and again.

Several models train side by side on one stream of inputs: a model with T tasks of n samples takes the first T n
rows of a batch and its first d columns. So curves that differ in T, d or a step size differ in nothing else.
What may vary is handed in as functions: labels, inputs, activation, loss, update rule, half-steps.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab import progress
from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features
from mtlcore.pretraining.features import Half
from mtlcore.pretraining.labelling import Labeller, by_table
from mtlcore.pretraining.network import (
    HINGE,
    RELU,
    Activation,
    Loss,
    State,
    first_layer_factors,
    gradient_of,
    head_gradient,
)
from mtlcore.pretraining.rules import Rule, plain

Batch = Float[Tensor, "trial sample dim"]
HalfStep = Callable[..., State]
Start = Callable[..., State]


@dataclass(frozen=True)
class Hyper:
    """Step sizes, weight decays and initial scales.

    Attributes:
        eta: step size of the heads and of W.
        eta_b: step size of the biases; 0 freezes them.
        lam_w: weight decay of W: the loss has (lam_w / 2) |W|^2.
        lam_a: weight decay of the heads: the loss has (lam_a / 2) |a_i|^2.
        nu_w: standard deviation of the entries of the initial W.
        nu_a: standard deviation of the entries of the initial heads.

    Raises:
        ValueError: for a negative or non-finite value.

    Source: Appendix F of the paper for the values of `STATED`; nu_a is not stated there.
    """

    eta: float = 0.1
    eta_b: float = 0.001
    lam_w: float = 0.05
    lam_a: float = 0.5
    nu_w: float = 0.01
    nu_a: float = 0.1

    def __post_init__(self) -> None:
        """Refuse values that no run could use."""
        for name, value in vars(self).items():
            if isinstance(value, bool) or not 0 <= value < float("inf"):
                raise ValueError(f"{name} = {value}; allowed: a finite number, at least 0")


#: The paper's hyper-parameters for r <= 3, for r = 4, and ours, with which every figure is robust.
STATED = Hyper()
STATED_R4 = Hyper(lam_w=0.1, nu_w=0.001)
ROBUST = Hyper(lam_w=0.01, lam_a=0.1)


@dataclass(frozen=True)
class Model:
    """One network to pretrain, and how.

    Attributes:
        T: number of tasks, >= 1.
        n1: samples per task of the head step, >= 1.
        n2: samples per task of the representation step, >= 1.
        m: number of neurons, >= 1.
        hyper: step sizes, weight decays and initial scales.
        heads: "task" (one head for each task) or "shared" (one head for all).
        same_batch: whether both steps use the first batch (then n1 = n2).
        fixed_samples: whether every iteration reuses the first iteration's samples.
        loss: of one sample.
        rule: how a gradient moves W, b and the heads.
        half_steps: the two halves of an iteration, each (state, inputs, labels, model) -> state.
        start: the state before the first of them, (model, draws) -> state.

    Raises:
        ValueError: for a count below 1, an unknown kind of head, or same_batch with n1 != n2.

    Source: the gradient-based multi-task algorithm of the paper's Section 2; one task is T = 1.
    """

    T: int
    n1: int
    n2: int
    d: int = 32
    m: int = 16
    hyper: Hyper = STATED
    heads: str = "task"
    reset: bool = False
    same_batch: bool = False
    fixed_samples: bool = False
    inputs: Callable[[Tensor], Tensor] = features.gaussian
    activation: Activation = RELU
    loss: Loss = HINGE
    rule: Rule = plain
    half_steps: tuple[HalfStep, HalfStep] = field(default_factory=lambda: (head_step, representation_step))
    start: Start = field(default_factory=lambda: initial_state)

    def __post_init__(self) -> None:
        """Refuse impossible sizes."""
        for name in ("T", "n1", "n2", "d", "m"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}; allowed: a whole number, at least 1")
        if self.heads not in ("task", "shared"):
            raise ValueError(f"heads = {self.heads!r}; allowed: 'task' or 'shared'")
        if self.same_batch and self.n1 != self.n2:
            raise ValueError(f"same_batch needs n1 = n2, got {self.n1} and {self.n2}")


def initial_state(model: Model, draws: Draws) -> State:
    """Gaussian first layer and heads, zero biases.

    Returns:
        The state; two models that differ in T only start from the same W and the same first heads.

    Source: W entries N(0, nu_w^2) as in the paper; heads N(0, nu_a^2), our reading.
    """
    W = model.hyper.nu_w * draws.normal("first layer", model.m, model.d)
    a = model.hyper.nu_a * draws.normal("heads", model.T if model.heads == "task" else 1, model.m)
    return State(W, W.new_zeros(len(draws), model.m), a.mT.contiguous().mT)  # tasks lie innermost, as samples do


def head_step(state: State, x: Batch, y: Float[Tensor, "trial task n1"], model: Model) -> State:
    """One gradient step of every head: a_i <- (1 - eta lam_a) a_i - eta grad_i.

    W and b stay as they are; a model with `reset` starts from zero heads.

    Source: the paper's algorithm, first line.
    """
    if model.reset:
        state = State(state.W, state.b, torch.zeros_like(state.a), {**state.memory, "a": None})
    gradient = head_gradient(state, x, y, model.activation, model.loss)
    a, memory = model.rule(state.a, gradient, model.hyper.eta, model.hyper.lam_a, state.memory.get("a"))
    return State(state.W, state.b, a, {**state.memory, "a": memory})


def representation_step(state: State, x: Batch, y: Float[Tensor, "trial task n2"], model: Model) -> State:
    """One gradient step of the first layer: W <- (1 - eta lam_w) W - eta grad, and b <- b - eta_b grad.

    The heads stay as they are.

    Source: the paper's algorithm, second line.
    """
    return move_first_layer(state, first_layer_factors(state, x, y, model.activation, model.loss), x, model)


def move_first_layer(state: State, factors: Float[Tensor, "trial sample neuron"], x: Batch, model: Model) -> State:
    """`representation_step` from what each sample says about each neuron."""
    grad_W, grad_b = gradient_of(factors, x)
    W, of_W = model.rule(state.W, grad_W, model.hyper.eta, model.hyper.lam_w, state.memory.get("W"))
    b, of_b = model.rule(state.b, grad_b, model.hyper.eta_b, 0.0, state.memory.get("b"))
    return State(W, b, state.a, {**state.memory, "W": of_W, "b": of_b})


def unchanged(state: State, x: Batch, y: Float[Tensor, "trial task n"], model: Model) -> State:
    """The half-step that is left out."""
    return state


def iterate(model: Model, state: State, label: Labeller, first: Half, second: Half, iteration: int = 0) -> State:
    """One iteration: the head step on the first batch, the representation step on the second.

    Args:
        label: what labels the inputs; half-step 2 k or 2 k + 1 of iteration k.
        first: inputs, shape (trial, sample, d), and their orthants for the head step; the model takes what it needs.
        second: the same for the representation step, of the same shape.

    Source: the paper's algorithm.
    """
    halves = (first, 2 * iteration), (first, 2 * iteration) if model.same_batch else (second, 2 * iteration + 1)
    for step, ((x, codes), turn), n in zip(model.half_steps, halves, (model.n1, model.n2), strict=True):
        x, codes = x[:, : model.T * n, : model.d], codes[:, : model.T * n]
        state = step(state, x, label(x, codes, turn), model)
    return state


def pretrain(
    models: Mapping[Any, Model],
    tasks: Mapping[Any, np.ndarray | Labeller],
    M: Float[Tensor, "feature dim"],
    draws: Draws,
    steps: int,
    every: int = 1,
) -> Iterator[tuple[int, dict[Any, State]]]:
    """Pretrain several models side by side on one stream of inputs.

    Args:
        tasks: what labels each model's inputs, by the models' names: the labels of its tasks in each orthant, shape
            (trial, T, 2^r), or a function (inputs, orthants, number of the half-step) -> labels (trial, T, n).
        M: the hidden subspace, with d the largest input dimension among the models.
        steps: iterations, >= 0.
        every: how often to hand out the states, >= 1.

    Yields:
        (iteration, states by name) at iteration 0, every, 2 every, ... and at the last one.

    Raises:
        ValueError: if steps < 0 or every < 1, or where the training diverges.

    Source: the gradient-based multi-task algorithm of the paper's Section 2.
    """
    if steps < 0 or every < 1:
        raise ValueError(f"steps = {steps} and every = {every}; allowed: at least 0 and at least 1")
    here = partial(torch.as_tensor, dtype=draws.dtype, device=draws.device)
    label = {name: task if callable(task) else by_table(here(task)) for name, task in tasks.items()}
    laws = {model.inputs for model in models.values()}
    states = {name: model.start(model, draws) for name, model in models.items()}
    samples = max(model.T * max(model.n1, model.n2) for model in models.values())
    seen = features.narrow(M)
    yield 0, dict(states)
    fixed: dict[Any, tuple[Half, Half]] = {}
    for iteration in range(1, steps + 1):
        numbers = draws.normal("inputs", 2, samples, M.shape[1], turn=iteration)
        fresh = {law: features.halves(law(numbers), seen) for law in laws}
        if any(model.fixed_samples for model in models.values()):
            fixed = fixed or fresh
        for name, model in models.items():
            pairs, k = (fixed, 1) if model.fixed_samples else (fresh, iteration)
            states[name] = iterate(model, states[name], label[name], *pairs[model.inputs], k)
        del numbers, fresh, pairs  # the next inputs take their place
        progress.advance()
        if iteration % every == 0 or iteration == steps:
            for name, model in models.items():
                if not states[name].sensible():
                    who = f"eta = {model.hyper.eta} (model {name!r}, T = {model.T})"
                    raise ValueError(f"training diverged by iteration {iteration} with {who}; allowed: smaller steps")
            yield iteration, dict(states)
