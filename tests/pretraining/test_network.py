"""The closed-form gradients against finite differences of the true loss."""

from dataclasses import replace

import pytest
import torch
from tolerances import ALGEBRA, DIFFERENCES, close

from mtlcore.pretraining.network import HINGE, State, activations, first_layer_gradient, head_gradient, loss, outputs

TRIALS, T, N, D, NEURONS = 2, 3, 5, 4, 6
STEP = 1e-5
EXACT = ALGEBRA[torch.float64]


def example(heads=T, seed=0):
    """A network with biases, inputs and labels, whose hinges are partly active."""
    generator = torch.Generator().manual_seed(seed)

    def gaussian(*shape):
        return torch.randn(*shape, dtype=torch.float64, generator=generator)

    state = State(gaussian(TRIALS, NEURONS, D), gaussian(TRIALS, NEURONS), 0.5 * gaussian(TRIALS, heads, NEURONS))
    return state, gaussian(TRIALS, T * N, D), gaussian(TRIALS, T, N).sign()


def kinks(state, x, y):
    """Which relus and hinges are active: the linear piece of the loss."""
    h = activations(state.W, state.b, x)
    return torch.cat(((h > 0).flatten(), (HINGE.signal(outputs(h.unflatten(1, (T, N)), state.a), y) != 0).flatten()))


def differences(state, x, y, part, **penalties):
    """Central differences of the loss by one part of the state, trial by trial."""
    value = getattr(state, part)
    out = torch.zeros_like(value).flatten(1)
    for k in range(out.shape[1]):
        nudge = torch.zeros_like(out)
        nudge[:, k] = STEP
        ends = [replace(state, **{part: value + sign * nudge.view_as(value)}) for sign in (1, -1)]
        assert all(torch.equal(kinks(end, x, y), kinks(state, x, y)) for end in ends)
        up, down = (loss(end, x, y, **penalties) for end in ends)
        out[:, k] = (up - down) / (2 * STEP)
    return out.view_as(value)


@pytest.mark.parametrize("heads", [T, 1], ids=["a head for each task", "one shared head"])
def test_gradients_are_those_of_the_loss(heads):
    state, x, y = example(heads)
    active = (
        (HINGE.signal(outputs(activations(state.W, state.b, x).unflatten(1, (T, N)), state.a), y) != 0).double().mean()
    )
    assert 0.1 < active < 0.9
    # a head's own loss is T times its share of the mean over tasks; a shared head has the whole mean
    assert close(-head_gradient(state, x, y), heads * differences(state, x, y, "a"), DIFFERENCES[torch.float64])
    by_W, by_b = first_layer_gradient(state, x, y)
    assert close(-by_W, differences(state, x, y, "W"), DIFFERENCES[torch.float64])
    assert close(-by_b, differences(state, x, y, "b"), DIFFERENCES[torch.float64])


@pytest.mark.parametrize("heads", [T, 1], ids=["a head for each task", "one shared head"])
def test_weight_decay_adds_its_multiple_of_the_parameters(heads):
    state, x, y = example(heads)
    penalties = {"lam_w": 0.3, "lam_a": 0.7}
    by_W, by_b = first_layer_gradient(state, x, y)
    by_a = head_gradient(state, x, y)
    assert close(0.7 * state.a - by_a, heads * differences(state, x, y, "a", **penalties), DIFFERENCES[torch.float64])
    assert close(0.3 * state.W - by_W, differences(state, x, y, "W", **penalties), DIFFERENCES[torch.float64])
    assert close(-by_b, differences(state, x, y, "b", **penalties), DIFFERENCES[torch.float64])


def test_the_loss_is_the_mean_hinge_written_out():
    state, x, y = example()
    for trial in range(TRIALS):
        total = 0.0
        for i in range(T):
            for k in range(N):
                h = (state.W[trial] @ x[trial, i * N + k] + state.b[trial]).clamp(min=0)
                total += max(0.0, 1 - float(y[trial, i, k] * (state.a[trial, i] @ h))) / (T * N)
        penalty = 0.3 / 2 * state.W[trial].square().sum() + 0.7 / 2 * state.a[trial].square().sum() / T
        assert abs(loss(state, x, y)[trial] - total) < EXACT
        assert abs(loss(state, x, y, 0.3, 0.7)[trial] - total - penalty) < EXACT


def test_a_zero_head_has_loss_one_and_all_hinges_active():
    state, x, y = example()
    state = replace(state, a=torch.zeros_like(state.a))
    assert close(loss(state, x, y), torch.ones(TRIALS), EXACT)
    assert torch.equal(HINGE.signal(outputs(activations(state.W, state.b, x).unflatten(1, (T, N)), state.a), y), y)


def test_samples_beyond_the_margin_count_no_more():
    h = torch.ones(1, 1, 3, 1, dtype=torch.float64)
    a, y = torch.tensor([[[2.0]]]).double(), torch.tensor([[[1.0, -1.0, 1.0]]]).double()
    assert HINGE.signal(outputs(h, a), y).tolist() == [[[0.0, -1.0, 0.0]]]


def test_scaling_a_neuron_up_and_its_head_down_changes_no_output():
    state, x, y = example()
    c = torch.linspace(0.5, 2, NEURONS, dtype=torch.float64)
    scaled = State(state.W * c[:, None], state.b * c, state.a / c)
    assert close(loss(scaled, x, y), loss(state, x, y), EXACT)


def test_inactive_neurons_do_not_learn():
    state, x, y = example()
    state = replace(state, b=state.b - torch.tensor([100.0] + [0.0] * (NEURONS - 1)).double())
    by_W, by_b = first_layer_gradient(state, x, y)
    assert not by_W[:, 0].any() and not by_b[:, 0].any() and not head_gradient(state, x, y)[..., 0].any()
    assert by_W[:, 1:].any()
