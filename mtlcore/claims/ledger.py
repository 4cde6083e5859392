"""The ledger: one entry for each statement, with its check and its negative control."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from mtlcore.claims import figures, theory
from mtlcore.claims.entry import Claim

#: Every claim of the book, each after those that it needs.
CLAIMS: tuple[Claim, ...] = (*theory.CLAIMS, *figures.CLAIMS)
