"""The product rule for a neuron's correlations: against samples, and its own limits."""

import numpy as np
import pytest
from tolerances import CLOSED_FORM, FULL_PRECISION, STANDARD_ERRORS, close

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory import fourier, quadrature

RNG = np.random.default_rng(23)
P, Q = RNG.uniform(0.3, 1, (5, 3)) * RNG.choice([-1, 1], (5, 3)), RNG.uniform(0.8, 2, 5)


@pytest.mark.parametrize("rule", [quadrature.gaussian(20), quadrature.uniform(20)], ids=["gaussian", "uniform"])
def test_a_rule_is_the_expectation_of_a_coordinate_with_variance_one(rule):
    moments = [(rule.weight * rule.node**k).sum() for k in range(5)]
    assert close(np.array(moments[:4]), np.array([1, 0, 1, 0]), CLOSED_FORM)
    assert moments[4] == pytest.approx(3 if abs(rule.node).max() > 2 else 9 / 5, abs=FULL_PRECISION)


@pytest.mark.parametrize("b", [0.0, 0.7, -1.5])
def test_the_rule_agrees_with_the_integrals(b):
    assert close(quadrature.correlations(P, Q, b, quadrature.gaussian(20)), fourier.coefficients(P, Q, b).h, 1e-9)


@pytest.mark.parametrize("law", ["gaussian", "uniform"])
def test_the_rule_agrees_with_samples(law):
    N = 400_000
    z = RNG.standard_normal((N, 3)) if law == "gaussian" else RNG.uniform(-(3**0.5), 3**0.5, (N, 3))
    h = np.maximum(z @ P[0] + Q[0] * RNG.standard_normal(N) + 0.3, 0)
    chi = tasks.parity_tables(3).astype(float)[:, (z > 0) @ [1, 2, 4]]
    exact = quadrature.correlations(P[:1], Q[:1], 0.3, getattr(quadrature, law)(16))[0]
    assert (abs((chi * h).mean(1) - exact) < STANDARD_ERRORS * (chi * h).std(1) / N**0.5).all()


def test_odd_sets_vanish_at_bias_zero_and_only_there():
    odd = 7
    for law in (quadrature.gaussian(16), quadrature.uniform(16)):
        assert abs(quadrature.correlations(P, Q, 0.0, law)[:, odd]).max() < 1e-15
        assert abs(quadrature.correlations(P, Q, 0.5, law)[:, odd]).min() > 1e-4


def test_a_neuron_inside_row_M_is_refused():
    with pytest.raises(ValueError, match="q = 0; allowed: positive"):
        quadrature.correlations(P[:1], np.zeros(1), 0.0, quadrature.gaussian(8))
