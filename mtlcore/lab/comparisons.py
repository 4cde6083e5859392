"""What a run says about a statement: consistent with it, inconsistent, or inconclusive. Never "proved".

Each comparison is paired over trials: the two curves share their draws, so the mean difference over its standard
error says how sure one can be.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import stdtrit

#: Standard errors that a difference must exceed before we say anything: three, since a figure makes many comparisons.
SURE = 3.0
#: How far a fitted exponent may be from its prediction, for what a power law leaves out at the ends of a grid.
MARGIN = 0.1
#: How the evidence begins where there is none.
FEW = "too few"
#: Every outcome, from the least to the most favourable.
OUTCOMES = ("inconsistent", "not testable", "inconclusive", "consistent")


@dataclass(frozen=True)
class Finding:
    """One statement and what the run says about it.

    Attributes:
        statement: in words.
        outcome: one of `OUTCOMES`.
        evidence: the numbers behind it.
        source: "paper" for a statement of the paper, "ours" for one of ours.

    Raises:
        ValueError: for an unknown outcome.
    """

    statement: str
    outcome: str
    evidence: str
    source: str = "ours"

    def __post_init__(self) -> None:
        """Refuse a word that is no outcome."""
        if self.outcome not in OUTCOMES:
            raise ValueError(f"outcome {self.outcome!r}; allowed: {', '.join(OUTCOMES)}")


def standard_error(x: xr.DataArray) -> xr.DataArray:
    """Standard error of the mean over the dimension "trial", which has at least two values.

    Returns:
        By the other dimensions.
    """
    return x.std("trial", ddof=1) / np.sqrt(x.sizes["trial"])


def mean_se(x: xr.DataArray) -> xr.DataArray:
    """Mean ± standard error over the dimension "trial", as text for a table.

    Returns:
        Texts by the other dimensions.
    """
    text = "{:.3f}\u00a0±\u00a0{:.3f}".format
    return xr.apply_ufunc(text, x.mean("trial"), standard_error(x), vectorize=True)


def outcome_of(mean: float, se: float) -> str:
    """The outcome for a difference that a statement expects to be positive."""
    return "consistent" if mean > SURE * se else "inconsistent" if mean < -SURE * se else "inconclusive"


def margin_outcome(gap: float, half: float, margin: float) -> str:
    """The outcome for a gap, of either sign, that a statement expects to be none.

    Args:
        half: half the length of the gap's interval; it lies within the margin, wholly outside, or neither.
    """
    outside = abs(gap) - half > margin
    return "consistent" if abs(gap) + half < margin else "inconsistent" if outside else "inconclusive"


def undecided(statement: str, source: str, few: str = "trials") -> Finding:
    """What one trial, or one point, says about a statement: nothing."""
    return Finding(statement, "inconclusive", f"{FEW} {few}", source)


def weakest(found: Sequence[Finding]) -> Finding:
    """The least favourable of some findings; the first of them where several are."""
    return min(found, key=lambda finding: OUTCOMES.index(finding.outcome))


def below(statement: str, low: xr.DataArray | float, high: xr.DataArray | float, source: str = "paper") -> Finding:
    """Is `low` below `high`, in the mean over the trials?

    Args:
        low: values by trial, or a number.
        high: values by trial, of the same trials, or a number; not both are numbers.

    Returns:
        consistent if the mean of high - low is above `SURE` standard errors, inconsistent if below minus that.
    """
    gap = xr.DataArray(high - low)
    if gap.sizes["trial"] < 2:
        return undecided(statement, source)
    mean, se = float(gap.mean("trial")), float(standard_error(gap))
    numbers = f"{float(np.mean(low)):.3f} against {float(np.mean(high)):.3f}, difference {mean:.3f} ± {se:.3f}"
    return Finding(statement, outcome_of(mean, se), numbers, source)


def decreasing(statement: str, curves: Sequence[xr.DataArray], source: str = "paper") -> Finding:
    """Does each of the curves, values by trial, lie below the one before it? The least favourable step decides."""
    if len(curves) < 2 or curves[0].sizes["trial"] < 2:
        return undecided(statement, source, "points" if len(curves) < 2 else "trials")
    steps = [below("", low, high) for high, low in zip(curves, curves[1:], strict=False)]
    means = " > ".join(f"{float(curve.mean('trial')):.3f}" for curve in curves)
    return Finding(statement, weakest(steps).outcome, means, source)


def unchanged(statement: str, a: xr.DataArray, b: xr.DataArray, margin: float, source: str = "paper") -> Finding:
    """Do two curves, values by trial of the same trials, agree within a margin?

    Returns:
        consistent if the interval of `SURE` standard errors lies within the margin, inconsistent if wholly outside.
    """
    gap = b - a
    if gap.sizes["trial"] < 2:
        return undecided(statement, source)
    mean, se = float(gap.mean("trial")), float(standard_error(gap))
    return Finding(statement, margin_outcome(mean, SURE * se, margin), f"difference {mean:+.3f} ± {se:.3f}", source)


def unpaired(statement: str, low: xr.DataArray, high: xr.DataArray, source: str = "ours") -> Finding:
    """Is `low` below `high` in the mean, when the two have values by trial of different trials?

    Returns:
        As `below`; inconclusive when a side has fewer than two trials.
    """
    if min(low.sizes["trial"], high.sizes["trial"]) < 2:
        return undecided(statement, source)
    mean = float(high.mean() - low.mean())
    se = float(np.hypot(standard_error(low), standard_error(high)))
    numbers = f"{float(low.mean()):.3f} against {float(high.mean()):.3f}, difference {mean:.3f} ± {se:.3f}"
    return Finding(statement, outcome_of(mean, se), numbers, source)


def within(statement: str, error: float, bound: float, source: str = "ours") -> Finding:
    """Is an error within its bound? It has no trials: exact agreement makes it a rounding error."""
    outcome = "consistent" if error <= bound else "inconsistent"
    return Finding(statement, outcome, f"{error:.2g}, allowed {bound:.2g}", source)


def around(statement: str, x: xr.DataArray, exact: float, source: str = "ours") -> Finding:
    """Is the mean over the trials an exact value, by its standard error?"""
    if x.sizes["trial"] < 2:
        return undecided(statement, source)
    mean, se = float(x.mean("trial")), float(standard_error(x))
    outcome = "consistent" if abs(mean - exact) < SURE * se else "inconsistent"
    return Finding(statement, outcome, f"{mean:.4f} ± {se:.4f}, exact {exact:.4f}", source)


def exponent(x: xr.DataArray, y_by_trial: xr.DataArray) -> tuple[float, float]:
    """The power of x that y grows with: a line on logarithmic axes for each trial.

    Args:
        x: positive values along one dimension.
        y_by_trial: positive values along x's dimension and "trial", of at least two trials.

    Returns:
        (mean slope, half the length of its 95% interval by Student's law over the trials).

    Raises:
        ValueError: for a value that is not positive, or fewer than two trials.
    """
    (along,) = x.dims
    least, trials = min(float(x.min()), float(y_by_trial.min())), y_by_trial.sizes["trial"]
    if trials < 2 or least <= 0:
        raise ValueError(f"{trials} trials, least value {least}; allowed: two or more, positive values")
    slopes = np.polyfit(np.log(x.values), np.log(y_by_trial.transpose(along, "trial").values), 1)[0]
    se = slopes.std(ddof=1) / np.sqrt(len(slopes))
    return float(slopes.mean()), float(stdtrit(len(slopes) - 1, 0.975) * se)


def slope(
    statement: str, x: xr.DataArray, y_by_trial: xr.DataArray, predicted: float, margin: float = MARGIN
) -> Finding:
    """Does y grow like x to the predicted power? For x and y see `exponent`.

    Returns:
        consistent if the 95% interval of `exponent` lies within the margin around the prediction, inconsistent if
        wholly outside, else inconclusive.
    """
    if few := [name for name, n in (("trials", y_by_trial.sizes["trial"]), ("points", x.size)) if n < 2]:
        return undecided(statement, "ours", few[0])
    mean, half = exponent(x, y_by_trial)
    outcome = margin_outcome(mean - predicted, half, margin)
    numbers = f"exponent {mean:.3f}, 95% interval {mean - half:.3f} to {mean + half:.3f}, predicted {predicted:g}"
    return Finding(statement, outcome, f"{numbers}, margin {margin:g}", "ours")


def table(found: Sequence[Finding]) -> pd.DataFrame:
    """The findings with their numbers: a row for each with its statement, whose it is, outcome and evidence."""
    columns = ("statement", "source", "outcome", "evidence")
    return pd.DataFrame([[getattr(f, c) for c in columns] for f in found], columns=columns)


def report(found: Sequence[Finding]) -> str:
    """The outcomes in words, a line for each finding; without numbers, so the text is the same wherever it is run."""
    reasons = [f": {f.evidence}" if f.evidence.startswith(FEW) else "" for f in found]
    return "\n".join(f"{f.outcome:13} ({f.source}) {f.statement}{why}" for f, why in zip(found, reasons, strict=True))
