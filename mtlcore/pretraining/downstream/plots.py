"""Figure 3: downstream accuracy against d and N."""

import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import COLOURS, GREY, LINES, curve, legend_below, panels, ticks

#: Styles of what is not pretrained, the same in every picture.
UNTRAINED = {"random": 5, "oracle": 6}


def accuracies(ds: xr.Dataset, along: str, label: str, snapshots: dict[str, int]) -> Figure:
    """Downstream accuracy, a line for each representation.

    Args:
        ds: `accuracy` by representation, snapshot, parity, trial and `along`.
        along: the dimension of the horizontal axis.
        label: its name.
        snapshots: iteration at which each representation is probed, by name.

    Returns:
        The figure.
    """
    figure, (ax,) = panels(1, height=5.2, width=5)
    for k, (name, snapshot) in enumerate(snapshots.items()):
        y = ds.accuracy.sel(representation=name, snapshot=snapshot).mean("parity")
        text = f"{name} (iteration {snapshot})" if "|" in name else name
        curve(ax, y, along, text, UNTRAINED.get(name, k))
    ticks(ax, ds[along])
    ax.set(xlabel=label, ylabel="downstream accuracy")
    legend_below(figure, ax, 1)
    return figure


def dimensions(ds: xr.Dataset, snapshots: dict[str, int]) -> Figure:
    """Downstream accuracy against d, a line for each representation (Figure 3, left).

    Args:
        ds: the data set of `Dimensions`.
        snapshots: iteration at which each representation is probed, by name.

    Returns:
        The figure.
    """
    return accuracies(ds, "d", "input dimension d", snapshots)


def sample_sizes(ds: xr.Dataset, snapshots: dict[str, int]) -> Figure:
    """Downstream accuracy against the number of downstream samples (Figure 3, right).

    Args:
        ds: the data set of `SampleSizes`.
        snapshots: iteration at which each representation is probed, by name.

    Returns:
        The figure.
    """
    return accuracies(ds, "N", "downstream samples N", snapshots)


def by_task_size(ds: xr.Dataset, representations: dict[str, int]) -> Figure:
    """Downstream accuracy of single-task features against d, split by the size of the one pretraining task.

    Args:
        ds: the data set of `Dimensions`.
        representations: iteration at which each representation is probed, by name.

    Returns:
        The figure.
    """
    figure, axes = panels(len(representations), sharey=True)
    random = ds.accuracy.sel(representation="random").isel(snapshot=0).mean(("parity", "trial"))
    for ax, (name, snapshot) in zip(axes, representations.items(), strict=True):
        y = ds.accuracy.sel(representation=name, snapshot=snapshot).mean("parity").groupby(ds.task_size).mean()
        for k, size in enumerate(y.task_size.values):
            line = y.sel(task_size=size)
            ax.plot(ds.d, line, color=COLOURS[k], linestyle=LINES[k], marker="o", label=f"task of {size}")
        ax.plot(ds.d, random, color=GREY, linewidth=3, alpha=0.5, label="random features")
        ax.set(title=name, xlabel="input dimension d")
        ticks(ax, ds.d)
    axes[0].set_ylabel("downstream accuracy")
    legend_below(figure, axes[0], 3)
    return figure
