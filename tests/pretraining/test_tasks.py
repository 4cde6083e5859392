"""Parities and laws over them, by enumeration."""

import itertools
import math

import numpy as np
import pytest
import torch
from tolerances import ALGEBRA, STANDARD_ERRORS, close

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import tasks

EXACT = ALGEBRA[torch.float64]


def signs(r):
    """The 2^r orthants as vectors of signs, by code."""
    return np.array([[1 if code >> j & 1 else -1 for j in range(r)] for code in range(2**r)])


def subset(code):
    """The features of a subset code."""
    return [j for j in range(code.bit_length()) if code >> j & 1]


def beta_of(law):
    """Exact beta of a law."""
    return tasks.beta(law.tables, law.probs)


def distances(r):
    """Number of signs in which two orthants differ."""
    v = signs(r)
    return (v[:, None] != v[None]).sum(-1)


@pytest.mark.parametrize("r", [1, 2, 3, 4, 5])
def test_a_parity_is_the_product_of_its_signs(r):
    table = tasks.parity_tables(r)
    for code, (orthant, v) in itertools.product(range(2**r), enumerate(signs(r))):
        assert table[code, orthant] == math.prod(v[j] for j in subset(code))


@pytest.mark.parametrize("r", [1, 2, 3, 4, 5])
def test_parities_are_orthogonal(r):
    table = tasks.parity_tables(r)
    assert np.array_equal(table @ table.T, 2**r * np.eye(2**r))


@pytest.mark.parametrize("r", [1, 3, 5])
def test_sizes_count_the_features(r):
    assert tasks.sizes(r).tolist() == [len(subset(code)) for code in range(2**r)]


@pytest.mark.parametrize("r", [1, 2, 3, 4, 5])
def test_with_the_empty_set_beta_tells_orthants_apart_exactly(r):
    assert close(beta_of(tasks.uniform(r, empty=True)), np.eye(2**r), EXACT)


@pytest.mark.parametrize("r", [1, 2, 3, 4, 5])
def test_without_the_empty_set_beta_is_a_little_negative_off_the_diagonal(r):
    expected = np.where(np.eye(2**r), 1, -1 / (2**r - 1))
    assert close(beta_of(tasks.uniform(r)), expected, EXACT)


def test_independent_inclusion_has_a_product_for_beta():
    theta = np.array([0.3, 0.9, 0.0, 0.5])
    v = signs(4)
    expected = np.where(v[:, None] == v[None], 1, 1 - 2 * theta).prod(-1)
    law = tasks.inclusion(theta, empty=True)
    assert close(beta_of(law), expected, EXACT)
    for code in range(16):
        assert abs(law.probs[code] - math.prod(t if code >> j & 1 else 1 - t for j, t in enumerate(theta))) < EXACT


def test_inclusion_without_the_empty_set_is_conditioned_on_the_rest():
    with_it, without = (tasks.inclusion([0.3, 0.6], empty=empty).probs for empty in (True, False))
    assert without[0] == 0 and close(without[1:], with_it[1:] / (1 - 0.7 * 0.4), EXACT)


@pytest.mark.parametrize(("r", "k"), [(4, 0), (4, 1), (4, 2), (5, 3), (4, 4)])
def test_beta_of_a_fixed_degree_is_a_krawtchouk_polynomial(r, k):
    def krawtchouk(x):
        return sum((-1) ** i * math.comb(x, i) * math.comb(r - x, k - i) for i in range(k + 1))

    expected = np.vectorize(krawtchouk)(distances(r)) / math.comb(r, k)
    assert close(beta_of(tasks.fixed_degree(r, k)), expected, EXACT)


def test_by_size_weighs_a_set_by_its_size():
    probs = tasks.by_size(4, 0.5).probs
    assert probs[0] == 0
    for code in range(1, 16):
        assert abs(probs[code] / probs[1] - 0.5 ** (len(subset(code)) - 1)) < EXACT
    assert close(tasks.by_size(4, 1.0).probs, tasks.uniform(4).probs, EXACT)


def test_zipf_weighs_a_set_by_its_rank():
    order = [5, 3, 1, 7, 2, 4, 6]
    probs = tasks.zipf(3, 1.5, order).probs
    total = sum(k**-1.5 for k in range(1, 8))
    assert probs[0] == 0
    assert all(abs(probs[code] - rank**-1.5 / total) < EXACT for rank, code in enumerate(order, 1))
    assert close(tasks.zipf(3, 0.0).probs, tasks.uniform(3).probs, EXACT)
    assert close(tasks.zipf(3, 1.0).probs[1:], [1 / k / sum(1 / j for j in range(1, 8)) for k in range(1, 8)], EXACT)


def test_an_explicit_law_has_the_sets_it_names():
    law = tasks.explicit(3, [(2, 0), (), (1,)], [0.2, 0.3, 0.5])
    v = signs(3)
    assert np.array_equal(law.tables, np.stack([v[:, 0] * v[:, 2], np.ones(8), v[:, 1]]))
    assert law.probs.tolist() == [0.2, 0.3, 0.5] and law.r == 3
    assert close(tasks.explicit(2, [(0,), (1,)]).probs, [0.5, 0.5], EXACT)


LAWS = {
    "uniform": tasks.uniform(3),
    "uniform with the empty set": tasks.uniform(3, empty=True),
    "inclusion": tasks.inclusion([0.8, 0.5, 0.2]),
    "degree 2": tasks.fixed_degree(3, 2),
    "by size": tasks.by_size(3, 3.0),
    "zipf": tasks.zipf(3, 2.0, [7, 6, 5, 4, 3, 2, 1]),
    "explicit": tasks.explicit(3, [(0,), (1, 2)], [0.25, 0.75]),
    "one feature": tasks.uniform(1),
}


@pytest.mark.parametrize("name", LAWS)
def test_tasks_are_drawn_as_often_as_the_law_says(name):
    law, T = LAWS[name], 20_000
    drawn = law.sample(T, Draws(0, [0]).generators("tasks")[0])
    share = (drawn[:, None] == law.tables).all(-1).mean(0)
    error = (law.probs * (1 - law.probs) / T) ** 0.5
    assert (abs(share - law.probs) <= STANDARD_ERRORS * error).all()


@pytest.mark.parametrize("name", LAWS)
def test_the_first_rows_of_a_large_draw_are_a_small_draw(name):
    few, many = (LAWS[name].sample(T, Draws(0, [3]).generators("tasks")[0]) for T in (5, 90))
    assert np.array_equal(few, many[:5])


@pytest.mark.parametrize("name", LAWS)
def test_a_balanced_draw_has_each_possible_task_once(name):
    law = LAWS[name]
    once = law.each_once()
    assert len(np.unique(once, axis=0)) == len(once) == (law.probs > 0).sum()


@pytest.mark.parametrize("empty", [False, True])
def test_beta_of_T_tasks_varies_like_one_over_T(empty):
    # for v != v' one label product is +-1 with mean beta; so the variance of beta_T is (1 - beta^2) / T
    r, T, repetitions = 3, 16, 4000
    law = tasks.uniform(r, empty)
    drawn = law.sample(T * repetitions, Draws(1, [0]).generators("tasks")[0]).reshape(repetitions, T, 2**r)
    beta_T = np.einsum("ktv,ktw->kvw", drawn, drawn) / T
    assert np.allclose(beta_T[7], tasks.beta(drawn[7]), rtol=0, atol=1e-6)
    off = ~np.eye(2**r, dtype=bool)
    assert (beta_T[:, ~off] == 1).all()
    square = (beta_T - beta_of(law))[:, off] ** 2
    expected = (1 - beta_of(law)[off] ** 2) / T
    assert (abs(square.mean(0) - expected) < STANDARD_ERRORS * square.std(0) / repetitions**0.5).all()


def test_the_fourier_coefficients_of_a_parity_name_it():
    assert np.array_equal(tasks.fourier(tasks.parity_tables(4)), np.eye(16))


def test_fourier_coefficients_rebuild_a_function_and_keep_its_norm():
    tables = np.random.default_rng(0).choice([-1.0, 1.0], (30, 16))
    coefficients = tasks.fourier(tables)
    assert close(coefficients @ tasks.parity_tables(4), tables, EXACT)
    assert close((coefficients**2).sum(1), np.ones(30), EXACT)


@pytest.mark.parametrize("name", LAWS)
def test_the_eigenvalues_of_beta_are_the_probabilities(name):
    law = LAWS[name]
    per_subset = (tasks.fourier(law.tables) ** 2 * law.probs[:, None]).sum(0)
    assert close(np.linalg.eigvalsh(beta_of(law)), np.sort(2**law.r * per_subset), EXACT)
