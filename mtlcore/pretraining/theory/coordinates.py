"""Laws of one input coordinate, of variance one: drawn from a Gaussian number, and described by two waves.

Source: ours (chapter "How far the message carries").
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float
from torch import Tensor

Real = Float[Tensor, "*batch"]
Wave = Complex[Tensor, "*batch"]


@dataclass(frozen=True)
class Coordinate:
    """The law of a number x with variance one and no mass at zero.

    Attributes:
        drawn: takes a standard normal number to one of this law, increasing.
        wave: t to E e^(itx).
        signed: t to E sign(x) e^(itx).
        size: E |x|.
        lean: E sign(x), zero where both signs are equally likely.
        mean: E x.
    """

    drawn: Callable[[Real], Real]
    wave: Callable[[Real], Wave]
    signed: Callable[[Real], Wave]
    size: float
    lean: float = 0.0
    mean: float = 0.0


def inside(g: Real) -> Real:
    """P(|G| <= |g|) with the sign of g: uniform on [-1, 1] for a standard normal g."""
    return torch.erf(g / math.sqrt(2))


def waiting(g: Real) -> Real:
    """-log P(G > g): exponential with mean one for a standard normal g."""
    return -torch.log(torch.erfc(g / math.sqrt(2)) / 2)


def box(t: Real) -> Real:
    """sin(t) / t, the wave of a uniform number in [-1, 1]."""
    return torch.sinc(t / math.pi)


def real(x: Real) -> Wave:
    """x as a wave of a symmetric law."""
    return torch.complex(x, torch.zeros_like(x))


def imaginary(x: Real) -> Wave:
    """ix as the signed wave of a symmetric law."""
    return torch.complex(torch.zeros_like(x), x)


def uniform() -> Coordinate:
    """Uniform on an interval around zero."""
    end = math.sqrt(3)
    return Coordinate(
        drawn=lambda g: end * inside(g),
        wave=lambda t: real(box(end * t)),
        signed=lambda t: imaginary(torch.sin(end * t / 2) * box(end * t / 2)),
        size=end / 2,
    )


def laplace() -> Coordinate:
    """Laplace's law: two exponential tails."""
    scale = math.sqrt(0.5)
    return Coordinate(
        drawn=lambda g: -scale * torch.sign(g) * torch.log(torch.erfc(abs(g) / math.sqrt(2))),
        wave=lambda t: real(1 / (1 + (scale * t) ** 2)),
        signed=lambda t: imaginary(scale * t / (1 + (scale * t) ** 2)),
        size=scale,
    )


def two_bumps(width: float = 0.5) -> Coordinate:
    """Uniform on two intervals around +-c, each of half a given width: symmetric, and far from zero.

    Raises:
        ValueError: unless 0 < width < sqrt(3) / 2, where the intervals touch.
    """
    centre = math.sqrt(1 - width**2 / 3) if 0 < width < math.sqrt(0.75) else 0.0
    if not centre:
        raise ValueError(f"width = {width}; allowed: above 0 and below {math.sqrt(0.75):.3f}")
    return Coordinate(
        drawn=lambda g: torch.sign(g) * (centre + width * (2 * abs(inside(g)) - 1)),
        wave=lambda t: real(torch.cos(centre * t) * box(width * t)),
        signed=lambda t: imaginary(torch.sin(centre * t) * box(width * t)),
        size=centre,
    )


def exponential(zero: float) -> Coordinate:
    """An exponential number less a constant: 1 centres its mean, log 2 its median.

    Raises:
        ValueError: for a negative constant.
    """
    if zero < 0:
        raise ValueError(f"zero = {zero}; allowed: at least 0")
    above = math.exp(-zero)

    def wave(t: Real) -> Wave:
        return torch.exp(-1j * zero * t) / (1 - 1j * t)

    return Coordinate(
        drawn=lambda g: waiting(g) - zero,
        wave=wave,
        signed=lambda t: 2 * above / (1 - 1j * t) - wave(t),
        size=2 * above - (1 - zero),
        lean=2 * above - 1,
        mean=1 - zero,
    )


#: The laws of the chapter by name: symmetric with one peak, symmetric with two, and skewed.
LAWS: Mapping[str, Coordinate] = {
    "uniform": uniform(),
    "Laplace": laplace(),
    "two bumps": two_bumps(),
    "skewed, mean zero": exponential(1.0),
    "skewed, median zero": exponential(math.log(2)),
}
