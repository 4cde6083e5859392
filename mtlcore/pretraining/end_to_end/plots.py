"""Downstream accuracy after exact pretraining."""

from collections.abc import Sequence

import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import curve, panels, ticks
from mtlcore.pretraining.downstream.plots import UNTRAINED


def independence(runs: Sequence[xr.Dataset]) -> Figure:
    """Downstream accuracy against d for exactly pretrained, ideal and random features, a panel for each run.

    Args:
        runs: data sets of `Independence`.

    Returns:
        The figure.
    """
    figure, axes = panels(len(runs), sharey=True)
    for ax, ds in zip(axes, runs, strict=True):
        for k, name in enumerate(ds.representation.values):
            curve(ax, ds.accuracy.sel(representation=name).mean("parity"), "d", str(name), UNTRAINED.get(name, k))
        ax.set(title=f"r = {len(ds.parity).bit_length()}", xlabel="input dimension d", ylim=(0.45, 1.02))
        ticks(ax, ds.d)
    axes[0].set_ylabel("downstream accuracy")
    axes[0].legend(loc="center right")
    return figure
