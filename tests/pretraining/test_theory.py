"""The exact objects: against samples, closed forms and each other."""

import numpy as np
import pytest
import torch
from tolerances import ALGEBRA, QUADRATURE, STANDARD_ERRORS, close

from mtlcore.pretraining import features, tasks
from mtlcore.pretraining.theory import exact_A, neuron_gradients

EXACT = ALGEBRA[torch.float64]
RNG = np.random.default_rng(0)


def subspace(d, r):
    """A random M."""
    return features.subspace(d, r, RNG).numpy()


def pair(p1, p2, q):
    """h_{12} of theory, its derivatives by p1 and p2 at fixed q, and its coefficient on spurious directions."""
    rho = np.sqrt(p1**2 + p2**2 + q**2)
    # the arcsines of theory as arctangents, which stay accurate near q = 0
    one, two, both = np.arctan2(p2, q), np.arctan2(p1, q), np.arctan2(p1 * p2, q * rho)
    scale = (2 / np.pi) / np.sqrt(2 * np.pi)
    h = scale * (p1 * one + p2 * two - rho * both)
    return h, scale * (one - p1 / rho * both), scale * (two - p2 / rho * both), -scale * both / rho


def test_gradients_agree_with_samples():
    d, r, N = 6, 4, 400_000
    M, w = subspace(d, r), RNG.standard_normal(d)
    x = RNG.standard_normal((N, d))
    x, codes = torch.from_numpy(x), features.orthant(torch.from_numpy(x), torch.from_numpy(M))
    active = x * (x @ torch.from_numpy(w) > 0)[:, None]
    by_orthant = torch.zeros(2**r, d).double().index_add_(0, codes, active).numpy() / N
    exact = neuron_gradients(w, M)
    # each sample's square has mean 1/2, whatever the parity
    error = np.sqrt((0.5 - exact**2) / N)
    assert (abs(tasks.parity_tables(r) @ by_orthant - exact) < STANDARD_ERRORS * error).all()


@pytest.mark.parametrize("q", [0.0, 1e-8, 1e-4, 1e-2, 0.3, 1.0, 30.0])
def test_pairs_have_the_closed_form(q):
    M = subspace(5, 2)
    outside = np.linalg.svd(M)[2][2]
    for p1, p2 in [*RNG.standard_normal((20, 2)), (1.0, 1.0), (2.0, -1.0), (1e-3, 1.0)]:
        h, by_1, by_2, spurious = pair(p1, p2, q)
        w = p1 * M[0] + p2 * M[1] + q * outside
        gradient = neuron_gradients(w, M)[3]
        # where q is as small as a rounding of w, the neuron itself is rounded
        tolerance = QUADRATURE if q != 1e-8 else 1e-7
        assert abs(gradient @ w - h) < QUADRATURE * np.linalg.norm(w)
        assert close(M @ gradient, [by_1, by_2], tolerance)
        assert close(gradient - M.T @ (M @ gradient), spurious * q * outside, tolerance)


def test_a_neuron_along_a_feature_sees_the_pairs_with_it():
    M = subspace(5, 3)
    gradients = neuron_gradients(2.0 * M[0], M)
    seen = M / np.sqrt(2 * np.pi)
    # h_{0 j} = E[sign(z_0) sign(z_j) relu(w.x)] has slope E[|z_j|] / 2 in z_j's direction
    assert close(gradients[[0, 1, 2, 4]], np.stack((M[0], *M)) / np.sqrt(2 * np.pi), EXACT)
    assert close(gradients[3], seen[1], QUADRATURE) and close(gradients[5], seen[2], QUADRATURE)
    assert close(gradients[[6, 7]], np.zeros((2, 5)), QUADRATURE)


def test_the_first_ones_are_elementary_and_odd_ones_vanish():
    M, w = subspace(7, 5), RNG.standard_normal(7)
    gradients = neuron_gradients(w, M)
    assert close(gradients[0], w / np.linalg.norm(w) / np.sqrt(2 * np.pi), EXACT)
    assert close(gradients[1 << np.arange(5)], M / np.sqrt(2 * np.pi), EXACT)
    sizes = tasks.sizes(5)
    assert not gradients[(sizes % 2 == 1) & (sizes >= 3)].any()
    assert gradients[(sizes % 2 == 0)].any(1).all()


def test_gradients_are_those_of_the_homogeneous_functions_they_give():
    # h_S is 1-homogeneous, so h_S(w) = w . grad h_S(w); its differences give the gradient back
    M, w, step = subspace(6, 4), RNG.standard_normal(6), 1e-5
    gradients = neuron_gradients(w, M)
    ends = [[neuron_gradients(w + s * e, M) @ (w + s * e) for e in step * np.eye(6)] for s in (1, -1)]
    assert close((np.array(ends[0]) - np.array(ends[1])).T / (2 * step), gradients, 1e-9)
    assert close(neuron_gradients(5.0 * w, M), gradients, EXACT)


def test_the_features_of_all_orthants_add_up():
    # sum_S h_S chi_S(v) = E[relu(w.x) | v] is positive, and its mean square over v is the sum of squares of h_S
    M, w = subspace(6, 4), RNG.standard_normal(6)
    h = neuron_gradients(w, M) @ w
    by_orthant = h @ tasks.parity_tables(4)
    assert (by_orthant > 0).all()
    aligned = neuron_gradients(M.sum(0), M) @ M.sum(0) @ tasks.parity_tables(4)
    assert close(aligned[-1], 4 * np.sqrt(2 / np.pi), QUADRATURE * 10) and abs(aligned[0]) < QUADRATURE * 10


@pytest.mark.parametrize("q", [1e-8, 1e-3, 1.0])
@pytest.mark.parametrize("r", [1, 2, 3, 4])
def test_A_has_rank_r_plus_one_and_at_least_the_linear_part(r, q):
    M = subspace(8, r)
    outside = np.linalg.svd(M)[2][r]
    w = RNG.standard_normal(r) @ M + q * outside
    A = exact_A(w, M, tasks.uniform(r, empty=True))
    direction = w / np.linalg.norm(w)
    least = 2.0**-r / (2 * np.pi) * (M.T @ M + np.outer(direction, direction))
    assert close(A, A.T, EXACT)
    assert np.linalg.eigvalsh(A - least).min() > -EXACT
    assert np.linalg.matrix_rank(A, tol=EXACT) <= r + 1


def test_without_the_empty_set_its_term_is_missing():
    M, w = subspace(6, 3), RNG.standard_normal(6)
    with_it, without = (exact_A(w, M, tasks.uniform(3, empty)) for empty in (True, False))
    direction = w / np.linalg.norm(w)
    assert close(8 * with_it - 7 * without, np.outer(direction, direction) / (2 * np.pi), EXACT)


def test_A_of_a_law_is_the_mixture_of_its_tasks():
    M, w = subspace(6, 3), RNG.standard_normal(6)
    tables = RNG.choice([-1.0, 1.0], (5, 8)).astype(np.float32)
    probs = np.array([0.1, 0.2, 0.3, 0.15, 0.25])
    parts = [p * exact_A(w, M, tasks.Law(table[None], np.ones(1))) for p, table in zip(probs, tables, strict=True)]
    assert close(exact_A(w, M, tasks.Law(tables, probs)), sum(parts), EXACT)


def test_labels_uniform_over_all_functions_or_all_parities_give_the_same_A():
    M, w = subspace(5, 2), RNG.standard_normal(5)
    tables = np.array(np.meshgrid(*[[-1.0, 1.0]] * 4)).reshape(4, 16).T
    functions = tasks.Law(tables, np.full(16, 1 / 16))
    assert close(exact_A(w, M, functions), exact_A(w, M, tasks.uniform(2, empty=True)), EXACT)


def test_a_rotation_of_everything_rotates_A():
    M, w = subspace(6, 3), RNG.standard_normal(6)
    Q = np.linalg.qr(RNG.standard_normal((6, 6)))[0]
    law = tasks.uniform(3)
    assert close(exact_A(Q @ w, M @ Q.T, law), Q @ exact_A(w, M, law) @ Q.T, EXACT)
    assert close(neuron_gradients(Q @ w, M @ Q.T), neuron_gradients(w, M) @ Q.T, EXACT)


def test_along_the_features_a_neuron_is_amplified_twice_as_much():
    # in large d: 2 on row(M), 1 off it, in units of 2^-r / (2 pi)
    d, r = 4096, 3
    w = RNG.standard_normal(d)
    moved = 2.0**r * 2 * np.pi * exact_A(w, np.eye(r, d), tasks.uniform(r, empty=True)) @ w
    assert close(moved[:r] / w[:r], np.full(r, 2.0), 10 / d) and close(moved[r:] / w[r:], np.ones(d - r), 10 / d)
