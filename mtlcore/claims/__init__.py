"""The ledger: what the paper and we say, and what the runs say about it."""

from mtlcore.claims.entry import Claim, worst
from mtlcore.claims.findings import (
    SURE,
    Finding,
    below,
    decreasing,
    findings,
    fitted_slope,
    mean_se,
    report,
    slope,
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
    "fitted_slope",
    "mean_se",
    "overview",
    "report",
    "slope",
    "standard_error",
    "summary",
    "table",
    "unchanged",
    "unpaired",
    "within",
    "worst",
]
