"""How every picture of the book is drawn: colours, panels, a mean with its band."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

#: Okabe and Ito's palette without its yellow, told apart by readers with any colour vision.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#444444")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
GREY = "#888888"
#: Orange for negative, blue for positive; nothing where a value is zero, so that it suits light and dark pages.
#:
#: :meta hide-value:
DIVERGING = mpl.colors.LinearSegmentedColormap.from_list(
    "diverging",
    [(0, (*mpl.colors.to_rgb(COLOURS[1]), 1.0)), (0.5, (*mpl.colors.to_rgb(COLOURS[1]), 0.0))]
    + [(0.5, (*mpl.colors.to_rgb(COLOURS[0]), 0.0)), (1, (*mpl.colors.to_rgb(COLOURS[0]), 1.0))],
)
ERROR = "error (sine of the largest angle)"


def setup() -> None:
    """Make pictures vector graphics with a transparent ground, which follow the page's light or dark theme."""
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("svg", "pdf")  # one for the page, one to take away
    mpl.rcParams.update(
        {
            "axes.grid": True,
            "axes.prop_cycle": cycler(color=COLOURS),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlesize": "medium",
            "figure.constrained_layout.use": True,
            "figure.facecolor": "none",
            "axes.facecolor": "none",
            "savefig.facecolor": "none",
            "grid.alpha": 0.3,
            "legend.frameon": False,
            "legend.fontsize": "small",
            "svg.hashsalt": "mtlcore",
        }
    )


def panels(columns: int, height: float = 3.2, width: float = 4.2, **kwargs: Any) -> tuple[Figure, Sequence[Axes]]:
    """A row of panels.

    Args:
        columns: how many.
        height: in inches.
        width: of each panel, in inches.
        kwargs: passed on to `plt.subplots`.

    Returns:
        The figure and its axes.
    """
    figure, axes = plt.subplots(1, columns, figsize=(width * columns, height), squeeze=False, **kwargs)
    return figure, list(axes[0])


def curve(ax: Axes, y: xr.DataArray, along: str, label: str, style: int, colour: str = "", band: bool = True) -> None:
    """A mean over trials with a band of one standard deviation.

    Args:
        ax: where to draw.
        y: values by "trial" and `along`.
        along: the dimension of the horizontal axis.
        label: the legend's text.
        style: index of colour and line style.
        colour: by default that of the style.
        band: whether to draw the band; a single trial has none.
    """
    colour = colour or COLOURS[style % len(COLOURS)]
    middle = y.mean("trial")
    ax.plot(y[along], middle, color=colour, linestyle=LINES[style % len(LINES)], label=label)
    if not band or y.sizes["trial"] < 2:
        return
    spread = y.std("trial", ddof=1)
    low = np.maximum(middle - spread, middle / 10)  # the axis may be logarithmic
    ax.fill_between(y[along], low, middle + spread, color=colour, alpha=0.15, linewidth=0)


def guide(ax: Axes, x: np.ndarray, start: float, power: float) -> None:
    """A thin line of a given slope.

    Args:
        ax: where to draw, with logarithmic axes.
        x: abscissae, shape (point,).
        start: its height at the first of them.
        power: its slope.
    """
    ax.plot(x, start * (x / x[0]) ** power, color=GREY, linewidth=1, label=f"slope {power:g}")


def ticks(ax: Axes, x: xr.DataArray) -> None:
    """A logarithmic horizontal axis that names the values that were run, and no others.

    Args:
        ax: where to draw.
        x: the values, of one dimension.
    """
    ax.set_xscale("log")
    ax.set_xticks(x.values, [str(value) for value in x.values])
    ax.xaxis.minorticks_off()


def legend_below(figure: Figure, ax: Axes, columns: int) -> None:
    """One legend for all panels, below the first: on a phone it stays in view with that panel.

    Args:
        figure: the figure.
        ax: the panel whose lines it names.
        columns: how many entries stand side by side.
    """
    figure.legend(*ax.get_legend_handles_labels(), loc="outside lower left", ncols=columns)


def against_iterations(axes: Sequence[Axes], titles: Sequence[str]) -> None:
    """Name the axes of panels that show errors against iterations, and give them one logarithmic scale.

    Args:
        axes: the panels, which share their vertical axis.
        titles: one for each.
    """
    for ax, title in zip(axes, titles, strict=True):
        ax.set(title=title, xlabel="iteration", yscale="log", ylim=(0.01, 1.3))
    axes[0].set_ylabel(ERROR)
