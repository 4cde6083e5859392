"""What the runs show about one gradient step and the growth of many."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.special import stdtrit

from mtlcore.lab.comparisons import (
    MARGIN,
    Finding,
    below,
    margin_outcome,
    slope,
    unchanged,
    undecided,
    unpaired,
    weakest,
)
from mtlcore.pretraining.theory import sampled_step

#: The dimension from which on one step's residual is near its power law.
#: Relative corrections are of order r/d: up to 2% there, which moves the exponent by 0.01.
NEAR, POWER_MARGIN = 64, 0.05
#: How far rates may be from the predicted ones, per 1000 steps.
RATE = 0.3
#: What few samples of the head step may cost when each parity comes once; the limit of many dimensions says 1.2.
HEADS = 1.4
#: How far an error may be from its limit: corrections are of order sqrt(r/d) and r/m, a tenth or two.
SIZE = 0.25
#: Laws whose labels are balanced and whose diversity is positive.
DIVERSE_POOLS = ("non-empty", "small sets", "large sets", "balanced functions")


def one_step(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `OneStep` says: one population step."""
    name, end, far = f"r = {int(ds.r)}", f"d = {ds.d.values[-1]}", ds.sel(d=slice(NEAR, None))
    star, alone, _ = ds.variant.values
    last = ds.isel(d=-1)
    return [
        slope(
            f"{name}, lam_w*: the residual falls like d to the power -3/2 from d = {NEAR} on",
            far.d,
            far.residual.sel(variant=star),
            -1.5,
            margin=POWER_MARGIN,
        ),
        unchanged(
            f"{name}, lam_w*: at {end} the residual is its leading term, within 1%",
            xr.ones_like(last.leading),
            last.residual.sel(variant=star) / last.leading,
            0.01,
            "ours",
        ),
        below(
            f"{name}, 1/eta with the empty set: at {end} the spurious part is the larger one",
            1.0,
            last.residual.sel(variant=alone),
            "ours",
        ),
        below(
            f"{name}, lam_w*: W M^T keeps its condition number within 2% at every d",
            abs(ds.condition.sel(variant=star) - 1).max("d"),
            0.02,
            "ours",
        ),
    ]


def tangent(error: xr.DataArray) -> xr.DataArray:
    """The tangent of an angle whose sine is the error.

    Returns:
        By the dimensions of the error.
    """
    return error / np.sqrt(1 - error**2)


def fitted_powers(ds: xr.Dataset, y: xr.DataArray) -> dict[str, tuple[float, float]]:
    """The powers of d at equal samples, and of the samples T n2 at equal d, that y grows with.

    Both are fitted together over all points, trial by trial.

    Returns:
        For each of the two, (mean, half its 95% interval over the trials).
    """
    known = np.column_stack((np.ones(ds.sizes["point"]), np.log(ds.d), np.log(ds["T"] * ds.n2)))
    fitted = np.linalg.lstsq(known, np.log(y.transpose("point", "trial").values))[0][1:]
    half = stdtrit(fitted.shape[1] - 1, 0.975) * fitted.std(1, ddof=1) / np.sqrt(fitted.shape[1])
    return {of: (float(fitted[k].mean()), float(half[k])) for k, of in enumerate(("d", "T n2"))}


def powers(ds: xr.Dataset, y: xr.DataArray, predicted: tuple[float, float], name: str) -> list[Finding]:
    """Does y grow with d and with the samples to the predicted powers?"""
    text = f"{name} grows like {{}} to the power {{:g}}"
    if y.sizes["trial"] < 2:
        return [undecided(text.format(of, power), "paper") for of, power in zip(("d", "T n2"), predicted, strict=True)]
    found = []
    for (of, (mean, half)), power in zip(fitted_powers(ds, y).items(), predicted, strict=True):
        numbers = f"exponent {mean:.3f} ± {half:.3f}, predicted {power:g}, margin {MARGIN:g}"
        found.append(Finding(text.format(of, power), margin_outcome(mean - power, half, MARGIN), numbers))
    return found


def near_the_limit(ds: xr.Dataset) -> Finding:
    """Is the error over that in the limit of many dimensions one, on average over the points?"""
    ratio = (ds.error / ds.limit).mean("point")
    text = f"the error is that in the limit of many dimensions, within {SIZE:.0%} on average"
    return unchanged(text, xr.ones_like(ratio), ratio, SIZE, "ours")


def sampled_dimensions(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `SampledDimensions` says: the angle in d and T n2."""
    one = ds.isel(pool=0)
    return [*powers(one, tangent(one.error), (0.5, -0.5), "the tangent of the error"), near_the_limit(one)]


def coherent(ds: xr.Dataset) -> list[Finding]:
    """Signal over noise falls as fast with d as it does where all neurons share the noise."""
    one = ds.isel(pool=0)
    return powers(one, one.signal, (-1.0, 0.5), "the signal over the noise")


def sampled_empty_set(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `SampledEmptySet` says: both powers, and the two sides of the threshold."""
    one, found = ds.isel(pool=0), coherent(ds)
    per_square = one["T"] * one.n2 / one.d**2
    for d in np.unique(one.d):
        little, much = (one.error[((one.d == d) & (per_square == x)).values].mean("point") for x in (3, 24))
        pair = below("", 0.5, little), below("", much, 0.5)
        text = f"d = {d}: at T n2 = 3 d^2 the error is above one half, at 24 d^2 below"
        worst = weakest(pair)
        found.append(Finding(text, worst.outcome, worst.evidence))
    first, last = (one.error.sel(point=k) for k in (0, len(np.unique(one.d)) - 1))
    text = (
        f"with samples in proportion to d the error is larger at d = {one.d.values.max()} than at {one.d.values.min()}"
    )
    return [*found, below(text, first, last, "ours")]


def sampled_tasks(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `SampledTasks` says: coverage, and what few head samples cost when tasks are drawn."""
    few, *_, many = np.unique(ds["T"])
    drawn = ds.isel(pool=0, point=(ds["T"] == few).values).mean("point")
    covered = (drawn.diversity > 0).values
    text = f"T = {few}: the error is larger in trials whose draw has not every singleton"
    whole = ds.isel(pool=0, point=(ds["T"] == many).values)
    return [
        unpaired(text, drawn.error[covered], drawn.error[~covered]),
        below(f"T = {many}: n1 = 2 costs more than a factor of {HEADS:g}", *costs(whole), "ours"),
        near_the_limit(whole),
    ]


def costs(ds: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """What few samples of the head step cost.

    Returns:
        (`HEADS` times the error with the most samples, that with the fewest), by trial.
    """
    least, most = (ds.error.isel(point=int(k)) for k in (ds.n1.values.argmin(), ds.n1.values.argmax()))
    return HEADS * most, least


def few_for_the_heads(ds: xr.Dataset) -> list[Finding]:
    """Do few samples of the head step cost little, at one T?"""
    cheap, dear = costs(ds.isel(pool=0))
    text = f"T = {ds['T'].values[0]}: n1 = {ds.n1.values.min()} costs less than a factor of {HEADS:g}"
    return [below(text, dear, cheap, "ours")]


def sampled_heads(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `SampledHeads` says: each parity once, the head step may see few samples."""
    return [*few_for_the_heads(ds), near_the_limit(ds.isel(pool=0))]


def predicted_by_diversity(ds: xr.Dataset, pools: Sequence[str]) -> list[Finding]:
    """Is the tangent of the error the predicted one, with the diversity of the tasks that were drawn?"""
    found = []
    for pool in pools:
        one = ds.sel(pool=pool).isel(point=0)
        worth = one["T"] * one.n2 * one.diversity / one.d
        ratio = tangent(one.error) / sampled_step.tangent(worth.values)
        text = f"{pool}: the tangent of the error is the predicted one, within {SIZE:.0%}"
        found.append(unchanged(text, xr.ones_like(ratio), ratio, SIZE, "ours"))
    return found


def sampled_laws(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `SampledLaws` says: diverse laws and laws that are not."""
    found = predicted_by_diversity(ds, DIVERSE_POOLS)
    for pool in ("triples only", "one feature left out"):
        error = ds.error.sel(pool=pool).isel(point=0)
        found.append(below(f"{pool}: the error is above 0.9", 0.9, error, "ours"))
    return found


def phases(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `Phases` says: growth against Lambda."""
    out, rate = [], 1000 * ds.growth
    with_empty, without = ds.law.values
    turns = {(with_empty, "q"): (0.7, 1.3), (with_empty, "p"): (1.7, 2.5), (without, "p"): (0.7, 1.3)}
    for (law, part), (grows, decays) in turns.items():
        y = rate.sel(law=law, part=part)
        where = {"p": "inside", "q": "outside"}[part]
        text = f"{law}, {where} row(M): growth at Lambda = {grows}, decay at {decays}"
        pair = (0.0, y.sel(Lambda=grows)), (y.sel(Lambda=decays), 0.0)
        out.append(weakest([below(text, low, high, "ours") for low, high in pair]))
    y = rate.sel(law=without, part="q")
    text = f"{without}, outside row(M): decay at every Lambda"
    out.append(weakest([below(text, y.sel(Lambda=Lambda), 0.0, "ours") for Lambda in ds.Lambda]))
    gap = abs(rate - 1000 * ds.predicted).max(("Lambda", "part", "law"))
    out.append(below(f"all rates are within {RATE} per 1000 steps of the predicted ones", gap, RATE, "ours"))
    return out
