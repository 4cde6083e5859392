"""What the paths of neurons show, and the recursion over them."""

import numpy as np
import xarray as xr

from mtlcore.lab.comparisons import Finding, below

#: How far the recursion may be from a run, inside and outside row(M).
INSIDE, OUTSIDE = 0.06, 0.03


def fan_out(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `FanOut` says: Figure 5 (center and right)."""
    out = []
    for setting in ("stated", "robust"):
        one = ds.sel(setting=setting)
        p, q = one.p.mean("neuron"), one.q.mean("neuron")
        start, end = {"iteration": 0}, {"iteration": -1}
        out += [
            below(f"{setting} values: neurons grow inside row(M), more than tenfold", 10 * p[start], p[end]),
            below(f"{setting} values: neurons shrink outside row(M), to less than half", q[end], q[start] / 2),
            below(
                f"{setting} values: at the end they are large in every direction of row(M)",
                0.3,
                one.isotropy[end],
            ),
        ]
    return out


def recursion_gap(ds: xr.Dataset) -> xr.Dataset:
    """How far the recursion is from the run, in the mean square over the neurons, relative to the run.

    Args:
        ds: the data set of `Recursion`, with a dimension "source".

    Returns:
        `p` and `q` by (law, iteration, trial).
    """
    over = {"p": ("neuron", "feature"), "q": ("neuron",)}
    run, exact = ds.sel(source="SGD"), ds.sel(source="recursion")
    square = {k: ((run[k] - exact[k]) ** 2).sum(dims) / (run[k] ** 2).sum(dims) for k, dims in over.items()}
    return xr.Dataset({k: np.sqrt(v) for k, v in square.items()})


def recursion(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `Recursion` says: the recursion over the runs."""
    gap = recursion_gap(ds).isel(iteration=-1)
    texts = {"p": (f"inside row(M) within {INSIDE:.0%}", INSIDE), "q": (f"outside within {OUTSIDE:.0%}", OUTSIDE)}
    return [
        below(
            f"r = {int(ds.r)}, {law}: at the last iteration the recursion meets the run, {text}",
            gap[name].sel(law=law),
            bound,
            "ours",
        )
        for law in ds.law.values
        for name, (text, bound) in texts.items()
    ]
