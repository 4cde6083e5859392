"""Tasks and laws over tasks. A task is any Boolean function of v = sign(Mx), kept as its table of 2^r labels.

Orthants and subsets are both integers: bit j of an orthant is set where v_j = +1 (`features.orthant`), bit j of a
subset where feature j belongs to it. The parity of the subset S is chi_S(v) = prod_{j in S} v_j.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


def parity_tables(r: int) -> Float[np.ndarray, "subset orthant"]:
    """All 2^r parities: entry [S, v] is chi_S(v), in float32; row 0 (the empty set) is constant +1.

    Source: the sparse parities T_s.p. of the paper's Section 2.
    """
    codes = np.arange(2**r)
    negatives = np.bitwise_count(codes[:, None] & ~codes[None, :] & (2**r - 1))
    return (1.0 - 2.0 * (negatives % 2)).astype(np.float32)


def sizes(r: int) -> Int[np.ndarray, " subset"]:
    """|S| of every subset code 0 .. 2^r - 1."""
    return np.bitwise_count(np.arange(2**r)).astype(int)


@dataclass(frozen=True)
class Law:
    """A probability law over tasks.

    Attributes:
        tables: labels +1 or -1 of each possible task in every orthant.

    Raises:
        ValueError: when the shapes disagree, a label is not +1 or -1, or the probabilities are not a law.

    Source: Section 2 of the paper (there: the uniform law over sparse parities).
    """

    tables: Float[np.ndarray, "function orthant"]
    probs: Float[np.ndarray, " function"]

    def __post_init__(self) -> None:
        """Check that this is a law over Boolean functions."""
        K, orthants = self.tables.shape
        if orthants & (orthants - 1):
            raise ValueError(f"a task has {orthants} labels; allowed: a power of two, one per orthant")
        if not np.isin(self.tables, (-1, 1)).all():
            raise ValueError("a label is neither +1 nor -1; allowed: tables of +1 and -1 only")
        if self.probs.shape != (K,):
            raise ValueError(f"{len(self.probs)} probabilities for {K} tasks; allowed: one for each task")
        if (self.probs < 0).any() or abs(self.probs.sum() - 1) > 1e-9:
            raise ValueError(
                f"the probabilities sum to {self.probs.sum():.10g} with minimum {self.probs.min():.3g}; "
                "allowed: non-negative, summing to 1"
            )

    @property
    def r(self) -> int:
        """Number of features."""
        return int(self.tables.shape[1]).bit_length() - 1

    def sample(self, T: int, generator: np.random.Generator) -> Float[np.ndarray, "task orthant"]:
        """T independent tasks; the first T' of them are the draw of T' < T.

        Raises:
            ValueError: if T < 1.
        """
        if T < 1:
            raise ValueError(f"T = {T} tasks; allowed: at least 1")
        index = np.searchsorted(np.cumsum(self.probs)[:-1], generator.random(T), side="right")
        return self.tables[index].astype(np.float32)

    def each_once(self) -> Float[np.ndarray, "task orthant"]:
        """Every task of positive probability exactly once: the balanced draw."""
        return self.tables[self.probs > 0].astype(np.float32)


def equally_likely(tables: Float[np.ndarray, "function orthant"]) -> Law:
    """The law that draws each of some tasks with the same probability."""
    return Law(tables, np.full(len(tables), 1 / len(tables)))


def parity_law(r: int, weights: Float[np.ndarray, " subset"]) -> Law:
    """The law that draws the parity of S with probability proportional to weights[S].

    Raises:
        ValueError: if the weights have another shape, a negative entry, or all are zero.
    """
    weights = np.asarray(weights, dtype=float)
    if weights.shape != (2**r,):
        raise ValueError(f"weights of shape {weights.shape}; allowed: one for each of the {2**r} subsets")
    if (weights < 0).any() or weights.sum() == 0:
        raise ValueError(f"subset weights {weights.tolist()}; allowed: non-negative with a positive sum")
    return Law(parity_tables(r), weights / weights.sum())


def uniform(r: int, empty: bool = False) -> Law:
    """Uniform over the parities, by default over the non-empty subsets.

    Source: T_s.p. of the paper; that the empty set is out is our reading (chapter "Deviations").
    """
    return parity_law(r, np.r_[float(empty), np.ones(2**r - 1)])


#: The two readings of the uniform law, each with whether it has the empty set.
READINGS = {"with the empty set": True, "without the empty set": False}


def blind(r: int) -> Law:
    """Uniform over the non-empty parities that leave the last feature out: no layer can learn that feature from them.

    Raises:
        ValueError: if r < 2.
    """
    if r < 2:
        raise ValueError(f"r = {r} features; allowed: at least 2, since one is left out")
    return parity_law(r, np.r_[0.0, np.ones(2 ** (r - 1) - 1), np.zeros(2 ** (r - 1))])


#: The laws of figures and of their controls by name, each a function of r.
LAWS: Mapping[str, Callable[[int], Law]] = {
    "non-empty": uniform,
    "with the empty set": functools.partial(uniform, empty=True),
    "one feature left out": blind,
}


def inclusion(theta: Sequence[float] | Float[np.ndarray, " feature"], empty: bool = False) -> Law:
    """Each feature enters S independently; optionally conditioned on S being non-empty.

    Args:
        empty: whether the empty set keeps its mass (False: condition on a non-empty set).

    Raises:
        ValueError: if a probability is outside [0, 1].
    """
    theta = np.asarray(theta, dtype=float)
    if ((theta < 0) | (theta > 1)).any():
        raise ValueError(f"inclusion probabilities {theta.tolist()}; allowed: each in [0, 1]")
    bits = (np.arange(2 ** len(theta))[:, None] >> np.arange(len(theta))) & 1
    weights = np.where(bits, theta, 1 - theta).prod(1)
    if not empty:
        weights[0] = 0.0
    return parity_law(len(theta), weights)


def fixed_degree(r: int, k: int) -> Law:
    """Uniform over the parities of exactly k features.

    Raises:
        ValueError: if k is outside 0..r.
    """
    if not 0 <= k <= r:
        raise ValueError(f"degree k = {k}; allowed: 0 to r = {r}")
    return parity_law(r, (sizes(r) == k).astype(float))


def by_size(r: int, base: float) -> Law:
    """Non-empty subsets with probability proportional to base^|S|: base < 1 favours small sets, > 1 large ones.

    Raises:
        ValueError: if base <= 0.
    """
    if base <= 0:
        raise ValueError(f"base = {base}; allowed: a positive number")
    weights = float(base) ** sizes(r)
    weights[0] = 0.0
    return parity_law(r, weights)


def zipf(r: int, exponent: float, order: Sequence[int] | Int[np.ndarray, " rank"] | None = None) -> Law:
    """Zipf's law over the non-empty subsets: the k-th of them has probability proportional to k^-exponent.

    Args:
        order: the 2^r - 1 non-empty subset codes from most to least frequent; by default 1, 2, 3, ...

    Raises:
        ValueError: if `order` is not a permutation of the non-empty subsets or the exponent is negative.
    """
    order = np.arange(1, 2**r) if order is None else np.asarray(order)
    if sorted(order.tolist()) != list(range(1, 2**r)):
        raise ValueError(f"order {order.tolist()}; allowed: each non-empty subset 1 .. {2**r - 1} once")
    if exponent < 0:
        raise ValueError(f"Zipf exponent {exponent}; allowed: at least 0")
    weights = np.zeros(2**r)
    weights[order] = np.arange(1, 2**r, dtype=float) ** -exponent
    return parity_law(r, weights)


def explicit(r: int, subsets: Sequence[Sequence[int]], probs: Sequence[float] | None = None) -> Law:
    """A law over named subsets.

    Args:
        subsets: feature indices in 0 .. r-1 of each subset; a subset may be empty.
        probs: by default all equal.

    Raises:
        ValueError: for an index out of range, or probabilities that do not sum to one.
    """
    for S in subsets:
        if not set(S) <= set(range(r)):
            raise ValueError(f"subset {sorted(S)}; allowed: features 0 .. {r - 1}")
    codes = [sum(1 << j for j in set(S)) for S in subsets]
    probs = np.full(len(codes), 1 / len(codes)) if probs is None else np.asarray(probs, dtype=float)
    return Law(parity_tables(r)[codes], probs)


def fourier(tables: Float[np.ndarray, "function orthant"]) -> Float[np.ndarray, "function subset"]:
    """Fourier coefficients f_S = E_v[f(v) chi_S(v)] of Boolean functions.

    Source: Fourier analysis on the cube; used in chapter "The pseudo-contrastive loss".
    """
    r = int(tables.shape[1]).bit_length() - 1
    return tables.astype(float) @ parity_tables(r).astype(float).T / 2**r


def beta(
    tables: Float[np.ndarray, "function orthant"], probs: Float[np.ndarray, " function"] | None = None
) -> Float[np.ndarray, "orthant orthant"]:
    """Average agreement of two orthants' labels: beta(v, v') = E_i[f_i(v) f_i(v')].

    Args:
        probs: by default all equal: the empirical beta of drawn tasks.

    Source: the function beta of the paper's pseudo-contrastive loss.
    """
    tables = tables.astype(float)
    weights = np.full(len(tables), 1 / len(tables)) if probs is None else probs
    return tables.T @ (weights[:, None] * tables)
