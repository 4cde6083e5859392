"""What the counts show."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, decreasing


def counting(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `Counting` says."""
    return [decreasing("among more numbers more are large", list(ds.large.transpose("N", "trial"))[::-1])]
