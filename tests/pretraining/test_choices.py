"""What a researcher hands in, in all combinations, against the plain version with autograd and torch's optimisers."""

import itertools
from dataclasses import replace
from functools import partial

import numpy as np
import plain
import pytest
import torch
from tolerances import TRAJECTORY, close

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features, labelling, network, rules
from mtlcore.pretraining.algorithm import Hyper, Model, pretrain, representation_step, unchanged
from mtlcore.pretraining.training import closeness, curves

EXACT = TRAJECTORY[torch.float64]
STEPS, DRAWS = 4, Draws(5, (2,), dtype=torch.float64)
HYPER = Hyper(eta=0.05, eta_b=0.02, lam_w=0.03, lam_a=0.2, nu_w=0.6, nu_a=1.0)
BASE = Model(T=3, n1=6, n2=6, d=5, m=4, hyper=HYPER)
M = features.canonical_subspace(5, 2)
TANH = network.Activation(torch.tanh, lambda signal, z: signal * (1 - torch.tanh(z) ** 2))
ACTIVATIONS = {"relu": network.RELU, "gelu": network.GELU, "tanh": TANH}
LOSSES = {"hinge": network.HINGE, "logistic": network.LOGISTIC, "squared": network.SQUARED}
RULES = {"plain": rules.plain, "momentum": rules.momentum(), "adam": rules.adam()}
REUSE = [
    {"heads": heads, "reset": reset, "same_batch": same_batch, "fixed_samples": fixed}
    for heads, reset, same_batch, fixed in itertools.product(("task", "shared"), *[(False, True)] * 3)
]


def one_by_one(i, x):
    """Labels of task i: parities for two of them, a real number for the third."""
    return x[..., 0] + x[..., 1] ** 2 if i == 2 else x[..., : i + 1].sign().prod(-1)


def label(x, codes, turn):
    """The same for the engine: all tasks at once."""
    return torch.stack([one_by_one(i, part) for i, part in enumerate(x.unflatten(1, (3, -1)).unbind(1))], 1)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_combination_follows_the_plain_version(activation, loss, rule):
    handed = {"activation": ACTIVATIONS[activation], "loss": LOSSES[loss], "rule": RULES[rule]}
    choices = plain.Choices(plain.ACTIVATIONS[activation], plain.LOSSES[loss], plain.OPTIMISERS[rule])
    models = {k: replace(BASE, **reuse, **handed) for k, reuse in enumerate(REUSE)}
    (_, start), *_, (_, end) = pretrain(models, dict.fromkeys(models, label), M, DRAWS, STEPS)
    for k, model in models.items():
        net = plain.TwoLayer(start[k].W[0], start[k].b[0], start[k].a[0], choices.activation)
        tasks = [lambda x, i=i: one_by_one(i, x) for i in range(3)]
        assert len(list(plain.train(model, net, tasks, Draws(5, (2,)), STEPS, choices))) == STEPS
        for part in ("W", "b", "a"):
            assert close(getattr(end[k], part)[0], getattr(net, part).detach(), EXACT), (REUSE[k], part)


@pytest.mark.parametrize("rule", RULES)
def test_decays_of_each_trial_are_those_of_a_run_of_its_own(rule):
    lam_w, lam_a = torch.tensor([[0.03, 0.5], [0.2, 0.0]], dtype=torch.float64)[..., None, None]
    model = replace(BASE, hyper=replace(HYPER, lam_w=lam_w, lam_a=lam_a), rule=RULES[rule])
    *_, (_, together) = pretrain({0: model}, {0: label}, M, replace(DRAWS, trials=(2, 2)), STEPS)
    for k in range(2):
        alone = replace(model, hyper=replace(HYPER, lam_w=float(lam_w[k]), lam_a=float(lam_a[k])))
        *_, (_, state) = pretrain({0: alone}, {0: label}, M, DRAWS, STEPS)
        for part in ("W", "b", "a"):
            assert close(getattr(together[0], part)[k], getattr(state[0], part)[0], EXACT), part
    assert not close(together[0].W[0], together[0].W[1], EXACT)


@pytest.mark.parametrize("of", [*ACTIVATIONS.values(), *LOSSES.values()])
def test_each_derivative_is_that_of_its_function(of):
    z, y = torch.linspace(-2.9, 3.1, 50, dtype=torch.float64), torch.tensor([-1.0, 1.0] * 25).double()
    at = z.clone().requires_grad_()
    if isinstance(of, network.Loss):
        (by_autograd,) = torch.autograd.grad(of.value(at, y).sum(), at)
        assert close(-of.signal(z, y), by_autograd, EXACT)
    else:
        (by_autograd,) = torch.autograd.grad((y * of.value(at * 1)).sum(), at)
        assert close(of.back(y, z), by_autograd, EXACT)


def test_labels_turn_with_their_probability_each_half_step_anew():
    draws, codes = Draws(0, (0, 1)), torch.zeros(2, 4000, dtype=torch.int64)
    ones = labelling.by_table(np.ones((2, 4, 1), np.float32))
    x = torch.zeros(2, 4000, 3)
    few, many, later = (
        labelling.flipped(ones, rho, draws)(x, codes, turn) for rho, turn in ((0.1, 2), (0.3, 2), (0.3, 3))
    )
    assert abs(float((few < 0).double().mean()) - 0.1) < 0.02 and abs(float((many < 0).double().mean()) - 0.3) < 0.03
    assert (many[few < 0] < 0).all() and not torch.equal(many, later)


def test_noise_belongs_to_its_sample_where_samples_are_reused():
    seen = {}

    def remember(x, codes, turn):
        seen.setdefault(turn, []).append(x[0, 0, 0].item())
        return label(x, codes, turn)

    def turns(**reuse):
        seen.clear()
        list(pretrain({0: replace(BASE, **reuse)}, {0: remember}, M, DRAWS, 2))
        return {turn: len(xs) for turn, xs in seen.items() if len(set(xs)) == 1}

    assert turns() == {2: 1, 3: 1, 4: 1, 5: 1}
    assert turns(same_batch=True) == {2: 2, 4: 2}
    assert turns(fixed_samples=True) == {2: 2, 3: 2}
    assert turns(fixed_samples=True, same_batch=True) == {2: 4}


def test_each_model_has_its_own_inputs_made_of_the_same_numbers():
    seen = {name: [] for name in ("plain", "long")}

    def watch(name):
        return lambda x, codes, turn: seen[name].append((x, codes)) or label(x, codes, turn)

    models = {"plain": BASE, "long": replace(BASE, inputs=lambda x: -2 * x)}
    run = pretrain(models, {name: watch(name) for name in models}, M, DRAWS, 1)
    assert len(list(run)) == 2
    for (x, codes), (other, turned) in zip(*seen.values(), strict=True):
        assert torch.equal(-2 * x, other) and torch.equal(3 - codes, turned)


def test_a_half_step_can_be_left_out():
    models = {"no heads": replace(BASE, half_steps=(unchanged, representation_step))}
    models["nothing"] = replace(BASE, half_steps=(unchanged, unchanged))
    (_, start), (_, end) = pretrain(models, dict.fromkeys(models, label), M, DRAWS, 1)
    assert torch.equal(start["no heads"].a, end["no heads"].a) and not torch.equal(
        start["no heads"].W, end["no heads"].W
    )
    assert all(torch.equal(getattr(start["nothing"], part), getattr(end["nothing"], part)) for part in ("W", "b", "a"))


def test_an_own_measure_is_called_at_each_recorded_step():
    def measure(state):
        return closeness(state, M).assign(W=(("trial", "neuron", "dim"), state.W.numpy()))

    kept = curves(pretrain({"it": BASE}, {"it": label}, M, DRAWS, 3, 2), measure)["it"]
    assert kept.W.dims == ("trial", "iteration", "neuron", "dim") and kept.iteration.values.tolist() == [0, 2, 3]
    for iteration, states in pretrain({"it": BASE}, {"it": label}, M, DRAWS, 3, 2):
        assert np.array_equal(kept.W.sel(iteration=iteration), states["it"].W.numpy())
    (without,) = curves(pretrain({"it": BASE}, {"it": label}, M, DRAWS, 3, 2), partial(closeness, M=M)).values()
    assert without.equals(kept.drop_vars("W")) and list(without) == ["error", "missed", "row_norm", "energy"]


@pytest.mark.parametrize("eta, loss", [(1000.0, network.HINGE), (30.0, network.SQUARED)])
def test_a_training_that_diverges_says_when_and_with_which_step(eta, loss):
    models = {("stated", 3): replace(BASE, loss=loss, hyper=replace(HYPER, eta=eta)), "tame": BASE}
    run = pretrain(models, dict.fromkeys(models, label), M, DRAWS, 200, 10)
    with pytest.raises(
        ValueError, match=rf"diverged by iteration \d+0 with eta = {eta} \(model \('stated', 3\), T = 3\)"
    ):
        list(run)
