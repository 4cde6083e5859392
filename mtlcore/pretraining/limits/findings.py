"""What the runs show about what fails, and what random features and one task can do."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, decreasing, slope, unchanged

#: The error below which the subspace is found, above which it is not, and above which theory says that it is not.
FOUND, LOST, NEAR_ONE = 0.1, 0.8, 0.9
#: How far a mean may be from 1 where a symmetry says 1.
ALIKE = 0.2


def every_task(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `EveryTask` says: each Boolean task as the only one."""
    r, error, out = int(ds["rank"].max()), ds.error, lost(ds, ds["rank"] < int(ds["rank"].max()))
    out += foretold(ds, ds.recursion.sel(setting="robust"))
    for setting in ds.setting.values:
        best = error.sel(setting=setting, task=error.sel(setting=setting).mean("trial").idxmin("task"))
        out.append(
            below(f"r = {r}: after many steps, {setting}, some single task ends below {FOUND}", best, FOUND, "ours")
        )
    return out


def lost(ds: xr.Dataset, which: xr.DataArray) -> list[Finding]:
    """Is row(M) found by none of these tasks alone, in one step or in many?

    Args:
        which: true for the tasks that are meant, by task.
    """
    r, ds = int(ds["rank"].max()), ds.sel(task=ds.task[which])
    errors = {"one step": ds.one_step, **{f"many steps, {s}": ds.error.sel(setting=s) for s in ds.setting.values}}
    text = f"r = {r}: each task that feeds fewer than {r} directions ends above {LOST} after"
    return [below(f"{text} {name}", LOST, error.min("task"), "ours") for name, error in errors.items()]


def foretold(ds: xr.Dataset, exact: xr.DataArray) -> list[Finding]:
    """Do errors with infinitely many samples tell which tasks are lost after many steps under the robust values?

    Args:
        exact: such errors, by task and trial.
    """
    error, high = ds.error.sel(setting="robust"), exact.mean("trial") > NEAR_ONE
    r, lost_ones, others = int(ds["rank"].max()), error.sel(task=ds.task[high]), error.sel(task=ds.task[~high])
    worst = others.sel(task=others.mean("trial").idxmax("task"))
    text = f"r = {r}: after many steps, robust, a task ends {{}} {LOST} if its exact error is {{}} {NEAR_ONE}"
    return [
        below(text.format("above", "above"), LOST, lost_ones.min("task"), "ours"),
        below(text.format("below", "below"), worst, LOST, "ours"),
    ]


def one_task(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `OneTask` says: what a single task leaves out is treated as a spurious direction."""
    left_out = [(task, feature) for task in ds.task.values for feature in ds.feature.values]
    left_out = [(task, j) for task, j in left_out if not ds.taught.sel(task=task, feature=j)]
    return [finding for task, feature in left_out for finding in treated_alike(ds.sel(task=task), int(feature))]


def treated_alike(ds: xr.Dataset, feature: int) -> list[Finding]:
    """Does a feature get what the directions orthogonal to the taught features get on average?

    Args:
        ds: the data set of `OneTask` for one task.
        feature: which one, counted from 1.
    """
    out, text = [], f"{ds.task.item()}: feature {feature}"
    left = int(ds.dimension) - int(ds.taught.sum())
    wholes = {"captured": ("|P_V M_j|^2", float(ds.sizes["feature"])), "length": ("|W M_j|^2", ds.total)}
    for name, (symbol, whole) in wholes.items():
        mean = (whole - ds[name].where(ds.taught, 0.0).sum("feature")) / left
        share = ds[name].sel(feature=feature) / mean
        alike = f"{text} gets what a spurious direction gets on average, {symbol}"
        out.append(unchanged(alike, xr.ones_like(share), share, ALIKE, "ours"))
    bound = f"{text} is captured no more than r / (d - |S|)"
    return [*out, below(bound, ds.captured.sel(feature=feature), ds.sizes["feature"] / left, "ours")]


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


def informative(ds: xr.Dataset, task: str = "not all equal") -> list[Finding]:
    """What the data set of `InformativeTask` says: Remark 3.8, our version.

    Args:
        task: the task that is to be highly informative.
    """
    it, last = ds.error.sel(task=task), ds.error.isel(N=-1)
    out = [
        decreasing(f"{task}, one task: the error falls with the samples", list(it.transpose("N", ...)), "ours"),
        below(f"{task}, one task: with the most samples the error is below 0.2", it.isel(N=-1), 0.2, "ours"),
    ]
    for name in ("parity of one", "parity of two", "parity of three", "majority"):
        text = f"{name}, one task: even with the most samples the error is above 0.8"
        out.append(below(text, 0.8, last.sel(task=name), "ours"))
    clean, empty = (last.sel(task=name) for name in ("non-empty parities", "all parities"))
    text = "parities, with the most samples: the error is smaller without the empty set"
    out.append(below(text, clean, empty, "ours"))
    text = f"with the most samples the non-empty parities do better than {task} alone"
    return [*out, below(text, clean, it.isel(N=-1), "ours")]


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


def scaling(ds: xr.Dataset, law: str = "non-empty") -> list[Finding]:
    """What the data set of `Scaling` says: the scaling laws of one step.

    Args:
        law: the tasks whose error is to follow them.
    """
    n, d, T = (f"{name} = {ds[name].values[0]} to {ds[name].values[-1]}" for name in ("n", "d", "T"))
    fall = ds.sel(law=law)
    clean, empty = (ds.error_d.sel(law=name).isel(d=-1) for name in ("non-empty", "with the empty set"))
    text = f"one step, d = {ds.d.values[-1]}: the empty set among the tasks makes the error more than twice as large"
    return [
        slope(f"one step: the error falls like n^(-1/2), {n}", ds.n, fall.error_n, -0.5),
        slope(f"one step: the error grows like d^(1/2), {d}", ds.d, fall.error_d, 0.5),
        slope(f"beta of T tasks converges like T^(-1/2), {T}", ds["T"], ds.beta, -0.5),
        below(text, 2 * clean, empty, "ours"),
    ]
