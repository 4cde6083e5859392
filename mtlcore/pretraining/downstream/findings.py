"""What Figure 3 shows about downstream accuracy against d and N."""

from typing import Literal

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, decreasing, unchanged, weakest

#: Accuracy degrades if it falls by more than this from the smallest d to the largest, and does not if by less.
MARGIN = 0.03
#: The numbers of downstream samples over which accuracy must grow.
LADDER = (16, 64, 256, 1024)
#: When features are probed: as the first snapshot or as the last, under each set of values.
MOMENTS = {"stated": 0, "stated, nu_a = 1": 0, "robust": -1}


def together(near: xr.Dataset, *others: xr.Dataset, join: Literal["inner", "outer"] = "inner") -> xr.Dataset:
    """Data sets of `Dimensions` with different dimensions as one.

    Args:
        join: "inner" for the representations and trials that all have, "outer" for those of each.

    Returns:
        The variables that have a dimension d, along all of them.
    """
    parts = [ds[[name for name in ds.data_vars if "d" in ds[name].dims]] for ds in (near, *others)]
    return xr.concat(parts, "d", data_vars="all", coords="minimal", compat="override", join=join)


def at_moment(ds: xr.Dataset, name: str, setting: str) -> xr.DataArray:
    """Accuracy of a representation, a mean over the parities, probed when that set of values is.

    Args:
        name: "multi-task", "single task", or one that is not trained.

    Returns:
        By trial, and by d or N.
    """
    label = f"{name} | {setting}" if f"{name} | {setting}" in ds.representation.values else name
    return ds.accuracy.mean("parity").sel(representation=label).isel(snapshot=MOMENTS[setting])


def fall(ds: xr.Dataset, name: str, setting: str) -> xr.DataArray:
    """How much accuracy a representation loses from the smallest d to the largest.

    Returns:
        By trial.
    """
    accuracy = at_moment(ds, name, setting)
    return accuracy.isel(d=0, drop=True) - accuracy.isel(d=-1, drop=True)


def keeps(ds: xr.Dataset, setting: str, name: str = "multi-task") -> list[Finding]:
    """What the data set of `Dimensions` says of the caption of Figure 3 (left), multi-task against no pretraining.

    Args:
        name: the representation that is said not to degrade; the paper's is "multi-task".
    """
    than, span = f"than {MARGIN}", f"from d = {ds.d.values[0]} to {ds.d.values[-1]}"
    lost, without = (fall(ds, kind, setting) for kind in (name, "random"))
    return [
        below(f"{name}, {setting} values: accuracy falls by less {than} {span}", lost, MARGIN),
        below(f"no pretraining: accuracy falls by more {than} {span}", MARGIN, without),
    ]


def degrades(ds: xr.Dataset, setting: str, name: str) -> list[Finding]:
    """What the data set of `Dimensions` says of the caption of Figure 3 (left), multi-task against a single task.

    Args:
        name: the representation that is said to degrade.
    """
    low, high = ds.d.values[0], ds.d.values[-1]
    one, many = (at_moment(ds, kind, setting).isel(d=-1) for kind in (name, "multi-task"))
    start, lost = f"{name}, {setting} values", fall(ds, name, setting)
    return [
        below(f"{start}: accuracy falls by more than {MARGIN} from d = {low} to {high}", MARGIN, lost),
        below(f"{start}: multi-task features are better at d = {high}", one, many),
    ]


def by_size(ds: xr.Dataset, setting: str) -> list[Finding]:
    """What becomes of features of a single task on fresh samples, by the number of features in it."""
    start, lost = f"single task, {setting} values", fall(ds, "single task", setting)
    of_two, of_more = (lost[chosen] for chosen in (ds.task_size.values <= 2, ds.task_size.values > 2))
    none = xr.zeros_like(of_two)
    return [
        below(f"{start}, 3 or 4 features: accuracy falls", 0, of_more, "ours"),
        unchanged(f"{start}, 1 or 2 features: it changes by less than {MARGIN}", none, of_two, MARGIN, "ours"),
    ]


def settings_of(ds: xr.Dataset, kind: str) -> list[str]:
    """The sets of values under which a kind of representation was trained."""
    return [setting for setting in MOMENTS if f"{kind} | {setting}" in ds.representation.values]


def dimensions(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `Dimensions` says: Figure 3 (left)."""
    out = [finding for setting in settings_of(ds, "multi-task") for finding in keeps(ds, setting)[:1]]
    out.append(keeps(ds, "robust")[1])
    for name in ("single task", "single task, fixed"):
        out += [finding for setting in settings_of(ds, name) for finding in degrades(ds, setting, name)]
    return [*out, *(finding for setting in settings_of(ds, "single task") for finding in by_size(ds, setting))]


def beyond(ds: xr.Dataset, name: str = "multi-task") -> list[Finding]:
    """What all dimensions `together` say of the caption of Figure 3 (left), under the robust values.

    Args:
        name: as in `keeps`.
    """
    return keeps(ds, "robust", name)


def same_as_simulated(ds: xr.Dataset, full: xr.Dataset) -> Finding:
    """Whether the accuracy by the chain is that of the full simulation, at the largest dimension that has both."""
    chain, simulated = (at_moment(one, "multi-task", "robust").sel(d=full.d[-1], drop=True) for one in (ds, full))
    text = f"d = {int(full.d[-1])}: by the chain and in the full simulation accuracy differs by less than {MARGIN}"
    return unchanged(text, simulated, chain, MARGIN, "ours")


def samples_help(ds: xr.Dataset, setting: str, name: str = "multi-task") -> list[Finding]:
    """What the data set of `SampleSizes` says of the caption of Figure 3 (right) under one setting.

    Args:
        name: the representation that is said to do well; the paper's is "multi-task".
    """
    few, many = ds.N.values[0], ds.N.values[-1]
    accuracy, start = at_moment(ds, name, setting), f"{name}, {setting} values"
    growth = decreasing(
        f"{start}: accuracy grows with N, over {', '.join(map(str, LADDER))}",
        [accuracy.sel(N=N) for N in reversed(LADDER)],
    )
    rivals = {}
    for other in ("single task", "random"):
        rival = at_moment(ds, other, setting)
        text = f"{start}: better than {other} features at N = {few} and at N = {many}"
        rivals[other] = weakest([below(text, rival.sel(N=N), accuracy.sel(N=N)) for N in (few, many)])
    return [growth, *rivals.values()]


def sample_sizes(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `SampleSizes` says: Figure 3 (right)."""
    return [finding for setting in ("stated", "robust") for finding in samples_help(ds, setting)]
