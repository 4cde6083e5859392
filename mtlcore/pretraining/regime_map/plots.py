"""The maps with their predicted boundaries, as pictures and as figures that can be asked."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, LogNorm, Normalize, to_rgb
from matplotlib.figure import Figure

from mtlcore.lab import maps
from mtlcore.lab.drawing import COLOURS, DIVERGING, LINES, panels
from mtlcore.pretraining import tasks
from mtlcore.pretraining.algorithm import ROBUST, STATED
from mtlcore.pretraining.regime_map.decays import DecayMap
from mtlcore.pretraining.regime_map.samples import SampleMap
from mtlcore.pretraining.theory.regimes import regime

#: Full where the features are found and nothing where they are not, so that it suits light and dark pages.
FOUND = LinearSegmentedColormap.from_list("found", [(*to_rgb(COLOURS[0]), 0.9), (*to_rgb(COLOURS[0]), 0.0)])
#: Errors from found to not found, and the factor of a length that has the full colour.
ERRORS, FACTOR = (0.04, 1.0), 10
CURVES = ["error", "inside", "outside"]
#: The sets of values that have a place on the map, as (lam_w, lam_a).
PINS = {name: (float(h.lam_w), float(h.lam_a)) for name, h in (("stated", STATED), ("robust", ROBUST))}
#: Figures of the paper on the map of tasks and samples, as (N, T).
RULES = {"Figure 1, T = 64": (1024.0, 64.0), "Figure 3's rule": (1280.0, 80.0)}
AXES = {
    "lam_w": "$\\lambda_w$",
    "lam_a": "$\\lambda_a$",
    "N": "samples of a half-step, $N$",
    "T": "number of tasks, $T$",
}
#: The playground at a cell: drawn tasks, so many that each feature's own is among them.
DECAYS = "playground.html#lam_w={lam_w}&lam_a={lam_a}&T=64&heads=task&r=%d&d=%d&law=%s"
SAMPLES = "playground.html#T={T}&samples={N}&heads=task&r=%d&d=%d&lam_w=%g&lam_a=%g&eta=%g"

Line = Float[np.ndarray, "point 2"]


def middle(y: Any) -> Any:
    """The geometric mean over the trials, of an array or of each one in a data set."""
    return np.exp(np.log(y).mean("trial"))


def crossing(x: xr.DataArray, y: xr.DataArray, level: float) -> float:
    """Where a monotone curve over a positive axis crosses a level; outside the axis its nearer end."""
    order = np.argsort(y.values)
    return float(np.exp(np.interp(level, y.values[order], np.log(x.values[order]))))


def decay_lines(ds: xr.Dataset) -> dict[str, Line]:
    """The predicted boundaries over (lam_w, lam_a), by their labels."""
    unit = float((ds.lam_w * ds.lam_a / ds.Lambda)[0, 0])  # the same in each cell
    x = np.geomspace(ds.lam_w.values[0] / 1.2, 1.2 * ds.lam_w.values[-1], 200)
    values = [float(value) for value in ds.neutral.values if value > 0]
    lines = {f"Λ = {value:.3g}": np.stack((x, value * unit / x), -1) for value in values}
    end = [crossing(ds.lam_a, ds.ratio.sel(lam_w=w), 1.0) for w in ds.lam_w.values]
    return lines | {"q = |p| at the end": np.stack((ds.lam_w.values, end), -1)}


def sample_lines(ds: xr.Dataset, one_step: xr.DataArray) -> dict[str, Line]:
    """The predicted boundaries over (N, T), by their labels.

    Args:
        one_step: the tangent after one step, by N.
    """
    T, N = np.array((ds["T"].values[0] / 1.2, 1.2 * ds["T"].values[-1])), ds.N.values
    drawn = crossing(ds["T"], ds.all_drawn, 0.5)
    errors = ds.predicted.isel(T=0)
    upright = {f"error {level:g}": crossing(ds.N, errors, level) for level in (0.5, 0.2)}
    upright["one step: 45°"] = crossing(ds.N, one_step, 1.0)
    whole = np.geomspace(T[0], T[-1], 100)
    lines = {label: np.stack((np.full(100, at), whole), -1) for label, at in upright.items()}
    return {"all drawn, chance 1/2": np.array([(N[0] / 1.2, drawn), (1.2 * N[-1], drawn)])} | lines


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
    figure, axes = panels(3, height=5.0, width=3.9, sharey=True)
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
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower left", ncols=6)
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


def points(lines: Mapping[str, Line]) -> dict[str, list[tuple[float, float]]]:
    """The boundaries as lists."""
    return {label: [(float(x), float(y)) for x, y in line] for label, line in lines.items()}


def asked_decays(ds: xr.Dataset, run: DecayMap) -> maps.Map:
    """The map of the weight decays, whose cells show their curves."""
    law = tasks.LAWS[run.law](run.r)

    def note(Lambda: float, a: float, w: float) -> str:
        return f"Λ = {Lambda:.2f}, {regime(law, w, a)}"

    return maps.grid(
        middle(ds[CURVES].isel(iteration=slice(None, None, 2))),
        {"lam_w": "λw", "lam_a": "λa"},
        xr.apply_ufunc(note, ds.Lambda, ds.lam_a, ds.lam_w, vectorize=True),
        points(decay_lines(ds)),
        PINS,
        DECAYS % (run.r, run.d, "empty" if run.law == "with the empty set" else "uniform"),
        "Point at a cell, or move with the arrow keys; a click or Enter opens its values in the playground, with 64 "
        "drawn tasks.",
    )


def asked_samples(ds: xr.Dataset, run: SampleMap, one_step: xr.DataArray) -> maps.Map:
    """The map of tasks and samples, whose cells show their curves."""
    h = run.hyper
    return maps.grid(
        middle(ds[CURVES].isel(iteration=slice(None, None, 2))),
        {"N": "N", "T": "T"},
        xr.apply_ufunc("predicted {:.2f}".format, ds.predicted, vectorize=True),
        points(sample_lines(ds, one_step)),
        RULES,
        SAMPLES % (run.r, run.d, h.lam_w, h.lam_a, h.eta),
        "Point at a cell, or move with the arrow keys; a click or Enter opens its values in the playground.",
    )
