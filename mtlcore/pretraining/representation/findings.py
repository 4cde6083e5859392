"""What Figures 1 and 2 show about numbers of tasks and laws over them."""

from collections.abc import Sequence

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, decreasing, unpaired

#: Numbers of tasks over which the error must fall, under the robust and under the stated values.
ROBUST_LADDER, STATED_LADDER = (1, 4, 16), (1, 4, 16, 64)
#: The error below which the subspace is found, and what a draw of all tasks may differ by from each task once.
FOUND, NEARLY = 0.1, 0.01
#: The iteration at which laws are compared, and the skews that the uniform law must do better than.
ITERATION, HARMFUL = 500, ("Zipf(1)", "uneven features", "Zipf(2)", "large sets")


def rungs(ladder: Sequence[int]) -> str:
    """A ladder in words, such as "1 through 4 and 16 to 64"."""
    first, *between, last = map(str, ladder)
    return f"{first} through {' and '.join(between)} to {last}"


def task_count(ds: xr.Dataset, robust_ladder: Sequence[int] = ROBUST_LADDER) -> list[Finding]:
    """What the data set of `TaskCount` says: Figures 1 and 2 (left)."""
    last = ds.isel(iteration=-1)
    stated, robust = last.error.sel(setting="stated"), last.error.sel(setting="robust")
    many, enough = ds["T"].values[-1], robust_ladder[-1]
    out = [
        decreasing(f"{name} values: the error falls from T = {rungs(ladder)}", [error.sel(T=T) for T in ladder])
        for name, ladder, error in (("stated", STATED_LADDER, stated), ("robust", robust_ladder, robust))
    ]
    text = f"robust values: at T = {enough} the error is below {FOUND}"
    out.append(below(text, robust.sel(T=enough), FOUND, "ours"))
    for name, setting in (("robust", "robust"), ("stated", "stated, nu_a = 1")):
        text = f"{name} values: each task once does as well as {many} drawn tasks"
        drawn = last.error.sel(setting=setting, T=many)
        out.append(below(text, last.balanced.sel(setting=setting), drawn + NEARLY, "ours"))
    text = "stated values, T = 16: the error is lower when every singleton task was drawn"
    one, drawn = stated.sel(T=16), last.singletons.sel(T=16).values > 0
    return [*out, unpaired(text, one.isel(trial=drawn), one.isel(trial=~drawn))]


def skew(ds: xr.Dataset, iteration: int = ITERATION) -> list[Finding]:
    """What the data set of `Skew` says: Figure 2 (right)."""
    out = []
    for setting in ("stated", "robust"):
        error = ds.error.sel(setting=setting, iteration=iteration)
        start = f"{setting} values, iteration {iteration}"
        for law in HARMFUL:
            text = f"{start}: the uniform law does better than the skew {law!r}"
            out.append(below(text, error.sel(law="uniform"), error.sel(law=law)))
        text = f"{start}: the skew 'small sets' does better than the uniform law"
        out.append(below(text, error.sel(law="small sets"), error.sel(law="uniform"), "ours"))
    return out
