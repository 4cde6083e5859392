"""One step from samples: pieces against the algorithm, its limit in many dimensions, its noise, and what laws ask."""

import independent as plain
import numpy as np
import pytest
import torch
from tolerances import ALGEBRA, close

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import features, metrics, pieces, tasks
from mtlcore.pretraining.algorithm import Hyper, Model, iterate
from mtlcore.pretraining.labelling import by_table
from mtlcore.pretraining.network import State
from mtlcore.pretraining.steps import sampled_step as runs
from mtlcore.pretraining.steps.sweeps import SampledDimensions, SampledEmptySet, SampledHeads, SampledTasks
from mtlcore.pretraining.theory import sampled_step
from mtlcore.pretraining.theory.single import not_all_equal
from mtlcore.pretraining.theory.step_noise import step_noise


@pytest.mark.parametrize("chunk", [4, 7, 10**6])
def test_a_step_in_pieces_is_the_algorithm_s(monkeypatch, chunk):
    monkeypatch.setattr(pieces, "CHUNK", chunk)
    draws, law, d, (n1, n2) = Draws(1, range(2), dtype=torch.float64), tasks.uniform(2), 5, (3, 10)
    tables = torch.from_numpy(np.stack([law.each_once()] * 2)).double()
    W, M = 0.001 * draws.normal("first layer", 4, d), features.canonical_subspace(d, 2)

    def whole(n, purpose):
        parts = list(pieces.sampled_inputs(tables, n, M, draws, purpose))
        by_task = [torch.cat([x.unflatten(1, (-1, y.shape[2]))[:, i - which.start] for which, x, y in parts
                              if which.start <= i < which.stop], 1) for i in range(3)]  # fmt: skip
        x = torch.cat(by_task, 1)
        return x, features.orthant(x, M)

    first, second = whole(n1, "inputs of the heads"), whole(n2, "inputs of the first layer")
    padded = [torch.cat((x, torch.zeros_like(y[:, x.shape[1] :])), 1) for x, y in zip(first, second, strict=True)]
    model = Model(3, n1, n2, d, 4, Hyper(eta=1.0, eta_b=0.0, lam_w=1.3, nu_a=0.0), reset=True)
    start = State(W, W.new_zeros(2, 4), W.new_zeros(2, 3, 4))
    expected = iterate(model, start, by_table(tables), (padded[0], padded[1]), second)
    assert close(pieces.step_on_samples(W, tables, (n1, n2), 1.3, draws), expected.W, ALGEBRA[torch.float64])


def test_what_laws_ask_of_one_step():
    for r in (2, 3):
        without, empty = (sampled_step.needs(tasks.uniform(r, empty)) for empty in (False, True))
        assert (without.diversity, without.constant) == pytest.approx((1 / (2**r - 1), 0))
        assert (empty.diversity, empty.constant) == pytest.approx((2.0**-r, 2.0**-r))
        assert sampled_step.shared_noise(10, 1000, empty) == pytest.approx(np.sqrt(np.pi * 2**r * 100 / 2000))
    for size in (2, 3):
        assert sampled_step.needs(tasks.fixed_degree(3, size)).diversity == pytest.approx(0)
    # not-all-equal has f_0 = 1/2 and each pair -1/2: D = -(J - I) / (2 pi)
    nae = sampled_step.needs(tasks.Law(not_all_equal(3).astype(np.float32)[None], np.ones(1)))
    assert (nae.diversity, nae.constant) == pytest.approx((1 / (2 * np.pi), 1 / 4))
    # a random balanced function has mean square 1/7 on each of the seven non-constant parities
    assert sampled_step.needs(runs.balanced(3)).diversity == pytest.approx(1 / 7)


def limit_error(p, tables, constant, d, n2, n1=10**12):
    heads = sampled_step.sampled_heads(p, tables, d, n1, np.random.default_rng(0))
    layer = sampled_step.limit_layer(p, heads, tables, constant, d, n2)
    return float(metrics.subspace_error(torch.from_numpy(layer), torch.eye(p.shape[1], layer.shape[1])))


@pytest.mark.parametrize("law", [tasks.uniform(3), tasks.by_size(2, 3.0), runs.balanced(2)])
def test_many_neurons_tend_to_the_closed_form(law):
    p, d, n2 = np.random.default_rng(3).standard_normal((1500, law.r)), 10**6, 3 * 10**6
    T = 2**12
    tables = law.tables[np.random.default_rng(4).choice(len(law.probs), T // 64, p=law.probs)]
    worth = len(tables) * n2 / d * sampled_step.needs(tasks.Law(tables, np.full(len(tables), 64 / T))).diversity
    assert limit_error(p, tables, 0.0, d, n2) == pytest.approx(
        np.sin(np.arctan(sampled_step.tangent(np.array([worth]))[0])), rel=0.03
    )


def test_the_empty_set_has_a_threshold_and_what_it_leaves_out_of_the_decay_stays():
    p, d, law = np.random.default_rng(3).standard_normal((1500, 2)), 10**4, tasks.uniform(2, empty=True)
    at = np.pi / 2 * 4 * d**2 / 4
    assert limit_error(p, law.tables, 0.25, d, int(0.8 * at)) > 0.99
    assert limit_error(p, law.tables, 0.25, d, int(1.3 * at)) < 0.2
    # tasks with more of the empty set than the law: the rest of it lengthens every neuron outside
    often = np.concatenate((law.tables, law.tables[:1]))
    left = (2 - 5 / 4) * np.sqrt(d / 1500)
    assert limit_error(p, often, 0.25, d, 10**14) == pytest.approx(left / np.hypot(1 + 0.75, left), rel=0.05)


def test_the_noise_of_a_pair_is_that_of_the_plain_formula():
    rng, law, M = np.random.default_rng(2), tasks.uniform(2, empty=True), np.eye(2, 5)
    W = rng.standard_normal((3, 5))
    noise = step_noise(W, M, law, 4, (3, 8))
    exact = [plain.step_noise(w, M, plain.uniform(2, True), 4, 3, 8, 1.0, 1.0) for w in W]
    assert np.diag(noise) == pytest.approx(exact, rel=1e-9)
    assert (np.linalg.eigvalsh(noise) > 0).all()
    twin = step_noise(np.vstack((W[0], 2 * W[0])), M, law, 4, (3, 8))
    assert twin == pytest.approx(twin[0, 0] * np.array([[1, 2], [2, 4]]), rel=1e-6)


def test_points_are_in_proportion():
    for d, T, n1, n2 in SampledDimensions(d=(8, 16), n2=(2, 4), device="cpu").points:
        assert n1 == 16 * d and n2 in (2 * d, 4 * d) and T == 12
    points = SampledEmptySet(d=(12, 24), device="cpu").points
    assert [n2 for _, _, _, n2 in points[:2]] == [16 * 12, 16 * 24]
    assert [T * n2 / d**2 for d, T, _, n2 in points[2:6]] == [3, 6, 12, 24]
    assert {T * n2 for _, T, _, n2 in SampledTasks(device="cpu").points} == {98304}


def test_a_trial_has_the_tasks_it_was_promised():
    draws = Draws(0, range(2))
    twice = SampledHeads(r=2, device="cpu").chosen(tasks.uniform(2), 6, draws)
    assert (twice[:, :3] == twice[:, 3:]).all() and (twice[0, :3] == tasks.parity_tables(2)[1:]).all()
    with pytest.raises(ValueError, match="T = 4 tasks; allowed: a multiple of the 3"):
        SampledHeads(r=2, device="cpu").chosen(tasks.uniform(2), 4, draws)
    with pytest.raises(ValueError, match="r = 5 features; allowed: 1 to 4"):
        runs.balanced(5)
