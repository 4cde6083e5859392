"""The ledger: what the paper and we say, and what the runs say about it."""

from mtlcore.claims.compare import (
    SURE,
    Finding,
    below,
    decreasing,
    exponent,
    mean_se,
    report,
    slope,
    standard_error,
    table,
    unchanged,
    unpaired,
    weakest,
    within,
)
from mtlcore.claims.entry import Claim, worst
from mtlcore.claims.findings import findings
from mtlcore.claims.findings.neurons import recursion_gap
from mtlcore.claims.ledger import CLAIMS, Entry, evaluate, listing, summary

__all__ = [
    "CLAIMS",
    "SURE",
    "Claim",
    "Entry",
    "Finding",
    "below",
    "decreasing",
    "evaluate",
    "exponent",
    "findings",
    "listing",
    "mean_se",
    "recursion_gap",
    "report",
    "slope",
    "standard_error",
    "summary",
    "table",
    "unchanged",
    "unpaired",
    "weakest",
    "within",
    "worst",
]
