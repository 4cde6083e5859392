"""Streams, inputs and hidden features."""

import itertools

import numpy as np
import pytest
import torch
from tolerances import ALGEBRA, STANDARD_ERRORS, close

from mtlcore.lab import draws
from mtlcore.pretraining import features


def streams(*trials, seed=1, purpose="data"):
    """Fresh streams of some trials."""
    return [draws.stream(seed, purpose, trial) for trial in trials]


@pytest.fixture
def threads():
    """Set the number of torch threads for one test."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def test_seed_purpose_and_trial_each_change_the_numbers():
    owners = itertools.product((0, 1), draws.PURPOSES, (0, 1))
    first = [draws.stream(*owner).integers(2**63) for owner in owners]
    assert len(set(first)) == len(first)


def test_a_stream_starts_anew_each_time():
    assert torch.equal(draws.normal(streams(0, 3), 4), draws.normal(streams(0, 3), 4))


def test_draws_do_not_depend_on_the_number_of_threads(threads):
    drawn = []
    for count in (1, 2, 3):
        threads(count)
        generators = streams(*range(5))
        drawn.append((draws.normal(generators, 3, 7), draws.normal(generators, 2)))
    for more in drawn[1:]:
        assert all(torch.equal(*pair) for pair in zip(drawn[0], more, strict=True))


def test_a_trial_draws_the_same_in_any_company():
    assert torch.equal(draws.normal(streams(0, 1, 2), 5)[2], draws.normal(streams(2), 5)[0])


def test_the_first_rows_of_a_large_draw_are_a_small_draw():
    assert torch.equal(draws.normal(streams(0, 1), 9, 4)[:, :3], draws.normal(streams(0, 1), 3, 4))


def test_drawing_in_parts_changes_no_number(monkeypatch):
    whole = draws.normal(streams(0, 1), 5, 9)
    monkeypatch.setattr(draws, "CHUNK", 8)
    assert torch.equal(draws.normal(streams(0, 1), 5, 9), whole)


def test_no_random_bits_are_lost_between_parts(monkeypatch):
    whole = draws.normal(streams(0), 2 * draws.CHUNK + 8)
    monkeypatch.setattr(draws, "CHUNK", whole.numel())
    assert torch.equal(draws.normal(streams(0), whole.numel()), whole)


def test_the_first_numbers_are_the_ones_of_every_machine():
    drawn = draws.normal([draws.stream(2024, "data", 0)], 4)[0].tolist()
    assert drawn == pytest.approx([-1.3557277, 0.8552551, 0.6718756, -0.0162753], abs=1e-6)


def test_the_table_of_inputs_is_gaussian():
    values = draws.gaussian_table().double()
    assert (values.diff() > 0).all() and (values != 0).all()
    assert torch.equal(values, -values.flip(0))
    assert abs(values.square().mean() - 1) < 1e-6
    assert f"{values.pow(4).mean():.4f}" == "2.9998" and f"{values.max():.2f}" == "4.39"
    # each value lies in its own quantile bin, up to the scaling to variance 1
    quantile = torch.special.ndtr(values) * 2**16
    assert ((quantile - torch.arange(2**16)) > -0.01).all() and ((quantile - torch.arange(2**16)) < 1.01).all()


def test_all_levels_of_the_table_are_drawn():
    x = draws.normal(streams(*range(4)), 2**19)
    counts = torch.bincount(torch.searchsorted(draws.gaussian_table(), x.flatten()), minlength=2**16).double()
    # the sum of squares of 2^16 - 1 independent deviations
    chi2 = ((counts - 32) ** 2 / 32).sum()
    assert abs(chi2 - (2**16 - 1)) < STANDARD_ERRORS * (2 * (2**16 - 1)) ** 0.5


def test_inputs_are_standard_normal():
    x = draws.normal(streams(*range(4)), 50_000).double()
    n = x.numel()
    neighbours = (x[:, 1:] * x[:, :-1]).mean()  # four values come from one random word
    assert abs(neighbours) < STANDARD_ERRORS / n**0.5
    assert abs(x.mean()) < STANDARD_ERRORS / n**0.5
    assert abs(x.square().mean() - 1) < STANDARD_ERRORS * (2 / n) ** 0.5
    assert abs(x.pow(4).mean() - 3) < STANDARD_ERRORS * (96 / n) ** 0.5


@pytest.mark.parametrize(("d", "r"), [(1, 1), (7, 3), (5, 5), (12, 12)])
def test_subspaces_have_orthonormal_rows(d, r):
    for M in (features.subspace(d, r, draws.stream(0, "subspace", 0)), features.canonical_subspace(d, r)):
        assert M.shape == (r, d) and close(M @ M.T, torch.eye(r).double(), ALGEBRA[torch.float64])


def test_a_random_subspace_has_no_preferred_direction():
    generator = draws.stream(0, "subspace", 0)
    projectors = torch.stack([(M := features.subspace(5, 2, generator)).T @ M for _ in range(4000)])
    error = projectors.std(0) / 4000**0.5
    assert ((projectors.mean(0) - 2 / 5 * torch.eye(5)).abs() < STANDARD_ERRORS * error).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("r", [1, 3])
def test_bit_j_of_an_orthant_is_the_sign_of_feature_j(r, dtype):
    M = features.subspace(6, r, draws.stream(0, "subspace", 0))
    x = draws.normal(streams(0, 1), 50, 6).to(dtype)
    codes, z = features.orthant(x, M), x @ M.to(dtype).T
    for j in range(r):
        assert torch.equal((codes >> j) & 1, (z[..., j] > 0).long())
    assert codes.min() == 0 and codes.max() == 2**r - 1


def test_orthants_are_equally_likely():
    M = features.subspace(6, 3, draws.stream(0, "subspace", 0))
    counts = np.bincount(features.orthant(draws.normal(streams(0), 40_000, 6), M)[0], minlength=8)
    assert (abs(counts / 40_000 - 1 / 8) < STANDARD_ERRORS * (7 / 64 / 40_000) ** 0.5).all()
