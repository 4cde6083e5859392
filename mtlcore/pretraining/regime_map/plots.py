"""The maps with their predicted boundaries, as pictures and as figures that can be asked."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, LogNorm, Normalize, to_rgb
from matplotlib.figure import Figure

from mtlcore.lab.drawing import COLOURS, DIVERGING, LINES, panels
from mtlcore.pretraining.regime_map.boundaries import PINS, RULES, Line, decay_lines, middle, sample_lines

#: Full where the features are found and nothing where they are not, so that it suits light and dark pages.
FOUND = LinearSegmentedColormap.from_list("found", [(*to_rgb(COLOURS[0]), 0.9), (*to_rgb(COLOURS[0]), 0.0)])
#: Errors from found to not found, and the factor of a length that has the full colour.
ERRORS, FACTOR = (0.04, 1.0), 10
AXES = {
    "lam_w": "$\\lambda_w$",
    "lam_a": "$\\lambda_a$",
    "N": "samples of a half-step, $N$",
    "T": "number of tasks, $T$",
}


def edges(x: xr.DataArray) -> Float[np.ndarray, " edge"]:
    """Where cells meet on a logarithmic axis: halfway between their values."""
    logs = np.log(x.values)
    inner = (logs[1:] + logs[:-1]) / 2
    return np.exp(np.r_[2 * logs[0] - inner[0], inner, 2 * logs[-1] - inner[-1]])


def coloured(ax: Axes, y: xr.DataArray, cmap: Colormap, norm: Normalize) -> None:
    """A cell for each value of a map, on logarithmic axes, with its colours explained above; grey where it has none.

    Args:
        y: by two dimensions, the vertical one first.
    """
    up, across = (str(name) for name in y.dims)
    ax.grid(False)
    cells = edges(y[across]), edges(y[up])
    limits = {"xlim": cells[0][[0, -1]], "ylim": cells[1][[0, -1]]}
    ax.set(xscale="log", yscale="log", xlabel=AXES[across], ylabel=AXES[up], **limits)
    ax.pcolormesh(*cells, y.isnull().where(y.isnull()), cmap="Greys", vmin=0, vmax=2, alpha=0.3, rasterized=True)
    mesh = ax.pcolormesh(*cells, y, cmap=cmap, norm=norm, rasterized=True)
    ax.figure.colorbar(mesh, ax=ax, location="top", label=str(y.name), shrink=0.9, aspect=30)


def marked(ax: Axes, lines: Mapping[str, Line], pins: Mapping[str, tuple[float, float]]) -> None:
    """Boundaries as lines and places as points, without a change of the axes."""
    ax.autoscale(False)
    for k, (label, line) in enumerate(lines.items()):
        ax.plot(*line.T, color="black", linestyle=LINES[k], linewidth=1.5, label=label)
    for k, (label, place) in enumerate(pins.items()):
        ax.plot(*place, "os"[k], color=COLOURS[1 + k], markeredgecolor="white", markersize=9, label=label)


def decay_map(ds: xr.Dataset) -> Figure:
    """Final error over both weight decays, beside what became of the lengths inside row(M) and outside."""
    figure, axes = panels(3, height=4.4, width=3.2, sharey=True)
    inside, outside = (ds[name] / ds[name].isel(iteration=0) for name in ("inside", "outside"))
    shown = {
        "error at the end": ds.error.isel(iteration=-1),
        "length inside, end over start": inside.isel(iteration=-1),
        "length outside, largest over start": outside.max("iteration"),
    }
    for ax, (title, y) in zip(axes, shown.items(), strict=True):
        cmap, norm = (DIVERGING, LogNorm(1 / FACTOR, FACTOR)) if "over" in title else (FOUND, LogNorm(*ERRORS))
        coloured(ax, middle(y).rename(title), cmap, norm)
        marked(ax, decay_lines(ds), PINS)
    for ax in axes[1:]:
        ax.set_ylabel("")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=3)
    return figure


def sample_map(ds: xr.Dataset, one_step: xr.DataArray) -> Figure:
    """Final error over the samples and the number of tasks: the mean, and that of the trial with the largest error."""
    figure, axes = panels(2, height=5.0, width=4.6, sharey=True)
    last = ds.error.isel(iteration=-1)
    for ax, y in zip(axes, (middle(last).rename("mean error"), last.max("trial").rename("largest error")), strict=True):
        coloured(ax, y, FOUND, LogNorm(*ERRORS))
        marked(ax, sample_lines(ds, one_step), RULES)
    axes[1].set_ylabel("")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=3)
    return figure
