"""Every draw of the book, the same on every machine.

A draw belongs to a seed, a purpose and a trial: each such triple owns one stream. Inputs are looked up, on the
device that needs them, in a table of 2^16 Gaussian values by random bits from the CPU. No step rounds, so every
machine, instruction set, thread count and device sees the same numbers.
"""

import functools
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import ndtri
from torch import Tensor

PURPOSES = ("subspace", "tasks", "data", "init", "probe", "neuron")


#: Numbers looked up at a time. A multiple of 4, small enough for the processor's cache.
CHUNK = 2**16


def stream(seed: int, purpose: str, trial: int) -> np.random.Generator:
    """The random stream of one purpose in one trial.

    Args:
        seed: the experiment's seed, >= 0.
        purpose: one of `PURPOSES`; distinct purposes never share numbers.
        trial: the trial's index, >= 0.

    Returns:
        A fresh NumPy generator at the start of its stream.

    Raises:
        ValueError: for an unknown purpose or a negative seed or trial.

    Source: our choice; the paper does not say how it draws.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"purpose {purpose!r} is unknown; allowed: {', '.join(PURPOSES)}")
    if seed < 0 or trial < 0:
        raise ValueError(f"seed {seed} and trial {trial}; allowed: both at least 0")
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, PURPOSES.index(purpose), trial])))


@functools.cache
def gaussian_table(device: str = "cpu") -> Float[Tensor, " level"]:
    """65,536 equally likely values in place of N(0, 1).

    They are the means of its 2^16 quantile bins, scaled to variance 1. The mean is 0 exactly, the kurtosis 2.9998
    instead of 3, the largest value 4.39.

    Args:
        device: torch device.

    Returns:
        float32 tensor of shape (65536,), increasing.

    Source: our choice (chapter "Deviations"): a table gives the same inputs everywhere, and quickly.
    """
    edges = ndtri(np.arange(1, 2**16) / 2**16)
    density = np.r_[0.0, np.exp(-(edges**2) / 2), 0.0]
    means = density[:-1] - density[1:]
    return torch.from_numpy((means / means.std()).astype(np.float32)).to(device)


def normal(streams: Sequence[np.random.Generator], *shape: int, device: str = "cpu") -> Float[Tensor, "trial ..."]:
    """Standard normal numbers, one row of `shape` per stream.

    Args:
        streams: one generator per trial; each is advanced.
        shape: the shape of one trial's draw.
        device: torch device of the result.

    Returns:
        float32 tensor, shape (trial, *shape), with values from `gaussian_table`.

    Source: the input law x ~ N(0, I_d) of the paper's Section 2.
    """
    table, count = gaussian_table(device), int(np.prod(shape))
    out = torch.empty(len(streams), count, device=device)
    for row, generator in zip(out, streams, strict=True):
        for part in row.split(CHUNK):
            bits = generator.bit_generator.random_raw(-(-len(part) // 4)).view(np.uint16)[: len(part)]
            torch.index_select(table, 0, torch.from_numpy(bits).to(device).int(), out=part)
    return out.view(len(streams), *shape)
