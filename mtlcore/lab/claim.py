"""What the ledger keeps about a statement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mtlcore.lab.comparisons import Finding, weakest

#: How a statement is supported.
KINDS = ("identity", "oracle", "interval", "scaling", "figure", "search")


@dataclass(frozen=True)
class Claim:
    """One statement, how it is checked, and how the check could fail.

    Attributes:
        id: stable name.
        title: what the paper calls it, or a short name of ours.
        statement: the statement, in our words.
        known: what is known of the paper's own statement.
        kind: one of `KINDS`.
        tested: the ranges that are tested.
        regime: how far the test is from the theorem's own regime.
        tolerance: what counts as agreement, and why.
        chapter: page and anchor, as "PART/PAGE#label" without the file's ending.
        needs: ids of the claims that it rests on.
        check: runs the check.
        control: runs the same check where the statement must fail.

    Raises:
        ValueError: for an unknown kind.
    """

    id: str
    title: str
    statement: str
    known: str
    kind: str
    tested: str
    regime: str
    tolerance: str
    chapter: str
    needs: tuple[str, ...]
    check: Callable[[], Sequence[Finding]]
    control: Callable[[], Sequence[Finding]]

    def __post_init__(self) -> None:
        """Refuse an unknown kind."""
        if self.kind not in KINDS:
            raise ValueError(f"kind {self.kind!r}; allowed: {', '.join(KINDS)}")


def worst(found: Sequence[Finding]) -> str:
    """The outcome of several findings together.

    Args:
        found: the findings.

    Returns:
        The worst of their outcomes; "not testable" if there are none.
    """
    return weakest(found).outcome if found else "not testable"
