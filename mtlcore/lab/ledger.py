"""The ledger: every claim of the book, and what its check and its control say."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from mtlcore.lab.claim import Claim
from mtlcore.lab.comparisons import Finding, weakest


@dataclass(frozen=True)
class Entry:
    """A claim with its outcome.

    Attributes:
        claim: the claim.
        found: what the claim's check found, at least one finding.
        control: what its negative control found, at least one finding; it must be inconsistent.

    Raises:
        ValueError: if one of them found nothing: a check that says nothing could hide a mistake in it.
    """

    claim: Claim
    found: tuple[Finding, ...]
    control: tuple[Finding, ...]

    def __post_init__(self) -> None:
        """Refuse silence."""
        for name, found in (("check", self.found), ("control", self.control)):
            if not found:
                raise ValueError(f"claim {self.claim.id!r}: its {name} found nothing; allowed: at least one finding")

    @property
    def outcome(self) -> str:
        """The least favourable outcome of the check."""
        return weakest(self.found).outcome

    @property
    def control_verdict(self) -> str:
        """Whether the control contradicts the statement, as it must."""
        return "fails as it must" if weakest(self.control).outcome == "inconsistent" else "does not fail"

    def __str__(self) -> str:
        """Outcome, id and statement in words, without numbers."""
        return f"{self.outcome:13} {self.claim.id}: {self.claim.statement} [control {self.control_verdict}]"


def evaluate(claims: Sequence[Claim]) -> list[Entry]:
    """Run the checks and controls of some claims; their entries are in the same order."""
    entries = []
    for claim in claims:
        arguments = claim.arguments()
        entries.append(Entry(claim, tuple(claim.check(**arguments)), tuple(claim.control(**arguments))))
    return entries


def summary(entries: Sequence[Entry]) -> str:
    """Outcomes of some claims in words, a line for each: a text that stays the same wherever it is run."""
    return "\n".join(map(str, entries))


def listing(entries: Sequence[Entry]) -> str:
    """The ledger as a page shows it.

    Returns:
        HTML: for each claim its id, outcome and statement, and folded behind them everything else.
    """
    folds = []
    for entry in entries:
        claim = entry.claim
        details = {
            "the paper's own": claim.known,
            "kind of evidence": claim.kind,
            "tested": claim.fill(claim.tested),
            "distance from the theorem": claim.fill(claim.regime),
            "tolerance": claim.fill(claim.tolerance),
            "rests on": ", ".join(claim.needs) or "nothing else",
            "evidence": "; ".join(finding.evidence for finding in entry.found),
            "the control": f"{entry.control_verdict}: " + "; ".join(finding.evidence for finding in entry.control),
        }
        rows = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in details.items())
        head = f"<b>{claim.id}</b> <i>{entry.outcome}</i> {escape(claim.statement)}"
        folds.append(f'<details id="claim-{claim.id}"><summary>{head}</summary><dl>{rows}</dl></details>')
    return f'<div class="claims">{"".join(folds)}</div>'
