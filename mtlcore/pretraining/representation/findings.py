"""What Figures 1 and 2 show about numbers of tasks and laws over them."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, decreasing, unpaired


def task_count(ds: xr.Dataset) -> list[Finding]:
    """Figures 1 and 2 (left).

    Args:
        ds: the data set of `TaskCount`.

    Returns:
        The findings.
    """
    last = ds.isel(iteration=-1)
    stated, robust = last.error.sel(setting="stated"), last.error.sel(setting="robust")
    rare = last.singletons.sel(T=16)
    return [
        decreasing(
            "stated values: the error falls from T = 1 through 4 and 16 to 64",
            [stated.sel(T=T) for T in (1, 4, 16, 64)],
        ),
        decreasing("robust values: the error falls from T = 1 through 4 to 16", [robust.sel(T=T) for T in (1, 4, 16)]),
        below("robust values: at T = 16 the error is below 0.1", robust.sel(T=16), 0.1, "ours"),
        below(
            "robust values: each task once (T = 7) does as well as 512 drawn tasks",
            last.balanced.sel(setting="robust"),
            robust.sel(T=512) + 0.01,
            "ours",
        ),
        below(
            "stated values: each task once (T = 7) does as well as 512 drawn tasks",
            last.balanced.sel(setting="stated, nu_a = 1"),
            last.error.sel(setting="stated, nu_a = 1", T=512) + 0.01,
            "ours",
        ),
        unpaired(
            "stated values, T = 16: the error is lower when every singleton task was drawn",
            stated.sel(T=16)[rare.values > 0],
            stated.sel(T=16)[rare.values == 0],
        ),
    ]


def skew(ds: xr.Dataset) -> list[Finding]:
    """Figure 2 (right).

    Args:
        ds: the data set of `Skew`.

    Returns:
        The findings.
    """
    out = []
    iteration = 500
    for setting in ("stated", "robust"):
        error = ds.error.sel(setting=setting, iteration=iteration)
        for law in ("Zipf(1)", "uneven features", "Zipf(2)", "large sets"):
            text = f"{setting} values, iteration {iteration}: the uniform law does better than the skew {law!r}"
            out.append(below(text, error.sel(law="uniform"), error.sel(law=law)))
        text = f"{setting} values, iteration {iteration}: the skew 'small sets' does better than the uniform law"
        out.append(below(text, error.sel(law="small sets"), error.sel(law="uniform"), "ours"))
    return out
