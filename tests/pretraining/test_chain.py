"""Training in r + m dimensions has the law of training in d, and on coupled draws its very numbers."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from scipy.stats import chi2, ks_2samp, kstest
from tolerances import ALGEBRA, SAME_LAW

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import chain, features, metrics, tasks, wishart
from mtlcore.pretraining.algorithm import ROBUST, Model, head_step, iterate, pretrain
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.labelling import by_table, flipped
from mtlcore.pretraining.network import GELU, LOGISTIC, first_layer_factors
from mtlcore.pretraining.robustness.inputs import on_sphere
from mtlcore.pretraining.rules import adam, momentum

R, NEURONS = 2, 6
SMALL = Model(4, 8, 8, 14, NEURONS, replace(ROBUST, eta=0.5, eta_b=0.05, nu_w=0.05))
VARIANTS = {
    "as in the paper": SMALL,
    "one head": replace(SMALL, heads="shared"),
    "heads from zero": replace(SMALL, reset=True),
    "one batch": replace(SMALL, same_batch=True),
    "one head, one batch": replace(SMALL, heads="shared", same_batch=True),
    "n1 > n2": replace(SMALL, n1=16),
    "n1 < n2": replace(SMALL, n1=4),
    "few directions unseen": replace(SMALL, d=R + NEURONS + 1),
    "another activation, another loss": replace(SMALL, activation=GELU, loss=LOGISTIC),
}


def trained(model, seed, steps=60, trials=200):
    """What the book measures of a model, by quantity: shape (trial,)."""
    draws = Draws(seed, range(trials))
    tables = draw_tasks(tasks.uniform(R, False), model.T, draws)
    compressed = chain.compressed(model, R, draws) if seed % 2 else model
    M = features.canonical_subspace(compressed.d, R)
    *_, (_, states) = pretrain({0: compressed}, {0: tables}, M, draws, steps, steps)
    state = states[0]
    return {
        "error": metrics.subspace_error(state.W, M),
        "inside": state.W[..., :R].norm(dim=(1, 2)),
        "outside": state.W[..., R:].norm(dim=(1, 2)),
        "biases": state.b.norm(dim=1),
        "heads": state.a.norm(dim=(1, 2)),
    }


def differ(model):
    """The smallest p-value of two-sample Kolmogorov-Smirnov tests, chain against full simulation."""
    full, short = trained(model, 2), trained(model, 3)
    return min(ks_2samp(full[name], short[name]).pvalue for name in full)


@pytest.mark.parametrize("name", ["as in the paper", "one head, one batch", "few directions unseen"])
def test_the_chain_has_the_law_of_the_full_simulation(name):
    """Of 15 p-values the smallest is below .0002 in less than one suite of three hundred; the seeds are fixed."""
    assert differ(VARIANTS[name]) > 2e-4


def test_a_wrong_number_of_directions_would_be_seen(monkeypatch):
    right = chain.Unseen.__init__
    monkeypatch.setattr(chain.Unseen, "__init__", lambda self, m, freedom, draws: right(self, m, freedom + 2, draws))
    assert differ(VARIANTS["few directions unseen"]) < 1e-6


@pytest.mark.parametrize("name", [*VARIANTS])
def test_on_coupled_draws_both_have_the_same_numbers(name):
    assert largest_difference(VARIANTS[name], torch.float64) < 1e-10


def test_on_coupled_draws_single_precision_differs_by_its_roundings():
    assert 1e-8 < largest_difference(SMALL, torch.float32) < ALGEBRA[torch.float32]


def largest_difference(model, dtype):
    """Chain against full simulation over four iterations on noisy labels, with inputs built of the chain's numbers."""
    rng, d, trials = np.random.default_rng(0), model.d, 3
    draws = Draws(5, range(trials), dtype=dtype)
    short = chain.compressed(model, R, draws)
    now = {}
    second = partial(chain.step_in_any_dimension, r=R, factor_of=lambda step: now["added"])
    short = replace(short, half_steps=(short.half_steps[0], second))
    label = flipped(by_table(draw_tasks(tasks.uniform(R, False), model.T, draws)), 0.2, draws)
    full = model.start(model, draws)
    compressed = replace(full, W=torch.cat([full.W[..., :R], outside_rows(full.W)], -1), memory={"step": 0})
    samples, apart = model.T * max(model.n1, model.n2), []
    for _ in range(4):
        Q = torch.linalg.solve(compressed.W[..., R:].double(), full.W[..., R:].double())
        beyond = torch.linalg.svd(Q).Vh[:, NEURONS:]  # an orthonormal basis of what no row reaches
        numbers = torch.from_numpy(rng.standard_normal((trials, 2, samples, d)))
        seen, unseen = numbers[..., : R + NEURONS], numbers[..., R + NEURONS :]
        x = torch.cat([seen[..., :R], seen[..., R:] @ Q[:, None] + unseen @ beyond[:, None]], -1)
        codes = features.orthant(x, features.canonical_subspace(d, R).double())
        halves, long = [[(part[:, k].to(dtype), codes[:, k]) for k in (0, 1)] for part in (seen, x)]
        now["added"] = added(short, compressed, label, halves, unseen[:, 0 if model.same_batch else 1])
        full = iterate(model, full, label, *long)
        compressed = iterate(short, compressed, label, *halves)
        pairs = [(one.W[..., :R], gram(one.W), one.a, one.b) for one in (full, compressed)]
        apart += [float((a - b).abs().max()) for a, b in zip(*pairs, strict=True)]
    return max(apart)


def outside_rows(W):
    return wishart.triangular(W[..., R:])


def gram(W):
    return W[..., R:] @ W[..., R:].mT


def added(short, state, label, halves, unseen):
    """B for which S B is the sum of the samples' factors times what no row reaches of them."""
    turn = 0 if short.same_batch else 1
    state = short.half_steps[0](state, *used(halves[0], short.n1, label, short, 0), short)
    x, y = used(halves[turn], short.n2, label, short, turn)
    c = (first_layer_factors(state, x, y, short.activation, short.loss) / x.shape[1]).double()
    return torch.linalg.solve(wishart.square_root(c.mT @ c), c.mT @ unseen[:, : x.shape[1]])


def used(half, n, label, short, turn):
    x, codes = (part[:, : short.T * n] for part in half)
    return x, label(x, codes, turn)


def test_the_start_has_the_length_of_what_is_outside():
    """Squared row lengths are chi-square with d - r degrees of freedom."""
    model = replace(SMALL, hyper=replace(ROBUST, nu_w=1.0))
    state = chain.start(model, Draws(3, range(400), dtype=torch.float64), R, 12)
    assert kstest(state.W[..., R:].square().sum(-1)[:, 0], chi2(12 - R).cdf).pvalue > SAME_LAW


def test_it_runs_in_a_dimension_that_no_machine_holds():
    draws = Draws(1, range(2))
    model = chain.compressed(replace(SMALL, d=10**9, hyper=replace(ROBUST, nu_w=1e-6)), R, draws)
    tables = draw_tasks(tasks.uniform(R, False), SMALL.T, draws)
    path = dict(pretrain({0: model}, {0: tables}, features.canonical_subspace(model.d, R), draws, 3, 3))
    before, after = (path[k][0].W[..., R:].norm(dim=-1) for k in (0, 3))
    assert torch.allclose(before, torch.full_like(before, 1e-6 * 1e9**0.5), rtol=1e-3)
    assert after.isfinite().all() and (after > before).all()  # each step adds what the samples have in 10^9 directions


@pytest.mark.parametrize(
    "change, words",
    [
        ({"d": R + NEURONS}, "d = 8 in the chain; allowed: more than r \\+ m = 8"),
        ({"fixed_samples": True}, "fixed_samples = True in the chain; allowed: False"),
        ({"inputs": on_sphere}, "inputs = on_sphere in the chain; allowed: gaussian"),
        ({"rule": adam()}, "rule = adam in the chain; allowed: plain"),
        ({"rule": momentum()}, "rule = momentum in the chain; allowed: plain"),
        ({"half_steps": (head_step, head_step)}, "half_steps = head_step, head_step in the chain"),
        ({"start": chain.start}, "start = start in the chain; allowed: initial_state"),
    ],
)
def test_where_the_chain_does_not_hold_it_is_refused(change, words):
    with pytest.raises(ValueError, match=words + ".*or the full simulation, the model pretrained as it is$"):
        chain.compressed(replace(SMALL, **change), R, Draws(1, [0]))


def test_the_numbers_of_a_step_do_not_depend_on_what_was_asked_before():
    one, other = (chain.Unseen(3, 10, Draws(1, range(2))) for _ in range(2))
    wanted = one.factor(chain.TOGETHER + 1)
    other.factor(0)
    assert torch.equal(other.factor(chain.TOGETHER + 1), wanted)
    assert not torch.equal(other.factor(1), wanted)


def test_bartletts_factor_has_the_law_of_a_gram_matrix():
    """Its trace, a sum over its entries and an entry of its inverse are chi-square."""
    found = wishart.factors(4, 9, 2000, np.random.default_rng(3))
    found = found @ found.swapaxes(1, 2)
    assert kstest(np.trace(found, axis1=1, axis2=2), chi2(36).cdf).pvalue > SAME_LAW
    assert kstest(found.sum((1, 2)) / 4, chi2(9).cdf).pvalue > SAME_LAW
    assert kstest(1 / np.linalg.inv(found)[:, 0, 0], chi2(6).cdf).pvalue > SAME_LAW
    assert wishart.factors(4, 3, 1, np.random.default_rng(3)).shape == (1, 4, 3)


def test_square_roots():
    rows = torch.randn(2, 4, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    singular = rows @ rows.mT
    S, L = wishart.square_root(singular), wishart.triangular(rows)
    assert torch.allclose(S @ S.mT, singular) and torch.allclose(L @ L.mT, singular)
