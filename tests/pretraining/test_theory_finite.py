"""Finitely many tasks and samples: exact variances, the common batch, the empirical beta and coverage."""

import numpy as np
import pytest
from tolerances import STANDARD_ERRORS, close

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory import amplification, coverage, finite, vectors

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
def test_variance_of_every_entry(law):
    d, T, n1, n2 = 5, 3, 4, 9
    M, w = np.linalg.qr(RNG.standard_normal((d, 2)))[0].T, RNG.standard_normal(d)
    A = sampled_A(w, M, law, T, n1, n2, 30_000)
    exact = finite.variance_A(w, M, law, T, n1, n2)
    z = (A.mean(0) - amplification.exact_A(w, M, law)) / np.sqrt(exact / len(A))
    assert abs(z).max() < STANDARD_ERRORS
    ratio = A.var(0) / exact
    assert abs(ratio - 1).max() < 0.06 and ratio.mean() == pytest.approx(1, abs=0.01)
    assert abs(finite.variance_A(w, M, law, T, n2, n1) - exact).max() > 1e-4  # rows and columns differ


def test_entries_outside_the_features_have_a_quarter_over_all_samples():
    law, M, w = tasks.uniform(3, empty=True), np.eye(3, 8), np.r_[RNG.standard_normal(4), np.zeros(4)]
    variance = finite.variance_A(w, M, law, 5, 7, 11)
    assert close(variance[4:, 4:], np.full((4, 4), 1 / (4 * 5 * 7 * 11)), 1e-16)
    A = amplification.exact_A(w, M, law)
    # feature from the head step's sample (columns), spurious from the other
    assert variance[5, 0] == pytest.approx((A[0, 0] * (1 - 1 / 7) + 1 / 14) / (2 * 5 * 11))
    # infinite samples: relative sd of a diagonal entry about sqrt((2^r - 1) / T) in high dimension, none off the range
    w = np.r_[np.zeros(3) + 1e-3, 1.0, np.zeros(4)]
    many = finite.variance_A(w, M, law, 5, 10**12, 10**12)
    assert np.sqrt(many[0, 0]) / amplification.exact_A(w, M, law)[0, 0] == pytest.approx(np.sqrt(7 / 5), rel=1e-2)
    assert many[4:, 4:].max() < 1e-20


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
    p, q = vectors.split(w[None], M)
    u = np.linalg.svd(np.vstack([M, w]))[2][3:]
    moved = sampled_A(w, M, law, T, n1, n2, 20_000) @ w @ u.T
    exact = finite.step_noise(p, q, law, T, n1, n2)[0]
    assert abs((moved**2).mean(0) / exact - 1).max() < 0.06
    assert finite.step_noise(p, q, law, T, n1, n2, 3.0)[0] == pytest.approx(9 * exact)
    # F ~ 2^-r rho^2 / (2 pi) (1 + |p|^2 / rho^2)
    small = finite.task_signal(np.full((1, 2), 0.01), np.ones(1), law)[0]
    assert small == pytest.approx(1 / (8 * np.pi) * (1.0002 * 1 + 0.0002), rel=1e-6)
    # the whole matrix: W of 16 Gaussian neurons at (r, d, T, n1, n2) = (2, 24, 32, 32, 64): d - 1 - r directions each
    assert finite.noise_to_signal(32, 3, 1000, 10**9, 128, 64) == pytest.approx(0.135, abs=2e-3)


def test_beta_of_T_tasks():
    for law, r in ((tasks.uniform(3, empty=True), 3), (tasks.uniform(3), 3), (tasks.by_size(2, 3.0), 2)):
        T, count = 8, 20_000
        draws = law.tables[RNG.choice(len(law.probs), (count, T), p=law.probs)]
        beta = draws.mT @ draws / T
        deviation = (beta - tasks.beta(law.tables, law.probs)) ** 2
        error = deviation.std(0) / np.sqrt(count)
        exact = coverage.beta_variance(law, T)
        assert (abs(deviation.mean(0) - exact) <= STANDARD_ERRORS * error + 1e-12).all()
        if law.tables[0, 0] == 1 and len(law.probs) == 8 and law.probs[0] > 0:
            assert exact.sum() == pytest.approx(2**r * (2**r - 1) / T, rel=1e-12)
            largest = np.abs(beta - np.eye(2**r)).max((1, 2))
            assert largest.mean() < coverage.beta_max_bound(r, T)
            for t in (0.5, 0.75):
                assert (abs(beta[:, 0, 1]) > t).mean() <= coverage.beta_tail(T, t)
            missed = np.array([len(set(range(8)) - set(row)) for row in RNG.integers(0, 8, (4000, T))])
            assert abs(missed.mean() - coverage.undrawn(law, T)) < STANDARD_ERRORS * missed.std() / np.sqrt(4000)


@pytest.mark.parametrize(("r", "T", "expected"), [(4, 8, 9.548), (4, 32, 2.029)])
def test_expected_number_of_missing_parities(r, T, expected):
    assert coverage.undrawn(tasks.uniform(r, empty=True), T) == pytest.approx(expected, abs=1e-3)


def gf2_rank(codes):
    """Rank over GF(2) of the subsets as bit vectors."""
    rank, codes = 0, [int(c) for c in codes]
    while codes:
        pivot = codes.pop()
        if pivot:
            rank += 1
            low = pivot & -pivot
            codes = [c ^ pivot if c & low else c for c in codes]
    return rank


@pytest.mark.parametrize(("r", "T"), [(3, 3), (4, 6)])
def test_what_a_draw_of_tasks_shows(r, T):
    count = 20_000
    for empty in (True, False):
        draws = RNG.integers(not empty, 2**r, (count, T))
        share = [(draws == 1 << j).any(1) for j in range(r)]
        sizes, has = tasks.sizes(r)[draws], (draws & 1).astype(bool)
        seen = {
            coverage.every_singleton_drawn(r, T, empty): np.all(share, 0),
            coverage.invisible(r, T, empty): ~(has & ((sizes == 1) | (sizes % 2 == 0))).any(1),
        }
        if empty:
            seen[coverage.identifiable(r, T)] = np.array([gf2_rank(row) == r for row in draws])
            seen[coverage.every_feature_occurs(r, T)] = np.bitwise_or.reduce(draws, axis=1) == 2**r - 1
        for exact, event in seen.items():
            assert abs(event.mean() - exact) < STANDARD_ERRORS * np.sqrt(exact * (1 - exact) / count)


def test_known_probabilities():
    assert coverage.identifiable(3, 3) == pytest.approx(0.3281, abs=5e-5)
    assert coverage.identifiable(4, 6) == pytest.approx(0.7823, abs=5e-5) and coverage.identifiable(3, 2) == 0
    assert coverage.every_singleton_drawn(4, 32) == pytest.approx(0.5714, abs=5e-5)
    assert coverage.invisible(3, 4) == pytest.approx(0.1526, abs=5e-5)
    assert coverage.invisible(4, 4) == pytest.approx(0.2234, abs=5e-5)
    assert coverage.invisible(1, 2) == 0.25 and coverage.invisible(1, 2, empty=False) == 0
    bounds = [coverage.beta_max_bound(4, T) for T in (8, 32, 128, 512)]
    assert bounds == pytest.approx([0.922, 0.461, 0.231, 0.115], abs=6e-4)


def test_counts_below_one_are_refused():
    law, M, w, one = tasks.uniform(2), np.eye(2, 3), np.ones(3), np.ones(1)
    for call, text in [
        (lambda: finite.variance_A(w, M, law, 0, 1, 1), "T = 0"),
        (lambda: finite.step_noise(np.ones((1, 2)), one, law, 1, 0, 1), "n1 = 0"),
        (lambda: finite.noise_to_signal(8, 2, 1, 1, 0), "n2 = 0"),
        (lambda: finite.same_batch_mean(np.eye(2), 0), "n = 0"),
        (lambda: coverage.beta_variance(law, 0), "T = 0"),
        (lambda: coverage.identifiable(0, 3), "r = 0"),
    ]:
        with pytest.raises(ValueError, match=f"{text}; allowed: at least 1"):
            call()
    with pytest.raises(ValueError, match="t = -1; allowed"):
        coverage.beta_tail(3, -1)
    with pytest.raises(ValueError, match="r = 3 features; allowed: r = 2"):
        finite.variance_A(w, M, tasks.uniform(3), 1, 1, 1)
    with pytest.raises(ValueError, match="allowed: a neuron with a direction"):
        finite.variance_A(0 * w, M, law, 1, 1, 1)
