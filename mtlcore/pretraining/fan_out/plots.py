"""Figure 5 (center and right): the neurons inside and outside row(M), in runs (`FanOut`), in theory (`Recursion`)."""

from collections.abc import Sequence
from typing import Any

import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import COLOURS, ERROR, GREY, centre, curve, curves, look, panels

NEURONS = (0, 1, 2, 3)


def fan_out(ds: xr.Dataset, setting: str, trial: int = 0, neurons: Sequence[int] = NEURONS) -> Figure:
    """Paths of some neurons inside row(M) and in two spurious directions (Figure 5, center and right)."""
    figure, axes = panels(2, height=4.0)
    one = ds.sel(setting=setting).isel(trial=trial)
    for ax, name, title in zip(axes, ("inside", "outside"), ("inside row(M)", "two spurious directions"), strict=True):
        paths = one[name].isel(neuron=list(neurons)).transpose("neuron", "iteration", ...)
        for k, (neuron, path) in enumerate(zip(neurons, paths.values, strict=True)):
            ax.plot(*path.T, **look(k), label=f"neuron {neuron + 1}")
            ax.plot(*path[0], marker="o", markersize=4, color=COLOURS[k], fillstyle="none")
            ax.plot(*path[-1], marker="o", markersize=6, color=COLOURS[k])
        centre(ax, paths)
        ax.set_title(title)
        ax.plot(0, 0, marker="+", color=GREY)
    axes[0].set(xlabel="first feature", ylabel="second feature")
    axes[1].set(xlabel="first spurious direction", ylabel="second spurious direction")
    axes[0].legend()
    return figure


def lengths(ds: xr.Dataset) -> Figure:
    """Mean length of the neurons inside and outside row(M) against iterations, a panel for each setting."""
    figure, axes = panels(ds.sizes["setting"], sharey=True)
    for ax, setting in zip(axes, ds.setting.values, strict=True):
        for k, (name, label) in enumerate((("p", "inside row(M)"), ("q", "outside row(M)"))):
            curve(ax, ds[name].sel(setting=setting).mean("neuron"), label, k)
        ax.set(title=str(setting), xlabel="iteration", yscale="log")
    axes[0].set_ylabel("mean length of a neuron")
    axes[0].legend()
    return figure


def concentration(energy: xr.DataArray, error: xr.DataArray, share: float) -> Figure:
    """The share of energy in row(M) beside the error, against iterations, a line for each setting.

    Args:
        energy: by setting, trial and iteration.
        error: likewise.
        share: that of a random layer, a thin line.
    """
    figure, axes = panels(2)
    for ax, y, label in zip(axes, (energy, error), ("share of the energy in row(M)", ERROR), strict=True):
        curves(ax, y, by="setting")
        ax.set(xlabel="iteration", ylabel=label, ylim=(0, 1.05))
    axes[0].axhline(share, color=GREY, linewidth=1)
    axes[0].legend(loc="lower right")
    return figure


def isotropy(ds: xr.Dataset) -> Figure:
    """Smallest over largest singular value of W M^T against iterations, a line for each setting."""
    figure, (ax,) = panels(1)
    curves(ax, ds.isotropy, by="setting")
    ax.set(xlabel="iteration", ylabel="smallest / largest singular value", ylim=(0, 1.1))
    ax.legend(loc="lower right")
    return figure


def recursion(ds: xr.Dataset, law: str, trial: int = 0, neurons: Sequence[int] = NEURONS) -> Figure:
    """Paths inside row(M) and lengths outside, run and recursion from the same neurons."""
    figure, (inside, outside) = panels(2, height=4.0)
    one = ds.sel(law=law).isel(trial=trial, neuron=list(neurons))
    paths = one.p.isel(feature=slice(2))
    styles: dict[str, dict[str, Any]] = {
        "SGD": {"linewidth": 4, "alpha": 0.4},
        "recursion": {"linewidth": 1.2, "linestyle": "--"},
    }
    for k in range(len(neurons)):
        for source, style in styles.items():
            path, length = (x.sel(source=source).isel(neuron=k) for x in (paths, one.q))
            label = source if k == 0 else None
            inside.plot(*path.values.T, color=COLOURS[k], label=label, **style)
            outside.plot(ds.iteration, length, color=COLOURS[k], label=label, **style)
        inside.plot(*path.isel(iteration=0).values, marker="o", color=COLOURS[k], fillstyle="none")
    centre(inside, paths)
    inside.set(title="inside row(M)", xlabel="first feature", ylabel="second feature")
    inside.legend()
    outside.set(title="outside row(M)", xlabel="iteration", ylabel="length q", ylim=(0, None))
    return figure
