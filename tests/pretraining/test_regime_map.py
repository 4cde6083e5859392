"""The maps: each cell is a run of its own, the predictions are theirs, and the pictures show the right cell."""

import itertools
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import xarray as xr
from tolerances import ALGEBRA, CLOSED_FORM, close

from mtlcore.lab.draws import Draws
from mtlcore.lab.maps import Map
from mtlcore.pretraining import features, metrics, tasks
from mtlcore.pretraining.algorithm import Model, pretrain
from mtlcore.pretraining.chain import compressed
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.regime_map import asked, boundaries, findings, plots, predictions
from mtlcore.pretraining.regime_map.decays import DecayMap
from mtlcore.pretraining.regime_map.samples import SampleMap
from mtlcore.pretraining.theory import growth, regimes

#: Two runs of one model in different companies.
SAME = ALGEBRA[torch.float32]
DECAYS = DecayMap(cells=3, n=8, d=24, m=5, steps=6, every=3, device="cpu")
SAMPLES = SampleMap(T=(1, 3, 8), N=(6, 24), d=24, m=5, steps=6, every=3, trials=2, device="cpu")
NAMES = ("error", "inside", "outside")


@pytest.fixture(autouse=True)
def no_open_figures():
    """Close what a test draws."""
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def decays():
    """A small map of the weight decays."""
    return DECAYS.block(Draws(DECAYS.seed, range(2)))


@pytest.fixture(scope="module")
def samples():
    """A small map of tasks and samples."""
    return SAMPLES.block(Draws(SAMPLES.seed, range(2)))


def alone(run, model, tables, most):
    """What a run of one model ends with, beside one with as many samples as the map's largest: by trial."""
    draws = Draws(run.seed, range(2))
    short = compressed(model, run.r, draws)
    M = features.canonical_subspace(short.d, run.r)
    models = {0: short, 1: replace(short, T=1, n1=most, n2=most)}
    *_, (_, states) = pretrain(models, {0: tables(draws), 1: tables(draws)[:, :1]}, M, draws, run.steps)
    lengths = (x.square().mean(-1).sqrt() for x in metrics.split_norms(states[0].W, M))
    return dict(zip(NAMES, (metrics.subspace_error(states[0].W, M), *lengths), strict=True))


def test_a_cell_of_the_decays_is_a_run_of_its_own(decays):
    each_once = tasks.uniform(3, empty=True).each_once()
    for a, w in itertools.product(DECAYS.axis("lam_a")[1:], DECAYS.axis("lam_w")[:2]):
        hyper = replace(DECAYS.hyper, lam_w=w, lam_a=a)
        found = alone(DECAYS, Model(8, 8, 8, 24, 5, hyper), lambda draws: np.stack([each_once] * len(draws)), 64)
        cell = decays.sel(lam_a=a, lam_w=w).isel(iteration=-1)
        assert all(close(cell[name].values, x.numpy(), SAME) for name, x in found.items()), (a, w)


def test_how_many_cells_lie_side_by_side_changes_nothing(decays, monkeypatch):
    monkeypatch.setattr(DecayMap, "together", 2)
    assert DECAYS.total_steps == 5 * DECAYS.steps
    apart = DECAYS.block(Draws(DECAYS.seed, range(2)))
    assert all(close(apart[name].values, decays[name].values, SAME) for name in NAMES)


def test_an_accelerator_has_all_cells_together(decays):
    run = replace(DECAYS)
    object.__setattr__(run, "device", "cpu:0")  # not the word "cpu": as on an accelerator
    assert len(run.parts) == 1 and run.total_steps == run.steps
    found = run.block(Draws(run.seed, range(2), "cpu:0"))
    assert all(close(found[name].values, decays[name].values, SAME) for name in NAMES)


def test_a_cell_of_the_samples_is_a_run_of_its_own(samples):
    law = tasks.uniform(3)
    for T, N in ((1, 6), (3, 24), (8, 24)):
        model = Model(T, N // T, N // T, 24, 5, SAMPLES.hyper)
        found = alone(SAMPLES, model, lambda draws, T=T: draw_tasks(law, 8, draws)[:, :T], 24)
        cell = samples.sel(T=T, N=N).isel(iteration=-1)
        assert all(close(cell[name].values, x.numpy(), SAME) for name, x in found.items()), (T, N)


def test_where_a_task_has_no_sample_there_is_no_cell(samples):
    missing = samples.error.isnull().all(("trial", "iteration"))
    assert missing.sel(T=8, N=6) and int(missing.sum()) == 1 and int(samples.error.isnull().any()) == 1
    assert samples.predicted.isnull().equals(missing)


def test_axes_are_even_on_a_logarithmic_scale_and_reach_both_ends():
    axis = DecayMap(lam_w=(0.01, 1.0), cells=5).axis("lam_w")
    assert axis == pytest.approx([0.01, 0.0316, 0.1, 0.316, 1.0], rel=1e-2)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"lam_w": (0.2, 0.1)}, "lam_w = 0.2, 0.1"),
        ({"lam_a": (0.0, 0.1)}, "lam_a = 0"),
        ({"law": "one feature left out"}, "not uniform"),
    ],
)
def test_what_has_no_map_is_refused_at_once(bad, said):
    with pytest.raises(ValueError, match=rf"{said}.*; allowed: [^\n]+$"):
        DecayMap(**bad)


@pytest.mark.parametrize("law", ["with the empty set", "non-empty"])
def test_the_prediction_has_the_rates_and_the_neutral_values_of_theory(law):
    law = tasks.LAWS[law](3)
    ds = predictions.over_decays(law, 0.1, 400, 64, [0.2, 0.6], [0.01, 0.05])
    assert np.allclose(ds.Lambda, [[regimes.Lambda(law, w, a) for w in (0.01, 0.05)] for a in (0.2, 0.6)])
    single = 1 / len(law.each_once())
    rates = growth.rates(single if len(law.each_once()) == 8 else 0.0, single, 0.1, 0.05, 0.2)
    left = float(ds.ratio[0, 1])
    assert growth.steps_to(left, 64, 3, rates) == pytest.approx(400)
    for part, product in zip(predictions.PARTS, regimes.neutral_products(law), strict=True):
        assert regimes.Lambda(law, product, 1.0) == pytest.approx(float(ds.neutral.sel(part=part)))


def test_averaged_noise_is_that_of_a_sum_of_steps():
    rates, noise = growth.rates(0.0, 1 / 7, 0.1, 0.02, 0.2), 0.3
    p, square = 1.0, 0.0
    for _ in range(4000):
        gained = (rates.p - rates.q) * p
        p, square = rates.p * p, rates.q**2 * square + (noise * gained) ** 2
        p, square = 1.0, square / p**2
    found = predictions.averaged(xr.DataArray(noise), rates)
    assert float(found) == pytest.approx(np.sqrt(square))
    assert float(predictions.sine(found)) == pytest.approx(np.sin(np.arctan(np.sqrt(square))))


def test_the_chance_that_all_are_drawn_is_that_of_counting():
    draws = list(itertools.product(range(3), repeat=4))
    covered = sum({0, 1} <= set(draw) for draw in draws) / len(draws)
    assert predictions.all_drawn(4, 2, 1 / 3) == pytest.approx(covered, abs=CLOSED_FORM)


def made(**cells):
    """A map of one row: for each cell its Lambda, and its lengths along three iterations."""
    inside, outside = (
        xr.DataArray([[[c[k]] for c in cells.values()]], dims=("lam_a", "lam_w", "trial", "iteration")) for k in (1, 2)
    )
    Lambda = xr.DataArray([[c[0] for c in cells.values()]], dims=("lam_a", "lam_w"))
    return xr.Dataset({"inside": inside, "outside": outside, "Lambda": Lambda})  # fmt: skip


def test_the_side_of_a_cell_is_that_of_its_lengths():
    ds = made(
        grows=(0.5, (1, 3, 2), (1, 2, 0.5)), stays_short=(0.5, (1, 3, 0.9), (1, 0.9, 0.8)),
        inside_only=(1.5, (1, 2, 3), (1, 0.9, 0.8)), outside_too=(1.5, (1, 2, 3), (1, 1.1, 0.8)),
        sliver=(2.1, (1, 0.5, 0.9), (1, 0.5, 0.1)), decays=(3.0, (1, 2, 0.5), (1, 0.5, 0.1)),
        does_not=(3.0, (1, 1, 2), (1, 1, 1)),
    )  # fmt: skip
    neutral = xr.DataArray([1.0, 2.0, 2.18], {"part": list(predictions.PARTS)}, "part")
    inside, outside = (x.values.ravel().tolist() for x in findings.side(ds, neutral))
    assert inside == [True, False, True, True, True, True, False]
    assert outside == [True, False, True, False, True, True, True]


def test_an_error_counts_where_each_feature_s_own_task_was_drawn():
    error = xr.DataArray(np.full((2, 2, 2, 1), 0.1), dims=("T", "N", "trial", "iteration"))
    error[0], error[1, 0] = 0.9, np.nan
    ds = xr.Dataset({"error": error, "singletons": (("T", "trial"), [[0, 0], [1, 2]])})
    said = [findings.within_factor(ds, xr.DataArray(level)) for level in (0.15, 0.25)]
    assert [one.outcome for one in said] == ["consistent", "inconsistent"]


def test_lines_are_where_theory_puts_them(decays, samples):
    lines = boundaries.decay_lines(decays)
    law = tasks.uniform(3, empty=True)
    assert list(lines) == ["Λ = 1", "Λ = 2", "Λ = 2.18", "q = |p| at the end"]
    for value, line in zip((1, 2, regimes.neutral_product(3)), lines.values(), strict=False):
        assert regimes.Lambda(law, 1.0, line[17].prod()) == pytest.approx(value)
    one_step = predictions.one_step_tangent(samples.N.astype(float), 24, tasks.uniform(3))
    (_, drawn), *upright = boundaries.sample_lines(samples, one_step).values()
    assert drawn[1] == pytest.approx(boundaries.crossing(samples["T"], samples.all_drawn, 0.5))
    assert all(line[0, 0] == line[-1, 0] for line in upright)


def test_a_crossing_is_found_on_either_slope():
    x = xr.DataArray([1.0, 10.0, 100.0], dims="x")
    for y in (2 - np.log10(x), np.log10(x)):
        assert boundaries.crossing(x, y, 0.5) == pytest.approx(10 ** (1.5 if y[0] else 0.5))


def test_cells_meet_halfway_on_a_logarithmic_axis():
    assert plots.edges(xr.DataArray([1.0, 4.0, 16.0], dims="x")) == pytest.approx([0.5, 2, 8, 32])


def test_the_pictures_show_the_cells(decays, samples):
    figure = plots.decay_map(decays)
    meshes = [ax.collections[-1].get_array() for ax in figure.axes[:3]]
    shown = decays.error.isel(iteration=-1), decays.inside.isel(iteration=-1) / decays.inside.isel(iteration=0)
    for mesh, y in zip(meshes, shown, strict=False):
        assert np.allclose(mesh, np.exp(np.log(y).mean("trial")))
    rose = (decays.outside / decays.outside.isel(iteration=0)).max("iteration")
    assert np.allclose(meshes[2], np.exp(np.log(rose).mean("trial")))
    one_step = predictions.one_step_tangent(samples.N.astype(float), 24, tasks.uniform(3))
    left, right = (ax.collections[-1].get_array() for ax in plots.sample_map(samples, one_step).axes[:2])
    last = samples.error.isel(iteration=-1)
    assert np.allclose(left.filled(0), np.exp(np.log(last).mean("trial")).fillna(0))
    assert np.allclose(right.filled(0), last.max("trial").fillna(0))


def test_a_cell_that_is_asked_has_its_curves_its_note_and_its_address(decays, samples):
    map_ = asked.decays(decays, DECAYS)
    assert isinstance(map_, Map) and len(map_.data["notes"]) == 9
    first = np.log10(decays.error.isel(lam_a=0, lam_w=0)).mean("trial").values[::2]
    assert np.allclose(map_.data["centilogs"]["error"][: len(first)], 100 * first, atol=0.51)
    assert "law=empty" in map_.data["link"] and "{lam_w}" in map_.data["link"]
    one_step = predictions.one_step_tangent(samples.N.astype(float), 24, tasks.uniform(3))
    map_ = asked.samples(samples, SAMPLES, one_step)
    assert "eta=0.3" in map_.data["link"] and map_.data["centilogs"]["error"].count(None) == 2
