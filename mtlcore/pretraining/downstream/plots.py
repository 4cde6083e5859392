"""Figure 3: downstream accuracy against d and N."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import GREY, curve, deviation, legend_below, log_ticks, look, panels

#: Styles of what is not pretrained; among six that are, random features are grey.
UNTRAINED = {"random": 5, "oracle": 6}
ACCURACY = "downstream accuracy"


def accuracies(ds: xr.Dataset, along: str, label: str, snapshots: Mapping[str, int]) -> Figure:
    """Downstream accuracy, a line for each representation; the legend is left to the caller.

    Args:
        ds: `accuracy` by representation, snapshot, parity, trial and `along`.
        along: the dimension of the horizontal axis.
        label: its name.
        snapshots: iteration at which each representation is probed, by name.
    """
    figure, (ax,) = panels(1, height=5.2, width=5)
    for k, (name, snapshot) in enumerate(snapshots.items()):
        y = ds.accuracy.sel(representation=name, snapshot=snapshot).mean("parity")
        text = f"{name} (iteration {snapshot})" if "|" in name else name
        style, colour = (0, GREY) if name == "random" else (UNTRAINED.get(name, k), "")
        curve(ax, y, text, style, colour)
    log_ticks(ax, ds[along])
    ax.set(xlabel=label, ylabel=ACCURACY)
    return figure


def dimensions(ds: xr.Dataset, snapshots: Mapping[str, int], simulated: xr.Dataset) -> Figure:
    """Downstream accuracy against d (Figure 3, left), from `Dimensions`, at one snapshot of each representation.

    Args:
        ds: not every representation has every d.
        simulated: the same by the full simulation, drawn as open markers, of the representations that are trained.
    """
    figure = accuracies(ds, "d", "input dimension d", snapshots)
    (ax,) = figure.axes
    for k, (name, snapshot) in enumerate(snapshots.items()):
        if "|" in name and name in simulated.representation.values:
            y = simulated.accuracy.sel(representation=name, snapshot=snapshot).mean("parity")
            marks = {"fmt": "o", "fillstyle": "none", "capsize": 3, "color": look(k)["color"]}
            ax.errorbar(y.d, y.mean("trial"), deviation(y), label=f"{name}, all inputs drawn in full", **marks)
    legend_below(figure, ax, 1)
    return figure


def sample_sizes(ds: xr.Dataset, snapshots: Mapping[str, int]) -> Figure:
    """Downstream accuracy against N (Figure 3, right), from `SampleSizes`, at one snapshot of each representation."""
    figure = accuracies(ds, "N", "downstream samples N", snapshots)
    legend_below(figure, figure.axes[0], 1)
    return figure


def by_task_size(ds: xr.Dataset, snapshots: Mapping[str, int]) -> Figure:
    """Downstream accuracy of single-task features against d, split by the size of the one pretraining task.

    Args:
        ds: the data set of `Dimensions`.
        snapshots: iteration at which each representation is probed, by name.
    """
    figure, axes = panels(len(snapshots), sharey=True)
    random = ds.accuracy.sel(representation="random").isel(snapshot=0).mean(("parity", "trial"))
    for ax, (name, snapshot) in zip(axes, snapshots.items(), strict=True):
        y = ds.accuracy.sel(representation=name, snapshot=snapshot).mean("parity").groupby(ds.task_size).mean()
        for k, size in enumerate(y.task_size.values):
            ax.plot(ds.d, y.sel(task_size=size), **look(k), marker="o", label=f"task of {size}")
        ax.plot(ds.d, random, color=GREY, linewidth=3, alpha=0.5, label="random features")
        ax.set(title=name, xlabel="input dimension d")
        log_ticks(ax, ds.d)
    axes[0].set_ylabel(ACCURACY)
    legend_below(figure, axes[0], 3)
    return figure
