"""Amplification for any law over tasks, the separation theorem, and which sets teach a feature."""

import numpy as np
import pytest
from tolerances import CLOSED_FORM, close

from mtlcore.pretraining import tasks
from mtlcore.pretraining.pseudo_contrastive import neurons
from mtlcore.pretraining.theory import amplification, separation, single, vectors

RNG = np.random.default_rng(22)
#: A few dozen roundings.
EXACT = 1e-13


@pytest.mark.parametrize("r", [1, 2, 3, 5])
def test_for_parities_the_factors_are_those_of_the_matrix_A(r):
    p, q = RNG.standard_normal((20, r)), RNG.uniform(0.1, 2, 20)
    pi = RNG.dirichlet(np.ones(2**r))
    found, expected = separation.factors(p, q, tasks.parity_law(r, pi)), amplification.decompose(p, q, pi)
    assert close(found.c_perp, expected.c_perp, EXACT) and close(found.delta, expected.delta, 1e-12)
    violation = separation.violation(p, q, tasks.parity_law(r, pi))
    assert abs(violation - amplification.separation(p, q, pi)) < 1e-12


def test_for_any_tasks_the_factors_split_what_A_does():
    law = tasks.Law(RNG.choice([-1.0, 1.0], (3, 8)), RNG.dirichlet(np.ones(3)))
    M, W = np.linalg.qr(RNG.standard_normal((6, 3)))[0].T, RNG.standard_normal((5, 6))
    p, q = vectors.split(W, M)
    found = separation.factors(p, q, law)
    moved = (amplification.matrices_A(W, M, law) @ W[:, :, None])[..., 0]
    assert close(moved, found.c_perp[:, None] * W + (found.delta * p) @ M, 1e-12)


@pytest.mark.parametrize("r", [3, 4, 5])
def test_a_task_that_is_no_parity_may_break_the_bounds(r):
    p, q = RNG.standard_normal((50, r)), np.ones(50)
    law = tasks.Law(single.not_all_equal(r)[None], np.ones(1))
    assert separation.violation(p, q, law) > 0.01
    # its expansion to leading order: f_0 (F p)_j / p_j with F_jk = f_jk, which has both signs
    p = 1e-3 * p
    f = tasks.fourier(law.tables)[0]
    lead = f[0] * f[3] * (p.sum(1, keepdims=True) - p) / p / (np.pi**2)
    delta = separation.factors(p, q, law).delta
    assert close(delta / abs(lead).max(), lead / abs(lead).max(), 1e-3)


def test_a_feature_is_visible_in_a_singleton_or_an_even_set():
    for sets, expected in (
        ([[0]], [True, False, False, False]),
        ([[0, 1, 2]], [False] * 4),
        ([[0, 1, 2, 3]], [True] * 4),
        ([[0, 1], [1, 2, 3]], [True, True, False, False]),
        ([[], [0, 1, 3]], [False] * 4),
    ):
        pi = np.zeros(16)
        pi[[sum(1 << j for j in S) for S in sets]] = 1 / len(sets)
        assert separation.visible(pi).tolist() == expected


@pytest.mark.parametrize("r", [2, 3, 4])
def test_what_one_set_adds_is_its_share_of_delta(r):
    p, q = neurons.random_neurons(r, 3)
    gains = neurons.gains(r, 3, b=0.0)
    for S in range(2**r):
        expected = amplification.decompose(p, q, np.eye(2**r)[S]).delta
        assert close(gains[:, S], expected, 1e-7)


def test_another_r_is_refused():
    with pytest.raises(ValueError, match="r = 2 features; allowed: r = 3"):
        separation.factors(np.ones((1, 3)), np.ones(1), tasks.uniform(2))


@pytest.mark.parametrize("empty", [True, False])
def test_random_neurons_stand_still_at_the_neutral_values(empty):
    law = tasks.uniform(3, empty)
    gaps = [neurons.threshold_gap(law, d, 400, aligned=False) * d / 3 for d in (256, 4096)]
    # to leading order the largest gap is (4 / pi^2) (|p|^2 - min_j p_j^2) / rho^2
    p, _ = vectors.directions(4096, 3, 400, np.random.default_rng(4096))
    lead = 4 / np.pi**2 * ((p**2).sum(1) - (p**2).min(1)).mean() * 4096 / 3
    assert gaps[1] == pytest.approx(lead, rel=0.02) and gaps[0] == pytest.approx(lead, rel=0.3)


def test_the_half_angle_is_exact_for_singletons_and_the_empty_set():
    pi = np.zeros(16)
    pi[[0, 1, 2, 4, 8]] = 0.2
    assert neurons.half_angle_gap(tasks.parity_law(4, pi), 16, 5) < CLOSED_FORM
