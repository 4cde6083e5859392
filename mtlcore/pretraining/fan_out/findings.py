"""What the paths of neurons show, and the recursion over them."""

import numpy as np
import xarray as xr

from mtlcore.lab.comparisons import Finding, below

#: How far the recursion may be from a run, inside and outside row(M).
INSIDE, OUTSIDE = 0.06, 0.03
#: How much lengths must change, and what isotropy and the share of energy must stay above or reach.
GROWN, SHRUNK, ROUND, CONCENTRATED = 10, 0.5, 0.3, 0.9


def paths(ds: xr.Dataset, setting: str) -> list[Finding]:
    """What the data set of `FanOut` says of the caption of Figure 5 (center and right) under one setting."""
    one, start = ds.sel(setting=setting), f"{setting} values"
    p, q = (one[name].mean("neuron") for name in ("p", "q"))
    first, last = {"iteration": 0}, {"iteration": -1}
    return [
        below(f"{start}: neurons grow inside row(M), more than tenfold", GROWN * p[first], p[last]),
        below(f"{start}: neurons shrink outside row(M), to less than half", q[last], SHRUNK * q[first]),
        below(f"{start}: the ratio of singular values is always above {ROUND}", ROUND, one.isotropy.min("iteration")),
    ]


def energy(ds: xr.Dataset) -> xr.DataArray:
    """The share of the first layer's energy in row(M), from the data set of `FanOut`.

    Returns:
        By (setting, trial, iteration).
    """
    inside, outside = ((ds[name] ** 2).sum("neuron") for name in ("p", "q"))
    return inside / (inside + outside)


def concentration(ds: xr.Dataset, setting: str) -> Finding:
    """Whether the layers of the data set of `FanOut` concentrate their energy in row(M)."""
    text = f"{setting} values: at the end row(M) has more than {CONCENTRATED:.0%} of the energy"
    return below(text, CONCENTRATED, energy(ds).sel(setting=setting).isel(iteration=-1))


def fan_out(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `FanOut` says: Figure 5 (center and right)."""
    return [finding for setting in ds.setting.values for finding in (*paths(ds, setting), concentration(ds, setting))]


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
