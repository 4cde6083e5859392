"""Figure 5 (left): one shared head."""

import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import against_iterations, curve, panels


def shared_head(ds: xr.Dataset, T: int) -> Figure:
    """Error against iterations with task heads and with one shared head (Figure 5, left).

    Args:
        ds: the data set of `SharedHead`.
    """
    figure, axes = panels(ds.sizes["setting"], sharey=True)
    for ax, setting in zip(axes, ds.setting.values, strict=True):
        for k, (kind, label) in enumerate((("task", "a head for each task"), ("shared", "one shared head"))):
            curve(ax, ds.error.sel(setting=setting, heads=kind, T=T), label, k)
    against_iterations(axes, [f"{setting}, T = {T}" for setting in ds.setting.values])
    axes[0].legend(loc="lower left")
    return figure
