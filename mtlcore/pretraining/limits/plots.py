"""What fails, and what random features and one task can do."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mtlcore.lab.drawing import (
    COLOURS,
    ERROR,
    GREY,
    curve,
    curves,
    deviation,
    legend_below,
    log_ticks,
    panels,
    slope_guide,
)

#: What is drawn of each task: how it is called, and its mark.
MARKS = {"one_step": ("one step", "o"), "stated": ("many steps, stated", "s"), "robust": ("many steps, robust", "D")}


def cube(ax: Axes, height: float, code: int, r: int) -> None:
    """A task as a small square or cube of sign patterns, filled where its label is -1.

    Args:
        height: where on the vertical axis.
    """
    v = np.arange(2**r)[:, None] >> np.arange(r) & 1
    corners = v @ np.array([[0.5, 0.0], [0.0, -0.42], [0.24, -0.2]])[:r] + [-0.35, height + 0.32]
    for one, other in np.argwhere(np.triu(abs(v[:, None] - v).sum(-1) == 1)):
        ax.plot(*corners[[one, other]].T, color=GREY, linewidth=0.5, zorder=1)
    fill = [COLOURS[1] if code >> orthant & 1 else "white" for orthant in range(2**r)]
    ax.scatter(corners[:, 0], corners[:, 1], s=11, c=fill, edgecolors=GREY, linewidths=0.6, zorder=2)


def every_task(sets: Sequence[xr.Dataset]) -> Figure:
    """Error of single-task training, a row for each class of tasks, beside what infinitely many samples would give.

    Args:
        sets: the data sets of `EveryTask`, one for each number of features.
    """
    counts = [ds.sizes["task"] for ds in sets]
    shape = {"height_ratios": counts, "width_ratios": [1, 7]}
    size = 5, 0.5 * sum(counts) + 1
    figure, axes = plt.subplots(len(sets), 2, figsize=size, gridspec_kw=shape, sharex="col", squeeze=False)
    for (left, ax), ds in zip(axes, sets, strict=True):
        r, ds = int(ds["rank"].max()), ds.sortby([-ds["rank"], ds.error.sel(setting="robust").mean("trial")])
        rows = np.arange(ds.sizes["task"])
        shown = {"one_step": (ds.one_step, ds.exact)}
        shown |= {name: (ds.error.sel(setting=name), ds.recursion.sel(setting=name)) for name in ds.setting.values}
        for k, (name, (label, mark)) in enumerate(MARKS.items()):
            (y, exact), at = shown[name], rows + 0.22 * (k - 1)
            style = {"color": COLOURS[k], "marker": mark, "markersize": 4, "linestyle": ""}
            ax.errorbar(y.mean("trial"), at, xerr=deviation(y), label=label, elinewidth=1, **style)
            ax.plot(exact.mean("trial"), at, "|", color=COLOURS[k], markersize=9, label=f"{label}, exact")
        for row, code in enumerate(ds.task.values.tolist()):
            cube(left, row, code, r)
        left.axis("off")
        left.set(xlim=(-0.5, 0.6), ylim=(len(rows) - 0.5, -0.5))
        ax.set(xscale="log", xlim=(0.001, 1.5), ylim=(len(rows) - 0.5, -0.5))
        ax.set_yticks(rows, [f"{rank} of {r}" for rank in ds["rank"].values])
    axes[-1, 1].set_xlabel(ERROR)
    legend_below(figure, axes[0, 1], 2)
    return figure


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
