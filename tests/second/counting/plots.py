"""How counts are drawn."""

import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import panels


def counting(ds: xr.Dataset) -> Figure:
    """Large numbers against all numbers, of the data set of `Counting`."""
    figure, (ax,) = panels(1)
    ax.plot(ds.N, ds.large.mean("trial"))
    return figure
