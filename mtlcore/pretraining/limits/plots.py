"""What fails, and what random features and one task can do."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import COLOURS, ERROR, GREY, curve, guide, legend_below, panels, ticks


def controls(ds: xr.Dataset) -> Figure:
    """Final error and length of the rows of each control, a mark for each trial.

    Args:
        ds: the data set of `Controls`.

    Returns:
        The figure.
    """
    figure, axes = plt.subplots(2, 1, figsize=(5, 5.6))
    rows = np.arange(ds.sizes["control"])
    for ax, name, label in zip(axes, ("error", "row_norm"), (ERROR, "root mean square row length"), strict=True):
        last = ds[name].isel(iteration=-1).transpose("control", "trial").values
        for row, values in zip(rows, last, strict=True):
            spread = np.linspace(-0.2, 0.2, len(values))
            ax.plot(values, row + spread, "o", color=COLOURS[row % len(COLOURS)], markersize=3.5, alpha=0.8)
        ax.set(xlabel=label, xscale="log")
        ax.set_yticks(rows, [str(control) for control in ds.control.values])
        ax.invert_yaxis()
    axes[1].axvline(float(ds.row_norm.isel(iteration=0).mean()), color=GREY, linestyle="--", label="at the start")
    axes[1].legend(loc="lower right")
    axes[0].set_xlim(0.02, 1.3)
    return figure


def informative(ds: xr.Dataset) -> Figure:
    """Error after one step against the total number of inputs, a line for each task.

    Args:
        ds: the data set of `InformativeTask`.

    Returns:
        The figure.
    """
    figure, (ax,) = panels(1, height=4.4, width=5)
    for k, task in enumerate(ds.task.values):
        curve(ax, ds.error.sel(task=task), "N", str(task), k)
    ticks(ax, ds.N)
    ax.set(xlabel="inputs per half-step, all tasks together", ylabel=ERROR, yscale="log")
    legend_below(figure, ax, 2)
    return figure


def random_features(ds: xr.Dataset) -> Figure:
    """Share of a parity that random features hold, and the bound, against their number.

    Args:
        ds: the data set of `RandomFeatures`.

    Returns:
        The figure.
    """
    figure, (ax,) = panels(1, height=4.4, width=5)
    for k, d in enumerate(ds.d.values):
        curve(ax, ds.share.sel(d=d), "m_hat", f"random, d = {d}", k)
        ax.plot(ds.m_hat, ds.bound.sel(d=d), color=COLOURS[k], linewidth=0.8, marker="v", markersize=4)
    ax.plot([], [], color=GREY, linewidth=0.8, marker="v", markersize=4, label="bound")
    curve(ax, ds.learned, "m_hat", "inside row(M)", len(ds.d))
    ticks(ax, ds.m_hat)
    ax.set(xlabel="number of neurons", ylabel="share of the parity", yscale="log")
    legend_below(figure, ax, 2)
    return figure


def scaling(ds: xr.Dataset) -> Figure:
    """Error of one step against n and d, and the deviation of beta against T, with the predicted slopes.

    Args:
        ds: the data set of `Scaling`.

    Returns:
        The figure.
    """
    figure, axes = panels(3, width=3.0)
    titles = {"n": ("error_n", "samples per task n", -0.5), "d": ("error_d", "input dimension d", 0.5)}
    for ax, (along, (name, label, power)) in zip(axes, titles.items(), strict=False):
        for k, law in enumerate(ds.law.values):
            curve(ax, ds[name].sel(law=law), along, str(law), k)
        guide(ax, ds[along].values, float(ds[name][0].isel({along: 0}).mean()), power)
        ticks(ax, ds[along])
        ax.set(xlabel=label, yscale="log")
    axes[0].set_ylabel(ERROR)
    curve(axes[2], ds.beta, "T", "measured", 2)
    guide(axes[2], ds["T"].values, float(ds["T"][0]) ** -0.5, -0.5)
    axes[2].set(xlabel="number of tasks T", ylabel="deviation of beta", xscale="log", yscale="log")
    for ax in axes:
        ax.legend()
    return figure
