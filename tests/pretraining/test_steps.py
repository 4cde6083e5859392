"""One step and many: the recursion against the algorithm, residuals, growth, and fitted exponents."""

import numpy as np
import pytest
import torch
import xarray as xr
from tolerances import ALGEBRA, STANDARD_ERRORS, close

from mtlcore.lab import comparisons, store
from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features, tasks, theory
from mtlcore.pretraining.algorithm import Hyper, Model, pretrain
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.contents import PART
from mtlcore.pretraining.fan_out import findings
from mtlcore.pretraining.fan_out.recursion import Recursion
from mtlcore.pretraining.steps.one_step import OneStep
from mtlcore.pretraining.steps.phases import Phases
from mtlcore.pretraining.theory import amplification, dynamics, fourier, growth, vectors

QUIET = {"nu_a": 0.0, "eta_b": 0.0}


def block(experiment):
    """All trials of an experiment."""
    return experiment.block(Draws(experiment.seed, range(experiment.trials)))


def one_run(law, d, n, seed, count, m=4, drawn=None, **hyper):
    """(M, first layers before and after one iteration), float64, all tasks of the law once unless drawn."""
    M, draws = features.canonical_subspace(d, law.r), Draws(seed, range(count), dtype=torch.float64)
    tables = np.stack([law.each_once()] * count) if drawn is None else drawn
    model = Model(tables.shape[1], *n, d, m, Hyper(**QUIET | hyper), reset=True)
    (_, before), (_, after) = pretrain({0: model}, {0: tables}, M, draws, 1)
    return M.numpy(), before[0].W.numpy(), after[0].W.numpy()


def furthest(moved, expected):
    """Largest distance in standard errors of the mean over trials."""
    gap = (moved - expected).reshape(len(moved), -1)
    return np.max(abs(gap.mean(0)) / (gap.std(0, ddof=1) / np.sqrt(len(gap))))


@pytest.mark.parametrize("empty", [True, False])
@pytest.mark.parametrize("r", [1, 2, 3])
def test_the_recursion_is_the_mean_of_an_iteration_over_samples(r, empty):
    law = tasks.uniform(r, empty)
    hyper = {"eta": 0.5, "lam_w": 0.3, "nu_w": 0.05}
    M, W, after = one_run(law, 6, (40, 60), 1, 400, **hyper)
    p, q = vectors.split(W.reshape(-1, 6), M)
    away = W - W @ M.T @ M
    along = np.einsum("tmd,tmd->tm", after, away) / np.linalg.norm(away, axis=2)
    moved = np.concatenate((after @ M.T, along[:, :, None]), 2)

    def expected(law):
        state = dynamics.step(dynamics.start(p, q), amplification.kernel(law), dynamics.Update(0.5, 0.3, kappa=0.5))
        return np.concatenate((state.p, state.q[:, None]), 1).reshape(moved.shape)

    # w_perp keeps its direction in the mean, and its factor is positive here: q may stand for the part along it
    assert furthest(moved, expected(law)) < STANDARD_ERRORS
    # the other law is a planted fault that the comparison notices
    assert furthest(moved, expected(tasks.uniform(r, not empty))) > STANDARD_ERRORS


def second_moment(W, M, T, n1, n2):
    """E[(u . Delta w)^2] of one step in a direction u outside row(M) and w, uniform parities with the empty set."""
    mean_square = (fourier.coefficients(*vectors.split(W, M)).h ** 2).mean(1)
    return 0.1**4 / (2 * T * n2) * (mean_square * (1 - 1 / n1) + (W**2).sum(1) / (2 * n1))


@pytest.mark.parametrize("n", [(3, 20), (30, 5)])
def test_noise_of_an_iteration_has_the_exact_second_moment(n):
    law, T, trials = tasks.uniform(2, empty=True), 3, 1500
    drawn = draw_tasks(law, T, Draws(3, range(trials)))
    M, W, after = one_run(law, 8, n, 3, trials, m=1, drawn=drawn, lam_w=0.0)
    W, step = W[:, 0], (after - W)[:, 0]
    away = W - W @ M.T @ M
    unit = away / np.linalg.norm(away, axis=1, keepdims=True)
    step = step - step @ M.T @ M
    step -= (step * unit).sum(1, keepdims=True) * unit
    ratio = (step**2).sum(1) / (8 - 2 - 1) / second_moment(W, M, T, *n)
    error = ratio.std(ddof=1) / np.sqrt(trials)
    assert abs(ratio.mean() - 1) < STANDARD_ERRORS * error
    # a second moment with the two sample sizes exchanged is noticed
    wrong = (step**2).sum(1) / 5 / second_moment(W, M, T, *n[::-1])
    assert abs(wrong.mean() - 1) > STANDARD_ERRORS * wrong.std(ddof=1) / np.sqrt(trials)


@pytest.mark.parametrize("r", [2, 3])
def test_one_step_is_that_of_the_matrix_A(r):
    experiment = OneStep(r=r, d=(6, 9), m=3, trials=2, device="cpu")
    ds = block(experiment)
    W = Draws(experiment.seed, range(2), dtype=torch.float64).normal("neurons", 3, 9).numpy()
    for d in (6, 9):
        M = np.eye(r, d)
        for variant, empty, decay in (
            ("lam_w*", True, 10 + 0.1 * 2.0**-r / (2 * np.pi)),
            ("1/eta", True, 10.0),
            ("1/eta, without the empty set", False, 10.0),
        ):
            law = tasks.uniform(r, empty)
            for trial in range(2):
                rows = W[trial, :, :d]
                moved = [(1 - 0.1 * decay) * w + 0.01 * theory.exact_A(w, M, law) @ w for w in rows]
                p, q = vectors.split(np.array(moved), M)
                one = ds.sel(d=d, variant=variant).isel(trial=trial)
                # 1/eta cancels 1 to rounding, and what is left of 0.01 A outside is 1e-5
                assert float(one.residual) == pytest.approx(np.median(q / np.linalg.norm(p, axis=1)), rel=1e-8)
                condition = np.linalg.cond(p) / np.linalg.cond(rows @ M.T)
                assert float(one.condition) == pytest.approx(condition, rel=1e-9)


def test_what_is_left_is_small_with_the_right_decay_and_large_without():
    ds = block(OneStep(r=3, d=(64, 256), m=64, trials=5, device="cpu"))
    star, alone, without = (ds.residual.sel(variant=name) for name in ds.variant)
    assert (star < 2e-3).all() and (alone > 1).all()
    assert (alone / ds.before).values == pytest.approx(0.5, rel=0.05)  # 1/eta alone halves it, up to O(r/d)
    # the empty set moves no residual; what is left is 1e-9 of what cancels
    assert without.values == pytest.approx(star.values, rel=1e-5)
    assert (star / ds.leading).values == pytest.approx(1, abs=4 * 3 / 64)


@pytest.mark.parametrize("r", [2, 3])
def test_runs_grow_at_the_rates_of_theory_and_above_the_window_everything_decays(r):
    sizes = {"d": 48, "m": 8, "n": 300, "trials": 3, "Lambda": (0.5, 1.5, 2.5), "window": (60, 120)}
    ds = block(Phases(r=r, device="cpu", **sizes))
    h = Phases()
    for law, single, empty in (
        ("with the empty set", 2.0**-r, 2.0**-r),
        ("without the empty set", 1 / (2**r - 1), 0.0),
    ):
        for Lambda in (0.5, 1.5, 2.5):
            lam_w = Lambda * single / (2 * np.pi * h.lam_a)
            rates = growth.rates(empty, single, h.eta, lam_w, h.lam_a)
            one = ds.sel(law=law, Lambda=Lambda)
            assert one.predicted.values == pytest.approx(np.log([rates.p, rates.q]), rel=1e-9)
            # p^2 / rho^2 is not zero: a tenth of the drive, 0.01 at r = 2
            assert abs(one.growth.mean("trial") - one.predicted).max() < 0.1 * (rates.p - rates.q)
    signs = np.sign(ds.growth.mean("trial")).transpose("law", "part", "Lambda").values.tolist()
    assert signs == [[[1, 1, -1], [1, -1, -1]], [[1, -1, -1], [-1, -1, -1]]]


def test_the_recursion_follows_the_runs_and_that_of_the_other_law_does_not():
    experiment = Recursion(trials=2, d=8, n=600, m=4, steps=60, device="cpu")
    ds = block(experiment)
    start = ds.isel(iteration=0)
    for name in "pq":
        assert close(start[name].sel(source="SGD").values, start[name].sel(source="recursion").values, 0)
    W = Draws(experiment.seed, range(2)).normal("first layer", 4, 8)
    for law in ds.law:
        one = start.sel(law=law, source="SGD")
        assert close(one.p.values, W[..., :2].double(), ALGEBRA[torch.float32])
        assert close(one.q.values, W[..., 2:].norm(dim=-1).double(), ALGEBRA[torch.float32])
    gap = findings.recursion_gap(ds).isel(iteration=-1)
    assert gap.p.max() < 0.1 and gap.q.max() < 0.05
    other = findings.recursion_gap(ds.where(ds.source == "SGD", ds.roll(law=1))).isel(iteration=-1)
    assert (other.q > 0.1).all()


def test_a_step_that_keeps_the_start_finds_nothing():
    """Control: many samples, no weight decay."""
    M, _, after = one_run(tasks.uniform(2, empty=True), 8, (8000, 8000), 44, 5, m=8, lam_w=0.0, nu_w=0.001)
    p, q = vectors.split(after.reshape(-1, 8), M)
    assert np.median(q / np.linalg.norm(p, axis=1)) > 1


def power_law(exponent, noise, trials=6, seed=0):
    """(x, y by trial)."""
    x = xr.DataArray([1.0, 2, 4, 8], {"x": [1, 2, 3, 4]}, ["x"])
    spread = np.exp(noise * np.random.default_rng(seed).standard_normal((4, trials)))
    return x, xr.DataArray(3 * spread * x.values[:, None] ** exponent, dims=("x", "trial"))


@pytest.mark.parametrize(
    ("exponent", "noise", "outcome"),
    [
        (-1.5, 0.01, "consistent"),
        (-1.3, 0.01, "inconsistent"),
        (-1.5, 1.0, "inconclusive"),
        (-1.42, 0.01, "consistent"),
    ],
)
def test_a_fitted_exponent_is_judged_by_its_interval(exponent, noise, outcome):
    found = comparisons.slope("", *power_law(exponent, noise), -1.5)
    assert found.outcome == outcome and "95% interval" in found.evidence


def test_an_exponent_is_the_mean_over_trials_and_its_interval_covers():
    x, y = power_law(2.0, 0.0)
    assert comparisons.exponent(x, y * xr.DataArray([1.0, 2, 3, 4, 5, 6], dims="trial")) == pytest.approx(
        (2, 0), abs=1e-12
    )
    covered = [
        abs(slope - 2) < half for slope, half in (comparisons.exponent(*power_law(2, 0.3, seed=s)) for s in range(400))
    ]
    assert 0.95 == pytest.approx(np.mean(covered), abs=STANDARD_ERRORS * np.sqrt(0.95 * 0.05 / 400))


def test_the_worst_outcome_counts():
    found = [comparisons.Finding(o, o, "") for o in ("consistent", "inconclusive", "inconsistent", "inconclusive")]
    assert comparisons.weakest(found) is found[2]
    assert comparisons.weakest(found[:2]) is found[1] and comparisons.weakest(found[:1]) is found[0]


@pytest.mark.long
@pytest.mark.parametrize(
    "experiment",
    [*PART.experiments("steps"), *(e for e in PART.experiments("fan-out") if e.name == "recursion")],
    ids=lambda e: f"{e.name}, r = {e.r}",
)
def test_the_chapters_findings_are_consistent(experiment):
    found = PART.findings(experiment, store.get(experiment))
    assert found and {f.outcome for f in found} == {"consistent"}, [f for f in found if f.outcome != "consistent"]


def test_a_growing_neuron_keeps_its_orthant_with_persistent_heads():
    p, q = np.random.default_rng(5).standard_normal((50, 4)), np.full(50, 4.0)
    for Lambda in (0.5, 1.5, 2.5):
        lam_w = Lambda * 2.0**-4 / (2 * np.pi * 0.5)
        path_p, path_q = dynamics.run(p, q, tasks.uniform(4, empty=True), 100, dynamics.Update(0.1, lam_w, 0.5))
        ratio = path_q[..., None] / abs(path_p)
        assert (np.diff(ratio, axis=0) <= ALGEBRA[torch.float64] * ratio[:-1]).all()
        assert (np.sign(path_p) == np.sign(p)).all()
