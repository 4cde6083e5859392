"""What Figures 1 and 2 show about numbers of tasks and laws over them, and how much energy lies in row(M)."""

import xarray as xr

from mtlcore.lab.comparisons import Finding, below, decreasing, unpaired

#: Numbers of tasks over which the error must fall, whatever the values.
LADDER = (1, 4, 16, 64)
#: The error below which the subspace is found, and what a draw of all tasks may differ by from each task once.
FOUND, NEARLY = 0.1, 0.01
#: The share of the energy that counts as concentrated.
CONCENTRATED = 0.9
#: The iteration at which laws are compared.
ITERATION = 500


def more_tasks(ds: xr.Dataset, setting: str) -> list[Finding]:
    """What the data set of `TaskCount` says of the caption of Figure 1 under one setting.

    The error has to fall from rung to rung of `LADDER`, up to the first that finds the subspace.
    """
    error, many = ds.error.sel(setting=setting).isel(iteration=-1), ds["T"].values[-1]
    found = [T for T in LADDER if error.sel(T=T).mean() < FOUND]
    climbed = LADDER[: LADDER.index(found[0]) + 1] if found else LADDER
    start, over = f"{setting} values", ", ".join(map(str, climbed))
    return [
        decreasing(f"{start}: the error falls over T = {over}", [error.sel(T=T) for T in climbed]),
        below(f"{start}: at T = {many} the error is below {FOUND}", error.sel(T=many), FOUND),
    ]


def task_count(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `TaskCount` says: Figures 1 and 2 (left)."""
    last, many = ds.isel(iteration=-1), ds["T"].values[-1]
    out = [finding for setting in ds.setting.values for finding in more_tasks(ds, setting)]
    for setting in ds.setting.values:
        text = f"{setting} values: each task once does as well as {many} drawn tasks"
        drawn = last.error.sel(setting=setting, T=many)
        out.append(below(text, last.balanced.sel(setting=setting), drawn + NEARLY, "ours"))
    text = "stated values, T = 16: the error is lower when every singleton task was drawn"
    one, drawn = last.error.sel(setting="stated", T=16), last.singletons.sel(T=16).values > 0
    return [*out, unpaired(text, one.isel(trial=drawn), one.isel(trial=~drawn))]


def concentration(ds: xr.Dataset, setting: str) -> list[Finding]:
    """Whether the layers of the data set of `TaskCount` concentrate their energy in row(M), for its largest T.

    Before the training row(M) has the share r / d: the rows have no direction yet.
    """
    energy, many = ds.energy.sel(setting=setting).isel(T=-1), ds["T"].values[-1]
    text = f"{setting} values, T = {many}: at the end row(M) has more than {CONCENTRATED:.0%} of the energy"
    return [below(text, CONCENTRATED, energy.isel(iteration=-1))]


def hurts(ds: xr.Dataset, law: str, setting: str, iteration: int = ITERATION) -> Finding:
    """What the data set of `Skew` says of one skewed law under one setting: Figure 2 (right)."""
    error = ds.error.sel(setting=setting, iteration=iteration)
    text = f"{setting} values, iteration {iteration}: the uniform law does better than the skew {law!r}"
    return below(text, error.sel(law="uniform"), error.sel(law=law))


def skew(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `Skew` says: Figure 2 (right)."""
    skews = [str(law) for law in ds.law.values if law != "uniform"]
    return [hurts(ds, law, setting) for setting in ("stated", "robust") for law in skews]
