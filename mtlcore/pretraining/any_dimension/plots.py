"""Training in any dimension: what of a first layer counts, what has to be drawn, and runs by the chain."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from mtlcore.lab.drawing import COLOURS, ERROR, GREY, curve, curves, deviation, heat_map, log_ticks, look, panels


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


def shares(ds: xr.Dataset, d: int, names: Sequence[str], critical: float) -> Figure:
    """The share of trials below a value, by the chain and in the full simulation, a panel for each quantity.

    Args:
        ds: the data set of `SameLaw`.
        names: the quantities.
        critical: how far from the diagonal chance reaches.
    """
    figure, axes = panels(len(names), height=3.6, width=3.4, sharey=True)
    full, *others = ds.side.values
    for ax, name in zip(axes, names, strict=True):
        values = {side: np.sort(ds[name].sel(side=side, d=d).values) for side in ds.side.values}
        at = np.sort(np.concatenate(list(values.values())))
        below = {side: np.searchsorted(x, at, "right") / len(x) for side, x in values.items()}
        ax.fill_between([0, 1], [-critical, 1 - critical], [critical, 1 + critical], color=GREY, alpha=0.2, linewidth=0)
        for k, side in enumerate(others):
            # fault: below[full], below[side] -> below[side], below[full]
            # noticed by pretraining/test_plots.py::test_the_shares_of_a_chain_stand_over_those_of_the_full_simulation
            ax.plot(below[full], below[side], **look(k), label=str(side))
        ax.set(title=name, xlabel="full simulation", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes[0].set_ylabel("share of trials below a value")
    axes[0].legend(loc="lower right")
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


def plateau(
    path: xr.DataArray, delays: xr.DataArray, levels: Mapping[str, xr.DataArray], predicted: Sequence[float]
) -> Figure:
    """Error against iterations, a line for each dimension; the delay and the level that it comes down to against d.

    Args:
        path: error by d, iteration and trial.
        delays: by d and trial.
        levels: by d and trial, under their names.
        predicted: the delay at each d.
    """
    figure, axes = panels(3, height=3.4, width=3.6)
    curves(axes[0], path, by="d", label="d = {:,}")
    axes[0].set(xlabel="iteration", ylabel=ERROR, ylim=(0, 1.05))
    axes[1].errorbar(delays.d, delays.mean("trial"), deviation(delays), fmt="o", color=COLOURS[0], label="runs")
    axes[1].plot(delays.d, predicted, color=GREY, linewidth=1, label="growth rates")
    for style, (name, y) in enumerate(levels.items()):
        curve(axes[2], y, name, style)
    for ax, label in zip(axes[1:], ("delay (iterations)", "error after the delay"), strict=True):
        log_ticks(ax, path.d)
        ax.set(xlabel="input dimension d", ylabel=label, ylim=(0, None))
    for ax in axes:
        ax.legend()
    return figure
