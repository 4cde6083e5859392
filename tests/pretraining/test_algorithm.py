"""The algorithm against the plain version of it, and what must not change its path."""

import itertools
from dataclasses import replace
from functools import partial

import numpy as np
import plain
import pytest
import torch
from tolerances import ALGEBRA, SINGLE_PRECISION_RUN, TRAJECTORY, close

from mtlcore.lab import progress
from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features, metrics, tasks
from mtlcore.pretraining.algorithm import (
    ROBUST,
    STATED,
    Hyper,
    Model,
    initial_state,
    iterate,
    pretrain,
)
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.features import batches
from mtlcore.pretraining.labelling import by_table, labels
from mtlcore.pretraining.network import State

SEED, TRIALS, STEPS = 3, (0, 4), 30
DRAWS = Draws(SEED, TRIALS)
DOUBLE = Draws(SEED, TRIALS, dtype=torch.float64)
R = 3
SUBSETS = [(0,), (1, 2), (), (0, 1, 2)]
#: Scales at which some hinges are active and some are not.
WIDE = Hyper(eta=0.1, eta_b=0.05, lam_w=0.03, lam_a=0.2, nu_w=0.6, nu_a=1.0)
BASE = Model(T=4, n1=5, n2=7, d=6, m=5, hyper=WIDE)
VARIANTS = {
    "a head for each task": BASE,
    "one shared head": replace(BASE, heads="shared"),
    "one task": replace(BASE, T=1, n1=20, n2=23),
    "one task, one shared head": replace(BASE, T=1, n1=20, n2=23, heads="shared"),
    "reset heads": replace(BASE, reset=True, hyper=replace(WIDE, eta=0.6, lam_a=1.0)),
    "the same batch in both steps": replace(BASE, n1=6, n2=6, same_batch=True),
    "fixed samples": replace(BASE, fixed_samples=True),
    "fixed samples, the same batch": replace(BASE, n1=6, n2=6, fixed_samples=True, same_batch=True),
    "frozen biases": replace(BASE, hyper=replace(WIDE, eta_b=0.0)),
    "no weight decay": replace(BASE, hyper=replace(WIDE, lam_w=0.0, lam_a=0.0)),
    "more samples for heads": replace(BASE, n1=9, n2=4),
}
SIZES = {
    "one feature": (replace(BASE, T=2), 1),
    "one neuron": (replace(BASE, m=1), R),
    "one sample": (replace(BASE, n1=1, n2=1), R),
    "no spurious direction": (replace(BASE, d=R), R),
    "one of everything": (Model(T=1, n1=1, n2=1, d=1, m=1, hyper=WIDE), 1),
}


def subsets_of(T, r):
    """The first T tasks, restricted to the first r features."""
    return [tuple(j for j in S if j < r) for S in SUBSETS[:T]]


def tables_of(subsets, r, trials):
    """The same tasks for every trial, as tables of labels."""
    return np.repeat(tasks.explicit(r, subsets).tables[None], len(trials), 0)


def last(models, tables, M, draws=DOUBLE, steps=STEPS):
    """The states at the end."""
    *_, (_, states) = pretrain(models, tables, M, draws, steps, steps or 1)
    return states


def random_subspace(d, r, number):
    """M with orthonormal rows, another one for each number."""
    return features.subspace(d, r, Draws(SEED, (number,)).generators("subspace")[0])


def same(one, other):
    """Whether two states are equal to the last bit."""
    return all(torch.equal(getattr(one, part), getattr(other, part)) for part in ("W", "b", "a"))


def agree(one, other, tolerance=TRAJECTORY[torch.float64]):
    """Whether two states are equal up to rounding."""
    return all(close(getattr(one, part), getattr(other, part), tolerance) for part in ("W", "b", "a"))


def follow(model, r, M):
    """Run package and oracle side by side, compare after every iteration, return all margins."""
    subsets = subsets_of(model.T, r)
    run = pretrain({"it": model}, {"it": tables_of(subsets, r, TRIALS)}, M, DOUBLE, STEPS)
    start = next(run)[1]["it"]
    nets = [plain.TwoLayer(start.W[k], start.b[k], start.a[k]) for k in range(len(TRIALS))]
    oracles = [
        plain.train(model, net, [partial(plain.label, M=M, subset=S) for S in subsets], Draws(SEED, (trial,)), STEPS)
        for net, trial in zip(nets, TRIALS, strict=True)
    ]
    margins = []
    for _, states in run:
        margins += [next(oracle) for oracle in oracles]
        for part in ("W", "b", "a"):
            expected = torch.stack([getattr(net, part).detach() for net in nets])
            assert close(getattr(states["it"], part), expected, TRAJECTORY[torch.float64]), part
    assert len(margins) == STEPS * len(TRIALS)
    return torch.cat(margins)


@pytest.mark.parametrize("subspace", ["canonical", "random"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_follows_the_plain_version(variant, subspace):
    model = VARIANTS[variant]
    M = features.canonical_subspace(model.d, R) if subspace == "canonical" else random_subspace(model.d, R, 0)
    inactive = (follow(model, R, M) > 1).double().mean()
    assert 0.02 < inactive < 0.98


@pytest.mark.parametrize("size", SIZES)
def test_the_smallest_sizes_follow_the_plain_version(size):
    model, r = SIZES[size]
    follow(model, r, random_subspace(model.d, r, 1))


def given_batches(samples, M, steps):
    """Float64 inputs of some iterations."""
    return [batches(samples, M, DOUBLE, iteration) for iteration in range(1, steps + 1)]


def path(model, state, tables, drawn):
    """The state after iterations on given batches."""
    for first, second in drawn:
        state = iterate(model, state, by_table(tables), first, second)
    return state


@pytest.fixture
def setting():
    """Model, start, tables, batches and M of a run by hand."""
    model = replace(BASE, n1=6, n2=6)
    M = random_subspace(model.d, R, 2)
    state = initial_state(model, DOUBLE)
    return model, state, tables_of(SUBSETS, R, TRIALS), given_batches(model.T * model.n1, M, 12), M


def test_rotating_everything_rotates_the_first_layer(setting):
    model, state, tables, drawn, M = setting
    Q = torch.linalg.qr(torch.randn(6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1)))[0]
    turned = [tuple((x @ Q.T, features.orthant(x @ Q.T, M @ Q.T)) for x, _ in pair) for pair in drawn]
    end = path(model, state, tables, drawn)
    rotated = path(model, State(state.W @ Q.T, state.b, state.a), tables, turned)
    assert agree(rotated, State(end.W @ Q.T, end.b, end.a))


def test_permuting_the_tasks_permutes_the_heads(setting):
    model, state, tables, drawn, M = setting
    order = torch.tensor([2, 0, 3, 1])

    def shuffle(part):
        return part.unflatten(1, (model.T, -1))[:, order].flatten(1, 2)

    shuffled = [tuple((shuffle(x), shuffle(codes)) for x, codes in pair) for pair in drawn]
    end = path(model, state, tables, drawn)
    permuted = path(model, State(state.W, state.b, state.a[:, order]), tables[:, order], shuffled)
    assert agree(permuted, State(end.W, end.b, end.a[:, order]))


def test_permuting_the_neurons_permutes_the_result(setting):
    model, state, tables, drawn, M = setting
    order = torch.tensor([3, 0, 4, 2, 1])
    end = path(model, state, tables, drawn)
    permuted = path(model, State(state.W[:, order], state.b[:, order], state.a[..., order]), tables, drawn)
    assert agree(permuted, State(end.W[:, order], end.b[:, order], end.a[..., order]))


def test_flipping_a_task_flips_its_head_and_nothing_else(setting):
    model, state, tables, drawn, M = setting
    sign = torch.ones(model.T, 1, dtype=torch.float64)
    sign[2] = -1
    end = path(model, state, tables, drawn)
    flipped = path(model, State(state.W, state.b, state.a * sign), tables * sign.numpy(), drawn)
    assert same(flipped, State(end.W, end.b, end.a * sign))


def test_flipping_all_tasks_of_reset_heads_flips_the_heads_only(setting):
    model, state, tables, drawn, M = setting
    model = replace(model, reset=True)
    end, flipped = path(model, state, tables, drawn), path(model, state, -tables, drawn)
    assert same(flipped, State(end.W, end.b, -end.a))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_models_side_by_side_do_not_influence_each_other(dtype):
    # the largest sample count of each company is the same, and so are the draws
    big, small = replace(BASE, n1=7, n2=7), Model(T=2, n1=3, n2=5, d=4, m=3, hyper=WIDE)
    M = features.canonical_subspace(6, R)
    models = {"big": big, "small": small, "shared": replace(big, heads="shared"), "fixed": VARIANTS["fixed samples"]}
    tables = {name: tables_of(SUBSETS[: model.T], R, TRIALS) for name, model in models.items()}
    draws = Draws(SEED, TRIALS, dtype=dtype)
    together = last(models, tables, M, draws)
    for name in models:
        company = {name: models[name], "big": big}
        alone = last(company, {key: tables[key] for key in company}, M, draws)
        assert same(alone[name], together[name]), name
    assert same(last({"big": big}, tables, M, draws)["big"], together["big"])


def test_a_narrow_model_sees_the_first_coordinates_only():
    narrow = replace(BASE, d=4)
    wide = replace(BASE, d=6)
    tables = tables_of(SUBSETS, R, TRIALS)
    W = initial_state(narrow, DOUBLE)
    drawn = given_batches(BASE.T * BASE.n2, features.canonical_subspace(6, R), 5)
    padded = State(torch.nn.functional.pad(W.W, (0, 2)), W.b, W.a)
    cut = [tuple((torch.nn.functional.pad(x[..., :4], (0, 2)), codes) for x, codes in pair) for pair in drawn]
    end = path(wide, padded, tables, cut)
    assert agree(path(narrow, W, tables, drawn), State(end.W[..., :4], end.b, end.a))


def test_a_trial_does_not_depend_on_the_others():
    M, tables = features.canonical_subspace(6, R), tables_of(SUBSETS, R, range(7))
    all_of_them = last({"it": BASE}, {"it": tables}, M, replace(DOUBLE, trials=range(7)))["it"]
    some = last({"it": BASE}, {"it": tables[:2]}, M, replace(DOUBLE, trials=(5, 2)))["it"]
    rows = torch.tensor([5, 2])
    assert agree(some, State(all_of_them.W[rows], all_of_them.b[rows], all_of_them.a[rows]), ALGEBRA[torch.float64])


def test_the_states_come_out_at_the_iterations_asked_for():
    M, tables = features.canonical_subspace(6, R), {"it": tables_of(SUBSETS, R, TRIALS)}
    steps = []
    with progress.watched(lambda: steps.append(1)):
        run = pretrain({"it": BASE}, tables, M, DRAWS, 7, every=3)
        assert [iteration for iteration, _ in run] == [0, 3, 6, 7]
    assert len(steps) == 7
    assert [iteration for iteration, _ in pretrain({"it": BASE}, tables, M, DRAWS, 0)] == [0]


def test_how_often_states_are_recorded_does_not_change_them():
    M, tables = features.canonical_subspace(6, R), {"it": tables_of(SUBSETS, R, TRIALS)}
    rare = dict(pretrain({"it": BASE}, tables, M, DRAWS, 6, every=6))
    for iteration, states in pretrain({"it": BASE}, tables, M, DRAWS, 6, every=1):
        if iteration in rare:
            assert same(states["it"], rare[iteration]["it"])


def test_the_start_is_gaussian_with_the_stated_scales_and_zero_biases():
    model = Model(T=50, n1=1, n2=1, d=40, m=50, hyper=Hyper(nu_w=0.3, nu_a=2.0))
    start = initial_state(model, replace(DRAWS, trials=range(4)))
    assert not start.b.any()
    # the standard deviation of N numbers has relative standard error 1 / sqrt(2 N); 4.5 of them
    assert abs(start.W.std() / 0.3 - 1) < 4.5 / (2 * start.W.numel()) ** 0.5
    assert abs(start.a.std() / 2.0 - 1) < 4.5 / (2 * start.a.numel()) ** 0.5


def test_the_start_shares_no_numbers_with_the_inputs():
    start = initial_state(replace(BASE, T=BASE.d, hyper=replace(WIDE, nu_w=1.0, nu_a=1.0)), DRAWS)
    M = features.canonical_subspace(BASE.d, R)
    numbers = [start.W, start.a, *(x for iteration in (0, 1) for x, _ in batches(BASE.m, M, DRAWS, iteration))]
    for one, other in itertools.combinations([part.flatten(1) for part in numbers], 2):
        assert one.shape == other.shape and (one == other).sum() <= 1  # of 60 numbers with 2^16 values


def test_models_that_differ_in_T_start_from_one_first_layer():
    few, many = (initial_state(replace(BASE, T=T), DRAWS) for T in (2, 9))
    assert torch.equal(few.W, many.W) and torch.equal(few.a, many.a[:, :2])
    shared = initial_state(replace(BASE, heads="shared"), DRAWS)
    assert torch.equal(shared.W, few.W) and torch.equal(shared.a, few.a[:, :1])


def test_trials_start_from_different_first_layers():
    start = initial_state(BASE, replace(DRAWS, trials=range(3)))
    assert not torch.equal(start.W[0], start.W[1]) and not torch.equal(start.W[1], start.W[2])


def test_a_double_precision_run_uses_the_single_precision_numbers():
    unit = replace(BASE, hyper=replace(WIDE, nu_w=1.0, nu_a=1.0))  # another scale is applied after the cast
    single, double = (initial_state(unit, draws) for draws in (DRAWS, DOUBLE))
    assert torch.equal(single.W.double(), double.W) and torch.equal(single.a.double(), double.a)
    scaled = initial_state(BASE, DOUBLE)
    assert torch.equal(scaled.W, WIDE.nu_w * double.W) and torch.equal(scaled.a, WIDE.nu_a * double.a)
    M = features.canonical_subspace(6, R)
    pairs = [batches(9, M, draws, 1) for draws in (DRAWS, DOUBLE)]
    for (x, codes), (x64, codes64) in zip(*pairs, strict=True):
        assert torch.equal(x.double(), x64) and torch.equal(codes, codes64)


def test_every_iteration_has_new_inputs_for_both_steps():
    (first, second), (third, fourth) = given_batches(9, features.canonical_subspace(6, R), 2)
    drawn = [first[0], second[0], third[0], fourth[0]]
    assert all(not torch.equal(drawn[i], drawn[j]) for i in range(4) for j in range(i))


@pytest.mark.parametrize("hyper", [STATED, ROBUST], ids=["stated", "robust"])
def test_single_precision_is_precise_enough_for_the_error_curves(hyper):
    """A run is off by roundings, or by what one sample moves that a rounding took over a kink; then gaps decide."""
    model, M, trials = Model(T=8, n1=32, n2=32, d=16, m=16, hyper=hyper), features.canonical_subspace(16, R), range(20)
    draws = [Draws(SEED, trials, dtype=dtype) for dtype in (torch.float32, torch.float64)]
    tables = {"it": draw_tasks(tasks.uniform(R), 8, draws[0])}
    single, double = (last({"it": model}, tables, M, one, 200)["it"] for one in draws)
    off = torch.linalg.matrix_norm(single.W.double() - double.W)
    one_sample = hyper.eta * double.a.norm(dim=-1).amax(-1) * 16**0.5 / (8 * 32)  # a step's share, inputs of length 4
    kinked = off > 0.01 * one_sample
    assert kinked.double().mean() <= 0.4 and (off < 4 * one_sample).all()
    errors = [metrics.subspace_error(state.W, M) for state in (single, double)]
    sizes = torch.linalg.svdvals(double.W)
    gap = sizes[:, R - 1] - sizes[:, R]
    assert ((errors[0] - errors[1]).abs() <= off / (gap - off).clamp(min=1e-300)).all()  # Wedin's theorem
    assert close(errors[0][~kinked], errors[1][~kinked], 1e-5)
    assert close(errors[0].mean(), errors[1].mean(), SINGLE_PRECISION_RUN)


def test_labels_are_the_products_of_the_signs():
    M = random_subspace(6, R, 3)
    (x, codes), _ = given_batches(BASE.T * 7, M, 1)[0]
    y = labels(torch.from_numpy(tables_of(SUBSETS, R, TRIALS)).double(), codes, 7)
    for trial in range(len(TRIALS)):
        for i, S in enumerate(SUBSETS):
            assert torch.equal(y[trial, i], plain.label(x[trial, 7 * i : 7 * (i + 1)], M, S))
