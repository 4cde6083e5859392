"""The ledger: what the paper and we say, and what the runs say about it."""

from mtlcore.claims.entry import Claim, worst
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
    within,
)
from mtlcore.claims.ledger import CLAIMS, Entry, evaluate, overview, summary

__all__ = [
    "CLAIMS",
    "SURE",
    "Claim",
    "Entry",
    "Finding",
    "below",
    "decreasing",
    "evaluate",
    "findings",
    "mean_se",
    "overview",
    "report",
    "standard_error",
    "summary",
    "table",
    "unchanged",
    "unpaired",
    "within",
    "worst",
]
