"""The linear probe."""

import numpy as np
import pytest
import torch
from tolerances import ALGEBRA, STANDARD_ERRORS, close

from mtlcore import data, tasks
from mtlcore.probe import downstream_neurons, linear_probe, train_heads

EXACT = ALGEBRA[torch.float64]
TRIALS = (0, 2)


def gaussian(*shape, seed=0):
    """Float64 standard normal numbers."""
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def parities(r):
    """All non-empty parities as a tensor."""
    return torch.from_numpy(tasks.parity_tables(r)[1:])


@pytest.mark.parametrize("m_hat", [1, 3, 4, 11])
def test_downstream_neurons_are_the_learned_rows_in_turn(m_hat):
    W = gaussian(2, 4, 5)
    V = downstream_neurons(W, m_hat)
    assert V.shape == (2, m_hat, 5)
    for trial in range(2):
        scale = W[trial].square().sum().div(4).sqrt()
        for k in range(m_hat):
            assert close(V[trial, k], W[trial, k % 4] / scale, EXACT)


def test_downstream_neurons_have_mean_square_length_one_at_any_scale():
    W = gaussian(2, 4, 5) * torch.tensor([1e-8, 1e5])[:, None, None]
    assert close(downstream_neurons(W, 8).square().sum(-1).mean(-1), torch.ones(2), EXACT)
    assert close(downstream_neurons(W, 8), downstream_neurons(3.0 * W, 8), EXACT)


def test_heads_are_trained_as_by_autograd():
    trials, count, N, m, eta, lam = 2, 3, 20, 6, 0.1, 0.01
    h, y = gaussian(trials, N, m).relu(), gaussian(trials, count, N, seed=1).sign()
    got = train_heads(h, y, 100, eta, lam)
    saturated = []
    for trial in range(trials):
        for task in range(count):
            a = torch.zeros(m, dtype=torch.float64, requires_grad=True)
            for _ in range(100):
                margin = y[trial, task] * (h[trial] @ a)
                (gradient,) = torch.autograd.grad((1 - margin).relu().mean() + lam / 2 * a.square().sum(), a)
                a.data -= eta * gradient
            saturated.append((margin > 1).double().mean())
            assert close(got[trial, task], a.detach(), EXACT)
    assert 0 < np.mean(saturated) < 1


def test_no_steps_leave_the_zero_head():
    assert not train_heads(gaussian(1, 4, 2), gaussian(1, 3, 4).sign(), 0).any()


def test_a_feature_and_its_opposite_read_off_their_sign():
    # relu(z) and relu(-z): any two heads of the right signs are right everywhere
    M = data.canonical_subspace(3, 1)
    both = torch.cat((M, -M)).expand(2, 2, 3)
    accuracy, hinge = linear_probe(both, M, parities(1), (200,), 2, 0, TRIALS, bias=0.0, steps=300)
    assert (accuracy == 1).all() and hinge.max() < 0.5


def test_features_inside_row_M_beat_random_ones_and_do_not_depend_on_d():
    r, m, scores = 2, 32, {}
    for d in (16, 64):
        M = data.canonical_subspace(d, r)
        inside = torch.nn.functional.pad(gaussian(2, m, r), (0, d - r))
        for name, W in (("inside", inside), ("random", gaussian(2, m, d))):
            scores[name, d] = linear_probe(W, M, parities(r), (256,), m, 0, TRIALS)[0].mean((0, 1))
    pair = 2  # the parity of both features, which no linear function of the input fits
    assert min(scores["inside", d][pair] for d in (16, 64)) > 0.8
    assert max(scores["random", d][pair] for d in (16, 64)) < 0.65
    assert (scores["inside", 16] - scores["inside", 64]).abs().max() < 0.1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_scores_are_shares_and_losses_by_trial_size_and_task(dtype):
    M = data.canonical_subspace(5, 2)
    accuracy, hinge = linear_probe(gaussian(2, 4, 5).to(dtype), M, parities(2), (1, 7), 6, 0, TRIALS, steps=50)
    assert accuracy.shape == hinge.shape == (2, 2, 3)
    assert (accuracy >= 0).all() and (accuracy <= 1).all() and (hinge >= 0).all()


def test_a_smaller_training_set_is_the_first_rows_of_a_larger_one():
    M, W = data.canonical_subspace(5, 2), gaussian(2, 4, 5)
    together = linear_probe(W, M, parities(2), (8, 64), 6, 0, TRIALS, steps=100)
    alone = linear_probe(W, M, parities(2), (8,), 6, 0, TRIALS, steps=100)
    assert all(close(one[:, :1], other, EXACT) for one, other in zip(together, alone, strict=True))


def test_a_trial_is_probed_the_same_in_any_company():
    M, W = data.canonical_subspace(5, 2), gaussian(2, 4, 5)
    together = linear_probe(W, M, parities(2), (8,), 6, 0, TRIALS, steps=100)
    alone = linear_probe(W[1:], M, parities(2), (8,), 6, 0, TRIALS[1:], steps=100)
    assert all(close(one[1:], other, EXACT) for one, other in zip(together, alone, strict=True))


def test_labels_without_signal_are_not_predicted():
    # a task that is the parity of hidden features which the inputs of the probe's neurons do not touch
    M = data.canonical_subspace(6, 2)
    blind = torch.nn.functional.pad(gaussian(2, 8, 4), (2, 0))
    test_samples = 4096
    accuracy, _ = linear_probe(blind, M, parities(2), (64,), 8, 0, TRIALS, steps=100, test_samples=test_samples)
    assert ((accuracy - 0.5).abs() < STANDARD_ERRORS / 2 / test_samples**0.5).all()


def test_repeated_rows_differ_by_their_biases_only():
    M, W = data.canonical_subspace(5, 2), gaussian(2, 1, 5)

    def hinge(m_hat, bias):
        return linear_probe(W, M, parities(2), (64,), m_hat, 0, TRIALS, bias=bias, steps=50)[1]

    # without biases five copies of a neuron are one neuron with five times the step and a fifth of the decay
    h = data.normal([data.stream(0, "data", 0)], 64, 1).double().relu()
    y = gaussian(1, 1, 64).sign()
    five = train_heads(h.expand(-1, -1, 5), y, 50, 0.1, 0.0).sum(-1)
    assert close(five, train_heads(h, y, 50, 0.5, 0.0)[..., 0], EXACT)
    assert not torch.equal(hinge(5, 0.0), hinge(5, 0.5)) and not torch.equal(hinge(5, 0.5), hinge(5, 2.0))
