"""What Figure 5 (left) shows about one shared head."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below


def shared_head(ds: xr.Dataset) -> list[Finding]:
    """Figure 5 (left).

    Args:
        ds: the data set of `SharedHead`.

    Returns:
        The findings.
    """
    out = []
    for setting in ("stated", "robust"):
        error = ds.error.sel(setting=setting, T=64)
        own, shared = (error.sel(heads=kind) for kind in ("task", "shared"))
        text = f"{setting} values, T = 64, iteration 1000: task heads do better than one shared head"
        out.append(below(text, own.sel(iteration=1000), shared.sel(iteration=1000)))
        text = f"{setting} values, T = 64: the shared head's error is lower at iteration 4000 than at 1000"
        out.append(below(text, shared.sel(iteration=4000), shared.sel(iteration=1000), "ours"))
    return out
