"""Figures 1 and 2: the error against iterations, for numbers of tasks (`TaskCount`) and for laws over them (`Skew`)."""

import itertools
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import (
    COLOURS,
    ERROR,
    GREY,
    against_iterations,
    curve,
    curves,
    legend_below,
    log_ticks,
    panels,
)

#: The book's two sets of values.
SETTINGS = ("stated", "robust")


def task_count(ds: xr.Dataset, settings: Sequence[str], T: Sequence[int], bands: bool) -> Figure:
    """Error against iterations for several T, a panel for each setting (Figure 1 and Figure 2, left).

    Args:
        bands: whether each line has a band of one standard deviation over its trials.
    """
    figure, axes = panels(len(settings), sharey=True)
    colours = mpl.colormaps["plasma"](np.linspace(0, 0.7, len(T)))  # T is ordered, so are its colours
    for ax, setting in zip(axes, settings, strict=True):
        for k, count in enumerate(T):
            y = ds.error.sel(setting=setting, T=count)
            curve(ax, y, f"T = {count}", k, mpl.colors.to_hex(colours[k]), bands)
    against_iterations(axes, settings)
    legend_below(figure, axes[0], 5)
    return figure


def concentration(ds: xr.Dataset, setting: str, T: Sequence[int], share: float) -> Figure:
    """The share of energy in row(M): against iterations for several T, and at the end against T beside the error.

    Args:
        setting: the set of values of the left panel; the right one has both.
        share: that of a random layer.
    """
    figure, (left, right) = panels(2)
    curves(left, ds.energy.sel(setting=setting, T=list(T)), by="T", label="T = {}")
    left.axhline(share, color=GREY, linewidth=1)
    left.set(title=setting, xlabel="iteration", ylabel="share of the energy in row(M)", ylim=(0, 1.05))
    last = ds.isel(iteration=-1)
    for k, (name, one) in enumerate(itertools.product(("energy", "error"), SETTINGS)):
        curve(right, last[name].sel(setting=one), f"{name}, {one}", k)
    log_ticks(right, ds["T"])
    right.set(title="last iteration", xlabel="number of tasks T", ylim=(0, 1.05))
    left.legend(loc="center right")
    right.legend(loc="center right")
    return figure


def coverage(ds: xr.Dataset, T: int, settings: Sequence[str]) -> Figure:
    """Final error by how often the rarest of T singleton tasks was drawn, and the balanced draw beside many tasks."""
    figure, (left, right) = panels(2, sharey=True)
    last, most = ds.isel(iteration=-1), int(ds["T"].max())
    counts = ds.singletons.sel(T=T).values
    jitter = np.random.default_rng(0).uniform(-0.12, 0.12, len(counts))
    for k, setting in enumerate(settings):
        left.scatter(
            counts + jitter + 0.1 * k, last.error.sel(setting=setting, T=T), s=14, marker="ox"[k], color=COLOURS[k],
            label=setting, alpha=0.8,
        )  # fmt: skip
        curve(right, ds.balanced.sel(setting=setting), f"each task once, {setting}", k)
        curve(right, ds.error.sel(setting=setting, T=most), f"T = {most}, {setting}", k + 2)
    left.set(title=f"T = {T}, last iteration", xlabel="draws of the rarest singleton task", ylabel=ERROR, yscale="log")
    left.set_xticks(range(int(counts.max()) + 1))
    left.legend()
    right.set(title="balanced draw", xlabel="iteration")
    right.legend()
    return figure


def skew(ds: xr.Dataset, settings: Sequence[str]) -> Figure:
    """Error against iterations for the uniform law and the skewed ones (Figure 2, right)."""
    figure, axes = panels(len(settings), sharey=True)
    for ax, setting in zip(axes, settings, strict=True):
        curves(ax, ds.error.sel(setting=setting), by="law")
    against_iterations(axes, settings)
    legend_below(figure, axes[0], 3)
    return figure


def dependence_on_stopping(ds: xr.Dataset, setting: str, T: Sequence[int]) -> Figure:
    """Error and size of the first layer against iterations, to show what depends on when one stops."""
    figure, axes = panels(2)
    for ax, name, label in zip(axes, ("error", "row_norm"), (ERROR, "root mean square row length"), strict=True):
        curves(ax, ds[name].sel(setting=setting, T=list(T)), by="T", label="T = {}")
        ax.set(xlabel="iteration", ylabel=label, yscale="log")
    axes[0].legend()
    return figure
