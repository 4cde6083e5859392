"""The composed guarantee: every term of the bound on a new task's risk, beside the risk that a trained head has."""

import itertools
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import xarray as xr
from jaxtyping import Float

from mtlcore.lab import progress
from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import tasks
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.end_to_end.sampled_step import Layer, sampled_step, start
from mtlcore.pretraining.theory.outside import carried_over, mean_shift, mean_square_relu
from mtlcore.pretraining.theory.regularised import best_head, grid, left_out, rounded_hinge

#: The terms of the bound; their sum is above the risk.
TERMS = ("inside", "outside", "penalty", "samples", "gap")
#: Points on each axis of the grid in row(M), by the number of features.
PER_AXIS = {1: 1000, 2: 100, 3: 24}


@dataclass(frozen=True)
class Neurons:
    """The downstream neurons of one trial, in coordinates without directions that no row reaches.

    Attributes:
        W: weights on a sample's r features and then on what is outside row(M).
    """

    W: Float[np.ndarray, "neuron number"]
    b: Float[np.ndarray, " neuron"]

    def __call__(self, x: Float[np.ndarray, "sample number"]) -> Float[np.ndarray, "sample neuron"]:
        """Activations; a sample of r numbers has nothing outside row(M)."""
        return np.maximum(x @ self.W[:, : x.shape[1]].T + self.b, 0)


def labelled(
    x: Float[np.ndarray, "sample number"], table: Float[np.ndarray, " orthant"]
) -> Float[np.ndarray, " sample"]:
    """A task's labels of samples that begin with their features."""
    r = len(table).bit_length() - 1
    return table[(x[:, :r] > 0) @ (1 << np.arange(r))]


def neurons(layer: Layer, m_hat: int, draws: Draws) -> list[Neurons]:
    """The rows in turn with fresh biases, scaled to root mean square length one inside row(M), for each trial."""
    W, b = layer.joined().cpu().numpy(), draws.normal("downstream biases", m_hat).double().cpu().numpy()
    scale = np.sqrt((layer.p.cpu().numpy() ** 2).sum(-1).mean(-1))
    return [Neurons(W[k, np.arange(m_hat) % W.shape[1]] / scale[k], b[k]) for k in range(len(draws))]


@dataclass(frozen=True)
class Samples:
    """The inputs of one trial's heads.

    Attributes:
        grid: points in row(M), for the best head there.
        train: downstream samples.
        test: fresh samples.
    """

    grid: Float[np.ndarray, "point feature"]
    train: Float[np.ndarray, "sample number"]
    test: Float[np.ndarray, "fresh number"]


def measure(net: Neurons, samples: Samples, table: Float[np.ndarray, " orthant"], lam: float) -> dict[str, float]:
    """Every term of the bound for one task, and what the trained head does.

    Returns:
        The `TERMS`; `risk` and `accuracy` of the head on fresh samples, `left_out`, the bound by leaving one out;
        `length`, that of the best head inside row(M), and `operator`, length times (|W_perp|_op + |shift|).
    """
    (z, x, fresh), r, N = (samples.grid, samples.train, samples.test), samples.grid.shape[1], len(samples.train)
    p, G = net.W[:, :r], net.W[:, r:] @ net.W[:, r:].T
    square = mean_square_relu(net.b, np.linalg.norm(net.W, axis=1)).sum()
    best, _ = best_head(net(z), labelled(z, table), lam, np.zeros(len(net.b)))
    h, y = net(x), labelled(x, table)
    a, slope = best_head(h, y, lam, best)
    margin, length = labelled(fresh, table) * (net(fresh) @ a), np.linalg.norm(best)
    return {
        "inside": rounded_hinge(labelled(z, table) * (net(z) @ best))[0].mean(),
        "outside": carried_over(p, G, net.b, best),
        "penalty": lam / 2 * length**2,
        "samples": square / (lam * N),
        "gap": np.sqrt(square) * slope / lam,
        "risk": np.maximum(1 - margin, 0).mean(),
        "accuracy": (margin > 0).mean(),
        "left_out": left_out(h, y, a, lam),
        "length": length,
        "operator": length * (np.sqrt(np.linalg.eigvalsh(G)[-1]) + np.linalg.norm(mean_shift(p, G, net.b))),
    }


def bound(ds: xr.Dataset) -> xr.DataArray:
    """The sum of the terms.

    Returns:
        By the dimensions of the terms.
    """
    return sum((ds[name] for name in TERMS[1:]), ds[TERMS[0]])


@dataclass(frozen=True, kw_only=True)
class EndToEnd(Configuration):
    """One pretraining step from finitely many samples, then a regularised head for every non-empty parity.

    Attributes:
        d: the input dimensions.
        per_dim: samples of each half-step, all tasks together, for each input dimension: T n2 / d.
        law: the tasks of pretraining, each once; without the empty set.
        pretrained: whether there is a pretraining step; without it the rows are random.
        m_hat: numbers of downstream neurons.
        N: numbers of downstream samples.
        lam: weight decays of the downstream head.
        test_samples: fresh samples that the risk is measured on.

    Raises:
        ValueError: for impossible sizes, or a law with the empty set.

    Source: our executable version of the paper's Theorem 3.3.
    """

    cpu_block: ClassVar[int] = 2

    seed: int = 46
    trials: int = 3
    d: tuple[int, ...] = (32, 64, 256, 4096)
    r: int = 2
    m: int = 32
    per_dim: int = 2048
    law: str = "non-empty"
    pretrained: bool = True
    m_hat: tuple[int, ...] = (128,)
    N: tuple[int, ...] = (2**15,)
    lam: tuple[float, ...] = (0.05,)
    test_samples: int = 2**14

    def __post_init__(self) -> None:
        """Refuse what the step's law does not hold for."""
        super().__post_init__()
        if self.law == "with the empty set" or min(self.lam) <= 0 or self.r not in PER_AXIS:
            raise ValueError(
                f"law = {self.law!r}, lam = {self.lam}, r = {self.r}; "
                f"allowed: no empty set, positive, 1 to {max(PER_AXIS)}"
            )

    @property
    def total_steps(self) -> int:
        """Input dimensions of one block."""
        return len(self.d)

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            The numbers of `measure` by (d, m_hat, N, lam, parity, trial), and `residual`, the root mean square length
            of the rows outside row(M) over that inside, by (d, trial).
        """
        found: dict[Any, xr.Dataset] = {}
        residual = {}
        for d in self.d:
            layer = self.layer(d, draws)
            lengths = layer.L.square().sum((1, 2)) / layer.p.square().sum((1, 2))
            residual[d] = xr.DataArray(lengths.sqrt().cpu().numpy(), dims="trial")
            for m_hat in self.m_hat:
                found |= {(d, m_hat, *key): ds for key, ds in self.heads(layer, m_hat, draws).items()}
            progress.advance()
        dims = {"d": self.d, "m_hat": self.m_hat, "N": self.N, "lam": self.lam, "parity": range(1, 2**self.r)}
        return gather(found, dims).assign(residual=gather(residual, {"d": self.d}))

    def layer(self, d: int, draws: Draws) -> Layer:
        """The first layer in dimension d, up to a factor."""
        first = start(d, self.r, self.m, draws)
        tables = tasks.LAWS[self.law](self.r).each_once()
        return sampled_step(first, d, self.per_dim * d // len(tables), tables, draws) if self.pretrained else first

    def heads(self, layer: Layer, m_hat: int, draws: Draws) -> dict[tuple[int, float, int], xr.Dataset]:
        """Train and test all heads on one first layer.

        Returns:
            What `measure` finds, by trial, for each (N, lam, parity).
        """
        nets, z, columns = neurons(layer, m_hat, draws), grid(self.r, PER_AXIS[self.r]), layer.joined().shape[2]
        train, test = (
            draws.normal(purpose, n, columns).double().cpu().numpy()
            for purpose, n in (("downstream samples", max(self.N)), ("test samples", self.test_samples))
        )
        found = {}
        for N, lam, code in itertools.product(self.N, self.lam, range(1, 2**self.r)):
            table = tasks.parity_tables(self.r)[code].astype(float)
            rows = [measure(net, Samples(z, x[:N], y), table, lam) for net, x, y in zip(nets, train, test, strict=True)]
            found[N, lam, code] = xr.Dataset({name: ("trial", [row[name] for row in rows]) for name in rows[0]})
        return found
