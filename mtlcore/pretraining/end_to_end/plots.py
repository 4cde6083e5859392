"""Downstream accuracy after exact pretraining."""

from collections.abc import Sequence

import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import curve, log_ticks, panels
from mtlcore.pretraining.downstream.plots import ACCURACY, UNTRAINED


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
