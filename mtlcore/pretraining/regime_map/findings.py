"""What the maps say about the predicted boundaries."""

import numpy as np
import xarray as xr

from mtlcore.lab.comparisons import Finding, below

#: The share of cells that must lie on the predicted side; cells near a boundary may not.
MOST, SOME = 0.95, 0.9
#: How far an error may be from the predicted one, as a factor.
FACTOR = 2.0


def side(ds: xr.Dataset, neutral: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Whether a cell's part inside row(M), and that outside, does what Lambda says.

    Inside is to end longer than it began below its neutral value and shorter above that of aligned neurons; in between
    either counts. Outside is to rise above its start at some time below its neutral value, and never above it.

    Args:
        neutral: the neutral values of Lambda, by part.

    Returns:
        Two arrays of truth values, by (lam_a, lam_w, trial).
    """
    outside, inside, aligned = (neutral.sel(part=part, drop=True) for part in ("outside", "inside", "aligned"))
    grew = ds.inside.isel(iteration=-1) > ds.inside.isel(iteration=0)
    rose = ds.outside.max("iteration") > ds.outside.isel(iteration=0)
    between = (ds.Lambda >= inside) & (ds.Lambda <= aligned)
    return between | (grew == (ds.Lambda < inside)), rose == (ds.Lambda < outside)


def share(truth: xr.DataArray, where: xr.DataArray) -> xr.DataArray:
    """The share of some cells for which a statement is true.

    Returns:
        By trial.
    """
    return truth.where(where).mean([name for name in truth.dims if name != "trial"])


def lengths(ds: xr.Dataset, neutral: xr.DataArray) -> list[Finding]:
    """Does Lambda decide what grows, if the neutral values are these?"""
    inside, outside = side(ds, neutral)
    above = ds.Lambda > neutral.sel(part="outside", drop=True)
    most, some = f"over {MOST:.0%}", f"over {SOME:.0%}"
    faster = share(outside, ds.lam_a > ds.lam_w)
    return [
        below(f"inside: {most} of the cells end on the predicted side", MOST, share(inside, ds.Lambda > 0), "ours"),
        below(f"outside, above its neutral value: {most} never grow", MOST, share(outside, above), "ours"),
        below(f"outside, lam_a > lam_w: {some} are on the predicted side", SOME, faster, "ours"),
    ]


def decay_map(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `DecayMap` says: Lambda decides the lengths, and time decides the error."""
    error = ds.error.isel(iteration=-1)
    grow = ds.Lambda < ds.neutral.sel(part="inside", drop=True)
    early, late = share(error < 0.5, grow & (ds.ratio < 1)), share(error > 1 / 3, ds.ratio > 1)
    most = f"over {MOST:.0%} of the errors are"
    return [
        *lengths(ds, ds.neutral),
        below(f"features grow, and the last q < |p| by prediction: {most} below one half", MOST, early, "ours"),
        below(f"the last q > |p| by prediction: {most} above one third", MOST, late, "ours"),
    ]


def within_factor(ds: xr.Dataset, predicted: xr.DataArray) -> Finding:
    """Are the errors close to these, where each single-feature task was drawn?"""
    last = ds.error.isel(iteration=-1)
    near = abs(np.log(last / predicted)) < np.log(FACTOR)
    text = (
        f"each feature's own task drawn: over {SOME:.0%} of the errors are as predicted, within a factor of {FACTOR:g}"
    )
    return below(text, SOME, share(near, (ds.singletons > 0) & last.notnull()), "ours")


def sample_map(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `SampleMap` says: tasks must be drawn, and then samples decide."""
    last = ds.error.isel(iteration=-1)
    worst = last.isel(N=-1).where(ds.singletons > 0).max("T")
    alone = last.sel(T=ds["T"] == 1).min(("T", "N"))
    return [
        within_factor(ds, ds.predicted),
        below("one task: every error is above nine tenths, whatever the samples", 0.9, alone, "ours"),
        below("each feature's own task drawn, most samples: every error is below one fifth", worst, 0.2, "ours"),
    ]
