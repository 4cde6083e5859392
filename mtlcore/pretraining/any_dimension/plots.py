"""Training in any dimension: what of a first layer counts, what has to be drawn, and runs by the chain."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from mtlcore.lab.drawing import COLOURS, ERROR, GREY, curves, heat_map, look, panels


def idea(
    W: Float[np.ndarray, "neuron dim"], short: Float[np.ndarray, "neuron number"], drawn: xr.DataArray, r: int
) -> Figure:
    """A first layer, what counts of it, and the numbers that an iteration draws against d.

    Args:
        short: the layer [W_M, L].
        drawn: numbers by way and d.
    """
    figure, axes = panels(3, height=3.0, width=3.6)
    titles = f"W: {len(W)} rows of {W.shape[1]} numbers", f"what counts: {len(W)} rows of {short.shape[1]}"
    for ax, layer, title in zip(axes, (W, short), titles, strict=False):
        heat_map(ax, xr.DataArray(layer)).axes.set_aspect("auto")
        ax.axvline(r - 0.5, color=GREY, linewidth=1)
        ax.set(title=title, xlabel="row(M) | outside", ylabel="neuron")
    for k, (way, y) in enumerate(drawn.groupby("way", squeeze=False)):
        axes[2].plot(drawn.d, y.squeeze(), **look(k), label=str(way))
    axes[2].set(title="numbers drawn in an iteration", xlabel="input dimension d", xscale="log", yscale="log")
    axes[2].legend()
    return figure


def quantiles(ds: xr.Dataset, d: int, names: Sequence[str]) -> Figure:
    """Each trial's value by the chain against that of the same rank in the full simulation, a panel for each quantity.

    Args:
        ds: the data set of `SameLaw`.
        d: the dimension.
        names: the quantities.
    """
    figure, axes = panels(len(names), height=3.4, width=3.4)
    full, *others = ds.side.values
    for ax, name in zip(axes, names, strict=True):
        ranked = {side: np.sort(ds[name].sel(side=side, d=d).values) for side in ds.side.values}
        ends = ranked[full][[0, -1]]
        ax.plot(ends, ends, color=GREY, linewidth=1)
        for k, side in enumerate(others):
            ax.plot(ranked[full], ranked[side], ".", color=COLOURS[k], markersize=3, label=str(side))
        ax.set(title=name, xlabel="full simulation")
    axes[0].set_ylabel("chain")
    axes[0].legend(markerscale=3)
    return figure


def far(ds: xr.Dataset) -> Figure:
    """Error and lengths against iterations, a line for each dimension.

    Args:
        ds: the data set of `FarDimensions`.
    """
    figure, axes = panels(2, height=3.4)
    inside, outside = ds.row_norm * np.sqrt(ds.energy), ds.row_norm * np.sqrt(1 - ds.energy)
    curves(axes[0], ds.error, by="d", label="d = {:,}")
    for k, d in enumerate(ds.d.values):
        for y, style in ((inside, "-"), (outside, ":")):
            axes[1].plot(ds.iteration, y.sel(d=d).mean("trial"), color=COLOURS[k], linestyle=style)
    axes[0].set(xlabel="iteration", ylabel=ERROR, ylim=(0, 1.05))
    axes[1].set(xlabel="iteration", ylabel="length of a row", yscale="log")
    axes[1].yaxis.set_minor_formatter(NullFormatter())
    axes[0].legend()
    return figure
