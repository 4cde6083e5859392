"""Every draw of the book, the same on every machine, instruction set, thread count and device.

A draw belongs to a seed, a purpose, a trial and a turn. Each such quadruple is a place in the counter space of
Philox4x64-10 (Salmon et al., 2011), so it has numbers of its own, which need no state: a run can be resumed, and more
trials can be added to those that exist. Normal numbers are looked up by random bits in a table of 2^16 values. NumPy
makes the bits on a CPU, and integer arithmetic of torch the same bits on an accelerator. No step rounds.
"""

import functools
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.special import ndtri
from torch import Tensor

#: Numbers looked up at a time on a CPU: a multiple of 16, the numbers of one Philox block, small enough for its cache.
CHUNK = 2**16
#: Philox blocks of each trial that an accelerator makes at a time: what bounds its memory.
BLOCKS = 2**17
MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
WEYL = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
LOW = 2**32 - 1


def quantile_means(levels: int) -> Float[np.ndarray, " level"]:
    """The means of N(0, 1) in equally likely bins, in increasing order, scaled to variance 1."""
    edges = ndtri(np.arange(1, levels) / levels)
    density = np.r_[0.0, np.exp(-(edges**2) / 2), 0.0]
    means = density[:-1] - density[1:]
    return means / means.std()


@functools.cache
def gaussian_table(device: str = "cpu") -> Float[Tensor, " level"]:
    """65,536 equally likely values in place of N(0, 1).

    Returns:
        Increasing float32 values. Their mean is 0 exactly, the kurtosis 2.9998 instead of 3, the largest 4.39.

    Source: our choice (chapter "Deviations"): a table gives the same inputs everywhere, and quickly.
    """
    return torch.from_numpy(quantile_means(2**16).astype(np.float32)).to(device)


@dataclass(frozen=True)
class Draws:
    """The random numbers of some trials of one seed, as tensors on one device.

    Attributes:
        seed: the experiment's seed, >= 0.
        trials: the trials' indices, each >= 0; one that is named several times has the same numbers each time.
        device: torch device of what is drawn.
        dtype: torch.float32 or torch.float64; numbers are drawn in float32 and cast.

    Raises:
        ValueError: for a seed or a trial that is no word of 64 bits.

    Source: our choice; the papers do not say how they draw.
    """

    seed: int
    trials: Sequence[int]
    device: str = "cpu"
    dtype: torch.dtype = torch.float32

    def __post_init__(self) -> None:
        """Refuse what no counter holds."""
        words = self.seed, *self.trials
        if min(words) < 0 or max(words) >= 2**64:
            raise ValueError(f"seed {self.seed} and trials {list(self.trials)}; allowed: all from 0 to 2^64 - 1")

    def __len__(self) -> int:
        """Number of trials."""
        return len(self.trials)

    @functools.cached_property
    def words(self) -> Int[Tensor, " trial"]:
        """The trials' indices as words on the device, moved there once."""
        return torch.tensor([wrapped(trial) for trial in self.trials], dtype=torch.int64, device=self.device)

    def generators(self, purpose: str, turn: int = 0) -> list[np.random.Generator]:
        """A NumPy generator for each trial, at the start of its stream for this purpose and turn."""
        return [np.random.Generator(philox(self.seed, purpose, trial, turn)) for trial in self.trials]

    def normal(self, purpose: str, *shape: int, turn: int = 0) -> Float[Tensor, "trial ..."]:
        """Standard normal numbers, for each trial a tensor of this shape.

        Args:
            purpose: what the numbers are for, in words; distinct purposes share no numbers.
            turn: which draw for this purpose; distinct turns share no numbers.

        Returns:
            Values from `gaussian_table`; those of a smaller shape are the first of a larger one.

        Source: the input law x ~ N(0, I_d).
        """
        distinct = list(dict.fromkeys(self.trials))
        if len(distinct) < len(self):
            few = replace(self, trials=distinct).normal(purpose, *shape, turn=turn)
            return few[[distinct.index(trial) for trial in self.trials]]
        drawn = (by_numpy if self.device == "cpu" else by_torch)(self, purpose, turn, math.prod(shape))
        return drawn.view(len(self), *shape).to(self.dtype)


def by_numpy(draws: Draws, purpose: str, turn: int, count: int) -> Float[Tensor, "trial {count}"]:
    """The first numbers of a draw on a CPU, looked up by NumPy's bits."""
    # NumPy asks for large pages, torch does not; a page fault costs as much as the numbers of the page
    out, table = np.empty((len(draws), count), np.float32), gaussian_table()
    bits = philox(draws.seed, purpose, 0, turn)
    place = bits.state
    for row, trial in zip(out, draws.trials, strict=True):
        place["state"]["counter"][2] = trial
        bits.state = place  # a tenth of the time of a new generator
        for first in range(0, count, CHUNK):
            part = row[first : first + CHUNK]
            levels = bits.random_raw(-(-len(part) // 4)).view(np.uint16)[: len(part)]
            torch.index_select(table, 0, torch.from_numpy(levels.astype(np.int32)), out=torch.from_numpy(part))
    return torch.from_numpy(out)


def by_torch(draws: Draws, purpose: str, turn: int, count: int) -> Float[Tensor, "trial {count}"]:
    """The same numbers on an accelerator, looked up by torch's bits."""
    out, table = torch.empty(len(draws), count, device=draws.device), gaussian_table(draws.device)
    for first in range(0, count, 16 * BLOCKS):
        part = out[:, first : first + 16 * BLOCKS]
        words = philox_words(draws, purpose, turn, first // 16, -(-part.shape[1] // 16))
        part.copy_(table[words.view(torch.int16).int()[:, : part.shape[1]] & 0xFFFF])
    return out


def counter(purpose: str, trial: int, turn: int) -> tuple[int, int, int, int]:
    """Where the numbers of a purpose, a trial and a turn begin: Philox's counter, lowest word first.

    Returns:
        Four words of 64 bits; the first counts blocks, the last is the purpose's hash.

    Raises:
        ValueError: for a turn that is no word of 64 bits.
    """
    if not 0 <= turn < 2**64:
        raise ValueError(f"turn {turn}; allowed: 0 to 2^64 - 1")
    return 0, turn, trial, int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8], "little")


def philox(seed: int, purpose: str, trial: int, turn: int = 0) -> np.random.Philox:
    """NumPy's Philox4x64-10 at the start of one draw."""
    key, start = (np.array(words, np.uint64) for words in ((seed, 0), counter(purpose, trial, turn)))
    return np.random.Philox(key=key, counter=start)


def wrapped(word: int) -> int:
    """A word of 64 bits as torch holds it, with a sign."""
    return (word + 2**63) % 2**64 - 2**63


def product(a: int, b: Int[Tensor, "*block"]) -> tuple[Int[Tensor, "*block"], Int[Tensor, "*block"]]:
    """The 128 bits of a product of two words, from products of their halves.

    Returns:
        (high word, low word).
    """
    a_low, a_high, b_low, b_high = a & LOW, a >> 32, b & LOW, (b >> 32) & LOW
    middle = a_high * b_low + ((a_low * b_low >> 32) & LOW)
    carried = a_low * b_high + (middle & LOW)
    return a_high * b_high + ((middle >> 32) & LOW) + ((carried >> 32) & LOW), wrapped(a) * b


def philox_words(draws: Draws, purpose: str, turn: int, first: int, blocks: int) -> Int[Tensor, "trial word"]:
    """The words that `philox` makes for each trial, computed by torch on any device.

    Returns:
        4 `blocks` of them, from the block after the `first` ones, as int64.

    Source: Salmon et al. (2011); NumPy counts a block before it makes it, so the first is number 1.
    """
    _, _, _, name = counter(purpose, 0, turn)
    block = torch.arange(first + 1, first + blocks + 1, device=draws.device).expand(len(draws), -1)
    words = [block, torch.full_like(block, wrapped(turn)), draws.words[:, None], torch.full_like(block, wrapped(name))]
    for round_ in range(10):
        keys = [wrapped((part + round_ * step) % 2**64) for part, step in zip((draws.seed, 0), WEYL, strict=True)]
        (high0, low0), (high1, low1) = product(MULTIPLIERS[0], words[0]), product(MULTIPLIERS[1], words[2])
        words = [high1 ^ words[1] ^ keys[0], low1, high0 ^ words[3] ^ keys[1], low0]
    return torch.stack(words, 2).flatten(1)
