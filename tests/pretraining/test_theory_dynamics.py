"""The (p, q) recursion, one-step residuals, growth rates, neutral products and regimes."""

import numpy as np
import pytest
import torch
from tolerances import close

from mtlcore.pretraining import tasks
from mtlcore.pretraining.network import activations
from mtlcore.pretraining.theory import amplification, dynamics, fourier, growth, regimes
from mtlcore.pretraining.theory.dynamics import Update
from mtlcore.pretraining.theory.vectors import gradients

RNG = np.random.default_rng(13)
#: The paper's values.
STATED = Update(0.1, 0.05, 0.5)


def random_neurons(count, d, r):
    """Gaussian neurons of input dimension d."""
    return RNG.standard_normal((count, r)), np.sqrt(RNG.chisquare(d - r, count))


@pytest.mark.parametrize("empty", [True, False])
@pytest.mark.parametrize("kappa", [0.0, 0.3])
def test_a_step_is_the_update_of_the_vector(kappa, empty):
    d, r, eta, lam_w, lam_a = 6, 3, 0.2, 0.1, 0.4
    law, M, W = tasks.uniform(r, empty), np.eye(r, d), RNG.standard_normal((4, d))
    p, q = W[:, :r], np.linalg.norm(W[:, r:], axis=1)
    paths = dynamics.run(p, q, law, 3, Update(eta, lam_w, lam_a, kappa))
    heads = np.zeros((4, len(law.probs)))
    f = tasks.fourier(law.tables)
    for step in range(3):
        G = f @ gradients(W, M)
        h = (G @ W[:, :, None])[..., 0]
        heads = kappa * h if kappa else (1 - eta * lam_a) * heads + eta * h
        W = (1 - eta * lam_w) * W + eta * np.einsum("nk,nkd,k->nd", heads, G, law.probs)
        assert close(paths[0][step + 1], W[:, :r], 1e-13)
        assert close(paths[1][step + 1], np.linalg.norm(W[:, r:], axis=1), 1e-13)


def test_a_length_outside_that_turns_around_stays_a_length():
    law = tasks.uniform(2, empty=True)
    C, start = amplification.kernel(law), dynamics.start(np.array([[0.4, -0.3]]), np.array([0.5]))
    kept, turned = (dynamics.step(start, C, Update(0.5, lam_w, kappa=0.5)) for lam_w in (0.0, 20.0))
    assert turned.q[0] == pytest.approx(0.5 * 10 - kept.q[0])  # keep is lower by eta lam_w = 10, and negative


def test_the_map_is_homogeneous_and_blind_to_the_dimension():
    p, q = random_neurons(5, 16, 3)
    law = tasks.uniform(3)
    one, ten = dynamics.run(p, q, law, 4, STATED), dynamics.run(10 * p, 10 * q, law, 4, STATED)
    assert close(10 * one[0], ten[0], 1e-12) and close(10 * one[1], ten[1], 1e-12)


@pytest.mark.parametrize("r", [2, 3, 4])
@pytest.mark.parametrize("empty", [True, False])
def test_the_ratio_falls_and_no_neuron_leaves_its_orthant(r, empty):
    p, q = dynamics.run(*random_neurons(20, 32, r), tasks.uniform(r, empty), 200, Update(0.1, 0.02, 0.5))
    ratio = q[..., None] / abs(p)
    assert (np.diff(ratio, axis=0) <= 0).all() and (np.sign(p) == np.sign(p[0])).all()


@pytest.mark.parametrize("r", [1, 2, 3])
def test_resets_agree_with_a_step_of_the_algorithm_on_many_samples(r):
    # Delta w of one reset head step and one layer step, all 2^r parities, fresh halves, n large
    d, n, eta = 8, 400_000, 0.5
    law, M = tasks.uniform(r, empty=True), torch.eye(r, d).double()
    w = torch.from_numpy(RNG.standard_normal((1, 1, d)))
    p, q = w[0, :, :r].numpy(), w[0, :, r:].norm(dim=-1).numpy()
    tables, sides = torch.from_numpy(law.tables).double(), []
    for _ in range(2):
        x = torch.from_numpy(RNG.standard_normal((1, n, d)))
        active = (activations(w, torch.zeros(1, 1).double(), x) > 0).double()
        codes = ((x[0] @ M.T) > 0).long() @ (1 << torch.arange(r))
        sums = torch.zeros(2**r, d).double().index_add_(0, codes, x[0] * active[0]) / n
        sides.append(tables @ sums)
    heads = eta * (sides[0] @ w[0, 0])
    moved = (eta * (heads[:, None] * sides[1]).mean(0)).numpy()
    got = dynamics.run(p, q, law, 1, Update(eta, 0.0, kappa=eta))
    assert close(got[0][1] - p, moved[None, :r], 0.02 * abs(moved).max())
    along = moved[r:] @ w[0, 0, r:].numpy() / q[0]
    assert got[1][1, 0] - q[0] == pytest.approx(along, abs=0.02 * abs(moved).max())


@pytest.mark.parametrize(
    ("r", "expected"),
    [
        (2, (9.7e-4, 3.2e-4, 1.1e-4, 3e-5)),
        (3, (5.1e-3, 1.4e-3, 4.7e-4, 1.4e-4)),
        (4, (9.3e-3, 3.5e-3, 1.3e-3, 4.3e-4)),
    ],
)
def test_one_step_at_lam_w_star_leaves_a_residual_of_three_halves(r, expected):
    law, eta = tasks.uniform(r, empty=True), 0.1
    lam, medians = dynamics.lam_w_star(law, eta, eta), []
    for d, known in zip((16, 32, 64, 128), expected, strict=True):
        p0, q0 = random_neurons(2000, d, r)
        p, q = dynamics.run(p0, q0, law, 1, Update(eta, lam, kappa=eta))
        ratio = np.median(q[1] / np.linalg.norm(p[1], axis=1))
        medians.append(ratio)
        assert 0.005 < ratio * (d / r) ** 1.5 < 0.12 and ratio == pytest.approx(known, rel=0.35)
        conditions = [np.linalg.cond(x[: 4 * r]) for x in (p[1], p0)]
        assert conditions[0] / conditions[1] == pytest.approx(1, abs=0.05 * 32 / d)
    slope = np.polyfit(np.log([16, 32, 64, 128]), np.log(medians), 1)[0]
    assert slope == pytest.approx(-1.5, abs=0.25)


def test_forgetting_the_start_alone_is_not_enough():
    d, r, eta = 64, 3, 0.1
    law = tasks.uniform(r, empty=True)
    p, q = dynamics.run(*random_neurons(500, d, r), law, 1, Update(eta, 1 / eta, kappa=eta))
    assert np.median(q[1] / np.linalg.norm(p[1], axis=1)) > 1
    assert dynamics.lam_w_star(tasks.uniform(r), eta, eta) == pytest.approx(1 / eta)
    assert dynamics.lam_w_star(law, eta, 0.2, n=10) == pytest.approx(1 / eta + 0.2 * (0.9 / (16 * np.pi) + 0.05))
    nae = 1 - 2 * (np.isin(np.arange(8), (0, 7))).astype(float)
    assert dynamics.lam_w_star(tasks.Law(nae[None] * 1.0, np.ones(1)), 1, 1) == pytest.approx(1 + 0.25 / (2 * np.pi))


@pytest.mark.parametrize(
    ("r", "lam_w", "g_q", "g_p"),
    [(2, 0.05, 1.002586, 1.009352), (3, 0.05, 0.999052, 1.002828), (4, 0.03, 0.999027, 1.000980)],
)
def test_growth_rates(r, lam_w, g_q, g_p):
    law = tasks.uniform(r, empty=True)
    rates = growth.rates(2.0**-r, 2.0**-r, 0.1, lam_w, 0.5)
    assert rates.q == pytest.approx(g_q, abs=1e-6) and rates.p == pytest.approx(g_p, abs=1e-6)
    p, q = dynamics.run(np.full((1, r), 1e-6), np.ones(1), law, 400, Update(0.1, lam_w, 0.5))
    assert q[-1, 0] / q[-2, 0] == pytest.approx(rates.q, abs=1e-6)
    assert p[-1, 0, 0] / p[-2, 0, 0] == pytest.approx(rates.p, abs=2e-5)


def test_growth_rates_without_the_empty_set():
    rates = growth.rates(0.0, 1 / 7, 0.1, 0.05, 0.5)
    p, q = dynamics.run(np.full((1, 3), 1e-6), np.ones(1), tasks.uniform(3), 400, STATED)
    assert rates.q == pytest.approx(0.995, abs=1e-15) and q[-1, 0] / q[-2, 0] == pytest.approx(rates.q, abs=1e-9)
    assert p[-1, 0, 0] / p[-2, 0, 0] == pytest.approx(rates.p, abs=2e-5)
    steps = np.log(np.sqrt(29 / 3) * 100) / np.log(rates.p / rates.q)
    assert growth.steps_to(0.01, 32, 3, rates) == pytest.approx(steps)


def test_neutral_products():
    F = [regimes.neutral_product(k) for k in range(1, 6)]
    assert F[0] == pytest.approx(2, abs=1e-14) and F[1] == pytest.approx(2 + (np.sqrt(2) - 1) ** 2, abs=1e-13)
    assert F[2] == pytest.approx(2 + 3 * (3**-0.5 - 1 / 3) ** 2, abs=1e-13)
    assert F[3:] == pytest.approx([2.18755, 2.19220], abs=5e-6)
    without = [regimes.neutral_product(k, empty=False) for k in range(1, 6)]
    assert without == pytest.approx([f - 1 for f in F], abs=1e-12)


@pytest.mark.parametrize("empty", [True, False])
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_a_diagonal_stands_still_at_its_neutral_product(k, empty):
    law = tasks.uniform(4, empty)
    unit = 1 / (2 * np.pi * (16 - (not empty)))
    p = np.zeros((1, 4))
    p[0, :k] = 1
    lam_a, lam_w = 0.5, regimes.neutral_product(k, empty) * unit / 0.5
    path, _ = dynamics.run(p, np.zeros(1), law, 3, Update(0.1, lam_w, kappa=1 / lam_a))
    assert close(path[-1], p, 1e-13)


def test_lambda_and_its_regimes():
    for r, lam_w, value, name in [
        (2, 0.05, 0.628, "both grow"),
        (3, 0.05, 1.257, "features grow"),
        (4, 0.03, 1.508, "features grow"),
        (3, 0.085, 2.136, "aligned neurons grow"),
        (3, 0.1, 2.513, "everything decays"),
        (4, 0.1, 5.027, "everything decays"),
    ]:
        law = tasks.uniform(r, empty=True)
        assert regimes.Lambda(law, lam_w, 0.5) == pytest.approx(value, abs=1e-3)
        assert regimes.regime(law, lam_w, 0.5) == name
    without = tasks.uniform(3)
    assert regimes.Lambda(without, 0.05, 0.5) == pytest.approx(2 * np.pi * 7 * 0.025)
    assert regimes.regime(without, 0.01, 0.5) == "features grow"
    assert regimes.regime(without, 0.05, 0.5) == "aligned neurons grow"
    assert regimes.neutral_products(without)[0] == 0


@pytest.mark.parametrize(("lam_w", "grows"), [(0.03, (True, True)), (0.06, (False, True)), (0.1, (False, False))])
def test_the_recursion_shows_the_three_regimes(lam_w, grows):
    p, q = dynamics.run(*random_neurons(20, 64, 3), tasks.uniform(3, empty=True), 1500, Update(0.1, lam_w, 0.5))
    early = slice(100, 400)
    assert (np.median(np.diff(np.log(q[early]), axis=0)) > 0) == grows[0]
    assert (np.median(np.diff(np.log(np.linalg.norm(p, axis=2)[-100:]), axis=0)) > 0) == grows[1]


def test_aligned_directions_and_their_rates():
    # at (1, 1, 0)/sqrt 2: own rate 2.1716, the third coordinate's 2.086, q's .586
    pi = np.full(8, 1.0)
    found = amplification.decompose(np.array([[1, 1, 0]]) / np.sqrt(2), np.zeros(1), pi)
    rates = 2 * np.pi * (found.c_perp[0] + found.delta[0])
    assert rates == pytest.approx([2.1716, 2.1716, 2.086], abs=5e-4)
    assert 2 * np.pi * found.c_perp[0] == pytest.approx(0.586, abs=5e-4)
    axis = amplification.decompose(np.array([[1.0, 1e-6]]), np.zeros(1), np.ones(4))
    axis_rates = 2 * np.pi * (axis.c_perp[0] + axis.delta[0])
    assert axis_rates == pytest.approx([2.0, 3.0], abs=1e-3)


def test_neurons_at_q_zero_turn_to_a_diagonal():
    p, q = abs(RNG.standard_normal((40, 3))), np.zeros(40)
    law = tasks.uniform(3, empty=True)
    C = amplification.kernel(law)
    state = dynamics.start(p, q)
    for _ in range(1500):
        state = dynamics.step(state, C, Update(1.0, 0.0, kappa=5.0))
        scale = np.linalg.norm(state.p, axis=1)[:, None]
        state = dynamics.Neurons(state.p / scale, state.q, state.a)
    ends = np.sort(state.p, axis=1)
    full, face = (abs(ends - np.sqrt(x)).max(1) < 1e-2 for x in (np.full(3, 1 / 3), np.array([0, 0.5, 0.5])))
    assert (full | face).all() and full.sum() > face.sum() > 0


def test_steps_and_decays_out_of_range_are_refused():
    law, p, q = tasks.uniform(2), np.ones((1, 2)), np.ones(1)
    skew = tasks.by_size(2, 0.5)
    for call, parts in [
        (lambda: dynamics.run(p, q, law, -1, STATED), "steps = -1; allowed: at least 0"),
        (lambda: dynamics.run(p, q, tasks.uniform(3), 1, STATED), "r = 3 features; allowed: r = 2"),
        (lambda: dynamics.lam_w_star(law, 0.0, 1.0), "eta = 0.0, kappa = 1.0; allowed: positive"),
        (lambda: dynamics.lam_w_star(law, 0.1, 1.0, n=0), "n = 0 samples; allowed: at least 1"),
        (lambda: growth.rates(0.1, 0.1, 0.1, 20.0, 0.5), "eta lam_w = 2.0; allowed: 0 to below 1"),
        (lambda: regimes.neutral_product(13), "k = 13 features; allowed: 1 to 12"),
        (lambda: growth.steps_to(0.1, 3, 3, growth.Rates(1.0, 1.1)), "r = 3, d = 3; allowed"),
        (lambda: regimes.Lambda(skew, 0.1, 0.1), "not uniform over parities; allowed: uniform"),
    ]:
        with pytest.raises(ValueError, match=parts):
            call()
    assert fourier.MAX_R == 12 and amplification.separation(p, q, np.full(4, 0.25)) <= 0
