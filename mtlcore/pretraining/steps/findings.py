"""What the runs show about one gradient step and the growth of many."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, slope, unchanged, weakest


def one_step(ds: xr.Dataset) -> list[Finding]:
    """One population step.

    Args:
        ds: the data set of `OneStep`.

    Returns:
        The findings.
    """
    name, last, far = f"r = {int(ds.r)}", {"d": -1}, ds.sel(d=slice(64, None))
    star, alone, _ = ds.variant.values
    at_end = ds[last]
    return [
        # relative corrections of order r/d: up to 2% at d = 64, which moves the exponent by 0.01
        slope(
            f"{name}, lam_w*: the residual falls like d to the power -3/2 from d = 64 on",
            far.d,
            far.residual.sel(variant=star),
            -1.5,
            margin=0.05,
        ),
        unchanged(
            f"{name}, lam_w*: at d = 512 the residual is its leading term, within 1%",
            xr.ones_like(at_end.leading),
            at_end.residual.sel(variant=star) / at_end.leading,
            0.01,
            "ours",
        ),
        below(
            f"{name}, 1/eta with the empty set: at d = 512 the spurious part is the larger one",
            1.0,
            at_end.residual.sel(variant=alone),
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
    """One step from finitely many samples.

    Args:
        ds: the data set of `FiniteStep`.

    Returns:
        The findings.
    """
    ratio = (ds.error / ds.predicted).mean("n")
    return [
        slope("one step at lam_w*: the error falls like n to the power -1/2", ds.n, ds.error, -0.5),
        below("on average over n the error is below the predicted noise", ratio, 1.0, "ours"),
        below("on average over n the error is above half of it", 0.5, ratio, "ours"),
    ]


def phases(ds: xr.Dataset) -> list[Finding]:
    """Growth against Lambda.

    Args:
        ds: the data set of `Phases`.

    Returns:
        The findings.
    """
    out, rate = [], 1000 * ds.growth
    signs = {
        ("with the empty set", "q"): (0.7, 1.3, "outside row(M): growth at Lambda = 0.7, decay at 1.3"),
        ("with the empty set", "p"): (1.7, 2.5, "inside row(M): growth at Lambda = 1.7, decay at 2.5"),
        ("without the empty set", "p"): (0.7, 1.3, "inside row(M): growth at Lambda = 0.7, decay at 1.3"),
    }
    for (law, part), (grows, decays, text) in signs.items():
        y = rate.sel(law=law, part=part)
        pair = (0.0, y.sel(Lambda=grows)), (y.sel(Lambda=decays), 0.0)
        out.append(weakest([below(f"{law}, {text}", low, high, "ours") for low, high in pair]))
    y = rate.sel(law="without the empty set", part="q")
    text = "without the empty set, outside row(M): decay at every Lambda"
    out.append(weakest([below(text, y.sel(Lambda=Lambda), 0.0, "ours") for Lambda in ds.Lambda]))
    gap = abs(rate - 1000 * ds.predicted).max(("Lambda", "part", "law"))
    out.append(below("all rates are within 0.3 per 1000 steps of the predicted ones", gap, 0.3, "ours"))
    return out
