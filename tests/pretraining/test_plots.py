"""What the pictures draw: the right numbers of the right run on the right axes, from small made-up data."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from mtlcore.lab import drawing
from mtlcore.pretraining.any_dimension import counts
from mtlcore.pretraining.any_dimension import plots as any_dimension
from mtlcore.pretraining.downstream import plots as downstream
from mtlcore.pretraining.end_to_end import plots as end_to_end
from mtlcore.pretraining.fan_out import plots as fan_out
from mtlcore.pretraining.limits import plots as limits
from mtlcore.pretraining.playground import plots as playground
from mtlcore.pretraining.pseudo_contrastive import plots as pseudo_contrastive
from mtlcore.pretraining.representation import plots as representation
from mtlcore.pretraining.shared_head import plots as shared_head
from mtlcore.pretraining.steps import plots as steps

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def no_open_figures():
    """Close what a test draws."""
    yield
    plt.close("all")


def made_up(**sizes):
    """Positive numbers with these coordinates and four trials."""
    sizes |= {"trial": range(4)}
    shape = [len(values) for values in sizes.values()]
    return xr.DataArray(RNG.uniform(0.1, 1, shape), {name: list(values) for name, values in sizes.items()})


def lines(ax):
    """The curves of an axis by label."""
    return {line.get_label(): line.get_xydata() for line in ax.lines}


def same(drawn, x, y):
    """Whether a curve has these points."""
    return np.array_equal(drawn, np.transpose([np.asarray(x, dtype=float), np.asarray(y)]))


def test_a_curve_is_the_mean_and_its_band_one_standard_deviation():
    y = made_up(t=(1, 2, 5))
    _, (ax,) = drawing.panels(1)
    drawing.curve(ax, y, "name", 0)
    assert same(lines(ax)["name"], (1, 2, 5), y.mean("trial"))
    (band,) = ax.collections
    inside = band.get_paths()[0].vertices
    for k, t in enumerate((1, 2, 5)):
        middle, spread = y.values[k].mean(), y.values[k].std(ddof=1)
        reached = np.unique(inside[inside[:, 0] == t, 1])
        assert reached == pytest.approx([max(middle - spread, middle / 10), middle + spread])


def test_a_single_trial_has_no_band():
    _, (ax,) = drawing.panels(1)
    drawing.curve(ax, made_up(t=(1, 2, 5)).isel(trial=[0]), "name", 0)
    assert len(ax.lines) == 1 and not ax.collections


def test_each_value_has_its_curve_and_styles_begin_again_after_the_last():
    y = made_up(task=range(9), t=(1, 2))
    _, (ax,) = drawing.panels(1)
    drawing.curves(ax, y, by="task", label="task {}")
    for k, line in enumerate(ax.lines):
        assert line.get_label() == f"task {k}" and same(line.get_xydata(), (1, 2), y.sel(task=k).mean("trial"))
        assert line.get_color() == drawing.COLOURS[k % 7]
    looks = {(line.get_color(), str(line.get_linestyle())) for line in ax.lines}
    assert len(ax.lines) == 9 and len({colour for colour, _ in looks}) == len(looks) == 7


def test_paths_are_centred_with_room_for_their_furthest_point():
    _, (ax,) = drawing.panels(1)
    drawing.centre(ax, xr.DataArray([[1.0, -2.0], [0.5, 1.5]]))
    assert ax.get_xlim() == ax.get_ylim() == pytest.approx((-2.2, 2.2)) and ax.get_aspect() == 1


def test_figure_1_draws_each_setting_and_T_on_logarithmic_axes():
    ds = xr.Dataset({"error": made_up(setting=("stated", "robust"), T=(1, 4), iteration=(0, 5, 9))})
    figure = representation.task_count(ds, ["robust", "stated"], (1, 4), bands=True)
    for ax, setting in zip(figure.axes, ("robust", "stated"), strict=True):
        assert ax.get_title() == setting and ax.get_yscale() == "log"
        for T in (1, 4):
            assert same(lines(ax)[f"T = {T}"], (0, 5, 9), ds.error.sel(setting=setting, T=T).mean("trial"))


def test_energy_stands_beside_the_error_and_the_share_of_a_random_layer():
    sizes = {"setting": ("stated", "robust"), "T": (1, 4), "iteration": (0, 5)}
    ds = xr.Dataset({"energy": made_up(**sizes), "error": made_up(**sizes)})
    left, right = representation.concentration(ds, "robust", (1, 4), 0.25).axes
    assert same(lines(left)["T = 4"], (0, 5), ds.energy.sel(setting="robust", T=4).mean("trial"))
    assert [line for line in left.lines if set(line.get_ydata()) == {0.25}]
    for name in ("energy", "error"):
        last = ds[name].sel(setting="stated", iteration=5)
        assert same(lines(right)[f"{name}, stated"], (1, 4), last.mean("trial"))
    energy, error = (ds[name].sel(T=4, drop=True) for name in ("energy", "error"))
    axes = fan_out.concentration(energy, error, 0.25).axes
    for ax, y in zip(axes, (energy, error), strict=True):
        assert same(lines(ax)["robust"], (0, 5), y.sel(setting="robust").mean("trial"))


def test_figure_2_draws_each_law():
    ds = xr.Dataset({"error": made_up(setting=("stated", "robust"), law=("uniform", "Zipf"), iteration=(0, 5))})
    for ax, setting in zip(representation.skew(ds, ["robust", "stated"]).axes, ("robust", "stated"), strict=True):
        for law in ("uniform", "Zipf"):
            assert same(lines(ax)[law], (0, 5), ds.error.sel(setting=setting, law=law).mean("trial"))


def test_figure_3_draws_each_representation_at_its_own_snapshot():
    names = ("multi-task | robust", "random")
    along = {"d": (16, 64), "N": (16, 256)}
    for plot, (axis, values) in zip((downstream.dimensions, downstream.sample_sizes), along.items(), strict=True):
        sizes = {"representation": names, "snapshot": (500, 1000), axis: values, "parity": range(3)}
        ds = xr.Dataset({"accuracy": made_up(**sizes)})
        (ax,) = plot(ds, {names[0]: 1000, names[1]: 500}, *([ds] if axis == "d" else [])).axes
        assert ax.get_xlabel().endswith(f" {axis}")
        assert ax.get_xscale() == "log" and [text.get_text() for text in ax.get_xticklabels()] == list(map(str, values))
        for name, snapshot, label in zip(names, (1000, 500), (f"{names[0]} (iteration 1000)", "random"), strict=True):
            expected = ds.accuracy.sel(representation=name, snapshot=snapshot).mean(("parity", "trial"))
            drawn = lines(ax)[label]
            assert np.array_equal(drawn[:, 0], values) and drawn[:, 1] == pytest.approx(expected.values)


def test_figure_3_marks_the_full_simulation_and_ends_a_curve_where_its_data_end():
    names, sizes = ("multi-task | stated", "multi-task | robust", "random"), {"snapshot": (1000,), "parity": range(3)}
    ds = xr.Dataset({"accuracy": made_up(representation=names, d=(16, 64), **sizes)})
    ds.accuracy[{"representation": 0, "d": 1}] = np.nan
    full = xr.Dataset({"accuracy": made_up(representation=names[1:], d=(16,), **sizes)})
    (ax,) = downstream.dimensions(ds, dict.fromkeys(names, 1000), full).axes
    assert np.isnan(lines(ax)["multi-task | stated (iteration 1000)"][1, 1])
    (marks,) = ax.containers
    expected = full.accuracy.sel(representation=names[1]).mean(("parity", "trial"))
    assert np.allclose(marks[0].get_xydata(), [[16, float(expected.squeeze())]])
    (curve,) = (line for line in ax.lines if line.get_label() == "multi-task | robust (iteration 1000)")
    assert marks[0].get_fillstyle() == "none" and marks[0].get_color() == curve.get_color()


def test_delay_and_level_are_drawn_beside_their_paths():
    path, delays, levels = made_up(d=(16, 64), iteration=(0, 25)), made_up(d=(16, 64)), {"few": made_up(d=(16, 64))}
    left, centre, right = any_dimension.plateau(path, delays, levels, (5.0, 7.0)).axes
    assert same(lines(left)["d = 64"], (0, 25), path.sel(d=64).mean("trial"))
    assert same(lines(centre)["growth rates"], (16, 64), (5, 7))
    assert np.allclose(centre.containers[0][0].get_ydata(), delays.mean("trial"))
    assert same(lines(right)["few"], (16, 64), levels["few"].mean("trial"))
    assert [text.get_text() for text in centre.get_xticklabels()] == ["16", "64"]


def test_the_composed_bound_is_drawn_term_by_term_along_what_varies():
    names = ("inside", "outside", "penalty", "samples", "gap", "risk", "length")
    sizes = {"d": (16,), "m_hat": (8,), "N": (100,), "lam": (0.1,), "parity": (1, 2, 3)}
    runs = [
        xr.Dataset({name: made_up(**sizes | varied) for name in names})
        for varied in ({"d": (16, 64, 256)}, {"lam": (0.1, 0.2)})
    ]
    first, second = end_to_end.composed(runs).axes
    one = runs[0].isel(parity=-1).squeeze().mean("trial")
    drawn = lines(first)
    assert drawn["sum"][:, 1] == pytest.approx((one.inside + one.outside + one.penalty + one.samples + one.gap).values)
    assert drawn["penalty and samples"][:, 1] == pytest.approx((one.penalty + one.samples).values)
    assert same(drawn["outside"], one.d, one.outside) and same(drawn["measured risk"], one.d, one.risk)
    two = runs[1].isel(parity=-1).squeeze().mean("trial")
    assert same(lines(second)["inside row(M)"], two.length.values.round(1), two.inside)


def test_what_counts_of_a_layer_stands_beside_the_layer_and_the_numbers_drawn():
    drawn = counts.drawn([100, 1000], r=2, m=4, samples=10)
    whole, short, numbers = any_dimension.idea(np.ones((4, 100)), np.eye(4, 6), drawn, r=2).axes
    assert whole.images[0].get_array().shape == (4, 100) and (short.images[0].get_array() == np.eye(4, 6)).all()
    assert same(lines(numbers)["full simulation"], [100, 1000], [2000, 20000])
    assert same(lines(numbers)["chain"], [100, 1000], [130, 130])


def test_the_shares_of_a_chain_stand_over_those_of_the_full_simulation():
    x = made_up(side=("full", "chain", "shorter"), d=(9, 16))
    x.loc[{"side": "shorter"}] = 0.0
    (ax,) = any_dimension.shares(xr.Dataset({"error": x}), 9, ("error",), 0.1).axes
    drawn = lines(ax)
    full, other = (np.sort(x.sel(side=side, d=9)) for side in ("full", "chain"))
    at = np.sort(x.sel(d=9).values.ravel())
    shares = [[np.mean(one <= value) for value in at] for one in (full, other)]
    assert same(drawn["chain"], *shares)
    assert (drawn["shorter"][:, 1] == 1).all() and (drawn["shorter"][0, 0] == 0)


def test_far_dimensions_are_drawn_with_the_lengths_inside_and_outside():
    ds = xr.Dataset({name: made_up(d=(100, 1000), iteration=(0, 5, 10)) for name in ("error", "row_norm", "energy")})
    error, lengths = any_dimension.far(ds).axes
    assert same(lines(error)["d = 1,000"], ds.iteration, ds.error.sel(d=1000).mean("trial"))
    inside, outside = (line.get_ydata() for line in lengths.lines[:2])
    one = ds.sel(d=100)
    assert inside == pytest.approx((one.row_norm * one.energy**0.5).mean("trial").values)
    assert outside == pytest.approx((one.row_norm * (1 - one.energy) ** 0.5).mean("trial").values)


def test_exact_pretraining_is_drawn_for_each_r_in_a_panel_of_its_own():
    sizes = {"representation": ("exact", "random"), "d": (16, 64)}
    runs = [xr.Dataset({"accuracy": made_up(**sizes, parity=range(2**r - 1))}) for r in (2, 3)]
    for ax, ds, title in zip(end_to_end.independence(runs).axes, runs, ("r = 2", "r = 3"), strict=True):
        assert ax.get_title() == title
        for name in ("exact", "random"):
            expected = ds.accuracy.sel(representation=name).mean(("parity", "trial"))
            assert lines(ax)[name][:, 1] == pytest.approx(expected.values)


def test_figure_4_shows_each_matrix_at_its_place():
    laws = ("non-empty", "with the empty set")
    A = made_up(law=laws, T=(1, 4), row=range(3), column=range(3)) - 0.8  # the largest entry is a negative one
    ds = xr.Dataset({"A": A, "exact": A.isel(T=0, drop=True) + 1})
    figure = pseudo_contrastive.matrices(ds, trial=2)
    for part, law in zip(figure.subfigs, laws, strict=True):
        one = ds.sel(law=law).isel(trial=2)
        for ax, expected in zip(part.axes, (one.A.sel(T=1), one.A.sel(T=4), one.exact), strict=False):
            (image,) = ax.images
            assert np.allclose(image.get_array(), expected / abs(expected).max()) and image.get_clim() == (-1, 1)


def test_figure_5_compares_the_heads_and_draws_paths_inside_and_outside():
    ds = xr.Dataset({"error": made_up(setting=("stated",), heads=("task", "shared"), T=(16, 64), iteration=(0, 5))})
    (ax,) = shared_head.shared_head(ds, 64).axes
    for kind, label in (("task", "a head for each task"), ("shared", "one shared head")):
        assert same(lines(ax)[label], (0, 5), ds.error.sel(setting="stated", heads=kind, T=64).mean("trial"))
    axes = {"setting": ("stated", "robust"), "iteration": (0, 5, 9), "neuron": range(4)}
    ds = xr.Dataset({"inside": made_up(**axes, feature=range(2)), "outside": made_up(**axes, direction=range(2)) - 0.5})
    left, right = fan_out.fan_out(ds, "robust", trial=1, neurons=(0, 2)).axes
    for ax, name in ((left, "inside"), (right, "outside")):
        path = ds[name].sel(setting="robust", trial=1, neuron=2).values
        assert np.array_equal(lines(ax)["neuron 3"], path)
        assert ax.get_xlim() == ax.get_ylim() and ax.get_xlim()[0] == -ax.get_xlim()[1]
        marked = [line for line in ax.lines if len(line.get_xdata()) == 1 and line.get_marker() == "o"]
        assert np.array_equal(marked[-1].get_xydata()[0], path[-1])
        assert np.array_equal(marked[-2].get_xydata()[0], path[0])


def test_a_guide_starts_at_its_value_and_has_its_slope():
    _, (ax,) = drawing.panels(1)
    drawing.slope_guide(ax, xr.DataArray([4, 16, 64], dims="n"), 3.0, -0.5)
    assert lines(ax)["slope -0.5"][:, 1] == pytest.approx([3, 1.5, 0.75])


def test_rates_are_drawn_for_a_thousand_steps_over_their_theory():
    sizes = {"law": ("with the empty set", "without"), "Lambda": (0.5, 2.0), "part": ("p", "q")}
    growth = made_up(**sizes) / 100
    ds = xr.Dataset({"growth": growth, "predicted": growth.mean("trial") + 1})
    neutral = {"with the empty set": (1.0, 2.0), "without": (1.0,)}
    for ax, law in zip(steps.phases(ds, neutral).axes, sizes["law"], strict=True):
        for part, label in (("p", "inside row(M), theory"), ("q", "outside row(M), theory")):
            assert same(lines(ax)[label], (0.5, 2.0), 1000 * ds.predicted.sel(law=law, part=part))
        for container, part in zip(ax.containers, "pq", strict=True):
            expected = 1000 * ds.growth.sel(law=law, part=part).mean("trial")
            assert container.lines[0].get_ydata() == pytest.approx(expected.values)


def test_each_control_has_a_row_of_marks_at_its_last_values():
    names = ("multi-task", "one task", "shared head")
    sizes = {"control": names, "iteration": (0, 1000)}
    ds = xr.Dataset({"error": made_up(**sizes), "row_norm": made_up(**sizes)})
    left, right = limits.controls(ds).axes
    assert [text.get_text() for text in left.get_yticklabels()] == list(names)
    for ax, name in ((left, "error"), (right, "row_norm")):
        for row, control in enumerate(names):
            marks = ax.lines[row].get_xydata()
            assert np.array_equal(marks[:, 0], ds[name].sel(control=control, iteration=1000))
            assert abs(marks[:, 1] - row).max() < 0.5


def test_the_bound_stands_beside_the_share_of_its_dimension():
    sizes = {"d": (16, 64), "m_hat": (8, 32, 128)}
    ds = xr.Dataset(
        {"share": made_up(**sizes), "bound": made_up(**sizes)[..., 0] + 1, "learned": made_up(m_hat=(8, 32, 128))}
    )
    (ax,) = limits.random_features(ds).axes
    for k, d in enumerate((16, 64)):
        assert same(lines(ax)[f"random, d = {d}"], (8, 32, 128), ds.share.sel(d=d).mean("trial"))
        assert same(ax.lines[2 * k + 1].get_xydata(), (8, 32, 128), ds.bound.sel(d=d))
    assert same(lines(ax)["inside row(M)"], (8, 32, 128), ds.learned.mean("trial"))


def test_each_task_has_its_curve_over_the_samples():
    ds = xr.Dataset({"error": made_up(task=("majority", "parity"), N=(64, 256))})
    (ax,) = limits.informative(ds).axes
    for task in ("majority", "parity"):
        assert same(lines(ax)[task], (64, 256), ds.error.sel(task=task).mean("trial"))


def test_scaling_shows_each_law_over_a_guide_that_starts_with_it():
    laws = ("non-empty", "with the empty set")
    ds = xr.Dataset(
        {"error_n": made_up(law=laws, n=(10, 40)), "error_d": made_up(law=laws, d=(8, 32)), "beta": made_up(T=(4, 64))}
    )
    figure = limits.scaling(ds)
    for ax, name, x, slope in zip(figure.axes, ("error_n", "error_d"), ((10, 40), (8, 32)), (-0.5, 0.5), strict=False):
        for law in laws:
            assert same(lines(ax)[law], x, ds[name].sel(law=law).mean("trial"))
        start = float(ds[name].sel(law=laws[0])[0].mean())
        assert lines(ax)[f"slope {slope}"][:, 1] == pytest.approx([start, start * 4**slope])
    assert lines(figure.axes[2])["slope -0.5"][:, 1] == pytest.approx([1 / 2, 1 / 8])
    assert same(lines(figure.axes[2])["measured"], (4, 64), ds.beta.mean("trial"))


def test_one_step_is_drawn_with_and_without_its_power_law():
    sizes = {"variant": ("lam_w*", "1/eta", "other"), "d": (16, 64)}
    sets = [xr.Dataset({"residual": made_up(**sizes), "leading": made_up(d=(16, 64)), "r": r}) for r in (2, 3)]
    left, right = steps.one_step(sets).axes
    for ds in sets:
        r, star = int(ds.r), ds.residual.sel(variant="lam_w*")
        assert same(lines(left)[f"λ*, r = {r}"], (16, 64), star.mean("trial"))
        drawn = lines(right)[f"r = {r}"][:, 1]
        assert drawn == pytest.approx(star.mean("trial").values * (np.array([16, 64]) / r) ** 1.5)
    assert same(lines(left)["1/η, each r"], (16, 64), sets[0].residual.sel(variant="1/eta").mean("trial"))


def test_accuracy_is_split_by_the_size_of_the_one_task():
    sizes = {"representation": ("single", "random"), "snapshot": (500,), "d": (16, 64), "parity": range(3)}
    ds = xr.Dataset({"accuracy": made_up(**sizes), "task_size": ("trial", [1, 2, 1, 2])})
    (ax,) = downstream.by_task_size(ds, {"single": 500}).axes
    for size, trials in ((1, (0, 2)), (2, (1, 3))):
        chosen = ds.accuracy.sel(representation="single", snapshot=500, trial=list(trials))
        assert lines(ax)[f"task of {size}"][:, 1] == pytest.approx(chosen.mean(("parity", "trial")).values)
    everyone = ds.accuracy.sel(representation="random", snapshot=500).mean(("parity", "trial"))
    assert lines(ax)["random features"][:, 1] == pytest.approx(everyone.values)


def test_the_still_playground_lays_the_recursion_over_the_run_and_the_run_over_the_one_before():
    steps, neurons = (0, 5, 9), range(3)
    inside = made_up(iteration=steps, neuron=neurons, feature=range(3)).isel(trial=0, drop=True)
    outside = made_up(iteration=steps, neuron=neurons).isel(trial=0, drop=True)
    run = xr.Dataset({"inside": inside, "outside": outside, "error": outside.isel(neuron=0, drop=True)})
    exact = xr.Dataset({"inside": inside + 1, "outside": 2 * outside})
    paths, errors, bars, sizes = playground.playground(run, exact, run / 2).axes
    for label, shown in (("this run", inside), ("recursion", inside + 1), ("last run", inside / 2)):
        assert np.array_equal(lines(paths)[label], shown[:, 0, :2])
    for line, error in zip(errors.lines, (run.error / 2, run.error), strict=True):
        assert same(line.get_xydata(), steps, error)
    energy = (inside[-1] ** 2).sum("feature")
    shares = energy / (energy + outside[-1] ** 2)
    assert [bar.get_height() for bar in bars.patches] == pytest.approx(shares.values)
    length = np.sqrt((inside**2).sum("feature")).mean("neuron")
    assert lines(sizes)["inside, this run"][:, 1] == pytest.approx(length.values)
    assert lines(sizes)["outside, recursion"][:, 1] == pytest.approx(2 * outside.mean("neuron").values)


def test_every_task_stands_at_its_row_with_its_cube_and_its_rank():
    codes, settings = (0x18, 0x69, 0x17), ("stated", "robust")
    names = {"one_step": {}, "exact": {}, "error": {"setting": settings}, "recursion": {"setting": settings}}
    ds = xr.Dataset({name: made_up(**sizes, task=codes) / 10 for name, sizes in names.items()})
    left, ax = limits.every_task([ds.assign(rank=("task", [3, 0, 1]))]).axes
    assert [text.get_text() for text in ax.get_yticklabels()] == ["3 of 3", "1 of 3", "0 of 3"]
    ds = ds.sel(task=[0x18, 0x17, 0x69])  # as many directions as possible first
    shown = {"one step": (ds.one_step, ds.exact)}
    shown |= {f"many steps, {s}": (ds.error.sel(setting=s), ds.recursion.sel(setting=s)) for s in settings}
    for container, (label, (y, exact)) in zip(ax.containers, shown.items(), strict=True):
        assert container.get_label() == label
        assert container.lines[0].get_xdata() == pytest.approx(y.mean("trial").values)
        assert lines(ax)[f"{label}, exact"][:, 0] == pytest.approx(exact.mean("trial").values)
        assert abs(container.lines[0].get_ydata() - [0, 1, 2]).max() < 0.5
    filled = [(cube.get_facecolors()[:, 2] < 0.9).tolist() for cube in left.collections]
    assert filled == [[bool(code >> orthant & 1) for orthant in range(8)] for code in ds.task.values]
