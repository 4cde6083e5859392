"""One step from samples over dimensions, with the empty set, over tasks, over head samples and over laws."""

from dataclasses import dataclass

from mtlcore.pretraining.steps.sampled_step import SampledStep

Points = list[tuple[int, int, int, int]]


@dataclass(frozen=True, kw_only=True)
class SampledDimensions(SampledStep):
    """Samples in proportion to the dimension, parities equally often.

    Attributes:
        n1: samples of a task for the head step, over d.
        n2: samples of a task for the representation step, over d.
    """

    r: int = 2
    d: tuple[int, ...] = (16, 64, 256)
    T: int = 12
    n1: int = 16
    n2: tuple[int, ...] = (1, 4, 16)

    @property
    def points(self) -> Points:
        """All pairs of d and n2 / d."""
        return [(d, self.T, self.n1 * d, n2 * d) for d in self.d for n2 in self.n2]


@dataclass(frozen=True, kw_only=True)
class SampledEmptySet(SampledStep):
    """Samples in proportion to the square of the dimension, and some in proportion to the dimension.

    Attributes:
        n1: samples of a task for the head step, over d.
        linear: samples of a task for the representation step, over d.
        total: samples of all tasks for the representation step, over d^2.
    """

    r: int = 2
    pools: tuple[str, ...] = ("with the empty set",)
    d: tuple[int, ...] = (16, 32, 64, 128)
    T: int = 12
    n1: int = 16
    linear: int = 16
    total: tuple[int, ...] = (3, 6, 12, 24)

    @property
    def points(self) -> Points:
        """Every d with n2 in proportion to it, then all pairs of d and T n2 / d^2."""
        pairs = [(d, self.linear * d) for d in self.d]
        pairs += [(d, total * d**2 // self.T) for d in self.d for total in self.total]
        return [(d, self.T, self.n1 * d, n2) for d, n2 in pairs]


@dataclass(frozen=True, kw_only=True)
class SampledTasks(SampledStep):
    """Tasks drawn from the law, at equal total numbers of samples.

    Attributes:
        total: samples of all tasks for the representation step.
    """

    drawn: bool = True
    d: int = 32
    T: tuple[int, ...] = (12, 48, 192)
    n1: tuple[int, ...] = (2, 16, 128, 1024)
    total: int = 98304

    @property
    def points(self) -> Points:
        """All pairs of T and n1."""
        return [(self.d, T, n1, self.total // T) for T in self.T for n1 in self.n1]


@dataclass(frozen=True, kw_only=True)
class SampledHeads(SampledStep):
    """Each parity once, for several numbers of samples of the head step."""

    d: int = 32
    T: int = 7
    n1: tuple[int, ...] = (2, 16, 128, 1024, 16384)
    n2: int = 2**14

    @property
    def points(self) -> Points:
        """A point for each n1."""
        return [(self.d, self.T, n1, self.n2) for n1 in self.n1]


@dataclass(frozen=True, kw_only=True)
class SampledLaws(SampledStep):
    """Tasks drawn from several laws."""

    pools: tuple[str, ...] = (
        "non-empty", "small sets", "large sets", "balanced functions", "pairs only", "triples only",
        "one feature left out", "with the empty set",
    )  # fmt: skip
    drawn: bool = True
    d: int = 32
    T: int = 192
    n1: int = 1024
    n2: int = 512

    @property
    def points(self) -> Points:
        """One."""
        return [(self.d, self.T, self.n1, self.n2)]
