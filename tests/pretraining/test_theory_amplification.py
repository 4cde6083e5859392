"""The matrix A: its exact form, its averages, and the separation of row(M) from the rest."""

import numpy as np
import pytest
from tolerances import CLOSED_FORM, STANDARD_ERRORS, close

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory import amplification, averages, fourier, leading, orthants, vectors

RNG = np.random.default_rng(12)
#: A few dozen roundings.
EXACT = 1e-13


def neurons(count, r, awkward=True):
    """Random neurons, some of them nearly or exactly aligned, on a face, or along one feature."""
    p, q = RNG.standard_normal((count, r)), abs(RNG.standard_normal(count))
    if awkward:
        q[: count // 3] *= 10.0 ** -RNG.integers(1, 13, count // 3)
        q[: count // 6] = 0
        p[::5, 0] = 0 if r > 1 else 1
        p[1::7, 1:] *= 1e-9
    return p, q


def test_A_for_uniform_parities_is_the_mean_square_of_orthant_means():
    r, M, W = 4, np.eye(4, 9), RNG.standard_normal((5, 9))
    mu = orthants.orthant_means(W, M)
    A = amplification.matrices_A(W, M, tasks.uniform(r, empty=True))
    assert close(A, mu.mT @ mu / 4.0**r, EXACT)
    assert close((mu @ W[:, :, None])[..., 0], orthants.orthant_values(*vectors.split(W, M)), EXACT)


@pytest.mark.parametrize("r", [1, 2, 4, 7])
def test_A_applied_to_a_neuron_is_its_decomposition(r):
    M, W = np.linalg.qr(RNG.standard_normal((r + 3, r)))[0].T, RNG.standard_normal((6, r + 3))
    for pi in (RNG.dirichlet(np.ones(2**r)), np.r_[0, RNG.dirichlet(np.ones(2**r - 1))]):
        p, q = vectors.split(W, M)
        found = amplification.decompose(p, q, pi)
        Aw = (amplification.matrices_A(W, M, tasks.parity_law(r, pi)) @ W[:, :, None])[..., 0]
        assert close(Aw, found.c_perp[:, None] * W + (found.delta * p) @ M, EXACT)


@pytest.mark.parametrize("r", [1, 2, 3, 4, 6])
def test_separation_holds_for_every_neuron_and_law(r):
    p, q = neurons(500 if r < 5 else 50, r)
    for _ in range(4):
        pi = RNG.dirichlet(np.full(2**r, 0.3))
        assert averages.separation(p, q, pi) <= 1e-15
        pi[0] = 0
        assert averages.separation(p, q, pi / pi.sum()) <= 1e-15
    # with pairs in the law the inequality is strict for neurons with all weights non-zero
    if r >= 2:
        found = amplification.decompose(*neurons(50, r, awkward=False), np.full(2**r, 2.0**-r))
        assert (found.c_perp < 2.0**-r / (2 * np.pi) - 1e-9).all()
        assert (found.delta > 2.0**-r / (2 * np.pi) + 1e-9).all()


def test_separation_is_that_of_the_worst_neuron_and_feature():
    p, q = neurons(20, 3, awkward=False)
    pi = np.array([0, 0.5, 0.4, -0.3, 0.2, 0.1, 0.1, 0.0])  # one pair works against its features, the others for them
    found = amplification.decompose(p, q, pi)
    short = [pi[1 << j] / (2 * np.pi) - found.delta[k, j] for k in range(20) for j in range(3)]
    assert min(short) < 0 < max(short)
    assert averages.separation(p, q, pi) == max(*short, *(found.c_perp - pi[0] / (2 * np.pi)))


def test_the_kernel_is_the_mean_of_products_for_as_many_tasks_as_orthants():
    tables = np.sign(RNG.standard_normal((8, 8)))
    law = tasks.Law(tables, RNG.dirichlet(np.ones(8)))
    f = tasks.fourier(tables)
    expected = sum(prob * np.outer(one, one) for prob, one in zip(law.probs, f, strict=True))
    assert close(amplification.kernel(law), expected, CLOSED_FORM)


def test_the_limit_at_a_vanishing_weight_is_approached():
    pi = np.full(16, 1 / 16)
    for q in (0.5, 1e-6):
        p = np.array([[1e-12, 0.4, -0.7, 0.2], [0, 0.4, -0.7, 0.2]])
        found = amplification.decompose(p, np.full(2, q), pi)
        assert close(found.delta[0], found.delta[1], 1e-5 if q < 1e-3 else CLOSED_FORM)


def test_an_aligned_neuron_with_tiny_weights_has_accurate_factors():
    # one feature dominates, the other weight and q are both 1e-8: h_12 / p_2 is a ratio of tiny numbers
    t = 1e-8
    found = amplification.decompose(np.array([[1.0, t]]), np.array([t]), np.array([0, 0, 0, 1.0]))
    scale = (2 / np.pi) / np.sqrt(2 * np.pi)
    # h_12 / p_2 -> scale (atan2(1, 0) + O(t)) and d_2 h_12 = scale atan2(1, t)
    assert found.delta[0, 1] == pytest.approx((scale * np.pi / 2) ** 2, abs=1e-7)
    # c: -scale atan2(t, t); h ~ t scale pi / 2
    assert found.c_perp[0] == pytest.approx(-(scale**2) * np.pi / 4 * np.pi / 2 * t, rel=1e-6)


def test_biased_neurons_gain_along_features_too():
    # numerical only: no proof for b != 0
    p, q = neurons(300, 3, awkward=False)
    rho = np.sqrt((p**2).sum(1) + q**2)
    found = fourier.coefficients(p, q, RNG.uniform(-2, 2, 300) * rho)
    delta = (found.h[:, :, None] * found.by_p).sum(1) / p
    assert delta.min() > -1e-13


@pytest.mark.parametrize(
    ("d", "r", "count", "alpha", "gamma", "on"),
    [
        (16, 4, 40000, 1.1389, 0.0631, 2.048),
        (32, 3, 40000, 1.0555, 0.03135, 2.015),
        (64, 4, 40000, 1.0368, 0.01557, 2.013),
        (256, 4, 10000, 1.0090, 0.0039, 2.0033),
        (512, 3, 10000, 1.0035, 0.00195, 2.0009),
    ],
)
def test_averages_over_directions(d, r, count, alpha, gamma, on):
    got = averages.average(tasks.uniform(r, empty=True), d, count, np.random.default_rng(d))
    unit = 2.0**-r / (2 * np.pi)
    lead, factors = leading.average_leading(d, r), leading.factors_leading(d, r)
    assert abs(got.alpha[0] - lead[0]) / unit < 40 / d**2 + STANDARD_ERRORS * got.alpha[1] / unit
    assert got.alpha[0] / unit == pytest.approx(alpha, abs=6e-3)
    assert got.gamma[0] / unit == pytest.approx(gamma, rel=1e-2)
    assert abs(got.gamma[0] - lead[1]) / unit < 4 / d**2
    assert got.on[0] / unit == pytest.approx(on, abs=6e-3) and 0 <= got.on[0] / unit - 2 <= 1 / d
    assert abs(got.on[0] / unit - factors[0]) < 40 / d**2
    assert 0 <= 1 - got.off[0] / unit <= (1.5 if d >= 64 else 2) * (1 - factors[1])


def test_the_average_is_the_average_of_the_matrices():
    law, d, r = tasks.uniform(3), 6, 3
    M, W = np.eye(r, d), RNG.standard_normal((20000, d))
    W /= np.linalg.norm(W, axis=1)[:, None]
    A = amplification.matrices_A(W, M, law).mean(0)
    got = averages.average(law, d, 20000, np.random.default_rng(0))
    assert abs(np.trace(A[:r, :r]) / r - got.alpha[0]) < STANDARD_ERRORS * 2 * got.alpha[1]
    assert abs(np.trace(A[r:, r:]) / (d - r) - got.gamma[0]) < STANDARD_ERRORS * 2 * got.gamma[1]
    assert abs(A - np.diag(np.diag(A))).max() < 20 * got.alpha[1]


def test_without_the_empty_set_nothing_is_gained_off_the_features():
    got = averages.average(tasks.uniform(3), 64, 2000, np.random.default_rng(0))
    assert abs(got.off[0]) < 1e-4 and got.on[0] * 7 * 2 * np.pi == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("empty", [True, False])
def test_the_leading_form_is_off_by_the_square_of_what_it_keeps(empty):
    errors = []
    for d in (100, 400):
        w = np.ones(d)
        M = np.eye(3, d)
        exact = amplification.exact_A(w, M, tasks.uniform(3, empty))
        errors.append(abs(exact - leading.leading_A(w, M, empty)).max() * 2 * np.pi * (8 - (not empty)))
    assert errors[0] < 1e-2 and errors[1] < errors[0] / 10


def test_tables_that_are_no_parities_are_allowed():
    M, w = np.eye(3, 5), RNG.standard_normal(5)
    table = RNG.choice([-1.0, 1.0], (1, 8))
    g = (tasks.fourier(table) @ vectors.neuron_gradients(w, M))[0]
    assert close(amplification.exact_A(w, M, tasks.Law(table, np.ones(1))), np.outer(g, g), EXACT)


def test_another_r_is_refused():
    with pytest.raises(ValueError, match="r = 2 features; allowed: r = 3"):
        amplification.exact_A(np.ones(5), np.eye(3, 5), tasks.uniform(2))
    with pytest.raises(ValueError, match="4 probabilities; allowed: .* 8 subsets"):
        amplification.decompose(np.ones((1, 3)), np.ones(1), np.full(4, 0.25))
    with pytest.raises(ValueError, match="r = 3 features; allowed: 1 to d - 1 = 2"):
        averages.average(tasks.uniform(3), 3, 10, RNG)
