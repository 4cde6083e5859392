"""Pretraining on inputs that are not Gaussian, and on inputs whose features are no independent coordinates."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab.draws import Draws
from mtlcore.pretraining.algorithm import Model
from mtlcore.pretraining.features import gaussian
from mtlcore.pretraining.robustness.variations import Variations
from mtlcore.pretraining.theory.coordinates import LAWS

Inputs = Float[Tensor, "*batch dim"]


def on_sphere(g: Inputs) -> Inputs:
    """Gaussian inputs, each brought to length sqrt(d)."""
    return g.shape[-1] ** 0.5 * g / g.norm(dim=-1, keepdim=True)


def tilt(r: int, d: int, slope: float = 0.5) -> Float[Tensor, "dim dim"]:
    """The rotation that mixes each feature with one other coordinate, the r next ones, in the ratio 1 to slope.

    Raises:
        ValueError: if d < 2 r.
    """
    if d < 2 * r:
        raise ValueError(f"d = {d} dimensions; allowed: at least 2 r = {2 * r}")
    Q = torch.eye(d, dtype=torch.float64)
    j = torch.arange(r)
    Q[j, j] = Q[j + r, j + r] = (1 + slope**2) ** -0.5
    Q[j, j + r] = slope * (1 + slope**2) ** -0.5
    Q[j + r, j] = -Q[j, j + r]
    return Q


def spread(d: int, draws: Draws) -> Float[Tensor, "trial dim dim"]:
    """A uniformly random rotation for each trial."""
    Q, R = torch.linalg.qr(draws.normal("rotation", d, d).double())
    return Q * R.diagonal(dim1=1, dim2=2).sign()[:, None]


@dataclass(frozen=True, kw_only=True)
class InputLaws(Variations):
    """Error along pretraining on the non-empty parities, each once, for several laws of the inputs.

    An input is Q x, where x has independent coordinates; features are its first r coordinates. Q is the identity,
    unless the name says "spread" (a random rotation) or "tilted" (`tilt`).

    Attributes:
        n: samples per task and half-step.
        laws: "Gaussian", "sphere", or a name of `theory.coordinates.LAWS`, with ", spread" or ", tilted".

    Source: ours (chapter "How far the message carries").
    """

    seed: int = 71
    n: int = 73
    laws: tuple[str, ...] = (
        "Gaussian",
        "sphere",
        "uniform",
        "Laplace",
        "two bumps",
        "skewed, mean zero",
        "skewed, median zero",
        "Laplace, spread",
        "two bumps, tilted",
    )

    def models(self, draws: Draws) -> dict[str, Model]:
        """One model for each law, whose inputs are made of the same numbers."""
        T = 2**self.r - 1
        multi = Model(T, self.n, self.n, self.d, self.m, self.hyper)
        return {name: replace(multi, inputs=self.law(name, draws)) for name in self.laws}

    def law(self, name: str, draws: Draws) -> Callable[[Inputs], Inputs]:
        """What turns Gaussian inputs, shape (trial, 2, sample, d), into those of a law."""
        base, _, how = name.rpartition(", ")
        if how not in ("spread", "tilted"):
            base, how = name, ""
        make = {"Gaussian": gaussian, "sphere": on_sphere}.get(base) or LAWS[base].drawn
        if not how:
            return make
        Q = tilt(self.r, self.d)[None] if how == "tilted" else spread(self.d, draws)
        return lambda g: make(g) @ Q[:, None].mT.to(g)
