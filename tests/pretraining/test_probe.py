"""The linear probe."""

import pytest
import torch
from plain import label
from tolerances import ALGEBRA, STANDARD_ERRORS, close

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features, tasks
from mtlcore.pretraining.probe import Probe, downstream_neurons, linear_probe, train_heads

EXACT = ALGEBRA[torch.float64]
TRIALS = (0, 2)
DRAWS = Draws(0, TRIALS)


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


def plain_head(h, y, steps, eta=0.1, lam=0.01):
    """One head by autograd."""
    a = torch.zeros(h.shape[1], dtype=torch.float64, requires_grad=True)
    for _ in range(steps):
        (gradient,) = torch.autograd.grad((1 - y * (h @ a)).relu().mean() + lam / 2 * a.square().sum(), a)
        a.data -= eta * gradient
    return a.detach()


def test_heads_are_trained_as_by_autograd():
    h, y = gaussian(2, 20, 6).relu(), gaussian(2, 3, 20, seed=1).sign()
    got = train_heads(h, y, 100, 0.2, 0.03)
    margins = y * (got @ h.mT)
    assert (margins > 1).any() and (margins < 1).any()
    for trial in range(2):
        for task in range(3):
            assert close(got[trial, task], plain_head(h[trial], y[trial, task], 100, 0.2, 0.03), EXACT)


def test_scores_are_those_of_plain_heads_on_fresh_samples():
    d, m_hat, N, fresh, bias = 5, 6, 30, 500, 0.7
    M, W = features.subspace(d, 2, DRAWS.generators("subspace")[0]), gaussian(2, 4, d)
    accuracy, hinge = linear_probe(W, M, parities(2), (N,), Probe(m_hat, bias, 100, fresh), DRAWS)
    for k, trial in enumerate(TRIALS):
        own = Draws(0, (trial,), dtype=torch.float64)
        V = W[k, torch.arange(m_hat) % 4] / W[k].square().sum(-1).mean().sqrt()
        b = bias * own.normal("downstream biases", m_hat)[0]
        (h_test, y_test), (h, y) = (
            ((x @ V.T + b).relu(), torch.stack([label(x, M, S) for S in ((0,), (1,), (0, 1))]))
            for x in (own.normal("test inputs", fresh, d)[0], own.normal("downstream inputs", N, d)[0])
        )
        for task in range(3):
            margin = y_test[task] * (h_test @ plain_head(h, y[task], 100))
            assert abs(accuracy[k, 0, task] - (margin > 0).double().mean()) < EXACT
            assert abs(hinge[k, 0, task] - (1 - margin).relu().mean()) < EXACT


def test_no_steps_leave_the_zero_head():
    assert not train_heads(gaussian(1, 4, 2), gaussian(1, 3, 4).sign(), 0).any()


def test_a_feature_and_its_opposite_read_off_their_sign():
    # relu(z) and relu(-z): any two heads of the right signs are right everywhere
    M = features.canonical_subspace(3, 1)
    both = torch.cat((M, -M)).expand(2, 2, 3)
    accuracy, hinge = linear_probe(both, M, parities(1), (200,), Probe(2, 0.0, 300), DRAWS)
    assert (accuracy == 1).all() and hinge.max() < 0.5


def test_features_inside_row_M_beat_random_ones_and_do_not_depend_on_d():
    r, m, scores = 2, 32, {}
    for d in (16, 64):
        M = features.canonical_subspace(d, r)
        inside = torch.nn.functional.pad(gaussian(2, m, r), (0, d - r))
        for name, W in (("inside", inside), ("random", gaussian(2, m, d))):
            scores[name, d] = linear_probe(W, M, parities(r), (256,), Probe(m), DRAWS)[0].mean((0, 1))
    pair = 2  # the parity of both features, which no linear function of the input fits
    assert min(scores["inside", d][pair] for d in (16, 64)) > 0.8
    assert max(scores["random", d][pair] for d in (16, 64)) < 0.65
    assert (scores["inside", 16] - scores["inside", 64]).abs().max() < 0.1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_scores_are_shares_and_losses_by_trial_size_and_task(dtype):
    M = features.canonical_subspace(5, 2)
    accuracy, hinge = linear_probe(gaussian(2, 4, 5).to(dtype), M, parities(2), (1, 7), Probe(6, steps=50), DRAWS)
    assert accuracy.shape == hinge.shape == (2, 2, 3)
    assert (accuracy >= 0).all() and (accuracy <= 1).all() and (hinge >= 0).all()


def test_a_smaller_training_set_is_the_first_rows_of_a_larger_one():
    M, W = features.canonical_subspace(5, 2), gaussian(2, 4, 5)
    together = linear_probe(W, M, parities(2), (8, 64), Probe(6, steps=100), DRAWS)
    alone = linear_probe(W, M, parities(2), (8,), Probe(6, steps=100), DRAWS)
    assert all(close(one[:, :1], other, EXACT) for one, other in zip(together, alone, strict=True))


def test_a_trial_is_probed_the_same_in_any_company():
    M, W = features.canonical_subspace(5, 2), gaussian(2, 4, 5)
    together = linear_probe(W, M, parities(2), (8,), Probe(6, steps=100), DRAWS)
    alone = linear_probe(W[1:], M, parities(2), (8,), Probe(6, steps=100), Draws(0, TRIALS[1:]))
    assert all(close(one[1:], other, EXACT) for one, other in zip(together, alone, strict=True))


def test_labels_without_signal_are_not_predicted():
    # a task that is the parity of hidden features which the inputs of the probe's neurons do not touch
    M = features.canonical_subspace(6, 2)
    blind = torch.nn.functional.pad(gaussian(2, 8, 4), (2, 0))
    probe = Probe(8, steps=100)
    accuracy, _ = linear_probe(blind, M, parities(2), (64,), probe, DRAWS)
    assert ((accuracy - 0.5).abs() < STANDARD_ERRORS / 2 / probe.test_samples**0.5).all()
