"""What fails, and what random features and one task can do."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import COLOURS, ERROR, GREY, curve, curves, legend_below, log_ticks, panels, slope_guide


def controls(ds: xr.Dataset) -> Figure:
    """Final error and length of the rows of each control, a mark for each trial.

    Args:
        ds: the data set of `Controls`.
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
    """
    figure, (ax,) = panels(1, height=4.4, width=5)
    curves(ax, ds.error, by="task")
    log_ticks(ax, ds.N)
    ax.set(xlabel="inputs per half-step, all tasks together", ylabel=ERROR, yscale="log")
    legend_below(figure, ax, 2)
    return figure


def random_features(ds: xr.Dataset) -> Figure:
    """Share of a parity that random features hold, and the bound, against their number.

    Args:
        ds: the data set of `RandomFeatures`.
    """
    figure, (ax,) = panels(1, height=4.4, width=5)
    for k, d in enumerate(ds.d.values):
        curve(ax, ds.share.sel(d=d), f"random, d = {d}", k)
        ax.plot(ds.m_hat, ds.bound.sel(d=d), color=COLOURS[k], linewidth=0.8, marker="v", markersize=4)
    ax.plot([], [], color=GREY, linewidth=0.8, marker="v", markersize=4, label="bound")
    curve(ax, ds.learned, "inside row(M)", len(ds.d))
    log_ticks(ax, ds.m_hat)
    ax.set(xlabel="number of neurons", ylabel="share of the parity", yscale="log")
    legend_below(figure, ax, 2)
    return figure


def scaling(ds: xr.Dataset) -> Figure:
    """Error of one step against n and d, and the deviation of beta against T, with the predicted slopes.

    Args:
        ds: the data set of `Scaling`.
    """
    figure, axes = panels(3, width=3.0)
    *errors, deviations = axes
    for ax, along, label, power in zip(
        errors, "nd", ("samples per task n", "input dimension d"), (-0.5, 0.5), strict=True
    ):
        y = ds[f"error_{along}"]
        curves(ax, y, by="law")
        slope_guide(ax, ds[along], float(y[0].isel({along: 0}).mean()), power)
        log_ticks(ax, ds[along])
        ax.set(xlabel=label, yscale="log")
    errors[0].set_ylabel(ERROR)
    curve(deviations, ds.beta, "measured", 2)
    slope_guide(deviations, ds["T"], float(ds["T"][0]) ** -0.5, -0.5)
    deviations.set(xlabel="number of tasks T", ylabel="deviation of beta", xscale="log", yscale="log")
    for ax in axes:
        ax.legend()
    return figure
