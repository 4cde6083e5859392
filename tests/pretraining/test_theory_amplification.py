"""The matrix A: its exact form, its leading form, and the separation of row(M) from the rest."""

import numpy as np
import pytest
from tolerances import CLOSED_FORM, close

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory import amplification, fourier, vectors

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
    chi = tasks.parity_tables(r).astype(float)
    mu = chi.T @ vectors.gradients(W, M)  # E[1{w.x > 0} x | v] = sum_S chi_S(v) grad h_S
    A = amplification.matrices_A(W, M, tasks.uniform(r, empty=True))
    assert close(A, mu.mT @ mu / 4.0**r, EXACT)
    assert close((mu @ W[:, :, None])[..., 0], fourier.coefficients(*vectors.split(W, M)).h @ chi, EXACT)


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
        assert amplification.separation(p, q, pi) <= 1e-15
        pi[0] = 0
        assert amplification.separation(p, q, pi / pi.sum()) <= 1e-15
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
    assert amplification.separation(p, q, pi) == max(*short, *(found.c_perp - pi[0] / (2 * np.pi)))


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


def leading_A(w, M, empty):
    """A(w) for uniform parities up to second order in p / rho: singletons, empty set and pairs.

    2 pi 2^r A ~ M^T M + u u^T + (4 / pi^2) sum_{j<k} u_jk u_jk^T / rho^2 with u = w / rho and
    u_jk = p_k M_j + p_j M_k - (p_j p_k / rho) u; without the empty set its term goes and 2^r is 2^r - 1.
    """
    r, p, rho = len(M), M @ w, np.linalg.norm(w)
    bracket = M.T @ M + empty * np.outer(w, w) / rho**2
    for k in range(r):
        for j in range(k):
            u = (p[k] * M[j] + p[j] * M[k] - p[j] * p[k] * w / rho**2) / rho
            bracket += 4 / np.pi**2 * np.outer(u, u)
    return bracket / (2 * np.pi * (2**r - (not empty)))


@pytest.mark.parametrize("empty", [True, False])
def test_the_leading_form_is_off_by_the_square_of_what_it_keeps(empty):
    errors = []
    for d in (100, 400):
        w = np.ones(d)
        M = np.eye(3, d)
        exact = amplification.exact_A(w, M, tasks.uniform(3, empty))
        errors.append(abs(exact - leading_A(w, M, empty)).max() * 2 * np.pi * (8 - (not empty)))
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
        vectors.directions(3, 3, 10, RNG)
