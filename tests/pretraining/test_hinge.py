"""The lemma on the hinge: its pieces, its limits, and both sides of its bounds in samples."""

import numpy as np
import pytest
import torch
from scipy.special import ndtr
from tolerances import ALGEBRA, close

from mtlcore.pretraining import network
from mtlcore.pretraining.pseudo_contrastive import sampled
from mtlcore.pretraining.theory import hinge

RNG = np.random.default_rng(21)
EXACT = ALGEBRA[torch.float64]
W, A = 0.2 * RNG.standard_normal((4, 6)), RNG.standard_normal(4)


def output(x):
    """g(x) = a.relu(Wx)."""
    return np.maximum(x @ W.T, 0) @ A


def test_no_two_inputs_beat_the_slope_and_some_attain_it():
    x, y = RNG.standard_normal((2, 100_000, 6))
    slopes = abs(output(x) - output(y)) / np.linalg.norm(x - y, axis=1)
    assert slopes.max() < hinge.lipschitz(W, A)
    # positive rows, the head along their common direction, a step along it where all neurons are active
    rows = abs(W)
    left, _, right = np.linalg.svd(rows)
    head, step = abs(left[:, 0]), abs(right[0])
    rise = (np.maximum(rows @ (2 * step), 0) - np.maximum(rows @ step, 0)) @ head
    assert abs(rise - hinge.lipschitz(rows, head)) < EXACT


def test_the_room_is_what_the_mean_output_leaves():
    g = output(RNG.standard_normal((400_000, 6)))
    left = (1 - abs(g.mean())) / hinge.lipschitz(W, A)
    assert abs(hinge.room(W, A) - left) < 4.5 * g.std() / 400_000**0.5 / hinge.lipschitz(W, A)
    assert hinge.room(100 * abs(W), abs(A)) == 0


def test_one_neuron_has_the_bounds_of_a_half_gaussian():
    # g = a relu(w.x) exceeds 1 where w.x > 1 / a: everything is known in closed form
    slope = 0.3
    w, a = np.array([[1.0, 0.0]]), np.array([slope])
    t = 1 / slope
    density, tail = np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi), ndtr(-t)
    bound = hinge.correction(w, a)
    assert slope * density < bound.rows[0] and density < bound.head
    assert slope * density - tail < bound.loss
    # and they are no wild bounds: the exponents agree up to what the mean costs
    assert np.log(bound.rows[0] / (slope * density)) < t * np.sqrt(2 / np.pi) + 3


@pytest.mark.parametrize("slope", [0.25, 0.3, 0.5, 1.0, 3.0])
def test_what_the_hinge_changes_in_samples_is_below_its_bound(slope):
    assert sampled.over_its_bound(slope, sampled.inputs(100_000, 8, heavy=False), 6) < 1


def test_heavy_tails_break_the_bound():
    assert sampled.over_its_bound(0.2, sampled.inputs(100_000, 8, heavy=True), 6) > 10


def test_the_measured_change_is_the_difference_of_two_gradients_and_losses():
    x = RNG.standard_normal((500, 6))
    y = torch.from_numpy(np.sign(x[:, 0]))
    w, a = (torch.from_numpy(v).requires_grad_() for v in (3 * W, A))
    g = torch.relu(torch.from_numpy(x) @ w.T) @ a
    difference = (1 - y * g).clamp(min=0).mean() - (1 - y * g).mean()
    rows, head = torch.autograd.grad(difference, (w, a))
    found = sampled.hinge_correction(3 * W, A, x)
    assert close(found.rows, rows.norm(dim=1).detach(), EXACT)
    assert abs(found.head - head.norm().item()) < EXACT and abs(found.loss - difference.item()) < EXACT
    # the package's own hinge signal is the other side of the same difference
    active = network.HINGE.signal(
        network.outputs(torch.relu(torch.from_numpy(x) @ w.T)[None, None], a[None, None]), y[None, None]
    )
    assert (active == 0).any() and (active != 0).any()


def test_the_change_falls_faster_than_any_power_of_the_length():
    w = W / hinge.lipschitz(W, A)
    bounds = [hinge.correction(w * slope, A).rows.max() for slope in (0.2, 0.1, 0.05)]
    assert bounds[1] < bounds[0] / 2**20 and bounds[2] < bounds[1] / 2**80


def test_without_room_the_bounds_are_those_of_every_network():
    long = hinge.correction(100 * W, A)
    assert close(long.rows, abs(A) * np.sqrt(2 / np.pi), EXACT)
    assert long.head == pytest.approx(np.linalg.norm(100 * W) / 2**0.5) and long.loss == np.inf
    # E |u.x| = sqrt(2 / pi) and E |relu(Wx)|^2 = |W|_F^2 / 2
    h = np.maximum(RNG.standard_normal((400_000, 6)) @ W.T, 0)
    assert np.sqrt((h**2).sum(1).mean()) == pytest.approx(np.linalg.norm(W) / 2**0.5, rel=0.01)


def test_a_zero_network_is_refused():
    with pytest.raises(ValueError, match=r"\|a\| \|W\| = 0; allowed: a network that is not zero"):
        hinge.correction(W, 0 * A)
