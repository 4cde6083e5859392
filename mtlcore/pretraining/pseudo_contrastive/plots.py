"""Figure 4: the matrix A of the pseudo-contrastive loss, from the data set of `ContrastiveMatrix`."""

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import COLOURS, curve, heat_map, panels


def matrices(ds: xr.Dataset, trial: int = 0) -> Figure:
    """A of one trial, divided by its largest entry, as heat maps in rows of four for each law (Figure 4).

    Returns:
        The figure; the last matrix of each law is exact, that of infinitely many tasks.
    """
    rows = -(-(ds.sizes["T"] + 1) // 4)
    figure = plt.figure(figsize=(6.6, 2.1 * rows * ds.sizes["law"]))
    for part, law in zip(figure.subfigures(ds.sizes["law"], squeeze=False).ravel(), ds.law.values, strict=True):
        part.suptitle(str(law))
        axes = part.subplots(rows, 4).ravel()
        one = ds.sel(law=law).isel(trial=trial)
        pictures = [(f"T = {T}", one.A.sel(T=T)) for T in ds["T"].values] + [("T = ∞, exact", one.exact)]
        for ax, (title, A) in zip(axes, pictures, strict=False):
            image = heat_map(ax, A / abs(A).max())
            ax.set_title(title)
            ax.spines[:].set_visible(True)
        for ax in axes[len(pictures) :]:
            ax.set_axis_off()
        part.colorbar(image, cax=axes[-1].inset_axes((0.1, 0.1, 0.1, 0.8)), ticks=(-1, 0, 1))
    return figure


def matrix_quality(ds: xr.Dataset) -> Figure:
    """Energy in the leading block and subspace error of A against T; thin lines for infinitely many tasks."""
    figure, axes = panels(2)
    titles = {"energy": "energy in the leading block", "error": "subspace error"}
    for ax, (name, title) in zip(axes, titles.items(), strict=True):
        for k, law in enumerate(ds.law.values):
            curve(ax, ds[name].sel(law=law), str(law), k)
            ax.axhline(float(ds[f"exact_{name}"].sel(law=law).mean()), color=COLOURS[k], linewidth=0.8, alpha=0.6)
        ax.set(title=title, xlabel="number of tasks T", xscale="log", ylim=(0, 1.1))
    axes[0].legend()
    return figure
