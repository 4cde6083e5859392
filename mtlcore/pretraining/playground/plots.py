"""The still pictures of the playground and of the front page."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import COLOURS, centre

FAINT = "#9aa3ad"


def playground(run: xr.Dataset, exact: xr.Dataset, last: xr.Dataset) -> Figure:
    """One run as the playground draws it: paths in row(M), error, energy inside and lengths, over the run before.

    Args:
        run: `inside` (iteration, neuron, feature), `outside` (iteration, neuron) and `error` (iteration).
        exact: `inside` and `outside` of the recursion.
        last: the run before, like `run`.
    """
    figure, ((paths, errors), (bars, sizes)) = plt.subplots(2, 2, figsize=(8.4, 7))
    lines = (last, FAINT, "-", "last run"), (run, COLOURS[0], "-", "this run"), (exact, COLOURS[1], "--", "recursion")
    for ds, colour, line, label in lines:
        style = {"color": colour, "linestyle": line, "linewidth": 1.2}
        planar = ds.inside.isel(feature=slice(2)).transpose("neuron", "iteration", "feature")
        for k, path in enumerate(planar.values):
            paths.plot(*path.T, **style, label=label if k == 0 else None)
        length = np.sqrt((ds.inside**2).sum("feature"))
        for side, value in (("inside", length), ("outside", ds.outside)):
            sizes.plot(ds.iteration, value.mean("neuron"), **style, label=f"{side}, {label}")
            if ds is run:
                sizes.annotate(
                    side, (ds.iteration[-1], value.mean("neuron")[-1]), xytext=(4, 0), textcoords="offset points"
                )
    centre(paths, xr.concat([run.inside, last.inside], "iteration"))
    paths.plot(*run.inside[-1, :, :2].T, "o", color=COLOURS[0])
    paths.set(title="neurons in row(M)", xlabel="feature 1", ylabel="feature 2")
    paths.legend()
    for ds, colour in ((last, FAINT), (run, COLOURS[0])):
        errors.plot(ds.iteration, ds.error, color=colour)
    errors.set(title="error", xlabel="iteration", yscale="log", ylim=(0.01, 1.2))
    inside = (run.inside[-1] ** 2).sum("feature")
    bars.bar(run.neuron + 1, inside / (inside + run.outside[-1] ** 2), color=COLOURS[0])
    ticks = range(4, run.sizes["neuron"] + 1, 4)
    bars.set(title="energy inside row(M)", xlabel="neuron", xticks=ticks, ylim=(0, 1))
    sizes.set(title="mean length", xlabel="iteration", yscale="log")
    return figure


def side_by_side(paths: xr.DataArray) -> Figure:
    """Paths of the neurons in row(M) for each number of tasks, a panel for each, on a scale of its own.

    Args:
        paths: by "tasks", "iteration", "neuron" and "feature", of which there are two.
    """
    figure, axes = plt.subplots(1, paths.sizes["tasks"], figsize=(7, 3.6))
    for ax, (tasks, one) in zip(axes, paths.groupby("tasks"), strict=True):
        one = one.squeeze("tasks").transpose("neuron", "iteration", "feature")
        for path in one.values:
            ax.plot(*path.T, color=COLOURS[0], linewidth=1, alpha=0.6)
            ax.plot(*path[-1], marker="o", color=COLOURS[0])
        centre(ax, one)
        ax.set(title="one task" if tasks == 1 else f"{tasks} tasks", xlabel="direction 1", ylabel="direction 2")
    return figure
