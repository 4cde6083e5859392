"""Training in any dimension at a cost that does not know it.

Let M = [I_r, 0] and W = [W_M, W_perp]. Read W_perp as L Q, where Q has orthonormal rows, which nobody forms. A fresh
Gaussian input x enters a step by its features x_M and by z = Q x_perp: r + m standard normal numbers. So each half-step
is that of a network in r + m dimensions with the first layer [W_M, L]. Only the representation step also adds to
W_perp what the samples have outside the rows of Q, and that is a Gaussian matrix of d - r - m columns, of which only
products of its rows count: m numbers chi-square and m (m - 1) / 2 normal ones.

Source: derived in chapter "Training in any dimension".
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws
from mtlcore.pretraining.algorithm import Batch, Model, head_step, initial_state, move_first_layer, representation_step
from mtlcore.pretraining.features import gaussian
from mtlcore.pretraining.network import State, first_layer_factors
from mtlcore.pretraining.rules import plain
from mtlcore.pretraining.wishart import factor, factors, square_root, triangular

#: Steps whose chi-square and normal numbers are drawn together.
TOGETHER = 64


def compressed(model: Model, r: int, draws: Draws) -> Model:
    """The model that trains in r + m dimensions as the given one does in d, with the same law of all it can measure.

    Its states have first layers [W_M, L]: their lengths, angles with the first r axes, and outputs on fresh inputs are
    those of the long ones.

    Raises:
        ValueError: as in `check`.
    """
    check(model, r)
    unseen = Unseen(model.m, model.d - r - model.m, draws)
    step = partial(step_in_any_dimension, r=r, factor_of=unseen.factor)
    return replace(model, d=r + model.m, half_steps=(head_step, step), start=partial(start, r=r, d=model.d))


def check(model: Model, r: int) -> None:
    """Refuse a model that the chain does not hold for, or has nothing to gain for.

    Raises:
        ValueError: with what is allowed, or what to do instead.
    """
    usual = (head_step, representation_step)
    needed = {
        "d": (model.d, f"more than r + m = {r + model.m}", model.d > r + model.m),
        "fixed_samples": (model.fixed_samples, "False", not model.fixed_samples),
        "inputs": (named(model.inputs), "gaussian", model.inputs is gaussian),
        "rule": (named(model.rule), "plain", model.rule is plain),
        "half_steps": (", ".join(map(named, model.half_steps)), "those of the algorithm", model.half_steps == usual),
        "start": (named(model.start), "initial_state", model.start is initial_state),
    }
    for name, (value, allowed, holds) in needed.items():
        if not holds:
            instead = "or the full simulation, the model pretrained as it is"
            raise ValueError(f"{name} = {value} in the chain; allowed: {allowed}, {instead}")


def named(function: Callable[..., object]) -> str:
    """The name of a function, or of the one that made it; of anything else what it looks like."""
    return getattr(function, "__qualname__", repr(function)).partition(".")[0]


@dataclass
class Unseen:
    """The directions that no row reaches: what a step adds there, up to a rotation.

    Attributes:
        freedom: their number, d - r - m.
    """

    m: int
    freedom: int
    draws: Draws

    def __post_init__(self) -> None:
        """Nothing is drawn yet."""
        self.block, self.drawn = -1, torch.empty(0)

    def factor(self, step: int) -> Float[Tensor, "trial neuron column"]:
        """A square root of the Wishart matrix of a step, from numbers that belong to the step."""
        block, k = divmod(step, TOGETHER)
        if block != self.block:
            every = [factors(self.m, self.freedom, TOGETHER, one) for one in self.draws.generators("unseen", block)]
            self.block, self.drawn = block, torch.from_numpy(np.stack(every, 1)).to(self.draws.device)
        return self.drawn[k]


def start(model: Model, draws: Draws, r: int, d: int) -> State:
    """The initial state: Gaussian weights on the features, and the Gram matrix of Gaussian rows of length d - r."""
    state = initial_state(model, draws)
    outside = model.hyper.nu_w * factor(model.m, d - r, "outside", draws).to(state.W.dtype)
    return replace(state, W=torch.cat([state.W[..., :r], square(outside)], -1), memory={"step": 0})


def square(rows: Float[Tensor, "trial neuron column"]) -> Float[Tensor, "trial neuron neuron"]:
    """A factor with as many columns as rows; those that a small dimension lacks are zero."""
    return torch.nn.functional.pad(rows, (0, rows.shape[1] - rows.shape[2]))


def step_in_any_dimension(
    state: State,
    x: Batch,
    y: Float[Tensor, "trial task n2"],
    model: Model,
    r: int,
    factor_of: Callable[[int], Float[Tensor, "trial neuron column"]],
) -> State:
    """The representation step: that of r + m dimensions, and what the samples add outside the rows.

    With A the first layer's new part on z, and S S^T the Gram matrix of the samples' factors, the new L has
    L L^T = A A^T + eta^2 S B B^T S^T, B B^T ~ Wishart(d - r - m).

    Args:
        factor_of: B by the number of the step.
    """
    each = first_layer_factors(state, x, y, model.activation, model.loss)
    moved = move_first_layer(state, each, x, model)
    S = square_root((each.mT @ each).double()) / x.shape[1]
    added = model.hyper.eta * S @ factor_of(state.memory["step"])
    L = triangular(torch.cat([moved.W[..., r:].double(), added], -1)).to(moved.W.dtype)
    memory = {**moved.memory, "step": state.memory["step"] + 1}
    return replace(moved, W=torch.cat([moved.W[..., :r], L], -1), memory=memory)
