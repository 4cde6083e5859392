"""What Figure 5 (left) shows about one shared head."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below

#: The number of tasks and the iteration at which the heads are compared.
TASKS, ITERATION = 64, 1000
#: The error above which the representation is not recovered.
LOST = 0.8


def fails(ds: xr.Dataset, setting: str, T: int = TASKS, heads: str = "shared") -> list[Finding]:
    """What the data set of `SharedHead` says of the caption of Figure 5 (left) under one setting.

    Args:
        heads: the kind that is said to fail; the paper's is "shared".
    """
    error = ds.error.sel(setting=setting, T=T)
    own, one = error.sel(heads="task"), error.sel(heads=heads)
    lowest = one.sel(iteration=one.mean("trial").idxmin("iteration"))
    start = f"{setting} values, T = {T}"
    better = f"{start}, iteration {ITERATION}: task heads do better than one shared head"
    return [
        below(f"{start}: the shared head's error stays above {LOST} at every iteration", LOST, lowest),
        below(better, own.sel(iteration=ITERATION), one.sel(iteration=ITERATION)),
    ]


def shared_head(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `SharedHead` says: Figure 5 (left)."""
    out, last = [], ds.iteration.values[-1]
    for setting in ("stated", "robust"):
        shared = ds.error.sel(setting=setting, T=TASKS, heads="shared")
        text = f"{setting} values, T = {TASKS}: its error is lower at iteration {last} than at {ITERATION}"
        late = below(text, shared.sel(iteration=last), shared.sel(iteration=ITERATION), "ours")
        out += [*fails(ds, setting), late]
    return out
