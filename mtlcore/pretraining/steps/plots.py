"""One gradient step, and the growth of many."""

from collections.abc import Sequence

import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import COLOURS, ERROR, GREY, LINES, curve, panels, ticks


def one_step(sets: Sequence[xr.Dataset]) -> Figure:
    """What one population step leaves outside row(M) against d, and the same without its power law.

    Args:
        sets: data sets of `OneStep`, one for each r.

    Returns:
        The figure.
    """
    figure, (left, right) = panels(2)
    for k, ds in enumerate(sets):
        star, alone, _ = ds.variant.values
        label, r = f"r = {int(ds.r)}", int(ds.r)
        curve(left, ds.residual.sel(variant=star), "d", f"λ*, {label}", k)
        curve(left, ds.residual.sel(variant=alone), "d", "1/η, each r" if k == 0 else "_", k, colour=GREY)
        scale = (ds.d / r) ** 1.5
        curve(right, ds.residual.sel(variant=star) * scale, "d", label, k)
        right.plot(ds.d, (ds.leading * scale).mean("trial"), color=COLOURS[k], linewidth=4, alpha=0.35)
    for ax in (left, right):
        ticks(ax, ds.d)
        ax.set(xlabel="input dimension d")
    left.set(title="after one step", ylabel="outside / inside, median neuron", yscale="log", ylim=(1e-6, 30))
    left.legend(loc="center right", bbox_to_anchor=(1, 0.64), ncols=2)
    right.set(title="times $(d/r)^{3/2}$", ylim=(0, 0.11))
    right.legend(loc="upper right", ncols=3)
    return figure


def finite_step(ds: xr.Dataset) -> Figure:
    """Error after one step against the number of samples, and the predicted noise.

    Args:
        ds: the data set of `FiniteStep`.

    Returns:
        The figure.
    """
    figure, (ax,) = panels(1)
    curve(ax, ds.error, "n", "runs", 0)
    ax.plot(ds.n, ds.predicted, color=GREY, linestyle="--", label="predicted noise")
    ticks(ax, ds.n)
    ax.set(xlabel="samples per task n", ylabel=ERROR, yscale="log")
    ax.set_yticks((0.05, 0.1, 0.2, 0.4), ("0.05", "0.1", "0.2", "0.4"))
    ax.minorticks_off()
    ax.legend()
    return figure


def phases(ds: xr.Dataset, neutral: dict[str, tuple[float, ...]]) -> Figure:
    """Growth inside and outside row(M) against Lambda: runs as markers, theory as lines, a panel for each law.

    Args:
        ds: the data set of `Phases`.
        neutral: for each law the values of Lambda between two regimes, increasing.

    Returns:
        The figure; the regimes are shaded.
    """
    figure, axes = panels(ds.sizes["law"], height=3.6, sharey=True)
    low, high = float(ds.Lambda.min()) - 0.2, float(ds.Lambda.max()) + 0.2
    for ax, law in zip(axes, ds.law.values, strict=True):
        for k, (part, label) in enumerate((("p", "inside row(M)"), ("q", "outside row(M)"))):
            y, line = (1000 * x.sel(law=law, part=part) for x in (ds.growth, ds.predicted))
            ax.plot(ds.Lambda, line, color=COLOURS[k], linestyle=LINES[k], label=f"{label}, theory")
            spread = y.std("trial", ddof=1)
            ax.errorbar(
                ds.Lambda, y.mean("trial"), spread, color=COLOURS[k], fmt="os"[k], markersize=5, capsize=3,
                label=f"{label}, runs",
            )  # fmt: skip
        edges = [low, *(edge for edge in neutral[str(law)] if edge > low), high]
        names = ("both\ngrow", "inside\ngrows", "aligned\ngrow", "all\ndecay")[1 - len(edges) :]
        for k, (a, b, name) in enumerate(zip(edges, edges[1:], names, strict=False)):
            ax.axvspan(a, b, color=GREY, alpha=0.08 * (6 - len(edges) + k), linewidth=0)
            if b - a > 0.5:
                ax.text((a + b) / 2, 0.98, name, ha="center", va="top", transform=ax.get_xaxis_transform())
        ax.axhline(0, color=GREY, linewidth=1)
        ax.set(title=str(law), xlabel="Λ", xlim=(low, high), ylim=(-15, 10))
    axes[0].set_ylabel("log growth in 1000 steps")
    axes[0].legend(loc="lower left")
    return figure
