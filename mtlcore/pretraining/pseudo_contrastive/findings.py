"""What Figure 4 shows about the matrix A."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, decreasing, slope

#: The number of tasks from which on A is close enough to its limit for a power law, and the least for a comparison.
CLOSE, SEVERAL = 64, 4


def contrastive_matrix(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `ContrastiveMatrix` says: Figure 4."""
    clean, empty = (ds.sel(law=law) for law in ("non-empty", "with the empty set"))
    few, many = ds["T"].values[0], ds["T"].values[-1]
    ladder, distances = (few, CLOSE, many), (SEVERAL, CLOSE, many)
    over, start = ", ".join(map(str, ladder)), "without the empty set"
    near = {"T": slice(CLOSE, None)}
    return [
        decreasing(
            f"{start}: the leading block's share of energy grows over T = {over}",
            [clean.energy.sel(T=T) for T in ladder[::-1]],
        ),
        decreasing(f"{start}: the subspace error falls over T = {over}", [clean.error.sel(T=T) for T in ladder]),
        below(f"{start}: at T = {many} the leading block holds 98% of the energy", 0.98, clean.energy.sel(T=many)),
        below(
            f"with the empty set: even at T = {many} the subspace error stays above 0.3",
            0.3,
            empty.error.sel(T=many),
            "ours",
        ),
        decreasing(
            f"{start}: A comes closer to the exact matrix over T = {', '.join(map(str, distances))}",
            [clean.distance.sel(T=T) for T in distances],
            "ours",
        ),
        slope(
            f"{start}: the distance of A to the exact matrix falls like T^(-1/2) from T = {CLOSE} on",
            clean["T"].sel(near),
            clean.distance.sel(near),
            -0.5,
        ),
    ]
