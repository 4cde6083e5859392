"""Downstream accuracy after exact pretraining."""

from collections.abc import Sequence

import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import COLOURS, curve, legend_below, log_ticks, panels
from mtlcore.pretraining.downstream.plots import ACCURACY, UNTRAINED
from mtlcore.pretraining.end_to_end.composed import bound

#: What an axis is called, by the size that varies.
AXES = {"d": "input dimension d", "N": "downstream samples N", "m_hat": "neurons", "lam": "length of the best head"}


def independence(runs: Sequence[xr.Dataset]) -> Figure:
    """Downstream accuracy against d for exactly pretrained, ideal and random features.

    Args:
        runs: data sets of `Independence`, a panel for each.
    """
    figure, axes = panels(len(runs), sharey=True)
    for ax, ds in zip(axes, runs, strict=True):
        for k, name in enumerate(ds.representation.values):
            curve(ax, ds.accuracy.sel(representation=name).mean("parity"), str(name), UNTRAINED.get(name, k))
        ax.set(title=f"r = {len(ds.parity).bit_length()}", xlabel="input dimension d", ylim=(0.45, 1.02))
        log_ticks(ax, ds.d)
    axes[0].set_ylabel(ACCURACY)
    axes[0].legend(loc="center right")
    return figure


def composed(runs: Sequence[xr.Dataset]) -> Figure:
    """The terms of the bound, their sum and the measured risk, for the parity of all features.

    Args:
        runs: data sets of `EndToEnd` in each of which one size varies, a panel for each.
    """
    figure, axes = panels(len(runs), width=3.1, height=3.6, sharey=True)
    for ax, ds in zip(axes, runs, strict=True):
        (along,) = (name for name in AXES if ds.sizes[name] > 1)
        one = ds.isel(parity=-1).squeeze(drop=True)
        if along == "lam":
            one = one.assign_coords(lam=one.length.mean("trial").values.round(1))
        parts = {"inside row(M)": one.inside, "outside": one.outside, "penalty and samples": one.penalty + one.samples}
        for k, (label, y) in enumerate((parts | {"sum": bound(one)}).items()):
            curve(ax, y, label, k)
        curve(ax, one.risk, "measured risk", 6)
        ax.plot(one[along], one.risk.mean("trial"), "o", color=COLOURS[6], markersize=4)
        ax.axhline(1.0, color=COLOURS[6], linewidth=0.8)
        log_ticks(ax, one[along])
        ax.set(xlabel=AXES[along], yscale="log", ylim=(0.05, 5))
        ax.tick_params(axis="x", labelrotation=45)
    axes[0].set_ylabel("hinge risk")
    legend_below(figure, axes[0], 5)
    return figure
