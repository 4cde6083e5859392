"""What Figure 4 shows about the matrix A."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, decreasing, slope


def contrastive_matrix(ds: xr.Dataset) -> list[Finding]:
    """Figure 4.

    Args:
        ds: the data set of `ContrastiveMatrix`.

    Returns:
        The findings.
    """
    clean, empty = (ds.sel(law=law) for law in ("non-empty", "with the empty set"))
    ladder = (1, 64, 1024)
    return [
        decreasing(
            "without the empty set: the leading block's share of energy grows over T = 1, 64, 1024",
            [clean.energy.sel(T=T) for T in ladder[::-1]],
        ),
        decreasing(
            "without the empty set: the subspace error falls over T = 1, 64, 1024",
            [clean.error.sel(T=T) for T in ladder],
        ),
        below(
            "without the empty set: at T = 1024 the leading block holds 98% of the energy",
            0.98,
            clean.energy.sel(T=1024),
        ),
        below(
            "with the empty set: even at T = 1024 the subspace error stays above 0.3",
            0.3,
            empty.error.sel(T=1024),
            "ours",
        ),
        decreasing(
            "without the empty set: A comes closer to the exact matrix over T = 4, 64, 1024",
            [clean.distance.sel(T=T) for T in (4, 64, 1024)],
            "ours",
        ),
        slope(
            "without the empty set: the distance of A to the exact matrix falls like T^(-1/2) from T = 64 on",
            clean["T"].sel(T=slice(64, None)),
            clean.distance.sel(T=slice(64, None)),
            -0.5,
        ),
    ]
