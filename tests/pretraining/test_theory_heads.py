"""What a second layer can express: affine heads, explicit witnesses, counting, features drawn without M."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.special import ndtr
from tolerances import CLOSED_FORM, STANDARD_ERRORS

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory import affine, counting, fourier, random_features, witness

RNG = np.random.default_rng(16)


def signs(r):
    """All orthants as sign vectors."""
    return 2.0 * (np.arange(2**r)[:, None] >> np.arange(r) & 1) - 1


@pytest.mark.parametrize(
    ("u", "b", "code"),
    [
        ([1.0], 0.0, 1),
        ([0.5, 1.0], 0.4, 3),
        ([1.0, 1.0, 1.0], 0.0, 7),
        ([1.0, 0.2, -0.7], 0.3, 7),
        ([1.0, 0.2, -0.7], -0.3, 5),
        ([1.0, 2.0, 3.0, 4.0], 2.0, 15),
        ([1.0, 2.0, 0.0, 1.0], 0.7, 11),
        ([1.0, 2.0], 0.7, 0),
    ],
)
def test_affine_heads_agree_with_samples(u, b, code):
    z = RNG.standard_normal((400_000, len(u)))
    y = tasks.parity_tables(len(u))[code][(z > 0) @ (1 << np.arange(len(u)))]
    margin = y * (z @ u + b)
    right, loss = margin > 0, np.maximum(1 - margin, 0)
    u = np.array([u])
    assert abs(right.mean() - affine.accuracy(u, b, code)[0]) < STANDARD_ERRORS * 0.5 / np.sqrt(len(z))
    error = STANDARD_ERRORS * loss.std() / np.sqrt(len(z))
    assert abs(loss.mean() - affine.hinge(u, b, code)[0]) < error


def test_every_affine_head_has_at_least_the_loss_of_none():
    for r in (2, 3, 4):
        scales = 10.0 ** RNG.uniform(-3, 1, (40, 1))
        u, b = RNG.standard_normal((40, r)) * scales, RNG.standard_normal(40) * scales[:, 0]
        for code in range(2**r):
            loss = affine.hinge(u, b, code)
            if code.bit_count() >= 2:
                assert loss.min() >= 1 - 1e-12
            else:
                good = (5 * np.eye(r)[code.bit_length() - 1], 0.0) if code else (1e-9 * np.ones(r), 1.0)
                assert affine.hinge(good[0][None], good[1], code)[0] < 0.2


def test_even_parities_leave_a_head_without_threshold_at_one_half():
    u = RNG.standard_normal((100, 5))
    for code in range(32):
        if code.bit_count() and code.bit_count() % 2 == 0:
            assert (affine.accuracy(u, 0.0, code) == 0.5).all()
    for b, code in ((0.0, 7), (0.3, 3)):
        assert abs(affine.accuracy(u, b, code) - 0.5).max() > 0.02


def test_best_affine_accuracies():
    best = [affine.best_diagonal(k) for k in range(1, 7)]
    assert [a for a, _ in best] == pytest.approx([1, 0.6250, 0.5877, 0.5373, 0.5243, 0.5119], abs=5e-5)
    assert best[1][0] == pytest.approx(5 / 8, abs=1e-12) and ndtr(best[1][1]) == pytest.approx(3 / 4, abs=1e-6)
    assert best[2][1] == 0
    # nothing found beats the diagonal
    for k in range(1, 6):
        u = RNG.standard_normal((800, k))
        u /= np.linalg.norm(u, axis=1)[:, None]
        b = np.where(RNG.random(800) < 0.3, 0, RNG.uniform(-3, 3, 800))
        assert abs(affine.accuracy(u, b, 2**k - 1) - 0.5).max() <= best[k - 1][0] - 0.5 + CLOSED_FORM


@pytest.mark.parametrize(
    ("k", "step", "neurons", "accuracy", "bound"),
    [
        (1, 0.25, 34, 1.0, 0.995),
        (2, 0.25, 132, 0.9999, 0.969),
        (3, 0.25, 392, 0.9971, 0.900),
        (4, 0.25, 1040, 0.9879, 0.780),
        (3, 0.5, 200, 0.9888, None),
        (4, 0.5, 528, 0.9681, None),
    ],
)
def test_the_witness(k, step, neurons, accuracy, bound):
    r, S = k + 1, list(range(1, k + 1))
    head, z = witness.parity_head(r, S, 4.0, step), RNG.standard_normal((20_000, r))
    assert len(head.a) == neurons
    output, G = head(z), witness.sines(z, S, 4.0)
    inside = (abs(z[:, S]) <= 4).all(1)
    assert abs(output - G)[inside].max() <= witness.sup_error(4.0, step)
    assert abs(output - G)[inside].max() > 0.6 * witness.sup_error(4.0, step)
    got = (np.sign(output) == np.sign(z[:, S]).prod(1)).mean()
    assert got == pytest.approx(accuracy, abs=STANDARD_ERRORS * np.sqrt(accuracy * (1.001 - accuracy) / 20_000))
    assert got >= witness.accuracy_bound(k, 4.0, step)
    if bound:
        assert witness.accuracy_bound(k, 4.0, step) == pytest.approx(bound, abs=1e-3)


def test_the_bounds_probability():
    for k in (1, 2, 3, 4):
        z = RNG.standard_normal((400_000, k))
        event = (abs(np.sin(np.pi / 4 * z).prod(1)) <= 0.02) | (abs(z) > 4).any(1)
        error = STANDARD_ERRORS * event.std() / np.sqrt(len(z))
        assert abs(event.mean() - witness.small_product(k, 4.0, 0.02)) < error + 2e-4


def test_what_stays_outside_moves_the_loss_by_no_more_than_its_bound():
    z, g = RNG.standard_normal((20_000, 3)), RNG.standard_normal((20_000, 6))
    y = np.sign(z[:, 0] * z[:, 1])
    for _ in range(5):
        p, outside, a = RNG.standard_normal((8, 3)), 0.1 * RNG.standard_normal((8, 6)), RNG.standard_normal(8)
        losses = [np.maximum(1 - y * (np.maximum(z @ p.T + s * g @ outside.T, 0) @ a), 0).mean() for s in (0, 1)]
        assert 0 < abs(losses[1] - losses[0]) <= witness.residual_bound(a, np.linalg.norm(outside, axis=1))
    assert witness.residual_bound(np.ones(1), np.ones(1)) == pytest.approx(np.sqrt(2 / np.pi))


@pytest.mark.parametrize(
    ("r", "m_hat", "count"), [(2, 2, 8), (2, 3, 14), (2, 4, 16), (3, 4, 128), (3, 6, 240), (3, 8, 256)]
)
def test_covers_count(r, m_hat, count):
    assert counting.labelings(r, m_hat) == count
    if r == 2:
        X = np.maximum(signs(2) @ RNG.standard_normal((2, m_hat)) + RNG.standard_normal(m_hat), 0)
        X = X + 1e-3 * RNG.standard_normal(X.shape)  # general position
        feasible = 0
        for y in product([-1.0, 1.0], repeat=4):
            A = -np.array(y)[:, None] * X
            feasible += linprog(np.zeros(m_hat), A, -np.ones(4), bounds=(None, None)).status == 0
        assert feasible == count


@pytest.mark.parametrize(("r", "N", "known"), [(3, 8, 0.1718), (3, 24, 0.0203), (4, 16, 0.1780), (4, 48, 0.0226)])
def test_no_free_lunch(r, N, known):
    assert counting.no_free_lunch(r, N) == pytest.approx(known, abs=5e-5)
    samples = RNG.integers(0, 2**r, (20_000, N))
    seen = np.array([len(set(row)) for row in samples]) / 2**r
    unseen = (1 - seen) / 2
    assert abs(unseen.mean() - known) < STANDARD_ERRORS * unseen.std() / np.sqrt(20_000) + 5e-5


def test_no_few_features_hold_all_parities():
    r, chi = 4, tasks.parity_tables(4).astype(float) / 4
    for m_hat in (0, 3, 8, 16):
        V = np.linalg.qr(RNG.standard_normal((16, m_hat)))[0] if m_hat else np.zeros((16, 1))
        error = 1 - ((chi @ V) ** 2).sum(1).mean()
        assert error == pytest.approx(1 - m_hat / 2**r, abs=1e-12)


def test_harmonic_dimensions_and_leading_weights():
    assert [random_features.harmonics(3, n) for n in range(5)] == [1, 3, 5, 7, 9]
    assert [random_features.harmonics(2, n) for n in range(4)] == [1, 2, 2, 2]
    for d, k in ((6, 2), (5, 1), (16, 4), (32, 3), (12, 12)):
        f = random_features.weights(d, k)
        assert f[k] == pytest.approx(random_features.leading_weight(d, k), rel=1e-9)
        assert f.sum() <= 1 + 1e-9 and f.min() >= -1e-9
        assert not f[:k].any() and not f[k + 1 :: 2].any()
    # at d = 1 the only harmonic of an odd function is x itself; at large d the weight is (2/pi)^k
    assert random_features.leading_weight(1, 1) == pytest.approx(1)
    assert random_features.leading_weight(10**7, 3) == pytest.approx((2 / np.pi) ** 3, rel=1e-5)
    assert random_features.weights(6, 2)[[2, 4, 6]] == pytest.approx([0.5404, 0.135, 0.079], abs=6e-4)
    assert random_features.weights(5, 1)[[1, 3, 5]] == pytest.approx([0.7031, 0.1172, 0.050], abs=6e-5)


def test_weights_are_those_of_a_square_wave_on_the_circle():
    # d = 2: sign(cos a) has Fourier weights (8 / pi^2) / l^2 at odd l; sign(cos a sin a) the same at even l = 2, 6, ..
    one, two = random_features.weights(2, 1), random_features.weights(2, 2)
    odd = np.arange(1, 14, 2)
    assert one[odd] == pytest.approx(8 / np.pi**2 / odd**2, rel=1e-6)
    assert two[[2, 6, 10]] == pytest.approx(8 / np.pi**2 / np.array([1, 9, 25]), rel=1e-6)
    assert abs(two[[4, 8]]).max() < 1e-9


def test_bound_is_monotone_and_its_inverse():
    for d, k, known in ((16, 2, (30, 89, 1.3e3)), (64, 2, (5.0e2, 1.5e3, 4.5e5)), (32, 3, (2.0e3, 2.0e4, 9.7e6))):
        for share, value in zip((0.1, 0.3, 0.5), known, strict=True):
            m_hat = random_features.minimal_features(d, k, share)
            assert m_hat == pytest.approx(value, rel=0.03)
            assert random_features.capture_bound(d, k, m_hat) == pytest.approx(share, rel=1e-9)
        rates = random_features.weights(d, k)[k::2] / [random_features.harmonics(d, n) for n in range(k, 21, 2)]
        assert (np.diff(rates) < 0).all()  # lower harmonics are cheaper: filling them first is the maximum
    for d, known in ((8, 8.5e2), (16, 3.9e6), (32, 1.1e14), (64, 1.4e29)):
        full = random_features.harmonics(d, d // 2) / random_features.leading_weight(d, d // 2)
        assert full == pytest.approx(known, rel=0.05)
    assert random_features.minimal_features(64, 32, 0.1) == pytest.approx(1.4e28, rel=0.05)


@pytest.mark.parametrize("d", [6, 16, 32])
def test_random_relu_features_capture_no_more_than_the_bound(d):
    known = {16: (0.027, 0.108, 0.432, 0.471), 32: (0.0065, 0.026, 0.105, 0.418), 6: (0.216, 0.556, 0.676, 0.758)}[d]
    for m_hat, bound in zip((8, 32, 128, 512), known, strict=True):
        assert random_features.capture_bound(d, 2, m_hat) == pytest.approx(bound, rel=0.02)
        shares = []
        for _ in range(20 if m_hat < 512 else 4):
            W = RNG.standard_normal((m_hat, d))
            W /= np.linalg.norm(W, axis=1)[:, None]
            angle = np.arccos(np.clip(W @ W.T, -1, 1))
            gram = (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
            h = fourier.coefficients(W[:, :2], np.linalg.norm(W[:, 2:], axis=1)).h[:, 3]
            shares.append(h @ np.linalg.lstsq(gram, h, rcond=1e-12)[0])
        assert np.mean(shares) <= bound * 1.02 + STANDARD_ERRORS * np.std(shares) / np.sqrt(len(shares))
        if d == 16:
            held = {8: 0.006, 32: 0.050, 128: 0.279, 512: 0.430}[m_hat]
            error = STANDARD_ERRORS * np.std(shares) / np.sqrt(len(shares))
            assert np.mean(shares) == pytest.approx(held, abs=error + 0.05 * held)


def test_values_out_of_range_are_refused():
    u = np.ones((1, 2))
    for call, text in [
        (lambda: affine.accuracy(u, 0.0, 4), "subset code 4; allowed: 0 to 3"),
        (lambda: affine.accuracy(u, np.inf, 3), "b = inf; allowed: finite"),
        (lambda: affine.accuracy(0 * u, 0.0, 3), "allowed: a neuron with a direction"),
        (lambda: affine.best_diagonal(13), "k = 13; allowed: 1 to 12"),
        (lambda: witness.parity_head(2, [2]), r"subset \[2\]; allowed: distinct features 0 .. 1"),
        (lambda: witness.parity_head(2, []), r"subset \[\]; allowed"),
        (lambda: witness.parity_head(13, [0]), "r = 13 features; allowed: 1 to 12"),
        (lambda: witness.parity_head(2, [0], 4.0, 5.0), "step = 5.0; allowed: 0 < step <= L"),
        (lambda: counting.labelings(13, 2), "r = 13 features; allowed: 1 to 12"),
        (lambda: counting.no_free_lunch(2, -1), "N = -1; allowed"),
        (lambda: random_features.capture_bound(4, 5, 3), "k = 5; allowed: 1 to d = 4"),
        (lambda: random_features.capture_bound(4, 2, -1), "m_hat = -1 features; allowed: at least 0"),
        (lambda: random_features.weights(8, 2, 30), "degree = 30; allowed: .* 0 to 20"),
        (lambda: random_features.harmonics(1, 2), "d = 1, degree l = 2; allowed"),
        (lambda: random_features.minimal_features(8, 2, 1.0), "share = 1.0; allowed"),
    ]:
        with pytest.raises(ValueError, match=text):
            call()
