"""What Figure 3 shows about downstream accuracy against d and N."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, decreasing, unchanged, weakest

#: How much accuracy multi-task features may lose from the smallest d to the largest, and what counts as none.
LOSS, NONE = 0.06, 0.03
#: The numbers of downstream samples over which accuracy must grow.
LADDER = (16, 64, 256, 1024)


def dimensions(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `Dimensions` says: Figure 3 (left)."""
    accuracy = ds.accuracy.mean("parity")
    low, high = ds.d.values[0], ds.d.values[-1]
    early, late = ds.snapshot.values.tolist()
    snapshots = {"stated, nu_a = 1": early, "robust": late}

    def ends(name: str, snapshot: int) -> tuple[xr.DataArray, xr.DataArray]:
        y = accuracy.sel(representation=name, snapshot=snapshot)
        return y.sel(d=high), y.sel(d=low)

    span = f"from d = {low} to {high}"
    out = [
        below(f"multi-task, {s} values: the loss of accuracy {span} is below {LOSS}", low_d - high_d, LOSS)
        for s, at in snapshots.items()
        for high_d, low_d in (ends(f"multi-task | {s}", at),)
    ]
    out.append(below(f"no pretraining: accuracy falls {span}", *ends("random", early)))
    for s, at in snapshots.items():
        high_d, low_d = ends(f"single task | {s}", at)
        of_two, of_more = ({"trial": chosen} for chosen in (ds.task_size.values <= 2, ds.task_size.values > 2))
        start = f"single task, fresh samples, {s} values"
        out += [
            below(f"{start}: accuracy falls {span}", high_d, low_d),
            below(f"{start}, 3 or 4 features: accuracy falls {span}", high_d[of_more], low_d[of_more], "ours"),
            unchanged(f"{start}, 1 or 2 features: accuracy stays {span}", high_d[of_two], low_d[of_two], NONE, "ours"),
        ]
    text = f"single task, fixed samples, robust values: accuracy falls {span}"
    out.append(below(text, *ends("single task, fixed | robust", late), "ours"))
    for s, at in snapshots.items():
        pair = (
            accuracy.sel(representation=f"{kind} | {s}", snapshot=at).sel(d=high)
            for kind in ("single task", "multi-task")
        )
        out.append(below(f"{s} values, d = {high}: multi-task features beat single-task ones", *pair))
    return out


def sample_sizes(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `SampleSizes` says: Figure 3 (right)."""
    accuracy = ds.accuracy.mean("parity")
    few, many = ds.N.values[0], ds.N.values[-1]
    out = []
    for setting, snapshot in zip(("stated", "robust"), ds.snapshot.values, strict=True):
        y = accuracy.sel(representation=f"multi-task | {setting}", snapshot=snapshot)
        text = f"{setting} values: accuracy grows with N, over {', '.join(map(str, LADDER))}"
        out.append(decreasing(text, [y.sel(N=N) for N in reversed(LADDER)]))
        for other in (f"single task | {setting}", "random"):
            rival = accuracy.sel(representation=other, snapshot=snapshot)
            name = other.partition(" |")[0]
            text = f"{setting} values: multi-task features beat {name} ones at N = {few} and at N = {many}"
            out.append(weakest([below(text, rival.sel(N=N), y.sel(N=N)) for N in (few, many)]))
    return out
