"""What the chain and the full simulation have in common, and what a run in a very large dimension shows."""

import numpy as np
import xarray as xr
from scipy.stats import ks_2samp

from mtlcore.lab.comparisons import Finding, below, slope, unchanged, undecided, within
from mtlcore.pretraining.algorithm import ROBUST, Hyper
from mtlcore.pretraining.theory.growth import Rates, rates

#: How often two samples of one law are to be told apart by mistake, over all comparisons of a data set together.
MISTAKEN = 1e-3
#: Distances of distribution functions that are not even told apart beyond this one say nothing.
BLUNT = 0.3
#: What the error must be below at the end, and how far it may be apart in the smallest and largest dimension.
LEARNED, APART = 0.4, 0.05
#: The error at which the delay ends, and how many iterations later its level is read.
HALF, LATER = 0.5, 250


def distances(ds: xr.Dataset, side: str = "chain") -> xr.Dataset:
    """The largest distance of two distribution functions over the trials, the full simulation's and a side's.

    Args:
        ds: the data set of `SameLaw`.

    Returns:
        Each variable by d.
    """

    def apart(x: xr.DataArray) -> xr.DataArray:
        pairs = zip(x.sel(side="full").values, x.sel(side=side).values, strict=True)
        return xr.DataArray([ks_2samp(*pair).statistic for pair in pairs], dims="d", coords={"d": ds.d})

    return ds.transpose("side", "d", "trial").map(apart)


def critical(ds: xr.Dataset) -> float:
    """The distance that no comparison of a data set of `SameLaw` exceeds by chance, but for `MISTAKEN`.

    Source: the limit of the two-sample Kolmogorov-Smirnov statistic, 2 exp(-n D^2), once for each comparison.
    """
    comparisons = len(ds.data_vars) * ds.sizes["d"]
    # fault: 2 * comparisons / MISTAKEN -> 2 * comparisons / MISTAKEN**8
    # noticed by pretraining/test_any_dimension.py::test_the_distance_of_two_samples_and_what_chance_does
    return float(np.sqrt(np.log(2 * comparisons / MISTAKEN) / ds.sizes["trial"]))


def same_law(ds: xr.Dataset, side: str = "chain") -> list[Finding]:
    """What the data set of `SameLaw` says: a finding for each dimension, over all that is measured."""
    bound, apart = critical(ds), distances(ds, side).to_dataarray().max("variable")
    texts = {d: f"d = {d}: {side} and full simulation have one law, by what the book measures" for d in ds.d.values}
    if bound > BLUNT:
        return [undecided(text, "ours") for text in texts.values()]
    return [within(text, float(apart.sel(d=d)), bound) for d, text in texts.items()]


def far(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `FarDimensions` says."""
    end, (low, high) = ds.error.isel(iteration=-1), ds.d.values[[0, -1]]
    learned = [below(f"d = {d:,}: the error falls below {LEARNED}", end.sel(d=d), LEARNED, "ours") for d in ds.d.values]
    text = f"from d = {low:,} to {high:,} the error at the end changes by less than {APART}"
    return [*learned, unchanged(text, end.sel(d=low), end.sel(d=high), APART, "ours")]


def reached(path: xr.DataArray, level: float = HALF) -> xr.DataArray:
    """When an error first falls below a level, between the iterations that were recorded.

    Args:
        path: by iteration and other dimensions; it begins above the level.

    Returns:
        By the other dimensions; NaN where it never falls so low.
    """
    under = path < level
    k = under.argmax("iteration")
    before, after = path.isel(iteration=(k - 1).clip(0)), path.isel(iteration=k)
    share = (before - level) / (before - after)
    when = before.iteration + share * (after.iteration - before.iteration)
    return when.where(under.any("iteration")).drop_vars("iteration", errors="ignore")


def level(path: xr.DataArray) -> xr.DataArray:
    """The error `LATER` iterations after its delay, at the nearest iteration that was recorded.

    Returns:
        As in `reached`; NaN where the path ends before.
    """
    when = reached(path) + LATER
    last = float(path.iteration[-1])
    found = path.sel(iteration=when.fillna(0), method="nearest").drop_vars("iteration")
    return found.where(when <= last)


def growth_rates(r: int, hyper: Hyper) -> Rates:
    """Growth per step under the uniform law over non-empty parities."""
    return rates(0.0, 1 / (2**r - 1), hyper.eta, float(hyper.lam_w), float(hyper.lam_a))


def delay_grows(path: xr.DataArray, r: int, hyper: Hyper = ROBUST) -> Finding:
    """Whether theory's rates, over the delay, make up for the start, where q/|p| is sqrt((d - r) / r).

    Args:
        path: error by d, iteration and trial.
        hyper: the values whose rates are meant; those of the runs, unless for comparison.
    """
    growth = growth_rates(r, hyper)
    gained = (growth.p / growth.q) ** reached(path)
    text = "over the delay theory's growth of |p|/q is in proportion to ((d - r) / r)^(1/2)"
    return slope(text, (path.d - r) / r, gained, 0.5)


def level_stays(path: xr.DataArray) -> Finding:
    """Whether the error comes down to the same level in every dimension.

    Args:
        path: error by d, iteration and trial.
    """
    text = f"{LATER} iterations after it has fallen below {HALF} the error is the same in every dimension"
    return slope(text, path.d, level(path), 0.0)
