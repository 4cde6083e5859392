"""How the head step turns the hinge loss into the pseudo-contrastive one."""

import pytest
import torch
from tolerances import ALGEBRA, STANDARD_ERRORS, close

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features, tasks, theory
from mtlcore.pretraining.algorithm import Hyper, Model, head_step, initial_state, representation_step
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.contrastive import pseudo_contrastive_loss, sampled_A, task_directions
from mtlcore.pretraining.labelling import labels
from mtlcore.pretraining.network import HINGE, activations, loss, outputs
from mtlcore.pretraining.pseudo_contrastive import identities, sampled

EXACT = ALGEBRA[torch.float64]
TRIALS, R = (0, 1, 2), 3
DRAWS = Draws(1, TRIALS, dtype=torch.float64)


@pytest.fixture
def steps():
    """A model with small reset heads, its start, and two independent labelled batches."""
    model = Model(
        T=5, n1=11, n2=13, d=7, m=4, reset=True,
        hyper=Hyper(eta=0.3, eta_b=0.0, lam_w=0.2, lam_a=0.5, nu_w=0.1, nu_a=5.0),
    )  # fmt: skip
    M = features.subspace(model.d, R, DRAWS.generators("subspace")[0])
    tables = torch.from_numpy(draw_tasks(tasks.uniform(R, empty=True), model.T, DRAWS)).double()
    batches = []
    for turn, n in enumerate((model.n1, model.n2)):
        x = DRAWS.normal("inputs", model.T * n, model.d, turn=turn)
        batches.append((x, labels(tables, features.orthant(x, M), n)))
    return model, initial_state(model, DRAWS), *batches


def all_active(state, x, y):
    """Whether every hinge is active."""
    h = activations(state.W, state.b, x).unflatten(1, y.shape[1:])
    return bool((HINGE.signal(outputs(h, state.a), y) == y).all())


def test_one_step_of_both_moves_each_neuron_by_A(steps):
    model, start, first, second = steps
    heads = head_step(start, *first, model)
    assert all_active(heads, *second)
    end = representation_step(heads, *second, model)
    h = model.hyper
    for j in range(model.m):
        w = start.W[:, j]
        A = sampled_A(task_directions(w, *first), task_directions(w, *second))
        expected = (1 - h.eta * h.lam_w) * w + h.eta**2 * (A @ w[..., None]).squeeze(-1)
        assert close(end.W[:, j], expected, EXACT)
    assert torch.equal(end.b, start.b) and torch.equal(end.a, heads.a)


def test_the_head_step_writes_the_mean_labelled_feature_into_the_head(steps):
    model, start, (x, y), _ = steps
    h = activations(start.W, start.b, x).unflatten(1, (model.T, model.n1))
    assert close(head_step(start, x, y, model).a, model.hyper.eta * (y[..., None] * h).mean(2), EXACT)


def test_the_loss_after_the_head_step_is_one_minus_the_agreement_of_the_batches(steps):
    model, start, first, second = steps
    heads = head_step(start, *first, model)
    means = [
        (y[..., None] * activations(start.W, start.b, x).unflatten(1, y.shape[1:])).mean(2) for x, y in (first, second)
    ]
    agreement = (means[0] * means[1]).sum(-1).mean(-1)
    assert close(loss(heads, *second), 1 - model.hyper.eta * agreement, EXACT)


def test_the_gradient_of_the_pseudo_contrastive_loss_is_minus_twice_A(steps):
    model, start, _, _ = steps
    n, trials = 20, len(TRIALS)
    M = features.canonical_subspace(model.d, R)
    x = DRAWS.normal("neuron", n, model.d)
    codes = features.orthant(x, M)
    tables = tasks.uniform(R).sample(model.T, DRAWS.generators("tasks")[0])
    beta = torch.from_numpy(tasks.beta(tables))[codes[:, :, None], codes[:, None]]
    W = start.W.clone().requires_grad_()
    pseudo_contrastive_loss(activations(W, start.b, x), beta).sum().backward()
    y = torch.from_numpy(tables).double()[:, codes].transpose(0, 1)
    for j in range(model.m):
        w = start.W[:, j]
        # every task sees the same inputs
        g = task_directions(w, x.repeat(1, model.T, 1), y.reshape(trials, model.T, n))
        assert close(W.grad[:, j], -2 * (sampled_A(g, g) @ w[..., None]).squeeze(-1), EXACT)


def test_the_pseudo_contrastive_loss_is_a_mean_over_pairs():
    h, beta = torch.rand(2, 3, 4).double(), torch.rand(2, 3, 3).double()
    pairs = [-(beta[:, k, l] * (h[:, k] * h[:, l]).sum(-1)) for k in range(3) for l in range(3)]  # noqa: E741
    assert close(pseudo_contrastive_loss(h, beta), sum(pairs) / 9, EXACT)


def test_directions_are_means_over_active_samples_by_loop():
    w, x = torch.randn(2, 3).double(), torch.randn(2, 8, 3).double()
    y = torch.randn(2, 2, 4).double().sign()
    g = task_directions(w, x, y)
    for k in range(2):
        for i in range(2):
            mine = x[k, 4 * i : 4 * (i + 1)]
            expected = sum(y[k, i, s] * mine[s] for s in range(4) if w[k] @ mine[s] > 0) / 4
            assert close(g[k, i], torch.as_tensor(expected).expand(3), EXACT)


@pytest.mark.parametrize("same_batch", [False, True], ids=["independent batches", "the same batch"])
def test_the_expected_A_is_the_exact_one_and_shifted_for_the_same_batch(same_batch):
    r, d, n, repetitions = 2, 3, 3, 40_000
    law = tasks.uniform(r, empty=True)
    T = 2**r
    M = features.subspace(d, r, DRAWS.generators("subspace")[0])
    w = torch.tensor([0.6, -0.8, 0.5], dtype=torch.float64)
    tables = torch.from_numpy(law.each_once()).double().expand(repetitions, -1, -1)
    directions = []
    for side in range(2):
        x = DRAWS.normal("inputs", repetitions, T * n, d, turn=side)[0]
        directions.append(task_directions(w.expand(repetitions, -1), x, labels(tables, features.orthant(x, M), n)))
    A = sampled_A(directions[0], directions[0 if same_batch else 1])
    expected = torch.from_numpy(theory.exact_A(w.numpy(), M.numpy(), law))
    if same_batch:
        expected = (1 - 1 / n) * expected + torch.eye(d) / (2 * n)
    assert ((A.mean(0) - expected).abs() < STANDARD_ERRORS * A.std(0) / repetitions**0.5).all()


def test_spurious_entries_of_A_have_variance_one_over_4_T_n1_n2():
    T, n1, n2, repetitions = 3, 4, 5, 20_000
    w = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)  # the single feature; the other two are spurious
    M = features.canonical_subspace(3, 1)
    tables = torch.tensor([[-1.0, 1.0]]).double().expand(repetitions, T, 2)
    sides = []
    for turn, n in enumerate((n1, n2)):
        x = DRAWS.normal("inputs", repetitions, T * n, 3, turn=turn)[1]
        sides.append(task_directions(w.expand(repetitions, -1), x, labels(tables, features.orthant(x, M), n)))
    spurious = sampled_A(*sides)[:, 1:, 1:].square()
    assert (
        (spurious.mean(0) * 4 * T * n1 * n2 - 1).abs()
        < STANDARD_ERRORS * spurious.std(0) / repetitions**0.5 * 4 * T * n1 * n2
    ).all()


@pytest.mark.parametrize("nu_w", [0.01, 0.4, 0.6])
def test_inactive_hinges_add_to_settled_heads_no_more_than_at_the_heads_of_the_formula(nu_w):
    model = Model(T=6, n1=100, n2=100, d=6, m=4, hyper=Hyper(nu_a=0.0, nu_w=nu_w))
    excess, most = identities.settled_heads(model, R)
    if nu_w == 0.01:
        assert abs(excess) < EXACT and abs(most) < EXACT
    else:
        assert 1e-5 < excess < most


def test_a_bias_costs_the_gradient_its_form_in_proportion():
    model = Model(T=6, n1=100, n2=100, d=6, m=4, hyper=Hyper(nu_a=0.0, nu_w=0.01))
    gaps = [identities.loss_gradient(model, R, bias) for bias in (0.0, 1e-3, 2e-3)]
    assert gaps[0] < EXACT and 1e-6 < gaps[1] and gaps[2] == pytest.approx(2 * gaps[1], rel=0.2)


@pytest.mark.parametrize("copies", [1, 2, 4])
def test_copies_of_tasks_leave_beta_as_far_off_as_fewer_tasks(copies):
    law = tasks.uniform(2, empty=True)
    found, expected = sampled.beta_distances(law, 16, 2000, copies), 4 * 3 * copies / 16
    assert abs(found.mean() - expected) < STANDARD_ERRORS * found.std() / 2000**0.5


@pytest.mark.parametrize("n", [2, 5])
def test_one_batch_shifts_the_mean_of_A_and_two_do_not(n):
    assert sampled.batch_off(n, 4, 20_000, batches=1) < STANDARD_ERRORS
    assert sampled.batch_off(n, 4, 20_000, batches=2) > 10 * STANDARD_ERRORS
