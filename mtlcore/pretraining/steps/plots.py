"""One gradient step, and the growth of many."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.figure import Figure

from mtlcore.lab.drawing import COLOURS, ERROR, GREY, curve, deviation, log_ticks, look, panels
from mtlcore.pretraining.theory import sampled_step as theory


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


def sampled_step(without: xr.Dataset, empty: xr.Dataset) -> Figure:
    """Error of one step against the samples in the unit that each law asks for.

    Args:
        without: the data set of `SampledDimensions`, without the empty set.
        empty: the data set of `SampledEmptySet`.
    """
    figure, (left, right) = panels(2, height=3.6, sharey=True)
    sizes = np.geomspace(10, 900, 50)
    left.plot(sizes, sine(theory.tangent(sizes / (2 ** int(without.r) - 1))), color=GREY, label="theory")
    for k, d in enumerate(np.unique(without.d)):
        one = without.isel(pool=0, point=(without.d == d).values)
        curve(left, per(one, one["T"] * one.n2 / d).error, f"d = {d}", k)
    linear, square = (empty.isel(pool=0, point=part) for part in np.split(empty.point, [len(np.unique(empty.d))]))
    x = linear["T"] * linear.n2 / linear.d
    left.plot(x, linear.error.mean("trial"), "^", color=COLOURS[6], label="with the empty set")
    limits = []
    for k, d in enumerate(np.unique(empty.d)):
        one = square.isel(point=(square.d == d).values)
        one = per(one, one["T"] * one.n2 / d**2)
        curve(right, one.error, f"d = {d}", k)
        limits.append(one.limit.drop_vars("point"))
    theory_line = xr.concat([limit.drop_vars(("d", "n1", "n2")) for limit in limits], "trial").mean("trial")
    right.plot(one.samples, theory_line, color=GREY, label="theory")
    right.axvline(np.pi / 2 * 2 ** int(empty.r), color=GREY, linewidth=1, linestyle=":", label="threshold")
    for ax, unit in ((left, "d"), (right, "$d^2$")):
        ax.set(xlabel=f"samples of all tasks over {unit}", xscale="log", yscale="log", ylim=(0.05, 1.2))
        ax.legend(loc="lower left")
    left.set(title="without the empty set", ylabel=ERROR)
    right.set(title="with the empty set")
    log_ticks(left, per(without, without["T"] * without.n2 / without.d).samples[:: len(np.unique(without.d))])
    log_ticks(right, one.samples)
    ticks = (0.05, 0.1, 0.2, 0.5, 1)
    left.set_yticks(ticks, [str(tick) for tick in ticks])
    left.yaxis.minorticks_off()
    return figure


def per(ds: xr.Dataset, samples: xr.DataArray) -> xr.Dataset:
    """Points by their samples, in some unit.

    Returns:
        The data by (samples, trial), the samples increasing.
    """
    return ds.assign_coords(samples=("point", samples.values.astype(int))).swap_dims(point="samples").sortby("samples")


def sine(tangent: Float[np.ndarray, " point"]) -> Float[np.ndarray, " point"]:
    """The sine of an angle from its tangent."""
    return tangent / np.sqrt(1 + tangent**2)


def sampled_tasks(heads: xr.Dataset, drawn: xr.Dataset, laws: xr.Dataset) -> Figure:
    """Error of one step against the samples of the head step; and trial by trial against what the draw is worth.

    Args:
        heads: the data set of `SampledHeads`.
        drawn: that of `SampledTasks`.
        laws: that of `SampledLaws`.
    """
    figure, (left, right) = panels(2, height=3.6)
    many = [(f"T = {T}, drawn", drawn.isel(pool=0, point=(drawn["T"] == T).values)) for T in np.unique(drawn["T"])[1:]]
    for k, (label, ds) in enumerate([("each parity once", heads.isel(pool=0)), *many]):
        one = per(ds, ds.n1)
        curve(left, one.error, label, k)
        left.plot(one.samples, one.limit.mean("trial"), color=COLOURS[k], linewidth=4, alpha=0.35)
    log_ticks(left, heads.n1.rename(point="samples"))
    left.set(xlabel="samples of a task for its head, $n_1$", ylabel=ERROR, yscale="log", ylim=(0.04, 0.4))
    left.set_yticks((0.05, 0.1, 0.2, 0.4), ("0.05", "0.1", "0.2", "0.4"))
    left.minorticks_off()
    left.legend()
    known = drawn.isel(pool=0, point=(drawn.n1 == drawn.n1.max()).values)
    groups = [(f"T = {T}", known.isel(point=k)) for k, T in enumerate(known["T"].values)]
    groups += [(str(pool), laws.sel(pool=pool).isel(point=0)) for pool in laws.pool.values[1:-1]]
    worth = np.geomspace(60, 900, 50)
    right.plot(worth, sine(theory.tangent(worth)), color=GREY, label="theory")
    for k, (label, one) in enumerate(groups):
        x = np.maximum(one["T"] * one.n2 * one.diversity / one.d, 30)
        right.scatter(x, one.error, s=14, color=COLOURS[k % 7], marker="osD^v<>P*X"[k], label=label)
    right.set(xlabel="samples of all tasks times diversity over d", xscale="log", yscale="log", ylim=(0.04, 1.1))
    right.set_xticks((30, 100, 300, 900), ("0", "100", "300", "900"))
    right.set_yticks((0.05, 0.1, 0.2, 0.5, 1), ("0.05", "0.1", "0.2", "0.5", "1"))
    right.minorticks_off()
    right.legend(fontsize="x-small", ncols=2, loc="upper right")
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
