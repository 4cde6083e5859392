"""One task or one head: the direction they see, what they miss, and the one task that shows everything."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import eval_gegenbauer, gamma
from tolerances import CLOSED_FORM, STANDARD_ERRORS, close

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory import amplification, dynamics, fourier, funk_hecke, single, vectors
from mtlcore.pretraining.theory.alone import many_steps_error, one_step_error
from mtlcore.pretraining.theory.classes import boolean_classes, code_of, support, symmetries
from mtlcore.pretraining.theory.fed import fed_rank, field_rank
from mtlcore.pretraining.theory.parity_gain import leading_gain, parity_gain

RNG = np.random.default_rng(15)


def coefficients_of(table):
    """Fourier coefficients of one table."""
    return tasks.fourier(np.asarray(table, dtype=float)[None])[0]


def truth(r, rule):
    """The table of a rule on signs."""
    v = 2.0 * (np.arange(2**r)[:, None] >> np.arange(r) & 1) - 1
    return np.where(rule(v), 1.0, -1.0)


def mean_target(law):
    """Fourier coefficients of E_i f_i, what one shared head learns."""
    return law.probs @ tasks.fourier(law.tables)


def degrees_one_and_two(f):
    """Fourier coefficients of singletons and, as a symmetric matrix with zero diagonal, of pairs."""
    r = len(f).bit_length() - 1
    singles = 1 << np.arange(r)
    return f[singles], np.where(np.eye(r, dtype=bool), 0.0, f[singles[:, None] | singles])


def one_step_leading(p, f):
    """p+ to leading order in p after one cancelling step of unit neurons: [(2/pi) f_0 F2 p + (f1.p + f_0) f1] / 2pi."""
    f1, F2 = degrees_one_and_two(f)
    return (2 / np.pi * f[0] * p @ F2 + (p @ f1 + f[0])[:, None] * f1) / (2 * np.pi)


TARGETS = {
    "NAE3": single.not_all_equal(3),
    "NAE4": single.not_all_equal(4),
    "MAJ3": truth(3, lambda v: v.sum(1) > 0),
    "AND3": truth(3, lambda v: (v > 0).all(1)),
    "XOR2": truth(2, lambda v: v.prod(1) > 0),
    "XOR3": truth(3, lambda v: v.prod(1) > 0),
}


def gaussian_step(name, d, m, seed=0):
    """(W0 M^T, q0, W+ M^T, q+) of one cancelling step of m Gaussian neurons."""
    f, generator = coefficients_of(TARGETS[name]), np.random.default_rng(seed)
    r = len(f).bit_length() - 1
    p, q = vectors.directions(d, r, m, generator)
    rho = np.sqrt(generator.chisquare(d, m))
    p, q = p * rho[:, None], q * rho
    after = single.one_step(p, q, f, 1.0, 1 + f[0] ** 2 / (2 * np.pi), 1.0)
    return p, q, *after


def test_the_field_of_one_task_is_A_of_its_law():
    M, W, table = np.eye(3, 5), RNG.standard_normal((4, 5)), TARGETS["AND3"]
    along, c = single.field(*vectors.split(W, M), coefficients_of(table))
    A = amplification.matrices_A(W, M, tasks.Law(table[None], np.ones(1)))
    assert close(along @ M + c[:, None] * W, (A @ W[:, :, None])[..., 0], 1e-13)
    p, q = vectors.split(W, M)
    law = tasks.Law(table[None], np.ones(1))
    path = dynamics.run(p, q, law, 1, dynamics.Update(0.3, 0.2, kappa=0.7))
    step = single.one_step(p, q, coefficients_of(table), 0.3, 0.2, 0.7)
    assert close(path[0][1], step[0], 1e-13) and close(path[1][1], abs(step[1]), 1e-13)


@pytest.mark.parametrize("r", [2, 3])
def test_a_shared_head_pushes_all_neurons_along_one_vector(r):
    ratios, f = [], mean_target(tasks.uniform(r, empty=True))
    assert close(f, np.full(2**r, 2.0**-r), 1e-15)
    for d, known in ((32, 0.066), (128, 0.038), (512, 0.019)):
        p, q = vectors.directions(d, r, 64, RNG)
        after, _ = single.one_step(p, q, f, 1.0, 1 + f[0] ** 2 / (2 * np.pi), 1.0)
        _, sizes, right = np.linalg.svd(after)
        assert abs(right[0] @ np.full(r, r**-0.5)) > 1 - 0.5 / d
        assert sizes[1] / sizes[0] == pytest.approx(known, rel=0.5)
        ratios.append(sizes[1] / sizes[0])
    assert np.polyfit(np.log([32, 128, 512]), np.log(ratios), 1)[0] == pytest.approx(-0.5, abs=0.15)


def test_without_the_empty_set_too():
    law, p, q = tasks.uniform(3), *vectors.directions(10**6, 3, 20, RNG)
    along, _ = single.field(p, q, mean_target(law))
    # proportional to (1 . p) 1
    assert close(along, np.repeat(p.sum(1)[:, None], 3, axis=1) / 49 / (2 * np.pi), 1e-2 * abs(p).max() / 49)


def test_a_parity_treats_other_features_as_it_treats_noise():
    p, q = RNG.standard_normal((50, 4)), abs(RNG.standard_normal(50))
    for code in range(16):
        f = np.eye(16)[code]
        along, c = single.field(p, q, f)
        outside = [j for j in range(4) if not code >> j & 1]
        assert not along[:, outside].any()
        if code.bit_count() >= 2:
            assert (c <= 0).all()
        if code.bit_count() % 2 and code.bit_count() >= 3:
            assert not along.any() and not c.any()
        if code.bit_count() == 1:
            j = code.bit_length() - 1
            assert close(along[:, j], p[:, j] / (2 * np.pi), 1e-14) and not c.any()


@pytest.mark.parametrize(
    ("k", "gains"), [(2, ((16, 2.8e-2), (64, 6.4e-3), (256, 1.7e-3))), (4, ((16, 5.7e-5), (64, 6.3e-7), (256, 9.6e-9)))]
)
def test_gain_of_one_even_parity_falls_with_the_dimension(k, gains):
    for d, known in gains:
        p, q = vectors.directions(d, k, 40_000 if k == 2 else 10_000, RNG)
        delta = amplification.decompose(p, q, np.eye(2**k)[-1]).delta[:, 0] * 2 * np.pi
        error = delta.std() / np.sqrt(len(p))
        assert delta.mean() == pytest.approx(known, abs=STANDARD_ERRORS * error + 0.15 * known)


def test_not_all_equal_and_its_coefficients():
    for r in (3, 4, 5):
        f = coefficients_of(single.not_all_equal(r))
        f1, F2 = degrees_one_and_two(f)
        assert f[0] == 1 - 2.0 ** (2 - r) and not f1.any() and not np.diag(F2).any()
        assert (F2[~np.eye(r, dtype=bool)] == -(2.0 ** (2 - r))).all()
        sizes = np.linalg.svd(F2)[1]
        assert sizes[0] / sizes[-1] == pytest.approx(r - 1)


@pytest.mark.parametrize(("name", "known"), [("NAE3", (1.8e-2, 2.7e-3, 2.7e-4)), ("NAE4", (5.8e-3, 1.8e-3, 1.9e-4))])
def test_one_informative_task_shows_all_features(name, known):
    r = int(name[-1])
    for d, ratio in zip((32, 128, 512), known, strict=True):
        _, q0, p, q = gaussian_step(name, d, 2000)
        got = np.sqrt((q**2).sum() / (p**2).sum())
        assert got == pytest.approx(ratio, rel=1.0) and got * d**1.5 < 20
        sizes = np.linalg.svd(p)[1] / np.linalg.svd(p)[1][0]
        assert sizes[-1] == pytest.approx(1 / (r - 1), rel=0.2)
        assert (abs(q / q0) < 20 * (r / d) ** 2).all()


@pytest.mark.parametrize(("name", "bounds"), [("MAJ3", (1e-2, 1e-2)), ("AND3", (0.15, 0.03))])
def test_majority_and_conjunction_show_one_direction(name, bounds):
    for d, bound in zip((32, 512), bounds, strict=True):
        sizes = np.linalg.svd(gaussian_step(name, d, 64)[2])[1]
        assert sizes[1] / sizes[0] < bound
    if name == "AND3":
        assert (
            0.04
            < np.linalg.svd(gaussian_step(name, 32, 64)[2])[1][1] / np.linalg.svd(gaussian_step(name, 32, 64)[2])[1][0]
        )


def test_parities_alone_gain_little_or_nothing():
    gains = []
    for d in (32, 128, 512):
        p, _, after, _ = gaussian_step("XOR2", d, 4000)
        gains.append(2 * np.pi * np.linalg.norm(after) / np.linalg.norm(p))
    assert np.polyfit(np.log([32, 128, 512]), np.log(gains), 1)[0] == pytest.approx(-1, abs=0.1)
    assert abs(gaussian_step("XOR3", 32, 10)[2]).max() < 1e-15


@pytest.mark.parametrize("name", TARGETS)
def test_the_leading_form_of_one_step(name):
    f, errors = coefficients_of(TARGETS[name]), []
    for d in (1000, 10_000):
        r = len(f).bit_length() - 1
        p, q = vectors.directions(d, r, 200, np.random.default_rng(0))
        exact = single.one_step(p, q, f, 1.0, 1 + f[0] ** 2 / (2 * np.pi), 1.0)[0]
        errors.append(abs(exact - one_step_leading(p, f)).max() / abs(p).max())
    assert errors[1] < 2e-3 and (errors[1] < 0.2 * errors[0] + 1e-15 or f[0] * f[1] != 0)


@pytest.mark.parametrize("d", [2, 3, 6, 16, 300])
@pytest.mark.parametrize("degree", [0, 1, 2, 3, 4, 6, 8])
def test_relu_eigenvalues(d, degree):
    if d == 2:
        value = quad(lambda a: max(np.cos(a), 0) * np.cos(degree * a), 0, np.pi, points=[np.pi / 2])[0] / np.pi
    else:
        a = (d - 2) / 2
        norm = gamma(d / 2) / (np.sqrt(np.pi) * gamma((d - 1) / 2)) if d < 100 else np.sqrt((d - 1.5) / (2 * np.pi))
        legendre = eval_gegenbauer(degree, a, 1.0)
        value = quad(
            lambda t: t * eval_gegenbauer(degree, a, t) / legendre * (1 - t * t) ** ((d - 3) / 2), 0, 1, epsabs=1e-13
        )[0]
        value *= norm
    tolerance = 1e-5 if d == 300 else 1e-10
    assert funk_hecke.relu_eigenvalue(d, degree) == pytest.approx(value, abs=1e-9, rel=tolerance)


@pytest.mark.parametrize(
    ("d", "k", "known"), [(16, 2, 2.513e-4), (6, 2, 1.761e-3), (16, 4, 3.87e-7), (2, 2, (2 - 6 / np.pi) / (2 * np.pi))]
)
def test_mean_square_of_a_parity_over_random_neurons(d, k, known):
    value = funk_hecke.mean_signal(d, k)
    assert value == pytest.approx(known, rel=5e-4)
    if d > k:
        p, q = vectors.directions(d, k, 200_000 if k == 2 else 20_000, RNG)
        h2 = fourier.coefficients(p, q).h[:, -1] ** 2
        assert abs(h2.mean() - value) < STANDARD_ERRORS * h2.std() / np.sqrt(len(h2))
    assert funk_hecke.mean_signal(d, 1) == pytest.approx(1 / (2 * np.pi * d), rel=1e-9)


def test_gradient_size_inside_the_feature_space():
    got = [funk_hecke.mean_signal(r, r) for r in (2, 4, 6, 8)]
    assert got == pytest.approx([1.434e-2, 7.0e-5, 1.15e-6, 2.4e-8], rel=0.06)
    assert funk_hecke.mean_signal(12, 3) == 0
    for k in (2, 4, 6):
        c = (2 / np.pi) ** (k / 2) * 2 ** ((k - 3) / 2) * gamma((k - 1) / 2) / np.pi
        d = 10_000
        power = c**2 / np.prod([d + 2 * i for i in range(k)])
        assert funk_hecke.mean_signal(d, k) == pytest.approx(power, rel=2e-2)


def test_what_one_uniform_parity_misses():
    for r in (1, 2, 5):
        codes = np.arange(2**r)
        assert single.missed_probability(r) == (codes != 2**r - 1).mean()
    assert single.captured_bound(24, 3, 1) == pytest.approx(0.130, abs=5e-4)
    assert single.captured_bound(24, 3, 2) == pytest.approx(0.136, abs=5e-4)
    assert single.captured_bound(24, 3, 0) == 0.125 and single.captured_bound(3, 3, 2) == 1
    # a random subspace attains it at S empty
    V = np.linalg.qr(RNG.standard_normal((4000, 8, 2)))[0]
    share = (V[:, 0] ** 2).sum(1)
    assert abs(share.mean() - single.captured_bound(8, 2, 0)) < STANDARD_ERRORS * share.std() / np.sqrt(4000)


def test_multi_class_labels_have_the_beta_of_all_parities():
    for r in (2, 3):
        K = 2**r
        one_vs_rest = 2 * np.eye(K) - 1
        assert close(tasks.beta(one_vs_rest), np.full((K, K), 1 - 4 / K) + 4 / K * np.eye(K), CLOSED_FORM)


def test_the_field_of_a_biased_neuron_is_the_product_of_its_correlation_and_gradient():
    M, W, f = np.eye(3, 5), RNG.standard_normal((4, 5)), coefficients_of(TARGETS["MAJ3"])
    p, q = vectors.split(W, M)
    along, c = single.field(p, q, f, 0.4)
    h, gradient = fourier.coefficients(p, q, 0.4).h @ f, f @ vectors.gradients(W, M, 0.4)
    assert close(along @ M + c[:, None] * W, h[:, None] * gradient, 1e-13)


def test_a_class_is_an_orbit_of_the_symmetries():
    assert [len(boolean_classes(r)) for r in (1, 2, 3, 4)] == [2, 4, 14, 222]  # Harrison's counts
    for r in (2, 3):
        moves, orbits = symmetries(r), []
        assert len(np.unique(moves, axis=0)) == len(moves) == 2**r * (1, 1, 2, 6)[r]
        for table in boolean_classes(r):
            moved = {code_of(sign * table[move]) for move in moves for sign in (1, -1)}
            assert min(moved) == code_of(table)
            orbits.append(moved)
        assert sum(map(len, orbits)) == len(set().union(*orbits)) == 2**2**r


def test_a_class_keeps_what_a_task_depends_on_and_what_it_feeds():
    for table in boolean_classes(3):
        seen = {(support(f).bit_count(), fed_rank(f)) for f in (coefficients_of(table[m]) for m in symmetries(3))}
        assert len(seen) == 1
    assert support(coefficients_of(TARGETS["XOR2"])) == 3 and support(coefficients_of(np.ones(8))) == 0
    assert support(coefficients_of(truth(3, lambda v: v[:, 2] > 0))) == 4


@pytest.mark.parametrize(
    ("name", "rank"), [("NAE3", 3), ("NAE4", 4), ("MAJ3", 1), ("AND3", 3), ("XOR2", 2), ("XOR3", 0)]
)
def test_what_the_exact_step_feeds(name, rank):
    f = coefficients_of(TARGETS[name])
    r = len(f).bit_length() - 1
    assert fed_rank(f) == field_rank(*vectors.directions(9, r, 40, RNG), f) == rank


def test_the_rule_for_what_is_fed_holds_for_random_functions():
    ranks = set()
    for _ in range(20):  # sparse coefficients: also of functions that are not Boolean
        f = RNG.standard_normal(16) * (RNG.random(16) < 0.15)
        p, q = vectors.directions(7, 4, 60, RNG)
        ranks.add(fed_rank(f))
        assert field_rank(p, q, f) == fed_rank(f), f
    assert len(ranks) >= 4
    odd = coefficients_of(TARGETS["MAJ3"])
    assert field_rank(*vectors.directions(7, 3, 60, RNG), odd, 0.3) == 3  # a bias makes the odd part visible


def test_what_is_not_fed_gets_the_factor_of_what_lies_outside():
    f, (p, q) = coefficients_of(TARGETS["MAJ3"]), vectors.directions(6, 3, 10, RNG)
    before, u = q, np.array([1, -1, 0])
    for _ in range(5):
        p_next, q_next = single.one_step(p, q, f, 0.5, 0.1, 2.0)
        assert close(p_next @ u * q, p @ u * q_next, 1e-12)
        p, q = p_next, q_next
    assert not close(q, before, 1e-3)


def error_by_angles(layer, M):
    """The largest principal angle's sine, from the singular values of M V^T."""
    V = np.linalg.svd(layer)[2][: len(M)]
    return np.sqrt(1 - np.linalg.svd(M @ V.T)[1][-1] ** 2)


def test_the_error_of_one_exact_step_is_that_of_its_layer():
    W, M = RNG.standard_normal((2, 12, 40)), np.linalg.qr(RNG.standard_normal((40, 3)))[0].T
    table = TARGETS["NAE3"]
    f, law = coefficients_of(table), tasks.Law(table[None], np.ones(1))
    expected = []
    for one in W:
        A = amplification.matrices_A(one, M, law)
        expected.append(error_by_angles((A @ one[:, :, None])[..., 0] - f[0] ** 2 / (2 * np.pi) * one, M))
    assert one_step_error(W, M, table) == pytest.approx(expected, rel=1e-6) and 0 < expected[0] < 0.5
    for name in ("MAJ3", "XOR3"):
        assert (one_step_error(W, M, TARGETS[name]) == 1).all()


def test_the_error_of_many_exact_steps_is_that_of_the_matrices_A():
    W, M = RNG.standard_normal((2, 5, 9)), np.linalg.qr(RNG.standard_normal((9, 2)))[0].T
    law, update = tasks.Law(TARGETS["XOR2"][None], np.ones(1)), dynamics.Update(0.3, 0.1, kappa=2.0)
    expected = []
    for layer in W:
        for _ in range(4):
            A = amplification.matrices_A(layer, M, law)
            layer = (1 - 0.3 * 0.1) * layer + 0.3 * 2.0 * (A @ layer[:, :, None])[..., 0]
        expected.append(error_by_angles(layer, M))
    assert many_steps_error(W, M, TARGETS["XOR2"], 4, update) == pytest.approx(expected, rel=1e-9)


def test_in_many_steps_some_tasks_are_found_and_some_are_left_to_one_direction():
    W, M, update = RNG.standard_normal((3, 16, 24)), np.eye(3, 24), dynamics.Update(0.1, 0.01, 0.1)
    found = {name: many_steps_error(W, M, TARGETS[name], 1000, update) for name in ("NAE3", "MAJ3", "XOR3")}
    assert (found["NAE3"] < 0.05).all() and (found["MAJ3"] == 1).all() and (found["XOR3"] == 1).all()
    p, q = dynamics.run(*vectors.split(W[0], M), tasks.Law(TARGETS["MAJ3"][None], np.ones(1)), 1000, update)
    assert error_by_angles(p[-1] @ M + (q[-1] / q[0])[:, None] * (W[0] - p[0] @ M), M) > 0.8  # what the 1 stands for
    one = truth(3, lambda v: (v > 0).sum(1) == 1)  # all directions are fed, and one grows faster than the others
    assert (many_steps_error(W, M, one, 1000, update) > 0.9).all()
    assert (many_steps_error(W, M, TARGETS["NAE3"], 30, update) > found["NAE3"]).all()


@pytest.mark.parametrize(("k", "least"), [(2, 100), (4, 400)])
def test_the_gain_of_an_even_parity_has_its_leading_form(k, least):
    for d in (least, 4 * least):
        gain = parity_gain(*vectors.directions(d, k, 20_000, np.random.default_rng(3)))
        error = gain.std() / np.sqrt(len(gain))
        assert abs(gain.mean() - leading_gain(k, d)) < STANDARD_ERRORS * error + 10 / d * leading_gain(k, d)
    assert leading_gain(2, 7) == pytest.approx(4 / (np.pi**2 * 7))
    assert parity_gain(np.array([[0.1]]), np.array([1.0])) == pytest.approx(1)  # its unit: a task of one feature


def test_values_out_of_range_are_refused():
    p, q = np.ones((1, 2)), np.ones(1)
    for call, text in [
        (lambda: single.field(p, q, np.ones(8)), "8 Fourier coefficients; allowed: .* 4 subsets"),
        (lambda: single.field(0 * p, 0 * q, np.ones(4)), "allowed: a neuron with a direction"),
        (lambda: single.not_all_equal(2), "r = 2 features; allowed: 3 to 12"),
        (lambda: single.missed_probability(0), "r = 0 features; allowed: at least 1"),
        (lambda: single.captured_bound(8, 2, 2), r"\|S\| = 2, r = 2, d = 8; allowed"),
        (lambda: boolean_classes(5), "r = 5 features; allowed: 1 to 4"),
        (lambda: leading_gain(3, 8), "k = 3 features, d = 8; allowed: even"),
        (lambda: funk_hecke.relu_eigenvalue(1, 2), "d = 1, degree l = 2; allowed"),
        (lambda: funk_hecke.mean_signal(4, 5), "k = 5; allowed: 1 to 4"),
    ]:
        with pytest.raises(ValueError, match=text):
            call()
