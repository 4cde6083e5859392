"""What exact pretraining shows about downstream accuracy against d, and what the composed bound says."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, unchanged, weakest
from mtlcore.pretraining.end_to_end.composed import TERMS, bound

#: The largest change of accuracy with d that counts as none, and the largest distance to ideal features.
CHANGE, DISTANCE = 0.03, 0.02
#: What random features lose at least, and the accuracy that they stay below at the largest d.
LOSS, CHANCE = 0.1, 0.55
#: By how much a term of the bound may be larger at the largest d than at the smallest; a term like sqrt(d) or one that
#: the start's length enters would be ten times as large. And how uncertain a risk on fresh samples is.
GROWTH, MEASURED = 0.1, 0.01


def independence(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `Independence` says: Theorem 3.3, our version."""
    accuracy = ds.accuracy.mean("parity")
    multi, oracle, random = (accuracy.sel(representation=name) for name in ("multi-task", "oracle", "random"))
    first, last = {"d": 0}, {"d": -1}
    low, high = ds.d.values[0], ds.d.values[-1]
    r = f"r = {len(ds.parity).bit_length()}"
    span, end = f"from d = {low} to {high}", f"d = {high}"
    return [
        unchanged(f"{r}: accuracy stays within {CHANGE} {span}", multi[first], multi[last], CHANGE, "ours"),
        unchanged(
            f"{r}, {end}: as good as ideal features, within {DISTANCE}", oracle[last], multi[last], DISTANCE, "ours"
        ),
        below(f"{r}: random features lose more than {LOSS} {span}", random[last] + LOSS, random[first], "ours"),
        below(f"{r}, {end}: random features are below {CHANCE}", random[last], CHANCE, "ours"),
    ]


def everywhere(statement: str, gap: xr.DataArray) -> Finding:
    """Is a gap positive in each setting? The least favourable one decides."""
    by_setting = gap.stack(setting=[name for name in gap.dims if name != "trial"])
    gaps = (by_setting.isel(setting=k, drop=True) for k in range(by_setting.sizes["setting"]))
    return weakest([below(statement, 0.0, one, "ours") for one in gaps])


def above(ds: xr.Dataset) -> list[Finding]:
    """Both bounds hold, whatever the first layer is."""
    rest = "in every setting and for every parity"
    return [
        everywhere(f"the risk is below the sum of the terms, {rest}", bound(ds) - ds.risk),
        everywhere(
            f"it is at most {MEASURED} above what leaving one sample out allows", MEASURED + ds.left_out - ds.risk
        ),
    ]


def useful(ds: xr.Dataset) -> list[Finding]:
    """The bound says something, and no less in large dimensions."""
    low, high = ds.d.values[0], ds.d.values[-1]
    terms = ds[list(TERMS)].to_dataarray("term")
    growth = terms.isel(d=-1, drop=True) - terms.isel(d=0, drop=True)
    text = f"no term is larger at d = {high} than at d = {low} by more than {GROWTH}"
    return [
        everywhere("the sum of the terms is below the zero head's risk, for every d and parity", 1 - bound(ds)),
        everywhere(text, GROWTH - growth),
    ]


def composed(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `EndToEnd` says: the bounds hold, and over several d they stay useful."""
    return above(ds) + (useful(ds) if ds.sizes["d"] > 1 else [])
