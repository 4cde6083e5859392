"""Fourier coefficients of a neuron: closed forms, integrals, samples, limits and refusals."""

import numpy as np
import pytest
from scipy.special import gamma, owens_t, wofz
from tolerances import CLOSED_FORM, FINE_DIFFERENCES, FULL_PRECISION, STANDARD_ERRORS, close

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory import closed, fourier, integrals, vectors

RNG = np.random.default_rng(11)
Q = [0.0, 1e-12, 1e-8, 1e-4, 1e-2, 0.3, 1.0, 30.0]
AWKWARD = [(1, 1), (2, -1), (1e-3, 1), (1e-8, 1), (1, 0), (0, 1), (1e-9, 1e-9), (3, 1e-12), (1e-4, 1e-8)]


def neurons(count, r, q=1.0):
    """Random neurons with the given length outside row(M)."""
    return RNG.standard_normal((count, r)), np.full(count, float(q))


def sphere(p, q):
    """The same neurons at |w| = 1."""
    rho = np.sqrt((p**2).sum(1) + q**2)
    return p / rho[:, None], q / rho


def orthant_values(p, q):
    """h_v = E[relu(w.x) | sign Mx = v] = sum_S chi_S(v) h_S at bias 0."""
    return fourier.coefficients(p, q).h @ tasks.parity_tables(p.shape[1])


def orthant_values_direct(p, q, step=1 / 10):
    """h_v at bias 0 by one integral for each orthant, without Fourier coefficients.

    h_v = sqrt(1/(2 pi)) v.p + (1/pi) Int_0^inf (1 - Re psi) / t^2 dt with the characteristic function
    psi = exp(-q^2 t^2 / 2) prod_j W(p_j v_j t / sqrt 2), W Faddeeva's function; integrated once by parts, which avoids
    the cancellation at small t, and by the trapezoidal rule in log t.
    """
    rho, _ = fourier.check(p, q)
    r = p.shape[1]
    signs = 2.0 * (np.arange(2**r)[:, None] >> np.arange(r) & 1) - 1
    out = np.zeros((len(p), 2**r))
    for n, (pn, qn) in enumerate(zip(p / rho[:, None], q / rho, strict=True)):
        smallest = np.where(pn == 0, 1.0, abs(pn)).min()
        with np.errstate(divide="ignore"):
            end = np.log(min(11 / qn, np.exp(37) / smallest))
        t = np.exp(np.arange(-37, end + step, step))
        for v, sign in enumerate(signs):
            z = (pn * sign)[:, None] * t / np.sqrt(2)
            faddeeva = wofz(z)
            slope = (pn * sign)[:, None] / np.sqrt(2) * _slope(z, faddeeva)
            others = [np.delete(faddeeva, j, axis=0).prod(0) for j in range(r)]
            psi_slope = (slope * others).sum(0) - qn**2 * t * faddeeva.prod(0)
            integral = -step * (np.exp(-((qn * t) ** 2) / 2) * psi_slope).real.sum()
            out[n, v] = rho[n] * (pn @ sign / np.sqrt(2 * np.pi) + integral / np.pi)
    return out


def _slope(z, value):
    """W'(z) = 2i/sqrt(pi) - 2 z W(z), by its asymptotic series where the two cancel."""
    exact = 2j / np.sqrt(np.pi) - 2 * z * value
    far = np.where(abs(z) < 50, 1.0, z) ** -2
    tail = -1j / np.sqrt(np.pi) * far * (1 + 1.5 * far + 3.75 * far**2 + 13.125 * far**3)
    return np.where(abs(z) < 50, exact, tail)


@pytest.mark.parametrize("q", Q)
def test_pairs_closed_form_is_the_integral(q):
    p = np.vstack([RNG.standard_normal((40, 2)), [pair for pair in AWKWARD if q or any(pair)]])
    p, q = sphere(p, np.full(len(p), q))
    h, by_p, c, _ = integrals.parity_moments(p, q, np.zeros(len(p)), [3])
    expected = np.stack(closed.pair(p[:, 0], p[:, 1], q), 1)
    got = np.column_stack([h, by_p[:, 0], c])
    assert close(got, expected, CLOSED_FORM)
    seen = expected[:, 0] != 0
    assert (abs(got[seen, 0] / expected[seen, 0] - 1) < CLOSED_FORM).all()


@pytest.mark.parametrize("q", Q)
@pytest.mark.parametrize("b", [-2.0, 1e-7, 0.6, 5.0])
def test_singles_closed_form_is_the_limit_of_pairs_and_its_own_slope(q, b):
    # chi_{1} = E over a second feature that w does not see: compare with the degree-2 integral's derivative instead
    p, q, b = np.linspace(-2, 2, 9)[:, None] + 0.1, np.full(9, q), np.full(9, b)
    h, by_p, c, by_b = closed.single(p[:, 0], q, b)
    rho = np.hypot(p[:, 0], q)
    step = 1e-5
    slope = (closed.single(p[:, 0], q, b + step)[0] - closed.single(p[:, 0], q, b - step)[0]) / (2 * step)
    assert close(by_b, slope, 1e-8) or q[0] < 1e-3
    # 1-homogeneity in (w, b)
    assert close(h, p[:, 0] * by_p + rho**2 * c + b * by_b, CLOSED_FORM)
    direct = _quadrature_single(p[:, 0], q, b)
    assert close(h, direct, FULL_PRECISION)


def _quadrature_single(p, q, b):
    """E[sign(z) (s Phi(s/q) + q phi(s/q))], s = p z + b, by Gauss-Legendre on the pieces where it is smooth."""
    node, weight = np.polynomial.legendre.leggauss(200)
    out = []
    for P, w, B in zip(p, q, b, strict=True):
        cuts = np.unique(np.clip([-12, *(-B / P + np.array([-40, -8, -1, 0, 1, 8, 40]) * w / abs(P)), 0, 12], -12, 12))
        total = 0.0
        for left, right in zip(cuts[:-1], cuts[1:], strict=True):
            z = (left + right) / 2 + (right - left) / 2 * node
            s = P * z + B
            value = np.maximum(s, 0) if w == 0 else closed.empty(np.full(z.shape, w), s)[0]
            total += (right - left) / 2 * (weight * np.sign(z) * value * np.exp(-(z**2) / 2)).sum() / np.sqrt(2 * np.pi)
        out.append(total)
    return np.array(out)


@pytest.mark.parametrize("b", [0.0, 0.6])
def test_all_coefficients_agree_with_samples(b):
    p, q, N = np.array([[0.7, -0.4, 0.3, 0.9]]), np.array([1.1]), 1_000_000
    z, g = RNG.standard_normal((N, 4)), RNG.standard_normal(N)
    u = z @ p[0] + q * g + b
    code = (z > 0) @ (1 << np.arange(4))
    sums = np.array([np.bincount(code, weights, 16) for weights in (np.maximum(u, 0), np.maximum(u, 0) ** 2, u > 0)])
    tables = tasks.parity_tables(4).astype(float)
    mean, square, active = tables @ sums[0] / N, sums[1].sum() / N, tables @ sums[2] / N
    exact, rate = fourier.coefficients(p, q, b).h[0], fourier.activity(p, q, b)[0]
    assert (abs(mean - exact) < STANDARD_ERRORS * np.sqrt((square - exact**2) / N)).all()
    assert (abs(active - rate) < STANDARD_ERRORS * np.sqrt((rate[0] - rate**2) / N)).all()


@pytest.mark.parametrize("q", [1.1, 1.0, 0.3])
def test_coefficients_agree_with_a_tensor_rule_over_half_normals(q):
    p = np.array([[0.7, -0.4, 0.3, 0.9]])
    node, weight = np.polynomial.legendre.leggauss(32)
    z, dz = 4.5 * (node + 1), 4.5 * weight
    dz = dz * np.exp(-(z**2) / 2) * np.sqrt(2 / np.pi)
    for v, direct in enumerate(orthant_values_direct(p, np.array([q]))[0]):
        sign = 2.0 * (v >> np.arange(4) & 1) - 1
        s = sum(np.meshgrid(*[sign[j] * p[0, j] * z for j in range(4)], indexing="ij", sparse=True))
        value = closed.empty(np.full(s.size, q), s.ravel())[0].reshape(s.shape)
        for _ in range(4):
            value = value @ dz
        assert abs(value - direct) < FULL_PRECISION


@pytest.mark.parametrize("r", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("q", Q)
def test_the_orthants_fourier_sum_is_the_direct_integral(q, r):
    p, q = neurons(2, r, q)
    p[1, 0] = 0.0
    if r == 1 and q[0] == 0:
        p[1, 0] = 1.0
    assert close(orthant_values(p, q), orthant_values_direct(p, q), CLOSED_FORM)


@pytest.mark.parametrize("r", [4, 5, 8, 12])
@pytest.mark.parametrize("q", [0.0, 1e-8, 1e-4, 1.0])
def test_an_aligned_diagonal_sees_its_own_orthant_exactly(q, r):
    # at q = 0 and v = sign p, relu(w.x) = sum |p_j z_j|; in the opposite orthant it is 0
    p, q = np.abs(RNG.standard_normal((1, r))) + 0.1, np.array([q])
    values = orthant_values(p, q)[0]
    scale = r * 1e-12 + q[0]
    assert abs(values[-1] - p.sum() * np.sqrt(2 / np.pi)) <= scale and abs(values[0]) <= scale
    assert values.min() > -1e-12


@pytest.mark.parametrize("b", [0.0, 0.6, -1.5])
@pytest.mark.parametrize("r", [1, 2, 3, 5])
def test_gradients_are_differences(r, b):
    d, step = r + 2, 1e-4
    M, W = np.eye(r, d), RNG.standard_normal((1, d))
    shifts = np.concatenate([s * step * np.eye(d) for s in (2, 1, -1, -2)])
    h = fourier.coefficients(*vectors.split(W + shifts, M), b).h.reshape(4, d, -1)
    slope = (-h[0] + 8 * h[1] - 8 * h[2] + h[3]) / (12 * step)
    assert close(vectors.gradients(W, M, b)[0].T, slope, FINE_DIFFERENCES)


@pytest.mark.parametrize("b", [0.6, -1.5])
@pytest.mark.parametrize("r", [1, 2, 3, 5])
def test_activity_is_the_slope_in_the_bias(r, b):
    p, q = neurons(5, r)
    h = [fourier.coefficients(p, q, b + s * 1e-4).h for s in (2, 1, -1, -2)]
    assert close(fourier.activity(p, q, b), (-h[0] + 8 * h[1] - 8 * h[2] + h[3]) / 12e-4, FINE_DIFFERENCES)


@pytest.mark.parametrize("q", [0.0, 1e-8, 1e-4, 1.0])
@pytest.mark.parametrize("r", [2, 4, 5])
def test_h_is_homogeneous_and_the_gradients_give_it_back(q, r):
    p, q = neurons(20, r, q)
    p[:5, 0] = 0.0
    found, b = fourier.coefficients(p, q), RNG.standard_normal(20)
    rho2 = (p**2).sum(1) + q**2
    assert close(np.einsum("nj,nsj->ns", p, found.by_p) + found.c * rho2[:, None], found.h, 1e-12)
    assert close(fourier.coefficients(3 * p, 3 * q).h, 3 * found.h, 1e-12)
    biased = fourier.coefficients(p, q, b)
    whole = np.einsum("nj,nsj->ns", p, biased.by_p) + biased.c * rho2[:, None]
    assert close(whole + fourier.activity(p, q, b) * b[:, None], biased.h, 1e-12)


@pytest.mark.parametrize("q", [0.0, 1e-8, 1e-4, 1.0])
def test_halving_the_step_changes_nothing(q, monkeypatch):
    p, q = neurons(20, 5, q)
    p[0] = [1, 1e-6, 1e-3, 0, 1e-9]
    for b in (0.0, 0.7):
        coarse = fourier.coefficients(p, q, b)
        with monkeypatch.context() as patch:
            patch.setattr(integrals, "STEP", integrals.STEP / 2)
            patch.setattr(integrals, "STEP_TURNED", integrals.STEP_TURNED / 2)
            fine = fourier.coefficients(p, q, b)
        for name in ("h", "by_p", "c"):
            assert close(getattr(coarse, name), getattr(fine, name), 1e-13)


def test_at_zero_bias_odd_degrees_vanish_and_a_small_bias_opens_them():
    p, q = neurons(4, 5)
    odd = (tasks.sizes(5) >= 3) & (tasks.sizes(5) % 2 == 1)
    flat, b = fourier.coefficients(p, q), 1e-5
    assert not flat.h[:, odd].any() and not flat.by_p[:, odd].any() and not flat.c[:, odd].any()
    # h_S ~ b (1/2) E[chi_S sign(w.x)] = b d_b h_S
    assert close(fourier.coefficients(p, q, b).h[:, odd] / b, fourier.activity(p, q)[:, odd], 1e-8)
    assert abs(fourier.activity(p, q)[:, odd]).min() > 1e-6
    # continuity of the even ones across the change of path
    even = ~odd
    assert close(fourier.coefficients(p, q, 1e-9).h[:, even], flat.h[:, even], 1e-8)


@pytest.mark.parametrize(("k", "relative"), [(2, 1e-4), (4, 4e-4), (6, 1e-3), (8, 2e-3)])
def test_small_weights_have_the_leading_form(k, relative):
    p, q = np.full((1, k), 0.01), np.ones(1)
    h = fourier.coefficients(p, q).h[0, -1]
    c_k = (2 / np.pi) ** (k / 2) * 2 ** ((k - 3) / 2) * gamma((k - 1) / 2) / np.pi
    assert h == pytest.approx((-1) ** (k // 2 + 1) * c_k * 0.01**k, rel=relative, abs=0)
    assert k != 2 or c_k == pytest.approx(np.sqrt(2) * np.pi**-1.5)


def test_singles_use_owens_function():
    p, q, b = np.array([[0.8]]), np.array([0.6]), 0.5
    assert fourier.activity(p, q, b)[0, 1] == pytest.approx(2 * owens_t(0.5, 0.8 / 0.6), abs=1e-15)


def test_one_neuron_at_a_time_is_the_same():
    p, q = neurons(7, 4)
    q[:3] = [0, 1e-9, 1e-3]
    b = np.array([0, 0.5, 0, -1, 0, 2, 0])
    whole = fourier.coefficients(p, q, b)
    for n in range(7):
        alone = fourier.coefficients(p[n : n + 1], q[n : n + 1], b[n : n + 1])
        for name in ("h", "by_p", "c"):
            assert close(getattr(whole, name)[n], getattr(alone, name)[0], 1e-13)


@pytest.mark.parametrize(
    ("p", "q", "b", "parts"),
    [
        (np.zeros((1, 2)), 0.0, 0.0, ["|w| = 0", "direction"]),
        (np.ones((1, 13)), 1.0, 0.0, ["r = 13", "1 to 12"]),
        (np.ones((1, 0)), 1.0, 0.0, ["r = 0", "1 to 12"]),
        (np.ones((1, 2)), 1.0, np.inf, ["b = inf", "finite"]),
        (np.full((1, 2), np.nan), 1.0, 0.0, ["p = nan", "finite"]),
        (np.ones((1, 2)), -1.0, 0.0, ["q = -1", "at least 0"]),
    ],
)
def test_what_has_no_coefficients_is_refused(p, q, b, parts):
    for function in (fourier.coefficients, fourier.activity):
        with pytest.raises(ValueError) as caught:
            function(p, np.array([q]), b)
        assert all(part in str(caught.value) for part in parts) and "\n" not in str(caught.value)
