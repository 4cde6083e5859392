"""Principal angles and the errors made of them."""

import numpy as np
import pytest
import torch
from scipy.linalg import subspace_angles
from tolerances import ALGEBRA, STANDARD_ERRORS, close

from mtlcore.pretraining import features, metrics

EXACT = ALGEBRA[torch.float64]
GENERATOR = torch.Generator().manual_seed(0)


def gaussian(*shape):
    """Float64 standard normal numbers."""
    return torch.randn(*shape, dtype=torch.float64, generator=GENERATOR)


def orthogonal(d):
    """A random rotation or reflection."""
    return torch.linalg.qr(gaussian(d, d))[0]


def tilted(angles, d):
    """Orthonormal rows at the given principal angles to the first coordinates, in a random basis of those."""
    r = len(angles)
    angles = torch.as_tensor(angles, dtype=torch.float64)
    V = torch.zeros(r, d, dtype=torch.float64)
    V[:, :r], V[:, r : 2 * r] = angles.cos().diag(), angles.sin().diag()
    V[:, :r] = V[:, :r] @ orthogonal(r)
    return orthogonal(r) @ V


def mean_squared_sine(W, M):
    """The fraction of row(M) that W misses."""
    return metrics.principal_sines(metrics.top_subspace(W, len(M)), M).square().mean(-1)


@pytest.mark.parametrize("largest", [1.5, 0.3, 1e-3, 1e-6, 1e-9])
def test_known_angles_are_found_however_small(largest):
    angles = largest * torch.tensor([1.0, 0.5, 0.1], dtype=torch.float64)
    M = features.canonical_subspace(8, 3)
    V = tilted(angles, 8)
    assert close(metrics.principal_sines(V, M), angles.sin(), EXACT * 1e-3 + 1e-6 * largest)
    W = gaussian(10, 3) @ V
    assert abs(metrics.subspace_error(W, M) - np.sin(largest)) < 1e-5 * largest + 1e-14
    assert abs(mean_squared_sine(W, M) / angles.sin().square().mean() - 1) < 1e-5


@pytest.mark.parametrize("r", [1, 2, 4])
def test_sines_are_those_of_scipy(r):
    V, M = orthogonal(9)[:r], orthogonal(9)[:r]
    expected = np.sin(subspace_angles(V.T.numpy(), M.T.numpy()))
    assert close(metrics.principal_sines(V, M), expected, EXACT)


@pytest.mark.parametrize("m", [3, 5, 20])
def test_a_first_layer_inside_the_subspace_has_no_error(m):
    M = orthogonal(7)[:3]
    W = gaussian(m, 3) @ M
    assert metrics.subspace_error(W, M) < EXACT and mean_squared_sine(W, M) < EXACT
    p, q = metrics.split_norms(W, M)
    assert close(p, W.norm(dim=-1), EXACT) and q.max() < EXACT


def test_a_first_layer_outside_the_subspace_misses_all_of_it():
    Q = orthogonal(7)
    M, W = Q[:3], gaussian(5, 4) @ Q[3:]
    assert close(metrics.principal_sines(metrics.top_subspace(W, 3), M), torch.ones(3), EXACT)
    assert abs(mean_squared_sine(W, M) - 1) < EXACT
    p, q = metrics.split_norms(W, M)
    assert p.max() < EXACT and close(q, W.norm(dim=-1), EXACT)


def test_fewer_neurons_than_features_always_miss_one():
    M = orthogonal(7)[:3]
    W = gaussian(4, 2, 3) @ M
    assert metrics.top_subspace(W, 3).shape == (4, 2, 7)
    assert close(metrics.subspace_error(W, M), torch.ones(4), EXACT)
    assert close(mean_squared_sine(W, M), torch.full((4,), 1 / 3), 1e-7)


def test_only_the_leading_directions_count():
    M = orthogonal(7)[:2]
    outside = torch.linalg.svd(M, full_matrices=True).Vh[2:]
    W = torch.cat((3 * M, outside))
    assert metrics.subspace_error(W, M) < EXACT
    assert abs(metrics.subspace_error(torch.cat((M / 3, outside)), M) - 1) < EXACT


def test_a_rotation_of_everything_changes_no_error():
    W, M, Q = gaussian(6, 7), orthogonal(7)[:3], orthogonal(7)
    for metric in (metrics.subspace_error, mean_squared_sine):
        assert abs(metric(W @ Q, M @ Q) - metric(W, M)) < EXACT
    assert all(map(close, metrics.split_norms(W @ Q, M @ Q), metrics.split_norms(W, M), (EXACT, EXACT)))


def test_mixing_the_neurons_or_the_features_changes_no_error():
    # for a W of rank r the row space is all that counts
    W, M = gaussian(6, 3) @ gaussian(3, 7), orthogonal(7)[:3]
    for metric in (metrics.subspace_error, mean_squared_sine):
        assert abs(metric(gaussian(6, 6) @ W, M) - metric(W, M)) < 1e3 * EXACT
        assert abs(metric(W, orthogonal(3) @ M) - metric(W, M)) < EXACT
    W = gaussian(6, 7)
    assert abs(metrics.subspace_error(orthogonal(6) @ W, M) - metrics.subspace_error(W, M)) < EXACT


def test_the_scale_of_a_first_layer_does_not_matter():
    W, M = gaussian(6, 7), orthogonal(7)[:3]
    for scale in (1e-12, 1e12):
        assert abs(metrics.subspace_error(scale * W, M) - metrics.subspace_error(W, M)) < EXACT


def test_a_random_first_layer_misses_all_but_r_over_d():
    W, M = gaussian(4000, 6, 10), features.canonical_subspace(10, 3)
    missed = mean_squared_sine(W, M)
    assert abs(missed.mean() - (1 - 3 / 10)) < STANDARD_ERRORS * missed.std() / 4000**0.5


def test_a_first_layer_in_single_precision_is_judged_in_double():
    W, M = (gaussian(6, 2) @ orthogonal(7)[:2]).float(), features.canonical_subspace(7, 2)
    for metric in (metrics.subspace_error, mean_squared_sine):
        assert metric(W, M) == metric(W.double(), M)
    for single, double in zip(metrics.split_norms(W, M), metrics.split_norms(W.double(), M), strict=True):
        assert torch.equal(single, double)


def test_batches_are_treated_one_by_one():
    W, M = gaussian(2, 3, 6, 7), orthogonal(7)[:3]
    errors = metrics.subspace_error(W, M)
    assert errors.shape == (2, 3)
    assert all(abs(errors[i, j] - metrics.subspace_error(W[i, j], M)) < EXACT for i in range(2) for j in range(3))


def test_inside_and_outside_lengths_are_those_of_the_coordinates():
    W = gaussian(4, 6, 7)
    p, q = metrics.split_norms(W, features.canonical_subspace(7, 2))
    assert close(p, W[..., :2].norm(dim=-1), EXACT) and close(q, W[..., 2:].norm(dim=-1), EXACT)


def test_energy_of_a_block_is_its_share_of_the_squares():
    A = torch.arange(1.0, 10.0).reshape(1, 3, 3)
    assert abs(metrics.block_energy(A, 2).item() - (1 + 4 + 16 + 25) / 285) < EXACT
    assert metrics.block_energy(torch.eye(4)[None], 4).item() == 1
