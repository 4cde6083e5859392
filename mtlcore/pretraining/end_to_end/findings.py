"""What exact pretraining shows about downstream accuracy against d."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, unchanged

#: The largest change of accuracy with d that counts as none, and the largest distance to ideal features.
CHANGE, DISTANCE = 0.03, 0.02
#: What random features lose at least, and the accuracy that they stay below at the largest d.
LOSS, CHANCE = 0.1, 0.55


def independence(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `Independence` says: Theorem 3.3, our version."""
    accuracy = ds.accuracy.mean("parity")
    multi, oracle, random = (accuracy.sel(representation=name) for name in ("multi-task", "oracle", "random"))
    first, last = {"d": 0}, {"d": -1}
    low, high = ds.d.values[0], ds.d.values[-1]
    r = f"r = {len(ds.parity).bit_length()}"
    span, end = f"from d = {low} to {high}", f"d = {high}"
    return [
        unchanged(f"{r}: accuracy stays within {CHANGE} {span}", multi[first], multi[last], CHANGE, "ours"),
        unchanged(
            f"{r}, {end}: as good as ideal features, within {DISTANCE}", oracle[last], multi[last], DISTANCE, "ours"
        ),
        below(f"{r}: random features lose more than {LOSS} {span}", random[last] + LOSS, random[first], "ours"),
        below(f"{r}, {end}: random features are below {CHANCE}", random[last], CHANCE, "ours"),
    ]
