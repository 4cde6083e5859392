"""Errors along pretraining under each variation, and what stands between the learned rows and the head."""

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mtlcore.lab.drawing import COLOURS, ERROR, GREY, curve, deviation, legend_below, log_ticks, panels, slope_guide


def errors(ax: Axes, ds: xr.Dataset, controls: tuple[str, ...], guides: bool = False) -> None:
    """Error against iterations, a line for each variation; controls are grey.

    Args:
        ds: `error`, and where guides are asked for `predicted`, by variation, trial and iteration.
        guides: whether a thin line shows each prediction.
    """
    for k, name in enumerate(ds.variation.values.tolist()):
        colour = GREY if name in controls else ""
        curve(ax, ds.error.sel(variation=name), name, k, colour)
        if guides:
            middle = ds.predicted.sel(variation=name).mean("trial")
            ax.plot(ds.iteration, middle, color=colour or COLOURS[k % len(COLOURS)], linewidth=0.8)
    ax.set(xlabel="iteration", yscale="log", ylim=(0.01, 1.3))


def overview(labels: xr.Dataset, inputs: xr.Dataset, laws: xr.Dataset, second: xr.Dataset) -> Figure:
    """Four panels: turned labels, other inputs, other tasks, and the second layer.

    Args:
        labels: the data set of `LabelNoise`.
        inputs: that of `InputLaws`.
        laws: that of `BooleanTasks`.
        second: that of `SecondLayer`.
    """
    figure, grid = plt.subplots(2, 2, figsize=(8.6, 10))
    axes = list(grid.flat)
    errors(axes[0], labels.sel(variation=["0.0", "0.1", "0.2", "0.5"]), ("0.5",))
    shown = ["Gaussian", "sphere", "uniform", "Laplace", "two bumps", "skewed, mean zero", "two bumps, tilted"]
    errors(axes[1], inputs.sel(variation=shown), ("two bumps, tilted",))
    shown = ["parities", "all functions", "balanced functions", "majorities with signs", "ANDs", "a feature left out"]
    errors(axes[2], laws.sel(variation=shown), ("a feature left out",))
    bars(axes[3], second.sel(m_hat=int(second.m_hat[-1])))
    for ax, title in zip(axes, ("turned labels", "other inputs", "other tasks", "second layer"), strict=True):
        ax.set_title(title)
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)
    for ax in axes[:3]:
        ax.set_ylabel(ERROR)
    return figure


def bars(ax: Axes, ds: xr.Dataset) -> None:
    """Accuracy on the parities of each size, a mark for each reading; random rows are grey.

    Args:
        ds: the data set of `SecondLayer` for one number of neurons.
    """
    by_size = ds.accuracy.groupby("size").mean()
    for k, reading in enumerate(ds.reading.values.tolist()):
        for layer, colour in (("learned", COLOURS[k]), ("random", GREY)):
            y = by_size.sel(layer=layer, reading=reading)
            name = reading if layer == "learned" else ("random rows" if not k else "_")
            x = y["size"].values + 0.15 * (k - 1)
            ax.errorbar(x, y.mean("trial"), deviation(y), fmt="o^s"[k], color=colour, label=name)
    ax.set(xlabel="features in the parity", ylabel="accuracy", ylim=(0.45, 1.02))
    ax.set_xticks(by_size["size"].values)


def noisy_step(ds: xr.Dataset) -> Figure:
    """Error of one step against 1 - 2 flip, with the same and with more samples.

    Args:
        ds: the data set of `NoisyStep`.
    """
    figure, (ax,) = panels(1, height=4.4, width=5)
    kept = (1 - 2 * ds.flip).round(2)
    for k, (name, text) in enumerate((("same", "same samples"), ("more", "samples over (1 - 2 flip)^2"))):
        curve(ax, ds[name].assign_coords(flip=kept.values), text, k)
    slope_guide(ax, kept, float(ds.same.isel(flip=0).mean()), -1.0)
    log_ticks(ax, kept)
    ax.set(xlabel="what a label is worth, 1 - 2 flip", ylabel=ERROR, yscale="log")
    legend_below(figure, ax, 1)
    return figure


def predicted(ds: xr.Dataset, controls: tuple[str, ...]) -> Figure:
    """Error against iterations with the recursion's prediction as a thin line.

    Args:
        ds: the data set of `LabelNoise` or `BooleanTasks`.
    """
    figure, (ax,) = panels(1, height=5, width=5)
    errors(ax, ds, controls, guides=True)
    ax.set_ylabel(ERROR)
    legend_below(figure, ax, 2)
    return figure


def input_laws(ds: xr.Dataset, floor: float) -> Figure:
    """Error against iterations for each law of the inputs, and the floor of tilted features.

    Args:
        ds: the data set of `InputLaws`.
        floor: the error that infinitely many samples leave.
    """
    figure, (ax,) = panels(1, height=5.4, width=5)
    errors(ax, ds, ("skewed, median zero", "two bumps, tilted"))
    ax.axhline(floor, color=GREY, linewidth=0.8)
    ax.set_ylabel(ERROR)
    legend_below(figure, ax, 2)
    return figure


def second_layer(ds: xr.Dataset) -> Figure:
    """Accuracy by the size of the parity, a panel for each number of downstream neurons.

    Args:
        ds: the data set of `SecondLayer`.
    """
    figure, axes = panels(ds.sizes["m_hat"], sharey=True)
    for ax, m_hat in zip(axes, ds.m_hat.values.tolist(), strict=True):
        bars(ax, ds.sel(m_hat=m_hat))
        ax.set_title(f"{m_hat} neurons")
    legend_below(figure, axes[0], 2)
    return figure
