"""What Figure 5 (left) shows about one shared head."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below

#: The number of tasks and the iteration at which the heads are compared; later the shared head catches up.
TASKS, ITERATION = 64, 1000


def shared_head(ds: xr.Dataset, T: int = TASKS, iteration: int = ITERATION) -> list[Finding]:
    """What the data set of `SharedHead` says: Figure 5 (left)."""
    last = ds.iteration.values[-1]
    out = []
    for setting in ("stated", "robust"):
        error = ds.error.sel(setting=setting, T=T)
        own, shared = (error.sel(heads=kind) for kind in ("task", "shared"))
        start = f"{setting} values, T = {T}"
        text = f"{start}, iteration {iteration}: task heads do better than one shared head"
        out.append(below(text, own.sel(iteration=iteration), shared.sel(iteration=iteration)))
        text = f"{start}: the shared head's error is lower at iteration {last} than at {iteration}"
        out.append(below(text, shared.sel(iteration=last), shared.sel(iteration=iteration), "ours"))
    return out
