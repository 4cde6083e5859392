"""What exact pretraining shows about downstream accuracy against d."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, unchanged


def independence(ds: xr.Dataset) -> list[Finding]:
    """Theorem 3.3, our version.

    Args:
        ds: the data set of `Independence`.

    Returns:
        The findings.
    """
    accuracy = ds.accuracy.mean("parity")
    multi, oracle, random = (accuracy.sel(representation=name) for name in ("multi-task", "oracle", "random"))
    low, high = ds.d.values[0], ds.d.values[-1]
    r = len(ds.parity).bit_length()
    return [
        unchanged(f"r = {r}: accuracy stays within 0.03 from d = {low} to {high}", multi[0], multi[-1], 0.03, "ours"),
        unchanged(f"r = {r}, d = {high}: as good as ideal features, within 0.02", oracle[-1], multi[-1], 0.02, "ours"),
        below(
            f"r = {r}: random features lose more than 0.1 from d = {low} to {high}", random[-1] + 0.1, random[0], "ours"
        ),
        below(f"r = {r}, d = {high}: random features are below 0.55", random[-1], 0.55, "ours"),
    ]
