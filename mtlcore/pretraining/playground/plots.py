"""The still pictures of the playground and of the front page."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import COLOURS, centre, heat_map


def playground(run: xr.Dataset, exact: xr.Dataset, A: xr.DataArray) -> Figure:
    """One run as the playground draws it: paths in row(M), error, lengths and the matrix A.

    Args:
        run: `inside` (iteration, neuron, feature) with two features, `outside` (iteration, neuron) and `error`
            (iteration) of the network.
        exact: `inside` (iteration, neuron, feature) and `outside` (iteration, neuron) of the recursion.
        A: the matrix, (row, column).
    """
    figure, ((paths, errors), (sizes, matrix)) = plt.subplots(2, 2, figsize=(8.4, 7))
    for ds, colour, line, label in ((run, 0, "-", "network"), (exact, 1, "--", "exact recursion")):
        style = {"color": COLOURS[colour], "linestyle": line, "linewidth": 1.2}
        for k, path in enumerate(ds.inside.transpose("neuron", "iteration", "feature").values):
            paths.plot(*path.T, **style, label=label if k == 0 else None)
            paths.plot(*path[-1], marker="o", color=COLOURS[colour], fillstyle="none" if colour else "full")
        lengths = ("inside", np.hypot(*ds.inside.transpose("feature", ...))), ("outside", ds.outside)
        for k, (side, length) in enumerate(lengths):
            named = f"{side}, {label}"
            sizes.plot(ds.iteration, length.mean("neuron"), color=COLOURS[3 * k], linestyle=line, label=named)
    centre(paths, run.inside)
    paths.set(title="fan-out in row(M)", xlabel="feature 1", ylabel="feature 2")
    paths.legend()
    errors.plot(run.iteration, run.error, color=COLOURS[0])
    errors.set(title="error", xlabel="iteration", yscale="log", ylim=(0.01, 1.2))
    sizes.set(title="mean length", xlabel="iteration", yscale="log")
    sizes.legend()
    figure.colorbar(heat_map(matrix, A), ax=matrix)
    r = run.sizes["feature"]
    matrix.add_patch(mpl.patches.Rectangle((-0.5, -0.5), r, r, fill=False, color="#444444", linewidth=1.5))
    matrix.set_title("matrix A at the start")
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
