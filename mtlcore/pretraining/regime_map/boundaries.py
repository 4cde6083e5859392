"""What both kinds of pictures show: means over the trials, the boundaries of theory, and places of their own."""

from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from mtlcore.pretraining.algorithm import ROBUST, STATED

#: The sets of values that have a place on the map, as (lam_w, lam_a).
PINS = {name: (float(h.lam_w), float(h.lam_a)) for name, h in (("stated", STATED), ("robust", ROBUST))}
#: Figures of the paper on the map of tasks and samples, as (N, T).
RULES = {"Figure 1, T = 64": (1024.0, 64.0), "Figure 3's rule": (1280.0, 80.0)}

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
    upright["one step: tangent 1"] = crossing(ds.N, one_step, 1.0)
    whole = np.geomspace(T[0], T[-1], 100)
    lines = {label: np.stack((np.full(100, at), whole), -1) for label, at in upright.items()}
    return {"all drawn, chance 1/2": np.array([(N[0] / 1.2, drawn), (1.2 * N[-1], drawn)])} | lines
