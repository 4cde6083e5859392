"""What the runs show about one gradient step and the growth of many."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, slope, unchanged, weakest

#: The dimension from which on one step's residual is near its power law.
#: Relative corrections are of order r/d: up to 2% there, which moves the exponent by 0.01.
NEAR, POWER_MARGIN = 64, 0.05
#: How far rates may be from the predicted ones, per 1000 steps.
RATE = 0.3


def one_step(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `OneStep` says: one population step."""
    name, end, far = f"r = {int(ds.r)}", f"d = {ds.d.values[-1]}", ds.sel(d=slice(NEAR, None))
    star, alone, _ = ds.variant.values
    last = ds.isel(d=-1)
    return [
        slope(
            f"{name}, lam_w*: the residual falls like d to the power -3/2 from d = {NEAR} on",
            far.d,
            far.residual.sel(variant=star),
            -1.5,
            margin=POWER_MARGIN,
        ),
        unchanged(
            f"{name}, lam_w*: at {end} the residual is its leading term, within 1%",
            xr.ones_like(last.leading),
            last.residual.sel(variant=star) / last.leading,
            0.01,
            "ours",
        ),
        below(
            f"{name}, 1/eta with the empty set: at {end} the spurious part is the larger one",
            1.0,
            last.residual.sel(variant=alone),
            "ours",
        ),
        below(
            f"{name}, lam_w*: W M^T keeps its condition number within 2% at every d",
            abs(ds.condition.sel(variant=star) - 1).max("d"),
            0.02,
            "ours",
        ),
    ]


def finite_step(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `FiniteStep` says: one step from finitely many samples."""
    ratio = (ds.error / ds.predicted).mean("n")
    return [
        slope("one step at lam_w*: the error falls like n to the power -1/2", ds.n, ds.error, -0.5),
        below("on average over n the error is below the predicted noise", ratio, 1.0, "ours"),
        below("on average over n the error is above half of it", 0.5, ratio, "ours"),
    ]


def phases(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `Phases` says: growth against Lambda."""
    out, rate = [], 1000 * ds.growth
    with_empty, without = ds.law.values
    turns = {(with_empty, "q"): (0.7, 1.3), (with_empty, "p"): (1.7, 2.5), (without, "p"): (0.7, 1.3)}
    for (law, part), (grows, decays) in turns.items():
        y = rate.sel(law=law, part=part)
        where = {"p": "inside", "q": "outside"}[part]
        text = f"{law}, {where} row(M): growth at Lambda = {grows}, decay at {decays}"
        pair = (0.0, y.sel(Lambda=grows)), (y.sel(Lambda=decays), 0.0)
        out.append(weakest([below(text, low, high, "ours") for low, high in pair]))
    y = rate.sel(law=without, part="q")
    text = f"{without}, outside row(M): decay at every Lambda"
    out.append(weakest([below(text, y.sel(Lambda=Lambda), 0.0, "ours") for Lambda in ds.Lambda]))
    gap = abs(rate - 1000 * ds.predicted).max(("Lambda", "part", "law"))
    out.append(below(f"all rates are within {RATE} per 1000 steps of the predicted ones", gap, RATE, "ours"))
    return out
