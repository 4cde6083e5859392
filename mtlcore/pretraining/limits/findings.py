"""What the runs show about what fails, and what random features and one task can do."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, decreasing, slope

#: The error below which the subspace is found.
FOUND = 0.1


def controls(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `Controls` says: pretraining with one ingredient left out at a time."""
    error, length = ds.error.isel(iteration=-1), ds.row_norm
    text = f"multi-task pretraining: the error ends below {FOUND}"
    out = [below(text, error.sel(control="multi-task"), FOUND, "ours")]
    for name in ("one task", "shared head"):
        out.append(below(f"{name}: the error ends above 0.5", 0.5, error.sel(control=name), "ours"))
    for name in ("heads stay zero", "shuffled labels", "random features"):
        out.append(below(f"{name}: the error ends above 0.9", 0.9, error.sel(control=name), "ours"))
    decay = length.sel(control="too much decay")
    text = "too much decay: rows shrink to less than a tenth of their first length"
    out.append(below(text, decay.isel(iteration=-1), decay.isel(iteration=0) / 10, "ours"))
    text = "too much decay: the direction is found all the same"
    out.append(below(text, error.sel(control="too much decay"), FOUND, "ours"))
    text = "no head step, random heads: the subspace is found all the same"
    return [*out, below(text, error.sel(control="no head step"), FOUND, "ours")]


def informative(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `InformativeTask` says: Remark 3.8, our version."""
    nae, last = ds.error.sel(task="not all equal"), ds.error.isel(N=-1)
    out = [
        decreasing("not all equal, one task: the error falls with the samples", list(nae.transpose("N", ...)), "ours"),
        below("not all equal, one task: with the most samples the error is below 0.2", nae.isel(N=-1), 0.2, "ours"),
    ]
    for name in ("parity of one", "parity of two", "parity of three", "majority"):
        text = f"{name}, one task: even with the most samples the error is above 0.8"
        out.append(below(text, 0.8, last.sel(task=name), "ours"))
    return out


def random_features(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `RandomFeatures` says: random features against the bound."""
    out = []
    for d in ds.d.values:
        gap = (ds.share / ds.bound).sel(d=d)
        largest = gap.isel(m_hat=int(gap.mean("trial").values.argmax()))
        text = f"d = {d}: random features hold no more of a pair's parity than the bound"
        out.append(below(text, largest, 1 + 1e-9, "ours"))
    most = ds.isel(m_hat=-1)
    text = "as many neurons inside row(M) hold more, in every dimension"
    return [*out, below(text, most.share.max("d"), most.learned, "ours")]


def scaling(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `Scaling` says: the scaling laws of one step."""
    n, d, T = (f"{name} = {ds[name].values[0]} to {ds[name].values[-1]}" for name in ("n", "d", "T"))
    fall = ds.sel(law="non-empty")
    clean, empty = (ds.error_d.sel(law=law).isel(d=-1) for law in ("non-empty", "with the empty set"))
    text = f"one step, d = {ds.d.values[-1]}: the empty set among the tasks makes the error more than twice as large"
    return [
        slope(f"one step: the error falls like n^(-1/2), {n}", ds.n, fall.error_n, -0.5),
        slope(f"one step: the error grows like d^(1/2), {d}", ds.d, fall.error_d, 0.5),
        slope(f"beta of T tasks converges like T^(-1/2), {T}", ds["T"], ds.beta, -0.5),
        below(text, 2 * clean, empty, "ours"),
    ]
