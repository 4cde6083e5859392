"""Hidden subspaces and features."""

import numpy as np
import pytest
import torch
from tolerances import ALGEBRA, STANDARD_ERRORS, close

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features


def generator():
    """A fresh stream for subspaces."""
    return Draws(0, (0,)).generators("subspace")[0]


@pytest.mark.parametrize(("d", "r"), [(1, 1), (7, 3), (5, 5), (12, 12)])
def test_subspaces_have_orthonormal_rows(d, r):
    for M in (features.subspace(d, r, generator()), features.canonical_subspace(d, r)):
        assert M.shape == (r, d) and close(M @ M.T, torch.eye(r).double(), ALGEBRA[torch.float64])


def test_a_random_subspace_has_no_preferred_direction():
    stream = generator()
    projectors = torch.stack([(M := features.subspace(5, 2, stream)).T @ M for _ in range(4000)])
    error = projectors.std(0) / 4000**0.5
    assert ((projectors.mean(0) - 2 / 5 * torch.eye(5)).abs() < STANDARD_ERRORS * error).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("r", [1, 3])
def test_bit_j_of_an_orthant_is_the_sign_of_feature_j(r, dtype):
    M = features.subspace(6, r, generator())
    x = Draws(1, (0, 1)).normal("inputs", 50, 6).to(dtype)
    codes, z = features.orthant(x, M), x @ M.to(dtype).T
    for j in range(r):
        assert torch.equal((codes >> j) & 1, (z[..., j] > 0).long())
    assert codes.min() == 0 and codes.max() == 2**r - 1


def test_orthants_are_equally_likely():
    M = features.subspace(6, 3, generator())
    counts = np.bincount(features.orthant(Draws(1, (0,)).normal("inputs", 40_000, 6), M)[0], minlength=8)
    assert (abs(counts / 40_000 - 1 / 8) < STANDARD_ERRORS * (7 / 64 / 40_000) ** 0.5).all()


def test_labels_depend_on_the_columns_that_are_not_zero():
    x = Draws(1, (0, 1)).normal("inputs", 50, 6)
    for M, columns in ((features.canonical_subspace(6, 3), 3), (features.subspace(6, 3, generator()), 6)):
        assert features.narrow(M).shape == (3, columns)
        assert torch.equal(features.orthant(x, features.narrow(M)), features.orthant(x, M))
