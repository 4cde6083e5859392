"""How every picture of the book is drawn: colours, panels, a mean with its band."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
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


def panels(columns: int, height: float = 3.2, width: float = 4.2, sharey: bool = False) -> tuple[Figure, list[Axes]]:
    """A row of panels, each of this height and width in inches.

    Returns:
        The figure and its panels, from left to right.
    """
    figure, axes = plt.subplots(1, columns, figsize=(width * columns, height), sharey=sharey, squeeze=False)
    return figure, list(axes[0])


def look(style: int) -> dict[str, Any]:
    """Colour and dashes of a line, as `plot` takes them; they begin again after the last style."""
    return {"color": COLOURS[style % len(COLOURS)], "linestyle": LINES[style % len(LINES)]}


def deviation(y: xr.DataArray) -> xr.DataArray:
    """One standard deviation over the trials: half the width of every band, and every error bar.

    Returns:
        The same without the dimension "trial".
    """
    return y.std("trial", ddof=1)


def curve(ax: Axes, y: xr.DataArray, label: str, style: int, colour: str = "", band: bool = True) -> None:
    """A mean over trials with a band of one standard deviation; a single trial has none.

    Args:
        y: values by "trial" and one more dimension, that of the horizontal axis.
        style: as in `look`.
        colour: in place of that of the style.
    """
    (along,) = set(y.dims) - {"trial"}
    middle, drawn = y.mean("trial"), look(style) | ({"color": colour} if colour else {})
    ax.plot(y[along], middle, label=label, **drawn)
    if band and y.sizes["trial"] > 1:
        spread = deviation(y)
        low = np.maximum(middle - spread, middle / 10)  # the axis may be logarithmic
        ax.fill_between(y[along], low, middle + spread, color=drawn["color"], alpha=0.15, linewidth=0)


def curves(ax: Axes, y: xr.DataArray, by: str, label: str = "{}") -> None:
    """A curve for each value of a dimension, in the order of the styles.

    Args:
        y: values by "trial", by `by`, and by one more dimension, that of the horizontal axis.
        label: the legend's text, with {} for the value.
    """
    for style, value in enumerate(y[by].values):
        curve(ax, y.sel({by: value}), label.format(value), style)


def slope_guide(ax: Axes, x: xr.DataArray, start: float, power: float) -> None:
    """A thin line of a given slope on logarithmic axes, which begins at a given height.

    Args:
        x: abscissae, along one dimension.
    """
    ax.plot(x, start * (x.values / x.values[0]) ** power, color=GREY, linewidth=1, label=f"slope {power:g}")


def log_ticks(ax: Axes, x: xr.DataArray) -> None:
    """A logarithmic horizontal axis that names the values that were run, and no others.

    Args:
        x: the values, along one dimension.
    """
    ax.set_xscale("log")
    ax.set_xticks(x.values, [str(value) for value in x.values])
    ax.xaxis.minorticks_off()


def centre(ax: Axes, paths: xr.DataArray) -> None:
    """Put the origin in the middle, with one scale in both directions that holds every point of the paths.

    Args:
        paths: coordinates of points, along any dimensions.
    """
    reach = 1.1 * float(abs(paths).max())
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")


def heat_map(ax: Axes, A: xr.DataArray) -> AxesImage:
    """A matrix in colours, with no colour at zero and the full ones at its largest entry.

    Args:
        A: by two dimensions, row and column.
    """
    top = float(abs(A).max())
    ax.set(xticks=[], yticks=[])
    ax.grid(False)
    return ax.imshow(A, cmap=DIVERGING, vmin=-top, vmax=top)


def legend_below(figure: Figure, ax: Axes, columns: int) -> None:
    """One legend for all panels, below the first, whose lines it names: on a phone it stays in view with that panel."""
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
