"""The ledger: every claim of the book, and what its check and its control say."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from mtlcore.lab.claim import Claim, worst
from mtlcore.lab.comparisons import Finding


@dataclass(frozen=True)
class Entry:
    """A claim with its outcome.

    Attributes:
        claim: the claim.
        found: what its check found.
        control: what its negative control found; it must be inconsistent.
    """

    claim: Claim
    found: tuple[Finding, ...]
    control: tuple[Finding, ...]

    @property
    def outcome(self) -> str:
        """The worst outcome of the check."""
        return worst(self.found)

    @property
    def control_verdict(self) -> str:
        """Whether the control contradicts the statement, as it must."""
        return "fails as it must" if worst(self.control) == "inconsistent" else "does not fail"

    def __str__(self) -> str:
        """Outcome, id and statement in words, without numbers."""
        return f"{self.outcome:13} {self.claim.id}: {self.claim.statement} [control {self.control_verdict}]"


def evaluate(claims: Sequence[Claim]) -> list[Entry]:
    """Run the checks and controls of some claims.

    Args:
        claims: the claims.

    Returns:
        Their entries, in the same order.
    """
    return [Entry(claim, tuple(claim.check()), tuple(claim.control())) for claim in claims]


def summary(entries: Sequence[Entry]) -> str:
    """Outcomes of some claims in words, a text that stays the same wherever it is run.

    Args:
        entries: evaluated claims.

    Returns:
        One line for each.
    """
    return "\n".join(map(str, entries))


def listing(entries: Sequence[Entry]) -> str:
    """The ledger as a page shows it.

    Args:
        entries: evaluated claims.

    Returns:
        HTML: for each claim its id, outcome and statement, and folded behind them everything else.
    """
    folds = []
    for entry in entries:
        claim = entry.claim
        details = {
            "the paper's own": claim.known,
            "kind of evidence": claim.kind,
            "tested": claim.tested,
            "distance from the theorem": claim.regime,
            "tolerance": claim.tolerance,
            "rests on": ", ".join(claim.needs) or "nothing else",
            "evidence": "; ".join(finding.evidence for finding in entry.found),
            "the control": f"{entry.control_verdict}: " + "; ".join(finding.evidence for finding in entry.control),
        }
        rows = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in details.items())
        head = f"<b>{claim.id}</b> <i>{entry.outcome}</i> {escape(claim.statement)}"
        folds.append(f'<details id="claim-{claim.id}"><summary>{head}</summary><dl>{rows}</dl></details>')
    return f'<div class="claims">{"".join(folds)}</div>'
