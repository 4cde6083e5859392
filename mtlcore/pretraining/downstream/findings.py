"""What Figure 3 shows about downstream accuracy against d and N."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, decreasing, unchanged, weakest


def dimensions(ds: xr.Dataset) -> list[Finding]:
    """Figure 3 (left).

    Args:
        ds: the data set of `Dimensions`.

    Returns:
        The findings.
    """
    accuracy = ds.accuracy.mean("parity")
    low, high = ds.d.values[0], ds.d.values[-1]

    def ends(name: str, snapshot: int) -> tuple[xr.DataArray, xr.DataArray]:
        y = accuracy.sel(representation=name, snapshot=snapshot)
        return y.sel(d=high), y.sel(d=low)

    span = f"from d = {low} to {high}"
    multi = {"stated, nu_a = 1": 500, "robust": 1000}
    out = [
        below(f"multi-task, {s} values: the loss of accuracy {span} is below 0.06", low_d - high_d, 0.06)
        for s, at in multi.items()
        for high_d, low_d in (ends(f"multi-task | {s}", at),)
    ]
    out.append(below(f"no pretraining: accuracy falls {span}", *ends("random", 500)))
    for s, at in multi.items():
        high_d, low_d = ends(f"single task | {s}", at)
        small = ds.task_size.values <= 2
        start = f"single task, fresh samples, {s} values"
        out += [
            below(f"{start}: accuracy falls {span}", high_d, low_d),
            below(f"{start}, 3 or 4 features: accuracy falls {span}", high_d[~small], low_d[~small], "ours"),
            unchanged(f"{start}, 1 or 2 features: accuracy stays {span}", high_d[small], low_d[small], 0.03, "ours"),
        ]
    out.append(
        below(
            f"single task, fixed samples, robust values: accuracy falls {span}",
            *ends("single task, fixed | robust", 1000),
            "ours",
        )
    )
    for s, at in multi.items():
        pair = (
            accuracy.sel(representation=f"{kind} | {s}", snapshot=at).sel(d=high)
            for kind in ("single task", "multi-task")
        )
        out.append(below(f"{s} values, d = {high}: multi-task features beat single-task ones", *pair))
    return out


def sample_sizes(ds: xr.Dataset) -> list[Finding]:
    """Figure 3 (right).

    Args:
        ds: the data set of `SampleSizes`.

    Returns:
        The findings.
    """
    accuracy = ds.accuracy.mean("parity")
    out = []
    for setting, snapshot in (("stated", 750), ("robust", 1000)):
        y = accuracy.sel(representation=f"multi-task | {setting}", snapshot=snapshot)
        ladder = [y.sel(N=N) for N in (1024, 256, 64, 16)]
        out.append(decreasing(f"{setting} values: accuracy grows with N, over 16, 64, 256, 1024", ladder))
        for other in (f"single task | {setting}", "random"):
            rival = accuracy.sel(representation=other, snapshot=snapshot)
            name = other.partition(" |")[0]
            text = f"{setting} values: multi-task features beat {name} ones at N = 16 and at N = 4096"
            pair = [below(text, rival.sel(N=N), y.sel(N=N)) for N in (16, 4096)]
            out.append(weakest(pair))
    return out
