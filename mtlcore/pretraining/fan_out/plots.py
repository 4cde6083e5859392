"""Figure 5 (center and right): the neurons inside and outside row(M)."""

from collections.abc import Sequence
from typing import Any

import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import COLOURS, GREY, LINES, curve, panels


def fan_out(ds: xr.Dataset, setting: str, trial: int = 0, neurons: Sequence[int] = (0, 1, 2, 3)) -> Figure:
    """Paths of some neurons inside row(M) and in two spurious directions (Figure 5, center and right).

    Args:
        ds: the data set of `FanOut`.
        setting: which setting.
        trial: which trial.
        neurons: which neurons.

    Returns:
        The figure; both panels have the same scale in both directions.
    """
    figure, axes = panels(2, height=4.0)
    one = ds.sel(setting=setting).isel(trial=trial)
    for ax, name, title in zip(axes, ("inside", "outside"), ("inside row(M)", "two spurious directions"), strict=True):
        path = one[name].isel(neuron=list(neurons)).transpose("neuron", "iteration", ...)
        for k in range(len(neurons)):
            ax.plot(*path[k].values.T, color=COLOURS[k], linestyle=LINES[k], label=f"neuron {neurons[k] + 1}")
            ax.plot(*path[k, 0].values, marker="o", markersize=4, color=COLOURS[k], fillstyle="none")
            ax.plot(*path[k, -1].values, marker="o", markersize=6, color=COLOURS[k])
        reach = 1.1 * float(abs(path).max())
        ax.set(title=title, xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        ax.plot(0, 0, marker="+", color=GREY)
    axes[0].set(xlabel="first feature", ylabel="second feature")
    axes[1].set(xlabel="first spurious direction", ylabel="second spurious direction")
    axes[0].legend()
    return figure


def lengths(ds: xr.Dataset) -> Figure:
    """Mean length of the neurons inside and outside row(M) against iterations, a panel for each setting.

    Args:
        ds: the data set of `FanOut`.

    Returns:
        The figure.
    """
    figure, axes = panels(ds.sizes["setting"], sharey=True)
    for ax, setting in zip(axes, ds.setting.values, strict=True):
        for k, (name, label) in enumerate((("p", "inside row(M)"), ("q", "outside row(M)"))):
            curve(ax, ds[name].sel(setting=setting).mean("neuron"), "iteration", label, k)
        ax.set(title=str(setting), xlabel="iteration", yscale="log")
    axes[0].set_ylabel("mean length of a neuron")
    axes[0].legend()
    return figure


def isotropy(ds: xr.Dataset) -> Figure:
    """Smallest over largest singular value of W M^T against iterations, a line for each setting.

    Args:
        ds: the data set of `FanOut`.

    Returns:
        The figure.
    """
    figure, (ax,) = panels(1)
    for k, setting in enumerate(ds.setting.values):
        curve(ax, ds.isotropy.sel(setting=setting), "iteration", str(setting), k)
    ax.set(xlabel="iteration", ylabel="smallest / largest singular value", ylim=(0, 1.1))
    ax.legend(loc="lower right")
    return figure


def recursion(ds: xr.Dataset, law: str, trial: int = 0, neurons: Sequence[int] = (0, 1, 2, 3)) -> Figure:
    """Paths inside row(M) and lengths outside, run and recursion from the same neurons.

    Args:
        ds: the data set of `Recursion`.
        law: which law.
        trial: which trial.
        neurons: which neurons.

    Returns:
        The figure.
    """
    figure, (left, right) = panels(2, height=4.0)
    one = ds.sel(law=law).isel(trial=trial)
    styles: dict[str, dict[str, Any]] = {
        "SGD": {"linewidth": 4, "alpha": 0.4},
        "recursion": {"linewidth": 1.2, "linestyle": "--"},
    }
    for k, neuron in enumerate(neurons):
        for source, style in styles.items():
            p, q = (one[name].sel(source=source).isel(neuron=neuron) for name in "pq")
            label = source if k == 0 else None
            left.plot(*p.isel(feature=slice(2)).values.T, color=COLOURS[k], label=label, **style)
            right.plot(ds.iteration, q, color=COLOURS[k], label=label, **style)
        left.plot(*p.isel(feature=slice(2), iteration=0).values, marker="o", color=COLOURS[k], fillstyle="none")
    reach = 1.1 * float(abs(one.p.isel(neuron=list(neurons), feature=slice(2))).max())
    left.set(title="inside row(M)", xlabel="first feature", ylabel="second feature", aspect="equal")
    left.set(xlim=(-reach, reach), ylim=(-reach, reach))
    left.legend()
    right.set(title="outside row(M)", xlabel="iteration", ylabel="length q", ylim=(0, None))
    return figure
