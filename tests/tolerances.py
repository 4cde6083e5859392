"""How closely numbers must agree, each with its reason."""

import numpy as np
import torch

#: The same few sums in another order: some hundred roundings of numbers of order one.
ALGEBRA = {torch.float32: 1e-4, torch.float64: 1e-12}

#: Tens of iterations by two programs that sum in another order; a rounding grows a little with each.
TRAJECTORY = {torch.float64: 1e-10}

#: Central differences with step 1e-5 of a loss that is linear between its kinks: rounding over the step, 1e-11.
DIFFERENCES = {torch.float64: 1e-8}

#: A mean subspace error after 200 float32 iterations. A trial's is mostly 1e-7 off, 2e-3 where a rounding took a sample
#: over a kink and the gap of the singular values is small.
SINGLE_PRECISION_RUN = 1e-3

#: One-dimensional integrals in log t reach rounding; this leaves room for r = 12 and for badly scaled neurons.
QUADRATURE = 1e-10

#: A closed form against such an integral.
CLOSED_FORM = 1e-10

#: Against product Gauss-Legendre rules, whose own error is 1e-9.
FULL_PRECISION = 1e-8

#: Fourth-order differences with step 1e-4: rounding over the step, 1e-11, and the step's fourth power.
FINE_DIFFERENCES = 1e-8

#: Two float64 programs that share no code: other sums over six iterations, or a tensor rule in up to three dimensions
#: for a neuron whose part outside is at least half of a feature's weight; both reach 1e-13.
INDEPENDENT = 1e-10

#: A Monte Carlo mean may be this many standard errors off: once in 150 000 numbers, and the seeds are fixed.
STANDARD_ERRORS = 4.5

#: Two samples of some hundred seeds from one law: a smaller p comes once in a thousand.
SAME_LAW = 1e-3


def close(got, expected, tolerance) -> bool:
    """Whether two tensors or arrays of one shape differ nowhere by more than the tolerance."""
    got, expected = (x if torch.is_tensor(x) else torch.from_numpy(np.asarray(x)) for x in (got, expected))
    assert got.shape == expected.shape, (got.shape, expected.shape)
    return bool((got - expected).abs().max() <= tolerance)
