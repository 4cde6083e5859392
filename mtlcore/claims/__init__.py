"""The ledger: what the paper and we say, and what the runs say about it."""

from mtlcore.claims.findings import (
    SURE,
    Finding,
    below,
    decreasing,
    findings,
    mean_se,
    report,
    standard_error,
    table,
    unchanged,
    unpaired,
)
from mtlcore.claims.ledger import CLAIMS, Claim, Evidence

__all__ = [
    "CLAIMS",
    "SURE",
    "Claim",
    "Evidence",
    "Finding",
    "below",
    "decreasing",
    "findings",
    "mean_se",
    "report",
    "standard_error",
    "table",
    "unchanged",
    "unpaired",
]
