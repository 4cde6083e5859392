"""One function per picture, from a data set to a Matplotlib figure."""

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


def panels(columns: int, height: float = 3.2, **kwargs: Any) -> tuple[Figure, Sequence[Axes]]:
    """A row of panels.

    Args:
        columns: how many.
        height: in inches.
        kwargs: passed on to `plt.subplots`.

    Returns:
        The figure and its axes.
    """
    figure, axes = plt.subplots(1, columns, figsize=(4.2 * columns, height), squeeze=False, **kwargs)
    return figure, list(axes[0])


def curve(
    ax: Axes, y: xr.DataArray, along: str, label: str, style: int, band: xr.DataArray | None = None, colour: str = ""
) -> None:
    """A mean over trials with a band of one standard deviation.

    Args:
        ax: where to draw.
        y: values by "trial" and `along`.
        along: the dimension of the horizontal axis.
        label: the legend's text.
        style: index of colour and line style.
        band: the trials of the band; by default those of `y`, and no band for a single one.
        colour: by default that of the style.
    """
    band = y if band is None else band
    colour = colour or COLOURS[style % len(COLOURS)]
    ax.plot(y[along], y.mean("trial"), color=colour, linestyle=LINES[style % len(LINES)], label=label)
    if band.sizes["trial"] < 2:
        return
    middle, spread = band.mean("trial"), band.std("trial", ddof=1)
    low = np.maximum(middle - spread, middle / 10)  # the axis may be logarithmic
    ax.fill_between(y[along], low, middle + spread, color=colour, alpha=0.15, linewidth=0)


def task_count(ds: xr.Dataset, settings: Sequence[str], T: Sequence[int], band_trials: int) -> Figure:
    """Error against iterations for several T, a panel for each setting (Figure 1 and Figure 2, left).

    Args:
        ds: the data set of `TaskCount`.
        settings: which settings.
        T: which numbers of tasks.
        band_trials: the band is one standard deviation over the first so many trials, 1 for none; the line is the mean
            of all.

    Returns:
        The figure.
    """
    figure, axes = panels(len(settings), sharey=True)
    colours = mpl.colormaps["plasma"](np.linspace(0, 0.7, len(T)))  # T is ordered, so are its colours
    for ax, setting in zip(axes, settings, strict=True):
        for k, count in enumerate(T):
            y = ds.error.sel(setting=setting, T=count)
            band = y.isel(trial=slice(band_trials))
            curve(ax, y, "iteration", f"T = {count}", k, band, mpl.colors.to_hex(colours[k]))
        ax.set(title=setting, xlabel="iteration", yscale="log", ylim=(0.01, 1.3))
    axes[0].set_ylabel(ERROR)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
    return figure


def coverage(ds: xr.Dataset, T: int, settings: Sequence[str]) -> Figure:
    """Final error by how often the rarest singleton task was drawn, and the balanced draw beside many tasks.

    Args:
        ds: the data set of `TaskCount`.
        T: the number of tasks of the left panel.
        settings: which settings.

    Returns:
        The figure.
    """
    figure, (left, right) = panels(2, sharey=True)
    last = ds.isel(iteration=-1)
    counts = ds.singletons.sel(T=T).values
    jitter = np.random.default_rng(0).uniform(-0.12, 0.12, len(counts))
    for k, setting in enumerate(settings):
        left.scatter(
            counts + jitter + 0.1 * k, last.error.sel(setting=setting, T=T), s=14, marker="ox"[k], color=COLOURS[k],
            label=setting, alpha=0.8,
        )  # fmt: skip
        curve(right, ds.balanced.sel(setting=setting), "iteration", f"each task once, {setting}", k)
        curve(right, ds.error.sel(setting=setting, T=512), "iteration", f"T = 512, {setting}", k + 2)
    left.set(title=f"T = {T}, last iteration", xlabel="draws of the rarest singleton task", ylabel=ERROR, yscale="log")
    left.set_xticks(range(int(counts.max()) + 1))
    left.legend()
    right.set(title="balanced draw", xlabel="iteration")
    right.legend()
    return figure


def skew(ds: xr.Dataset, settings: Sequence[str]) -> Figure:
    """Error against iterations for the uniform law and the skewed ones (Figure 2, right).

    Args:
        ds: the data set of `Skew`.
        settings: which settings.

    Returns:
        The figure.
    """
    figure, axes = panels(len(settings), sharey=True)
    for ax, setting in zip(axes, settings, strict=True):
        for k, law in enumerate(ds.law.values):
            curve(ax, ds.error.sel(setting=setting, law=law), "iteration", str(law), k)
        ax.set(title=setting, xlabel="iteration", yscale="log", ylim=(0.01, 1.3))
    axes[0].set_ylabel(ERROR)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
    return figure


def matrices(ds: xr.Dataset, trial: int = 0) -> Figure:
    """A of one trial as heat maps, for each law four in a row; the last is the exact infinite-task matrix (Figure 4).

    Args:
        ds: the data set of `ContrastiveMatrix`.
        trial: which trial.

    Returns:
        The figure; each matrix is divided by its largest entry.
    """
    rows = -(-(ds.sizes["T"] + 1) // 4)
    figure = plt.figure(figsize=(6.6, 2.1 * rows * ds.sizes["law"]))
    for part, law in zip(figure.subfigures(ds.sizes["law"], squeeze=False).ravel(), ds.law.values, strict=True):
        part.suptitle(str(law))
        axes = part.subplots(rows, 4).ravel()
        one = ds.sel(law=law).isel(trial=trial)
        pictures = [(f"T = {T}", one.A.sel(T=T)) for T in ds["T"].values] + [("T = ∞, exact", one.exact)]
        for ax, (title, A) in zip(axes, pictures, strict=False):
            image = ax.imshow(A / abs(A).max(), cmap="RdBu_r", vmin=-1, vmax=1)
            ax.set(title=title, xticks=[], yticks=[])
            ax.spines[:].set_visible(True)
            ax.grid(False)
        for ax in axes[len(pictures) :]:
            ax.set_axis_off()
        part.colorbar(image, cax=axes[-1].inset_axes((0.1, 0.1, 0.1, 0.8)), ticks=(-1, 0, 1))
    return figure


def matrix_quality(ds: xr.Dataset) -> Figure:
    """Energy in the leading block and subspace error of A against T.

    Args:
        ds: the data set of `ContrastiveMatrix`.

    Returns:
        The figure.
    """
    figure, axes = panels(2)
    for ax, name, title in zip(
        axes, ("energy", "error"), ("energy in the leading block", "subspace error"), strict=True
    ):
        for k, law in enumerate(ds.law.values):
            curve(ax, ds[name].sel(law=law), "T", str(law), k)
            ax.axhline(float(ds[f"exact_{name}"].sel(law=law).mean()), color=COLOURS[k], linewidth=0.8, alpha=0.6)
        ax.set(title=title, xlabel="number of tasks T", xscale="log", ylim=(0, 1.1))
    axes[0].legend()
    return figure


def shared_head(ds: xr.Dataset, T: int) -> Figure:
    """Error against iterations with task heads and with one shared head (Figure 5, left).

    Args:
        ds: the data set of `SharedHead`.
        T: the number of tasks.

    Returns:
        The figure.
    """
    figure, axes = panels(ds.sizes["setting"], sharey=True)
    for ax, setting in zip(axes, ds.setting.values, strict=True):
        for k, (kind, label) in enumerate((("task", "a head for each task"), ("shared", "one shared head"))):
            curve(ax, ds.error.sel(setting=setting, heads=kind, T=T), "iteration", label, k)
        ax.set(title=f"{setting}, T = {T}", xlabel="iteration", yscale="log", ylim=(0.01, 1.3))
    axes[0].set_ylabel(ERROR)
    axes[0].legend(loc="lower left")
    return figure


def fan_out(ds: xr.Dataset, setting: str, trial: int = 0, neurons: Sequence[int] = (0, 1, 2, 3)) -> Figure:
    """Paths of some neurons inside row(M) and in two spurious directions (Figure 5, center and right).

    Args:
        ds: the data set of `FanOut`.
        setting: which setting.
        trial: which trial.
        neurons: which neurons.

    Returns:
        The figure; both panels have the same scale in both directions.
    """
    figure, axes = panels(2, height=4.0)
    one = ds.sel(setting=setting).isel(trial=trial)
    for ax, name, title in zip(axes, ("inside", "outside"), ("inside row(M)", "two spurious directions"), strict=True):
        path = one[name].isel(neuron=list(neurons)).transpose("neuron", "iteration", ...)
        for k in range(len(neurons)):
            ax.plot(*path[k].values.T, color=COLOURS[k], linestyle=LINES[k], label=f"neuron {neurons[k] + 1}")
            ax.plot(*path[k, 0].values, marker="o", markersize=4, color=COLOURS[k], fillstyle="none")
            ax.plot(*path[k, -1].values, marker="o", markersize=6, color=COLOURS[k])
        reach = 1.1 * float(abs(path).max())
        ax.set(title=title, xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        ax.plot(0, 0, marker="+", color="#888888")
    axes[0].set(xlabel="first feature", ylabel="second feature")
    axes[1].set(xlabel="first spurious direction", ylabel="second spurious direction")
    axes[0].legend()
    return figure


def lengths(ds: xr.Dataset) -> Figure:
    """Mean length of the neurons inside and outside row(M) against iterations, a panel for each setting.

    Args:
        ds: the data set of `FanOut`.

    Returns:
        The figure.
    """
    figure, axes = panels(ds.sizes["setting"], sharey=True)
    for ax, setting in zip(axes, ds.setting.values, strict=True):
        for k, (name, label) in enumerate((("p", "inside row(M)"), ("q", "outside row(M)"))):
            curve(ax, ds[name].sel(setting=setting).mean("neuron"), "iteration", label, k)
        ax.set(title=str(setting), xlabel="iteration", yscale="log")
    axes[0].set_ylabel("mean length of a neuron")
    axes[0].legend()
    return figure


def isotropy(ds: xr.Dataset) -> Figure:
    """Smallest over largest singular value of W M^T against iterations, a line for each setting.

    Args:
        ds: the data set of `FanOut`.

    Returns:
        The figure.
    """
    figure, (ax,) = panels(1)
    for k, setting in enumerate(ds.setting.values):
        curve(ax, ds.isotropy.sel(setting=setting), "iteration", str(setting), k)
    ax.set(xlabel="iteration", ylabel="smallest / largest singular value", ylim=(0, 1.1))
    ax.legend(loc="lower right")
    return figure


def dimensions(ds: xr.Dataset, snapshots: dict[str, int]) -> Figure:
    """Downstream accuracy against d, a line for each representation (Figure 3, left).

    Args:
        ds: the data set of `Dimensions`.
        snapshots: iteration at which each representation is probed, by name.

    Returns:
        The figure.
    """
    figure, (ax,) = panels(1, height=4.2)
    figure.set_figwidth(7.5)
    for k, (name, snapshot) in enumerate(snapshots.items()):
        y = ds.accuracy.sel(representation=name, snapshot=snapshot).mean("parity")
        curve(ax, y, "d", f"{name} (iteration {snapshot})" if "|" in name else name, k)
    ax.set(xlabel="input dimension d", ylabel="downstream accuracy", xscale="log")
    ax.set_xticks(ds.d.values, [str(d) for d in ds.d.values])
    ax.minorticks_off()
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


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
        ax.plot(ds.d, random, color="#888888", linewidth=3, alpha=0.5, label="random features")
        ax.set(title=name, xlabel="input dimension d", xscale="log")
        ax.set_xticks(ds.d.values, [str(d) for d in ds.d.values])
        ax.minorticks_off()
    axes[0].set_ylabel("downstream accuracy")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
    return figure


def sample_sizes(ds: xr.Dataset, snapshots: dict[str, int]) -> Figure:
    """Downstream accuracy against the number of downstream samples (Figure 3, right).

    Args:
        ds: the data set of `SampleSizes`.
        snapshots: iteration at which each representation is probed, by name.

    Returns:
        The figure.
    """
    figure, (ax,) = panels(1, height=4.2)
    figure.set_figwidth(7.5)
    for k, (name, snapshot) in enumerate(snapshots.items()):
        y = ds.accuracy.sel(representation=name, snapshot=snapshot).mean("parity")
        curve(ax, y, "N", f"{name} (iteration {snapshot})" if "|" in name else name, k)
    ax.set(xlabel="downstream samples N", ylabel="downstream accuracy", xscale="log")
    ax.set_xticks(ds.N.values, [str(N) for N in ds.N.values])
    ax.minorticks_off()
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def dependence_on_stopping(ds: xr.Dataset, setting: str, T: Sequence[int]) -> Figure:
    """Error and size of the first layer against iterations, to show what depends on when one stops.

    Args:
        ds: the data set of `TaskCount`.
        setting: which setting.
        T: which numbers of tasks.

    Returns:
        The figure.
    """
    figure, axes = panels(2)
    for ax, name, label in zip(axes, ("error", "row_norm"), (ERROR, "root mean square row length"), strict=True):
        for k, count in enumerate(T):
            curve(ax, ds[name].sel(setting=setting, T=count), "iteration", f"T = {count}", k)
        ax.set(xlabel="iteration", ylabel=label, yscale="log")
    axes[0].legend()
    return figure


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
            curve(ax, ds.accuracy.sel(representation=name).mean("parity"), "d", str(name), k)
        ax.set(title=f"r = {len(ds.parity).bit_length()}", xlabel="input dimension d", xscale="log", ylim=(0.45, 1.02))
        ax.set_xticks(ds.d.values, [str(d) for d in ds.d.values])
        ax.minorticks_off()
    axes[0].set_ylabel("downstream accuracy")
    axes[0].legend(loc="center right")
    return figure


def controls(ds: xr.Dataset) -> Figure:
    """Final error and length of the rows of each control, a mark for each trial.

    Args:
        ds: the data set of `Controls`.

    Returns:
        The figure.
    """
    figure, axes = panels(2, height=3.6, sharey=True)
    rows = np.arange(ds.sizes["control"])
    for ax, name, label in zip(axes, ("error", "row_norm"), (ERROR, "root mean square row length"), strict=True):
        last = ds[name].isel(iteration=-1).transpose("control", "trial").values
        for row, values in zip(rows, last, strict=True):
            spread = np.linspace(-0.2, 0.2, len(values))
            ax.plot(values, row + spread, "o", color=COLOURS[row % len(COLOURS)], markersize=3.5, alpha=0.8)
        ax.set(xlabel=label, xscale="log")
    axes[1].axvline(float(ds.row_norm.isel(iteration=0).mean()), color="#888888", linestyle="--", label="at the start")
    axes[1].legend(loc="upper center", bbox_to_anchor=(0.5, 1.16))
    axes[0].set_yticks(rows, [str(name) for name in ds.control.values])
    axes[0].set_xlim(0.02, 1.3)
    axes[0].invert_yaxis()
    return figure


def informative(ds: xr.Dataset) -> Figure:
    """Error after one step against the total number of inputs, a line for each task.

    Args:
        ds: the data set of `InformativeTask`.

    Returns:
        The figure.
    """
    figure, (ax,) = panels(1, height=3.6)
    figure.set_figwidth(7)
    for k, task in enumerate(ds.task.values):
        curve(ax, ds.error.sel(task=task), "N", str(task), k)
    ax.set(xlabel="inputs per half-step, all tasks together", ylabel=ERROR, xscale="log", yscale="log")
    ax.set_xticks(ds.N.values, [str(N) for N in ds.N.values])
    ax.minorticks_off()
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def random_features(ds: xr.Dataset) -> Figure:
    """Share of a parity that random features hold, and the bound, against their number.

    Args:
        ds: the data set of `RandomFeatures`.

    Returns:
        The figure.
    """
    figure, (ax,) = panels(1, height=3.6)
    figure.set_figwidth(7)
    for k, d in enumerate(ds.d.values):
        curve(ax, ds.share.sel(d=d), "m_hat", f"random, d = {d}", k)
        ax.plot(ds.m_hat, ds.bound.sel(d=d), color=COLOURS[k], linewidth=0.8, marker="v", markersize=4)
    ax.plot([], [], color="#888888", linewidth=0.8, marker="v", markersize=4, label="bound")
    curve(ax, ds.learned, "m_hat", "inside row(M)", len(ds.d))
    ax.set(xlabel="number of neurons", ylabel="share of the parity", xscale="log", yscale="log")
    ax.set_xticks(ds.m_hat.values, [str(m) for m in ds.m_hat.values])
    ax.xaxis.minorticks_off()
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def scaling(ds: xr.Dataset) -> Figure:
    """Error of one step against n and d, and the deviation of beta against T, with the predicted slopes.

    Args:
        ds: the data set of `Scaling`.

    Returns:
        The figure.
    """
    figure, axes = panels(3)
    figure.set_figwidth(10.5)
    titles = {"n": ("error_n", "samples per task n", -0.5), "d": ("error_d", "input dimension d", 0.5)}
    for ax, (along, (name, label, power)) in zip(axes, titles.items(), strict=False):
        for k, law in enumerate(ds.law.values):
            curve(ax, ds[name].sel(law=law), along, str(law), k)
        guide(ax, ds[along].values, float(ds[name][0].isel({along: 0}).mean()), power)
        ax.set(xlabel=label, xscale="log", yscale="log")
        ax.set_xticks(ds[along].values, [str(value) for value in ds[along].values])
        ax.xaxis.minorticks_off()
    axes[0].set_ylabel(ERROR)
    axes[0].legend()
    curve(axes[2], ds.beta, "T", "measured", 2)
    guide(axes[2], ds["T"].values, float(ds["T"][0]) ** -0.5, -0.5)
    axes[2].set(xlabel="number of tasks T", ylabel="deviation of beta", xscale="log", yscale="log")
    return figure


def guide(ax: Axes, x: np.ndarray, start: float, power: float) -> None:
    """A thin line of a given slope.

    Args:
        ax: where to draw, with logarithmic axes.
        x: abscissae, shape (point,).
        start: its height at the first of them.
        power: its slope.
    """
    ax.plot(x, start * (x / x[0]) ** power, color="#888888", linewidth=1, label=f"slope {power:g}")


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
        curve(left, ds.residual.sel(variant=alone), "d", "1/η, each r" if k == 0 else "_", k, colour="#888888")
        scale = (ds.d / r) ** 1.5
        curve(right, ds.residual.sel(variant=star) * scale, "d", label, k)
        right.plot(ds.d, (ds.leading * scale).mean("trial"), color=COLOURS[k], linewidth=4, alpha=0.35)
    for ax in (left, right):
        ax.set(xlabel="input dimension d", xscale="log")
        ax.set_xticks(ds.d.values, [str(d) for d in ds.d.values])
        ax.minorticks_off()
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
    ax.plot(ds.n, ds.predicted, color="#888888", linestyle="--", label="predicted noise")
    ax.set(xlabel="samples per task n", ylabel=ERROR, xscale="log", yscale="log")
    ax.set_xticks(ds.n.values, [str(n) for n in ds.n.values])
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
            ax.axvspan(a, b, color="#888888", alpha=0.08 * (6 - len(edges) + k), linewidth=0)
            if b - a > 0.5:
                ax.text((a + b) / 2, 0.98, name, ha="center", va="top", transform=ax.get_xaxis_transform())
        ax.axhline(0, color="#888888", linewidth=1)
        ax.set(title=str(law), xlabel="Λ", xlim=(low, high), ylim=(-15, 10))
    axes[0].set_ylabel("log growth in 1000 steps")
    axes[0].legend(loc="lower left")
    return figure


def recursion(ds: xr.Dataset, law: str, trial: int = 0, neurons: Sequence[int] = (0, 1, 2, 3)) -> Figure:
    """Paths inside row(M) and lengths outside, run and recursion from the same neurons.

    Args:
        ds: the data set of `Recursion`.
        law: which law.
        trial: which trial.
        neurons: which neurons.

    Returns:
        The figure.
    """
    figure, (left, right) = panels(2, height=4.0)
    one = ds.sel(law=law).isel(trial=trial)
    styles: dict[str, dict[str, Any]] = {
        "SGD": {"linewidth": 4, "alpha": 0.4},
        "recursion": {"linewidth": 1.2, "linestyle": "--"},
    }
    for k, neuron in enumerate(neurons):
        for source, style in styles.items():
            p, q = (one[name].sel(source=source).isel(neuron=neuron) for name in "pq")
            label = source if k == 0 else None
            left.plot(*p.isel(feature=slice(2)).values.T, color=COLOURS[k], label=label, **style)
            right.plot(ds.iteration, q, color=COLOURS[k], label=label, **style)
        left.plot(*p.isel(feature=slice(2), iteration=0).values, marker="o", color=COLOURS[k], fillstyle="none")
    reach = 1.1 * float(abs(one.p.isel(neuron=list(neurons), feature=slice(2))).max())
    left.set(title="inside row(M)", xlabel="first feature", ylabel="second feature", aspect="equal")
    left.set(xlim=(-reach, reach), ylim=(-reach, reach))
    left.legend()
    right.set(title="outside row(M)", xlabel="iteration", ylabel="length q", ylim=(0, None))
    return figure


def playground(run: xr.Dataset, exact: xr.Dataset, A: xr.DataArray) -> Figure:
    """One run as the playground draws it: paths in row(M), error, lengths and the matrix A.

    Args:
        run: `inside` (iteration, neuron, feature) with two features, `outside` (iteration, neuron) and `error`
            (iteration) of the network.
        exact: `inside` (iteration, neuron, feature) and `outside` (iteration, neuron) of the recursion.
        A: the matrix, (row, column).

    Returns:
        The figure.
    """
    figure, ((paths, errors), (sizes, matrix)) = plt.subplots(2, 2, figsize=(8.4, 7))
    for ds, colour, line, label in ((run, 0, "-", "network"), (exact, 1, "--", "exact recursion")):
        style = {"color": COLOURS[colour], "linestyle": line, "linewidth": 1.2}
        for k, path in enumerate(ds.inside.transpose("neuron", "iteration", "feature").values):
            paths.plot(*path.T, **style, label=label if k == 0 else None)
            paths.plot(*path[-1], marker="o", color=COLOURS[colour], fillstyle="none" if colour else "full")
        lengths = ("inside", np.hypot(*ds.inside.transpose("feature", ...))), ("outside", ds.outside)
        for k, (side, length) in enumerate(lengths):
            named = f"{side}, {label}"
            sizes.plot(ds.iteration, length.mean("neuron"), color=COLOURS[3 * k], linestyle=line, label=named)
    reach = 1.1 * float(abs(run.inside).max())
    paths.set(title="fan-out in row(M)", xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    paths.set(xlabel="feature 1", ylabel="feature 2")
    paths.legend()
    errors.plot(run.iteration, run.error, color=COLOURS[0])
    errors.set(title="error", xlabel="iteration", yscale="log", ylim=(0.01, 1.2))
    sizes.set(title="mean length", xlabel="iteration", yscale="log")
    sizes.legend()
    top = float(abs(A).max())
    figure.colorbar(matrix.imshow(A, cmap="RdBu", vmin=-top, vmax=top), ax=matrix)
    r = run.sizes["feature"]
    matrix.add_patch(mpl.patches.Rectangle((-0.5, -0.5), r, r, fill=False, color="#444444", linewidth=1.5))
    matrix.set(title="matrix A at the start", xticks=[], yticks=[])
    matrix.grid(False)
    return figure
