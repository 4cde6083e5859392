"""Finitely many tasks and samples: the sampled A, the common batch, noise, the empirical beta and what a draw shows."""

import independent as plain
import numpy as np
import pytest
from tolerances import STANDARD_ERRORS

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory import amplification, finite

RNG = np.random.default_rng(14)


def directions(w, M, labels, x):
    """g_i = mean of f_i(x) 1{w.x > 0} x, shape (..., dim); labels (..., orthant), x (..., sample, dim)."""
    codes = (x @ M.T > 0) @ (1 << np.arange(len(M)))
    y = np.take_along_axis(labels, codes, -1)
    return ((y * (x @ w > 0))[..., None] * x).mean(-2)


def sampled_A(w, M, law, T, n1, n2, count, same=False):
    """`count` draws of Ahat, its rows from the second sample."""
    out = []
    for _ in range(-(-count // 1000)):
        labels = law.tables[RNG.choice(len(law.probs), (1000, T), p=law.probs)]
        first = RNG.standard_normal((1000, T, n1, len(w)))
        second = first if same else RNG.standard_normal((1000, T, n2, len(w)))
        g, g2 = directions(w, M, labels, first), directions(w, M, labels, second)
        out.append(g2.mT @ g / T)
    return np.concatenate(out)


@pytest.mark.parametrize("law", [tasks.uniform(2, empty=True), tasks.uniform(2), tasks.by_size(2, 3.0)])
def test_the_sampled_A_has_the_exact_one_as_its_mean(law):
    d, T, n1, n2 = 5, 3, 4, 9
    M, w = np.linalg.qr(RNG.standard_normal((d, 2)))[0].T, RNG.standard_normal(d)
    A = sampled_A(w, M, law, T, n1, n2, 30_000)
    z = (A.mean(0) - amplification.exact_A(w, M, law)) / (A.std(0) / np.sqrt(len(A)))
    assert abs(z).max() < STANDARD_ERRORS
    other = amplification.exact_A(w, M, tasks.fixed_degree(2, 1))
    assert abs((A.mean(0) - other) / (A.std(0) / np.sqrt(len(A)))).max() > 2 * STANDARD_ERRORS


def test_one_batch_for_both_steps_adds_an_isotropic_shift():
    d, n, law = 4, 3, tasks.uniform(2, empty=True)
    M, w = np.eye(2, d), RNG.standard_normal(d)
    A = sampled_A(w, M, law, 2, n, n, 40_000, same=True)
    mean = finite.same_batch_mean(amplification.exact_A(w, M, law), n)
    z = (A.mean(0) - mean) / (A.std(0) / np.sqrt(len(A)))
    assert abs(z).max() < STANDARD_ERRORS
    assert abs(amplification.exact_A(w, M, law) - mean).max() / A.std(0).max() * 200 > 2 * STANDARD_ERRORS


def test_noise_of_one_step():
    d, r, T, n1, n2 = 6, 2, 4, 5, 8
    law, M, w = tasks.uniform(r, empty=True), np.eye(2, d), RNG.standard_normal(d)
    u = np.linalg.svd(np.vstack([M, w]))[2][3:]
    moved = sampled_A(w, M, law, T, n1, n2, 20_000) @ w @ u.T
    exact = plain.step_noise(w, M, plain.uniform(r, True), T, n1, n2, 1.0, 1.0)
    assert abs((moved**2).mean(0) / exact - 1).max() < 0.06
    assert abs(plain.step_noise(w, M, plain.uniform(r, True), T, n2, n1, 1.0, 1.0) / exact - 1) > 0.1


def test_beta_of_T_tasks():
    for law, r in ((tasks.uniform(3, empty=True), 3), (tasks.uniform(3), 3), (tasks.by_size(2, 3.0), 2)):
        T, count = 8, 20_000
        draws = law.tables[RNG.choice(len(law.probs), (count, T), p=law.probs)]
        beta = draws.mT @ draws / T
        deviation = (beta - tasks.beta(law.tables, law.probs)) ** 2
        error = deviation.std(0) / np.sqrt(count)
        exact = finite.beta_variance(law, T)
        assert (abs(deviation.mean(0) - exact) <= STANDARD_ERRORS * error + 1e-12).all()
        if law.tables[0, 0] == 1 and len(law.probs) == 8 and law.probs[0] > 0:
            assert exact.sum() == pytest.approx(2**r * (2**r - 1) / T, rel=1e-12)


@pytest.mark.parametrize("empty", [True, False])
@pytest.mark.parametrize(("r", "T"), [(3, 3), (4, 6), (3, 20)])
def test_how_often_every_singleton_is_drawn(r, T, empty):
    draws = RNG.integers(not empty, 2**r, (20_000, T))
    event = np.all([(draws == 1 << j).any(1) for j in range(r)], 0)
    exact = finite.every_singleton_drawn(r, T, empty)
    assert abs(event.mean() - exact) < STANDARD_ERRORS * np.sqrt(exact * (1 - exact) / len(draws))


def test_a_known_probability():
    assert finite.every_singleton_drawn(4, 32) == pytest.approx(0.5714, abs=5e-5)


def test_counts_below_one_are_refused():
    law = tasks.uniform(2)
    for call, text in [
        (lambda: finite.same_batch_mean(np.eye(2), 0), "n = 0"),
        (lambda: finite.beta_variance(law, 0), "T = 0"),
        (lambda: finite.every_singleton_drawn(0, 3), "r = 0"),
    ]:
        with pytest.raises(ValueError, match=f"{text}; allowed: at least 1"):
            call()
