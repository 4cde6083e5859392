"""One gradient step, and the growth of many."""

from collections.abc import Sequence

import xarray as xr
from matplotlib.figure import Figure

from mtlcore.lab.drawing import COLOURS, ERROR, GREY, curve, deviation, log_ticks, look, panels


def one_step(sets: Sequence[xr.Dataset]) -> Figure:
    """What one population step leaves outside row(M) against d, and the same without its power law.

    Args:
        sets: data sets of `OneStep`, one for each r.
    """
    figure, (left, right) = panels(2)
    for k, ds in enumerate(sets):
        r, residual = int(ds.r), ds.residual.sel(variant="lam_w*")
        curve(left, residual, f"λ*, r = {r}", k)
        curve(left, ds.residual.sel(variant="1/eta"), "1/η, each r" if k == 0 else "_", k, colour=GREY)
        scale = (ds.d / r) ** 1.5
        curve(right, residual * scale, f"r = {r}", k)
        right.plot(ds.d, (ds.leading * scale).mean("trial"), color=COLOURS[k], linewidth=4, alpha=0.35)
    for ax in (left, right):
        log_ticks(ax, ds.d)
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
    """
    figure, (ax,) = panels(1)
    curve(ax, ds.error, "runs", 0)
    ax.plot(ds.n, ds.predicted, color=GREY, linestyle="--", label="predicted noise")
    log_ticks(ax, ds.n)
    ax.set(xlabel="samples per task n", ylabel=ERROR, yscale="log")
    ax.set_yticks((0.05, 0.1, 0.2, 0.4), ("0.05", "0.1", "0.2", "0.4"))
    ax.minorticks_off()
    ax.legend()
    return figure


def phases(ds: xr.Dataset, neutral: dict[str, tuple[float, ...]]) -> Figure:
    """Growth inside and outside row(M) against Lambda: runs as markers, theory as lines, regimes shaded.

    Args:
        ds: the data set of `Phases`, a panel for each law.
        neutral: for each law the values of Lambda between two regimes, increasing.
    """
    figure, axes = panels(ds.sizes["law"], height=3.6, sharey=True)
    low, high = float(ds.Lambda.min()) - 0.2, float(ds.Lambda.max()) + 0.2
    for ax, law in zip(axes, ds.law.values, strict=True):
        for k, (part, label) in enumerate((("p", "inside row(M)"), ("q", "outside row(M)"))):
            y, line = (1000 * x.sel(law=law, part=part) for x in (ds.growth, ds.predicted))
            ax.plot(ds.Lambda, line, **look(k), label=f"{label}, theory")
            ax.errorbar(
                ds.Lambda, y.mean("trial"), deviation(y), color=COLOURS[k], fmt="os"[k], markersize=5, capsize=3,
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
