"""The composed bound: what stays outside row(M), regularised heads and left-out samples, and one sampled step."""

import numpy as np
import pytest
import torch
from scipy.optimize import approx_fprime
from scipy.stats import ks_2samp, norm
from tolerances import ALGEBRA, CLOSED_FORM, DIFFERENCES, SAME_LAW, STANDARD_ERRORS, close

from mtlcore.lab import store
from mtlcore.lab.draws import Draws
from mtlcore.pretraining import algorithm, features, tasks
from mtlcore.pretraining.end_to_end import composed, sampled_step
from mtlcore.pretraining.end_to_end.composed import EndToEnd, bound
from mtlcore.pretraining.labelling import by_table
from mtlcore.pretraining.network import State
from mtlcore.pretraining.theory import affine, closed, counting, outside, regularised

RNG = np.random.default_rng(77)
EXACT = ALGEBRA[torch.float64]


def test_mean_and_mean_square_of_a_relu():
    g, weight = np.polynomial.hermite_e.hermegauss(180)
    for b, rho in ((0.3, 1.2), (-1.0, 0.5), (2.0, 0.1)):
        active = np.maximum(b + rho * g, 0)
        b_, rho_ = np.array([b]), np.array([rho])
        found = [closed.empty(rho_, b_)[0][0], outside.mean_square_relu(b_, rho_)[0]]
        assert found == pytest.approx([active @ weight / weight.sum(), active**2 @ weight / weight.sum()], abs=5e-3)
    assert closed.empty(np.ones(1), np.zeros(1))[0] == pytest.approx(norm.pdf(0))
    assert outside.mean_square_relu(np.zeros(1), np.ones(1)) == pytest.approx(1 / 2)


def test_how_often_two_neurons_are_active_together():
    A = RNG.standard_normal((6, 3))
    K, b = A @ A.T, RNG.standard_normal(6)
    active = RNG.standard_normal((400_000, 3)) @ A.T + b > 0
    P = outside.co_activation(b, K)
    error = np.sqrt(P * (1 - P) / len(active)) + 1e-9
    assert (abs(active.T.astype(float) @ active / len(active) - P) < STANDARD_ERRORS * error).all()
    assert close(np.diag(P).copy(), norm.cdf(b / np.sqrt(np.diag(K))), EXACT)
    assert np.linalg.eigvalsh(P)[0] > -1e-9


def test_co_activation_at_its_limits():
    none = np.zeros(3)
    cosine = np.array([[1, 0.5, -1], [0.5, 1, -0.5], [-1, -0.5, 1]])
    assert close(outside.co_activation(none, cosine), 0.25 + np.arcsin(cosine) / (2 * np.pi), 1e-8)
    b = np.array([0.4, -0.7, 1.5])
    assert close(outside.co_activation(b, np.eye(3))[0, 1:], norm.cdf(0.4) * norm.cdf(b[1:]), 1e-12)
    assert close(outside.co_activation(b, np.ones((3, 3)))[0], norm.cdf(np.minimum(b, 0.4)), 1e-12)


def test_the_mean_shift_is_of_second_order():
    p, b = RNG.standard_normal((5, 2)), RNG.standard_normal(5)
    length = np.linalg.norm(p, axis=1)
    for s in (1e-1, 1e-2):
        shift = outside.mean_shift(p, s**2 * np.eye(5), b)
        assert (shift >= 0).all()
        assert close(shift / s**2, norm.pdf(b / length) / (2 * length), 0.3 * s)
        assert (shift <= s**2 / (2 * length * np.sqrt(2 * np.pi))).all()


@pytest.mark.parametrize("scale", [0.03, 0.3, 3.0])
def test_a_head_changes_by_no_more_than_what_is_carried_over(scale):
    for _ in range(5):
        p, L, b, a = (RNG.standard_normal(shape) for shape in ((20, 2), (20, 9), 20, 20))
        G = scale**2 * L @ L.T
        c = RNG.standard_normal((20_000, 2)) @ p.T + b
        u = scale * RNG.standard_normal((20_000, 9)) @ L.T
        change = abs((np.maximum(c + u, 0) - np.maximum(c, 0)) @ a).mean()
        most = outside.carried_over(p, G, b, a)
        shift = np.linalg.norm(outside.mean_shift(p, G, b))
        assert change <= most <= np.linalg.norm(a) * (np.sqrt(np.linalg.eigvalsh(G)[-1]) + shift)
        assert most < 20 * change


def test_what_is_carried_over_by_one_neuron():
    p, s, b, a = np.array([[0.6, 0.8]]), 0.5, np.array([0.3]), np.array([-2.0])
    rho = np.sqrt(1 + s**2)
    shift = closed.empty(np.array([rho]), b)[0] - closed.empty(np.ones(1), b)[0]
    most = 2 * (s * np.sqrt(norm.cdf(0.3 / rho)) + shift[0])
    assert outside.carried_over(p, np.array([[s**2]]), b, a) == pytest.approx(most)


def test_what_is_carried_over_is_exact_for_neurons_that_are_always_active():
    p, L, b, a = np.ones((4, 1)), RNG.standard_normal((4, 3)), np.full(4, 60.0), RNG.standard_normal(4)
    assert outside.carried_over(p, L @ L.T, b, a) == pytest.approx(np.linalg.norm(a @ L))


def test_the_rounded_hinge():
    margin = np.linspace(-2, 3, 1001)
    loss, slope, curvature = regularised.rounded_hinge(margin)
    over = loss - np.maximum(1 - margin, 0)
    assert over.min() >= 0 and over.max() == pytest.approx(regularised.WIDTH / 4)
    assert slope.min() == -1 and slope.max() == 0 and (np.diff(slope) >= 0).all()
    assert close(np.gradient(loss, margin)[1:-1], slope[1:-1], 0.02)
    assert close(np.gradient(slope, margin)[1:-1], curvature[1:-1], 2.6)  # it jumps by 5 at the ends of the band
    assert curvature[abs(margin - 1) < 0.09] == pytest.approx(1 / (2 * regularised.WIDTH))


def problem(n, m_hat=6):
    """Features and labels that no head separates."""
    h = np.maximum(RNG.standard_normal((n, 3)) @ RNG.standard_normal((3, m_hat)) + 0.3, 0)
    return h, np.sign(RNG.standard_normal(n) + h @ RNG.standard_normal(m_hat))


def objective(a, h, y, lam):
    """The regularised loss in one line."""
    return regularised.rounded_hinge(y * (h @ a))[0].mean() + lam / 2 * a @ a


def test_the_best_head_minimises():
    h, y = problem(200)
    a, length = regularised.best_head(h, y, 0.05, np.zeros(6))
    assert length < 1e-6
    slope = approx_fprime(a, objective, 1e-7, h, y, 0.05)
    assert close(slope, np.zeros(6), 10 * DIFFERENCES[torch.float64] ** 0.5)
    for step in RNG.standard_normal((20, 6)):
        # strongly convex: at a distance the objective is larger by at least lam / 2 times its square
        assert objective(a + step, h, y, 0.05) >= objective(a, h, y, 0.05) + 0.05 / 2 * step @ step - 1e-6
    again, _ = regularised.best_head(h, y, 0.05, 5 * RNG.standard_normal(6))
    assert close(again, a, 1e-4)


@pytest.mark.parametrize("lam", [0.01, 0.1, 1.0])
def test_the_bound_by_leaving_one_out_is_above_the_loss_of_what_is_left_out(lam):
    for n in (15, 60):
        h, y = problem(n)
        whole, _ = regularised.best_head(h, y, lam, np.zeros(6))
        lost = []
        for k in range(n):
            rest = np.arange(n) != k
            a, _ = regularised.best_head(h[rest], y[rest], lam * n / (n - 1), whole)
            lost.append(float(regularised.rounded_hinge(y[k] * (h[k : k + 1] @ a))[0][0]))
        most = regularised.left_out(h, y, whole, lam)
        assert regularised.rounded_hinge(y * (h @ whole))[0].mean() - 1e-6 <= np.mean(lost) <= most + 1e-6


def test_the_grid_is_a_normal_law():
    z = regularised.grid(2, 60)
    assert z.shape == (3600, 2) and abs(z).min() > 0
    assert close(z.T @ z / len(z), np.eye(2), EXACT) and close(z.mean(0), np.zeros(2), EXACT)
    assert abs((z**4).mean() - 3) < 0.2


def test_the_sampled_step_is_the_algorithms():
    d, r, m, n, draws = 9, 2, 12, 500, Draws(5, range(2), "cpu")
    tables = tasks.uniform(r).each_once()
    first = sampled_step.start(d, r, m, draws)
    found = sampled_step.sampled_step(first, d, n, tables, draws)
    # few enough dimensions that L is the first layer itself
    M, short = features.canonical_subspace(d, r), 1e-3
    hyper = algorithm.Hyper(eta=1.0, eta_b=0.0, lam_w=1.0, lam_a=0.0, nu_a=0.0)
    model = algorithm.Model(len(tables), n, n, d, m, hyper)
    W = short * first.joined().float()
    state = State(W, torch.zeros(2, m), torch.zeros(2, len(tables), m))
    x = [torch.cat([draws.normal(f"samples {2 * i + k}", n, d) for i in range(len(tables))], 1) for k in (0, 1)]
    one, two = ((batch, features.orthant(batch, M)) for batch in x)
    W = algorithm.iterate(model, state, by_table(np.stack([tables] * 2)), one, two).W.double() / short
    assert close(found.p, W[..., :r], 1e-5)
    assert close(found.L @ found.L.mT, W[..., r:] @ W[..., r:].mT, 1e-5)


def test_in_many_dimensions_the_sampled_step_has_the_law_of_the_algorithm():
    d, r, m, n, trials = 20, 2, 3, 40, range(400)
    tables = tasks.uniform(r).each_once()
    draws, others = Draws(1, trials, "cpu"), Draws(2, trials, "cpu")
    found = sampled_step.sampled_step(sampled_step.start(d, r, m, draws), d, n, tables, draws)
    whole = sampled_step.Layer(others.normal("p", m, r).double(), others.normal("L", m, d - r).double())
    direct = sampled_step.sampled_step(whole, d, n, tables, others)  # every direction is kept
    assert found.L.shape[2] == direct.L.shape[2] == m
    for measured in (
        lambda layer: layer.p.square().sum((1, 2)),
        lambda layer: layer.L.square().sum((1, 2)),
        lambda layer: torch.linalg.matrix_norm(layer.L, 2) / torch.linalg.matrix_norm(layer.p, 2),
        lambda layer: (layer.L[:, 0] * layer.L[:, 1]).sum(-1),
    ):
        assert ks_2samp(measured(found).numpy(), measured(direct).numpy()).pvalue > SAME_LAW


def test_neurons_repeat_rows_and_keep_their_mean_length_inside():
    draws = Draws(1, range(2), "cpu")
    layer = sampled_step.start(30, 2, 5, draws)
    one, _ = composed.neurons(layer, 12, draws)
    assert close(one.W[:5], one.W[5:10], EXACT) and len(set(one.b)) == 12
    assert (one.W[:5, :2] ** 2).sum(1).mean() == pytest.approx(1)
    x = RNG.standard_normal((7, one.W.shape[1]))
    assert close(one(x[:, :2]), np.maximum(x[:, :2] @ one.W[:, :2].T + one.b, 0), EXACT)
    table = tasks.parity_tables(2)[3].astype(float)
    assert (composed.labelled(x, table) == np.sign(x[:, 0] * x[:, 1])).all()


@pytest.fixture(scope="module")
def run():
    """A short run with a layer in which much is left outside."""
    experiment = EndToEnd(trials=2, d=(12,), m=6, per_dim=300, m_hat=(6,), N=(200,), test_samples=20_000, device="cpu")
    return experiment, experiment.block(Draws(1, range(2), "cpu"))


def test_every_term_is_what_its_formula_says(run):
    experiment, ds = run
    draws = Draws(1, range(2), "cpu")
    net = composed.neurons(experiment.layer(12, draws), 6, draws)[1]
    one = ds.squeeze().isel(trial=1).sel(parity=3)
    x = np.random.default_rng(5).standard_normal((400_000, net.W.shape[1]))
    square = (net(x) ** 2).sum(1)
    error = STANDARD_ERRORS * square.std() / np.sqrt(len(x)) / (0.05 * 200)
    assert abs(square.mean() / (0.05 * 200) - float(one.samples)) < error
    assert float(one.penalty) == pytest.approx(0.05 / 2 * float(one.length) ** 2)
    assert float(one.gap) < 1e-3 and float(one.outside) < float(one.operator)
    # the first term is the best head's loss in row(M): found again on random points
    z, y = x[:, :2], np.sign(x[:, 0] * x[:, 1])
    a, _ = regularised.best_head(net(z), y, 0.05, np.zeros(6))
    assert np.linalg.norm(a) == pytest.approx(float(one.length), rel=0.02)
    assert regularised.rounded_hinge(y * (net(z) @ a))[0].mean() == pytest.approx(float(one.inside), abs=0.01)
    assert (bound(ds) > ds.risk).all()


def test_what_the_steps_law_does_not_hold_for_is_refused():
    for values in ({"law": "with the empty set"}, {"lam": (0.0,)}, {"r": 4}):
        with pytest.raises(ValueError, match="allowed: no empty set, positive, 1 to 3"):
            EndToEnd(**values)
    with pytest.raises(ValueError, match="lam = 0; allowed: a positive number"):
        regularised.left_out(np.ones((2, 1)), np.ones(2), np.ones(1), 0)


@pytest.mark.long
def test_without_the_term_outside_the_sum_is_no_bound_for_random_rows():
    ds = store.get(EndToEnd(d=(256,), pretrained=False))
    without = ds.inside + ds.penalty
    assert (ds.risk > without).all() and (ds.risk < bound(ds)).all()


@pytest.mark.long
def test_a_feature_that_is_left_out_makes_the_first_term_one():
    pair = store.get(EndToEnd(d=(256,), law="one feature left out")).sel(parity=3)
    assert float(pair.inside.min()) > 0.95 and float(pair.risk.min()) > 0.95


def test_labellings_are_counted_one_by_one():
    for r, m_hat in ((2, 1), (2, 2), (2, 3), (3, 2)):
        assert counting.realised(RNG.standard_normal((2**r, m_hat))) == counting.labelings(r, m_hat)
    pairs = np.repeat(RNG.standard_normal((2, 2)), 2, axis=0)  # each point twice: not in general position
    assert counting.realised(pairs) == 4 < counting.labelings(2, 2)


def test_three_features_on_their_diagonal():
    z = RNG.standard_normal((400_000, 3))
    right = np.sign(z).prod(1) == -np.sign(z.sum(1))
    assert abs(right.mean() - affine.best_triple()) < STANDARD_ERRORS * right.std() / np.sqrt(len(z))
    assert affine.best_triple() == pytest.approx(affine.best_diagonal(3)[0], abs=CLOSED_FORM)
    assert affine.best_triple() > 7 / 12
