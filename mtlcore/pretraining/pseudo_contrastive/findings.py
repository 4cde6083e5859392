"""What Figure 4 shows about the matrix A."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, decreasing, slope

#: The number of tasks from which on A is close enough to its limit for a power law, and the least for a comparison.
CLOSE, SEVERAL = 64, 4
#: The share of the energy and the error from which on A is its block on row(M), all of it.
HELD, FOUND = 0.98, 0.1
#: The readings of the law, in words and as the run has them.
READINGS = {"without the empty set": "non-empty", "with the empty set": "with the empty set"}


def isolates(ds: xr.Dataset, law: str) -> list[Finding]:
    """What the data set of `ContrastiveMatrix` says of the caption of Figure 4 under one law."""
    one, few, many = ds.sel(law=law), ds["T"].values[0], ds["T"].values[-1]
    ladder = (few, CLOSE, many)
    start, over = f"the law {law!r}", ", ".join(map(str, ladder))
    energy, error = ([one[name].sel(T=T) for T in ladder] for name in ("energy", "error"))
    return [
        decreasing(f"{start}: the leading block's share of energy grows over T = {over}", energy[::-1]),
        decreasing(f"{start}: the subspace error falls over T = {over}", error),
        below(f"{start}: at T = {many} the leading block holds {HELD:.0%} of the energy", HELD, energy[-1]),
        below(f"{start}: at T = {many} the subspace error is below {FOUND}", error[-1], FOUND),
    ]


def contrastive_matrix(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `ContrastiveMatrix` says: Figure 4."""
    clean, distances = ds.distance.sel(law="non-empty"), (SEVERAL, CLOSE, ds["T"].values[-1])
    near, start = clean.sel(T=slice(CLOSE, None)), "the law 'non-empty'"
    return [
        *(finding for law in READINGS.values() for finding in isolates(ds, law)),
        decreasing(
            f"{start}: A comes closer to the exact matrix over T = {', '.join(map(str, distances))}",
            [clean.sel(T=T) for T in distances],
            "ours",
        ),
        slope(
            f"{start}: the distance of A to the exact matrix falls like T^(-1/2) from T = {CLOSE} on",
            near["T"],
            near,
            -0.5,
        ),
    ]
