"""Turned labels, inputs of other laws, Boolean tasks and a second layer: what theory says of them, and their runs."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import xarray as xr
from scipy.special import dawsn, ndtri
from tolerances import ALGEBRA, CLOSED_FORM, STANDARD_ERRORS, close

from mtlcore.lab import store
from mtlcore.lab.comparisons import weakest
from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features, tasks
from mtlcore.pretraining.algorithm import pretrain
from mtlcore.pretraining.labelling import turned
from mtlcore.pretraining.probe import Probe, linear_probe
from mtlcore.pretraining.robustness import claims, findings, plots
from mtlcore.pretraining.robustness.boolean_tasks import BooleanTasks, boolean_laws
from mtlcore.pretraining.robustness.inputs import InputLaws, on_sphere, spread, tilt
from mtlcore.pretraining.robustness.label_noise import LabelNoise, NoisyStep
from mtlcore.pretraining.robustness.second_layer import SecondLayer
from mtlcore.pretraining.theory import amplification, dynamics, flips, fourier, products, recovery, single
from mtlcore.pretraining.theory.coordinates import LAWS, Coordinate, exponential, two_bumps
from mtlcore.pretraining.training import summary

#: An integral over 400 nodes whose integrand oscillates.
OSCILLATING = 1e-5
#: A mean over 200,000 quantiles in place of a law: its tails are cut.
QUANTILES = 1e-3
RNG = np.random.default_rng(0)
G = torch.from_numpy(ndtri((np.arange(200_000) + 0.5) / 200_000))


def gaussian():
    """Gaussian coordinates, of which the package has closed forms."""
    return Coordinate(
        drawn=lambda g: g,
        wave=lambda t: torch.exp(-(t**2) / 2).to(torch.complex128),
        signed=lambda t: 2j / np.pi**0.5 * torch.from_numpy(dawsn(t.numpy() / 2**0.5)),
        size=(2 / np.pi) ** 0.5,
    )


@pytest.mark.parametrize("name", LAWS)
def test_a_coordinate_has_the_moments_and_waves_of_what_is_drawn(name):
    law = LAWS[name]
    x = law.drawn(G)
    assert (x.diff() > 0).all() and close(x.var(), torch.tensor(1.0), 5 * QUANTILES)
    for value, expected in ((x.abs().mean(), law.size), (x.sign().mean(), law.lean), (x.mean(), law.mean)):
        assert float(value) == pytest.approx(expected, abs=QUANTILES)
    for t in (0.0, 0.3, 1.7):
        waves = torch.exp(1j * t * x)
        for expected, got in ((waves.mean(), law.wave), (waves * x.sign(), law.signed)):
            assert abs(got(torch.tensor([t], dtype=torch.float64))[0] - expected.mean()) < QUANTILES


def test_impossible_coordinates_are_refused():
    with pytest.raises(ValueError, match="width = 0.9; allowed: above 0 and below 0.866"):
        two_bumps(0.9)
    with pytest.raises(ValueError, match="zero = -1; allowed: at least 0"):
        exponential(-1)


def test_gaussian_coordinates_have_the_correlations_of_the_closed_forms():
    W = RNG.standard_normal((5, 6))
    p, q = W[:, :4], np.linalg.norm(W[:, 4:], axis=1)
    got = products.correlations(torch.from_numpy(W), gaussian(), 4)
    assert close(got.numpy(), fourier.coefficients(p, q).h, CLOSED_FORM)


@pytest.mark.parametrize("name", LAWS)
def test_correlations_are_those_of_samples(name):
    law, W = LAWS[name], torch.from_numpy(RNG.standard_normal((3, 4)))
    x = law.drawn(torch.from_numpy(RNG.standard_normal((300_000, 4))))
    codes = features.orthant(x, features.canonical_subspace(4, 3))
    seen = torch.from_numpy(tasks.parity_tables(3)).double()[:, codes][..., None] * torch.relu(x @ W.T)
    z = (seen.mean(1).T - products.correlations(W, law, 3)) / (seen.std(1).T / len(x) ** 0.5)
    assert abs(z).max() < STANDARD_ERRORS


def test_the_pull_is_the_gradient_of_half_the_energy():
    W, law = torch.from_numpy(RNG.standard_normal((2, 5))), LAWS["skewed, mean zero"]
    pi, step, along = torch.from_numpy(RNG.dirichlet(np.ones(4))), 1e-3, torch.eye(5, dtype=torch.float64)
    energy = [
        torch.stack([(pi * products.correlations(W + sign * step * e, law, 2) ** 2).sum(1) for e in along], 1)
        for sign in (1, -1)
    ]
    assert close(products.pull(W, law, pi), (energy[0] - energy[1]) / (4 * step), OSCILLATING)
    with pytest.raises(ValueError, match="allowed: 0 <= r <= 5, non-zero neurons"):
        products.correlations(W, law, 6)


def test_a_tilted_uniform_feature_is_pulled_to_its_closed_form():
    slope, M = 0.5, torch.eye(1, 4, dtype=torch.float64)
    a, b, *rest = products.taught(M @ tilt(1, 4, slope), LAWS["uniform"])[0]
    assert float(b / a) == pytest.approx(2 * slope / (3 - slope**2), abs=OSCILLATING)
    assert max(map(abs, rest)) < OSCILLATING


def test_features_that_are_coordinates_are_pulled_to_themselves():
    for name in ("uniform", "Laplace", "two bumps"):
        got = products.taught(torch.eye(2, 5, dtype=torch.float64), LAWS[name])
        assert close(got, LAWS[name].size * torch.eye(2, 5, dtype=torch.float64), 1e-2)  # one wave alone decays slowly


def test_rotations_and_spheres():
    Q, P = tilt(3, 8), spread(6, Draws(0, range(2)))
    assert close(Q @ Q.T, torch.eye(8, dtype=torch.float64), ALGEBRA[torch.float64])
    assert close(P @ P.mT, torch.eye(6, dtype=torch.float64).expand(2, 6, 6), ALGEBRA[torch.float64])
    assert float(Q[0, 3] / Q[0, 0]) == pytest.approx(0.5)
    assert close(on_sphere(torch.randn(4, 9)).norm(dim=1), torch.full((4,), 3.0), ALGEBRA[torch.float32])
    with pytest.raises(ValueError, match="allowed: at least 2 r = 6"):
        tilt(3, 5)


def test_labels_turn_with_their_probability_and_those_of_a_smaller_one_first():
    y, chances = torch.ones(1, 1, len(G)), G[None]
    shares = [(turned(y, chances, flip) < 0) for flip in (0.0, 0.1, 0.3, 0.5)]
    assert [float(share.double().mean()) for share in shares] == pytest.approx([0, 0.1, 0.3, 0.5], abs=1e-4)
    assert all((less <= more).all() for less, more in zip(shares, shares[1:], strict=False))


def test_one_sided_noise_is_the_kernel_of_the_mean_labels():
    law, samples = tasks.equally_likely(boolean_laws(3)["ANDs"]), RNG.uniform(size=(20_000, 7, 8))
    turned_labels = np.where(samples < np.where(law.tables > 0, 0.1, 0.3), -law.tables, law.tables).mean(0)
    f = tasks.fourier(turned_labels)
    assert close(flips.one_sided(law, 0.3, 0.1), f.T @ f / 7, 0.01)
    assert close(flips.one_sided(law, 0.2, 0.2), 0.36 * amplification.kernel(law), ALGEBRA[torch.float64])
    with pytest.raises(ValueError, match="up = 2, down = 0; allowed: probabilities"):
        flips.one_sided(law, 2, 0)


def test_what_a_label_is_worth():
    assert flips.kept(0.2) == pytest.approx(0.6)
    ratio = flips.noise_to_signal(32, 100, 0.3) / flips.noise_to_signal(32, 100, 0.0)
    assert ratio == pytest.approx(2.5) and flips.noise_to_signal(8, 400, 0) == pytest.approx((np.pi / 100) ** 0.5)
    with pytest.raises(ValueError, match="flip = 2; allowed: a probability"):
        flips.kept(2)
    with pytest.raises(ValueError, match="no signal"):
        flips.noise_to_signal(8, 400, 0.5)


@pytest.mark.parametrize("name", boolean_laws(3))
def test_one_step_is_the_push_and_the_gain_to_leading_order(name):
    law, theta = tasks.equally_likely(boolean_laws(3)[name]), 1e-4
    p, q = theta * RNG.standard_normal((6, 3)), np.ones(6)
    found = fourier.coefficients(p, q)
    along, c = amplification.drift(found, found.h @ amplification.kernel(law))
    C = amplification.kernel(law)
    after = 2 * np.pi * (along + c[:, None] * p) - C[0, 0] * p
    assert close(after, recovery.push(law) + p @ recovery.gain(law), 100 * theta**2)


def test_the_evenness_of_known_laws():
    assert recovery.evenness(tasks.equally_likely(single.not_all_equal(3)[None])) == pytest.approx(1 / 2)
    assert recovery.evenness(tasks.equally_likely(single.not_all_equal(4)[None])) == pytest.approx(1 / 3)
    assert recovery.evenness(tasks.uniform(3)) == pytest.approx(1)
    assert recovery.evenness(tasks.fixed_degree(3, 2)) == recovery.evenness(tasks.fixed_degree(3, 0)) == 0


def test_laws_that_are_parities_in_disguise():
    laws = {name: tasks.equally_likely(tables) for name, tables in boolean_laws(3).items()}
    assert [len(law.tables) for law in laws.values()] == [7, 128, 35, 4, 7, 8, 1, 3]
    for name, law in (("all functions", tasks.uniform(3, empty=True)), ("balanced functions", tasks.uniform(3))):
        assert close(recovery.as_parities(laws[name]).probs, law.probs, ALGEBRA[torch.float64])
    assert recovery.as_parities(laws["majorities with signs"]).probs[[1, 2, 4, 7]] == pytest.approx([0.25] * 4)
    assert recovery.as_parities(laws["ANDs with signs"]).probs[0] == pytest.approx(9 / 16)
    with pytest.raises(ValueError, match="allowed: a diagonal kernel"):
        recovery.as_parities(laws["ANDs"])
    with pytest.raises(ValueError, match="r = 2 features; allowed: an odd number"):
        boolean_laws(2)


SMALL = {"d": 6, "m": 5, "steps": 6, "every": 4, "device": "cpu"}


@pytest.mark.parametrize(
    "run, name",
    [
        (LabelNoise(n=9, flip=(0.0, 0.3), **SMALL), "0.0"),
        (InputLaws(n=9, laws=("Gaussian", "uniform"), **SMALL), "Gaussian"),
        (BooleanTasks(total=133, **SMALL), "parities"),
    ],
    ids=lambda x: getattr(x, "name", x),
)
def test_without_a_variation_the_run_is_the_algorithm(run, name):
    draws, M = Draws(run.seed, range(2)), run.subspace()
    ds, model = run.block(draws).sel(variation=name), run.models(draws)[name]
    assert ds.iteration.values.tolist() == [0, 4, 6]
    *_, (_, states) = pretrain({0: model}, {0: np.stack([tasks.parity_tables(3)[1:]] * 2)}, M, draws, 6)
    for quantity, expected in zip(("error", "missed", "row_norm", "energy"), summary(states[0].W, M), strict=True):
        assert close(ds[quantity].isel(iteration=-1).values, expected, ALGEBRA[torch.float32])


def test_each_variation_has_its_inputs_and_labels():
    draws = Draws(0, range(2))
    run = InputLaws(n=40, laws=("Laplace", "Laplace, spread", "two bumps, tilted", "sphere"), **SMALL)
    numbers, M, label = draws.normal("inputs", 2, 280, 6), run.subspace(), run.labels(draws)["Laplace"]
    laws = {name: model.inputs for name, model in run.models(draws).items()}
    pairs = {name: features.halves(law(numbers), M) for name, law in laws.items()}
    (x, codes), (spread_x, _) = pairs["Laplace"][0], pairs["Laplace, spread"][0]
    y = label(x, codes, 2)
    assert close(x.norm(dim=-1), spread_x.norm(dim=-1), ALGEBRA[torch.float32]) and not close(x, spread_x, 0.1)
    signs = x[..., :3].sign().unflatten(1, (7, 40))
    for code in range(1, 8):
        parity = signs[:, code - 1][..., [j for j in range(3) if code >> j & 1]].prod(-1)
        assert torch.equal(y[:, code - 1], parity)
    ds = run.block(draws).error.isel(iteration=-1, trial=0)
    assert len(set(ds.values.tolist())) == len(run.laws)
    run = LabelNoise(n=200, flip=(0.0, 0.3), **SMALL)
    (x, codes), _ = features.batches(1400, M, draws, 1)
    clean, noisy = (run.labels(draws)[name] for name in ("0.0", "0.3"))
    wrong = [clean(x, codes, turn) != noisy(x, codes, turn) for turn in (2, 3, 4)]
    assert all(abs(float(one.double().mean()) - 0.3) < 0.05 for one in wrong)
    assert not any(torch.equal(one, other) for one, other in itertools.combinations(wrong, 2))


def test_the_prediction_is_the_recursion_from_the_same_rows():
    run = BooleanTasks(total=128, **SMALL)
    W, law = 0.01 * torch.randn(2, 5, 6, dtype=torch.float64), tasks.uniform(3, empty=True)
    got, h = run.recursion(W, amplification.kernel(law)), run.hyper
    p, q = dynamics.run(
        W[0, :, :3].numpy(), W[0, :, 3:].norm(dim=1).numpy(), law, 6, dynamics.Update(h.eta, h.lam_w, h.lam_a)
    )
    layer = np.concatenate((p[6], W[0, :, 3:].numpy() * (q[6] / q[0])[:, None]), 1)
    expected = summary(torch.from_numpy(layer)[None], run.subspace())[0]
    assert got.iteration.values.tolist() == [0, 4, 6] and close(got.values[-1, :1], expected, ALGEBRA[torch.float64])


def test_noise_is_predicted_with_the_square_of_what_a_label_is_worth():
    run = LabelNoise(n=9, flip=(0.0, 0.3), **SMALL)
    draws = Draws(run.seed, range(2))
    ds, C = run.block(draws), amplification.kernel(tasks.uniform(3))
    expected = run.predicted({"0.3": 0.16 * C}, draws)
    assert close(ds.predicted.sel(variation="0.3").values, expected.values[0], ALGEBRA[torch.float64])


def test_one_noisy_step_has_the_samples_that_it_says():
    run = NoisyStep(trials=2, d=6, m=8, n=64, flip=(0.0, 0.25), device="cpu")
    draws = Draws(run.seed, range(2))
    ds = run.block(draws)
    assert close(ds.more.sel(flip=0.25).values, run.error(0.25, 256, draws).values, ALGEBRA[torch.float32])
    assert close(ds.same.sel(flip=0.25).values, run.error(0.25, 64, draws).values, ALGEBRA[torch.float32])


def test_fresh_biases_are_the_books_probe():
    run = SecondLayer(n=9, m_hat=(7,), N=40, head_steps=30, test_samples=200, d=6, m=5, steps=6, device="cpu")
    draws, M = Draws(run.seed, range(2)), run.subspace()
    got = run.block(draws).accuracy.sel(layer="random", reading="fresh biases", m_hat=7)
    W, parities = draws.normal("first layer", 5, 6), torch.from_numpy(tasks.parity_tables(3)[1:])
    expected, _ = linear_probe(W, M, parities, (40,), Probe(7, 0.5, 30, 200), draws)
    assert close(got.values, expected[:, 0], 0.011)  # a rounding may tip two samples
    x = torch.randn(2, 50, 6)
    second = run.hidden(W, "second layer", 400, draws, x)
    assert second.shape == (2, 50, 400) and (second >= 0).all()
    assert not close(second[:, :, :7], run.hidden(W, "mixed rows", 7, draws, x), 0.1)
    with pytest.raises(KeyError):
        run.hidden(W, "third layer", 7, draws, x)


@pytest.mark.long
def test_every_statement_of_the_chapter_is_consistent_with_the_runs():
    for run, say in (
        (LabelNoise(), findings.label_noise),
        (NoisyStep(), findings.noisy_step),
        (InputLaws(), findings.input_laws),
        (BooleanTasks(), findings.boolean_tasks),
    ):
        assert weakest(say(store.get(run))).outcome == "consistent"
    outcomes = [found.outcome for found in findings.second_layer(store.get(SecondLayer()))]
    assert "inconsistent" not in outcomes and outcomes.count("consistent") >= 7


def test_a_missed_variation_is_not_found():
    error = xr.DataArray([[[0.9, 0.5], [0.9, 0.6]]], dims=("variation", "trial", "iteration"))
    ds = xr.Dataset({"error": error.assign_coords(variation=["it"], iteration=[0, 200])})
    for say in (findings.found, findings.missed):
        assert say(ds, ("it",))[0].outcome == "inconsistent"
    apart = ds.assign(predicted=ds.error - 0.2)
    assert findings.follows(apart, ("it",))[0].outcome == "inconsistent"


def test_two_bumps_are_pushed_outwards_and_one_peak_is_not():
    assert claims.outward("two bumps", 2, 5, 100) > 1e-4 > 1e-8 > claims.outward("Laplace", 2, 5, 100)


def test_the_pictures_have_a_line_for_each_variation_and_grey_for_its_control():
    values = RNG.uniform(0.1, 1, (2, 4, 3))
    axes = {"variation": ["it", "control"], "trial": range(4), "iteration": [0, 100, 200]}
    error = xr.DataArray(values, axes, dims=list(axes))
    ds = xr.Dataset({"error": error, "predicted": error / 2})
    (ax,) = plots.predicted(ds, ("control",)).axes
    by_label = {line.get_label(): line for line in ax.lines}
    assert by_label["control"].get_color() == plots.GREY != by_label["it"].get_color()
    assert np.array_equal(by_label["it"].get_ydata(), values[0].mean(0))
    assert np.array_equal(ax.lines[1].get_ydata(), values[0].mean(0) / 2)
    plt.close("all")
