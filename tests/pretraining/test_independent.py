"""The package against `independent`, on random configurations: same draws, same numbers."""

import ast
import math
from dataclasses import astuple, replace
from pathlib import Path

import independent as plain
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tolerances import DIFFERENCES, INDEPENDENT

from mtlcore.lab.draws import Draws
from mtlcore.pretraining import contrastive, features, metrics, network, probe, tasks
from mtlcore.pretraining.algorithm import Hyper, Model, head_step, pretrain, representation_step
from mtlcore.pretraining.theory import (
    affine,
    amplification,
    counting,
    dynamics,
    finite,
    fourier,
    growth,
    random_features,
    regimes,
    single,
    vectors,
    witness,
)
from mtlcore.pretraining.training import summary

seeds = st.integers(0, 2**20)
counts = st.integers(1, 6)
empties = st.booleans()


def agree(got, expected):
    """Whether numbers agree up to rounding, relative to the largest of them where that is above one."""
    got, expected = np.asarray(got, float), np.asarray(expected, float)
    assert got.shape == expected.shape
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(got, expected, rtol=0, atol=INDEPENDENT * max(1, abs(expected).max(initial=0)))


def code(S):
    """A subset as the package's integer."""
    return sum(2**j for j in S)


def law_of(r, law):
    """The package's version of a law {S: pi(S)}."""
    weights = np.zeros(2**r)
    weights[[code(S) for S in law]] = list(law.values())
    return tasks.parity_law(r, weights)


def cube(r):
    """All orthants as signs, in the package's order."""
    return np.array([[1.0 if v >> j & 1 else -1.0 for j in range(r)] for v in range(2**r)])


def tables_of(drawn, r):
    """Tasks as the package's tables of labels."""
    return np.array([plain.parity(S, cube(r)) for S in drawn], dtype=np.float32)


def one(*arrays):
    """Tensors with a trial axis of length one."""
    return [torch.from_numpy(np.asarray(array, dtype=np.float64))[None] for array in arrays]


@st.composite
def subspaces(draw, spare=0):
    """M with orthonormal rows, canonical or random, with at least `spare` dimensions outside."""
    r = draw(st.integers(1, 3))
    d = r + draw(st.integers(spare, spare + 3))
    if draw(st.booleans()):
        return features.canonical_subspace(d, r)
    return features.subspace(d, r, np.random.default_rng(draw(seeds)))


@st.composite
def laws(draw, r):
    """A law over some of the subsets, the empty one among them or not, with unequal probabilities."""
    support = draw(st.lists(st.sampled_from(plain.subsets(r, empty=True)), min_size=1, unique=True))
    return plain.weighted({S: draw(st.integers(1, 9)) for S in support})


@st.composite
def neurons(draw, b=False):
    """(w, M, bias): parts outside row(M) that are not too short for the tensor rule, of any length inside."""
    M = draw(subspaces(spare=1)).numpy()
    rng = np.random.default_rng(draw(seeds))
    p, rest = rng.uniform(0.05, 1, len(M)) * rng.choice([-1, 1], len(M)), rng.normal(size=M.shape[1])
    rest -= M.T @ (M @ rest)
    w = M.T @ p + rest / np.linalg.norm(rest) * rng.uniform(0.5, 3)
    return w * draw(st.sampled_from([0.1, 1.0])), M, draw(st.sampled_from([-1.0, -0.1, 0.05, 0.8])) if b else 0.0


def in_two_parts(w, M):
    """(p, q) as the package wants them."""
    p, q = vectors.split(w[None], M)
    agree(p[0], M @ w)
    agree(q[0], np.linalg.norm(w - M.T @ (M @ w)))
    return p, q


def test_the_independent_version_imports_nothing_of_the_package():
    tree = ast.parse(Path(plain.__file__).read_text())
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert sorted(names) == ["itertools", "math", "numpy"]


# ---------------------------------------------------------------- data and tasks


@given(subspaces(), seeds)
def test_labels(M, seed):
    r, d = M.shape
    x = Draws(seed, (0,), dtype=torch.float64).normal("inputs", 40, d)
    tables = torch.from_numpy(tasks.parity_tables(r))
    for S in plain.subsets(r, empty=True):
        got = tables[code(S)][features.orthant(x, M)[0]]
        assert np.array_equal(got, plain.parity(S, plain.signs(x[0].numpy(), M.numpy())))


@given(st.integers(1, 4), empties, st.data())
def test_laws(r, empty, given_by):
    subsets = plain.subsets(r)
    base, exponent = given_by.draw(st.sampled_from([0.5, 1.5, 3.0])), given_by.draw(st.sampled_from([0.0, 1.0, 2.0]))
    order = given_by.draw(st.permutations(subsets))
    theta = given_by.draw(st.lists(st.sampled_from([0.2, 0.4, 0.9]), min_size=r, max_size=r))
    pairs = [
        (tasks.uniform(r, empty), plain.uniform(r, empty)),
        (tasks.by_size(r, base), plain.by_size(r, base)),
        (tasks.zipf(r, exponent, [code(S) for S in order]), plain.zipf(order, exponent)),
        (tasks.inclusion(theta, empty), plain.independent_features(theta, empty)),
    ]
    for got, expected in pairs:
        assert math.isclose(sum(expected.values()), 1)
        total = dict.fromkeys(plain.subsets(r, empty=True), 0.0)
        for table, prob in zip(got.tables, got.probs, strict=True):
            total[next(S for S in total if np.array_equal(table, plain.parity(S, cube(r))))] += prob
        agree(list(total.values()), [expected.get(S, 0.0) for S in total])


@given(st.data(), st.integers(1, 3))
def test_beta(given_by, r):
    law = given_by.draw(laws(r))
    package = law_of(r, law)
    agree(tasks.beta(package.tables, package.probs), plain.beta(law, cube(r), cube(r)))


# ---------------------------------------------------------------- network and algorithm


@st.composite
def steps(draw):
    """Everything that a half-step needs, at scales where some hinges are active and some are not."""
    M, T, n, m = draw(subspaces()), draw(counts), draw(counts), draw(counts)
    r, d = M.shape
    rng = np.random.default_rng(draw(seeds))
    heads = draw(st.sampled_from(["task", "shared"]))
    state = rng.normal(size=(m, d)), rng.normal(size=m), rng.normal(size=(T if heads == "task" else 1, m))
    x = rng.normal(size=(T, n, d))
    drawn = draw(st.lists(st.sampled_from(plain.subsets(r, empty=True)), min_size=T, max_size=T))
    return Model(T, n, n, d, m, draw(hypers()), heads), state, x, plain.label(drawn, x, M.numpy())


@st.composite
def hypers(draw):
    """Step sizes, decays and scales, all different from one another; some zero."""
    value = st.floats(0.01, 0.6)
    eta, eta_b, lam_w, lam_a = (draw(value) for _ in range(4))
    zero = draw(st.sampled_from([None, "eta_b", "lam_w", "lam_a", "nu_a"]))
    hyper = Hyper(eta, eta_b, lam_w, lam_a, nu_w=draw(value) + 0.4, nu_a=4 * draw(value))
    return replace(hyper, **{zero: 0.0}) if zero else hyper


@given(steps())
def test_one_half_step(case):
    model, state, x, y = case
    h = model.hyper
    package = network.State(*one(*state)), *one(x.reshape(-1, model.d), y)
    agree(network.loss(*package, h.lam_w, h.lam_a)[0], plain.loss(*state, x, y, h.lam_w, h.lam_a))
    agree(head_step(*package, model).a[0], plain.head_step(*state, x, y, h.eta, h.lam_a))
    W, b = plain.representation_step(*state, x, y, h.eta, h.eta_b, h.lam_w)
    after = representation_step(*package, model)
    agree(after.W[0], W)
    agree(after.b[0], b)


@given(steps(), st.sampled_from(["a", "W"]))
@settings(max_examples=30)
def test_the_steps_of_the_independent_version_go_down_its_own_loss(case, moved):
    """A step is minus the gradient of the formula of the loss: central differences, away from its kinks."""
    model, (W, b, a), x, y = case
    rate, change = 1e-5, np.random.default_rng(0).normal(size=a.shape if moved == "a" else W.shape)
    if moved == "a":
        taken = (plain.head_step(W, b, a, x, y, 1, 0.3) - a) * change / len(a)  # a task's head is in one loss of T
        ends = [plain.loss(W, b, a + s * rate * change, x, y, 0.0, 0.3) for s in (1, -1)]
    else:
        taken = (plain.representation_step(W, b, a, x, y, 1, 0, 0.3)[0] - W) * change
        ends = [plain.loss(W + s * rate * change, b, a, x, y, 0.3, 0.0) for s in (1, -1)]
    assert abs(taken.sum() + (ends[0] - ends[1]) / (2 * rate)) < DIFFERENCES[torch.float64]


@st.composite
def models(draw, r):
    """One model and its tasks."""
    same, (n1, n2) = draw(st.booleans()), (draw(counts), draw(counts))
    model = Model(
        draw(counts), n1, n1 if same else n2, r + draw(st.integers(0, 3)), draw(counts), draw(hypers()),
        draw(st.sampled_from(["task", "shared"])), draw(st.booleans()), same, draw(st.booleans()),
    )  # fmt: skip
    subset = st.sampled_from(plain.subsets(r, empty=True))
    return model, draw(st.lists(subset, min_size=model.T, max_size=model.T))


def inputs_of(model, samples, d, draws, iterations):
    """The batches that a model sees: its first rows and columns of what the company of models draws."""
    for iteration in range(iterations):
        pair = draws.normal("inputs", 2, samples, d, turn=1 + iteration)[0].numpy()
        yield [
            x[: model.T * n, : model.d].reshape(model.T, n, model.d)
            for x, n in zip(pair, (model.n1, model.n2), strict=True)
        ]


@given(st.data(), st.integers(1, 3), seeds)
@settings(max_examples=200)
def test_pretraining(given_by, r, seed):
    """One model or two side by side, on two trials, through every option."""
    company = given_by.draw(st.lists(models(r), min_size=1, max_size=2))
    d = max(model.d for model, _ in company)
    if len({model.d for model, _ in company}) == 1 and given_by.draw(st.booleans()):
        M = features.subspace(d, r, Draws(seed, (0,)).generators("subspace")[0])
    else:
        M = features.canonical_subspace(d, r)
    samples, trials = max(model.T * max(model.n1, model.n2) for model, _ in company), (0, 3)
    tables = {k: np.repeat(tables_of(drawn, r)[None], 2, 0) for k, (_, drawn) in enumerate(company)}
    draws = Draws(seed, trials, dtype=torch.float64)
    package = pretrain(dict(enumerate(m for m, _ in company)), tables, M, draws, 6)
    recorded = [states for _, states in package]
    for k, (model, drawn) in enumerate(company):
        for row, trial in enumerate(trials):
            own = Draws(seed, (trial,), dtype=torch.float64)
            W = model.hyper.nu_w * own.normal("first layer", model.m, model.d)[0].numpy()
            heads = own.normal("heads", model.T if model.heads == "task" else 1, model.m)[0].numpy()
            state = W, np.zeros(model.m), model.hyper.nu_a * heads
            inputs = list(inputs_of(model, samples, d, own, 6))
            options = model.reset, model.same_batch, model.fixed_samples
            given_draws = drawn, M.numpy()[:, : model.d], inputs
            run = plain.pretrain(*state, *given_draws, astuple(model.hyper)[:4], *options)
            for states, expected in zip(recorded, [state, *run], strict=True):
                for part, values in zip("Wba", expected, strict=True):
                    agree(getattr(states[k], part)[row], values)


def probe_inputs(draws, *sizes):
    """Biases, test inputs and training inputs of the first trial."""
    purposes = ("downstream biases", "test inputs", "downstream inputs")
    return [draws.normal(purpose, *size)[0].double().numpy() for purpose, size in zip(purposes, sizes, strict=True)]


@given(subspaces(), counts, st.integers(1, 9), st.integers(1, 30), st.integers(1, 30), seeds)
@settings(max_examples=30)
def test_linear_probe(M, m, m_hat, few, more, seed):
    r, d = M.shape
    W = np.random.default_rng(seed).normal(size=(1, m, d))
    drawn, samples = plain.subsets(r), [few, few + more]
    tables = torch.from_numpy(tables_of(drawn, r))
    draws = Draws(seed, [2])
    how = probe.Probe(m_hat, steps=50, test_samples=99)
    got = probe.linear_probe(torch.from_numpy(W), M, tables, samples, how, draws)
    bias, test, train = probe_inputs(draws, (m_hat,), (99, d), (max(samples), d))
    expected = [[plain.probe(W[0], 0.5 * bias, S, M.numpy(), train[:N], test, 50) for S in drawn] for N in samples]
    agree(torch.stack(got, -1)[0], expected)


def test_linear_probe_as_the_chapter_runs_it():
    M = features.canonical_subspace(5, 2)
    W = np.random.default_rng(0).normal(size=(1, 3, 5))
    tables = torch.from_numpy(tables_of([(0, 1)], 2))
    draws = Draws(0, [0])
    bias, test, train = probe_inputs(draws, (6,), (4096, 5), (200, 5))
    expected = plain.probe(W[0], 0.5 * bias, (0, 1), M.numpy(), train, test, 1000)
    got = probe.linear_probe(torch.from_numpy(W), M, tables, [200], probe.Probe(6), draws)
    agree(torch.cat(got).flatten(), expected)


# ---------------------------------------------------------------- measures


@given(subspaces(), counts, seeds)
def test_measures(M, m, seed):
    r, d = M.shape
    W = np.random.default_rng(seed).normal(size=(m, d))
    agree(metrics.subspace_error(torch.from_numpy(W), M), plain.error(W, M.numpy()))
    agree(summary(torch.from_numpy(W)[None], M)[:2, 0], [plain.error(W, M.numpy()), plain.missed(W, M.numpy())])
    V = metrics.top_subspace(torch.from_numpy(W), r)
    P_V, P_M = plain.projections(W, M.numpy())
    agree(V.T @ V, P_V)
    angles = np.linalg.eigvalsh(M.numpy() @ (np.eye(d) - P_V) @ M.numpy().T)
    agree(metrics.principal_sines(V, M) ** 2, np.clip(angles[::-1], 0, 1))
    inside, outside = metrics.split_norms(torch.from_numpy(W), M)
    agree(inside, np.linalg.norm(W @ P_M, axis=1))
    agree(outside, np.linalg.norm(W - W @ P_M, axis=1))


# ---------------------------------------------------------------- pairs


@given(steps(), seeds)
def test_pair_loss_and_sampled_A(case, seed):
    model, (W, b, _), x, y = case
    h, agreement = plain.hidden(W, b, x[0]), y[:, 0] @ y[:, 0] / model.T * np.eye(model.n1) + np.ones((model.n1,) * 2)
    agree(contrastive.pseudo_contrastive_loss(*one(h, agreement))[0], plain.pair_loss(h, agreement))
    other = np.random.default_rng(seed).normal(size=x.shape)
    g, g2 = (plain.directions(W[0], batch, y) for batch in (x, other))
    got = [contrastive.task_directions(*one(W[0], batch.reshape(-1, model.d), y)) for batch in (x, other)]
    agree(got[0][0], g)
    agree(contrastive.sampled_A(*got)[0], plain.sampled_A(g, g2))
    # and what the chapter says of it: from a zero head one iteration moves a neuron without bias by eta^2 A w
    eta, w = 0.01, W[:1] / 10
    g, g2 = (plain.directions(w[0], batch, y) for batch in (x, other))
    a = plain.head_step(w, np.zeros(1), np.zeros((model.T, 1)), x, y, eta, 0.0)
    moved = plain.representation_step(w, np.zeros(1), a, other, y, eta, 0.0, 0.0)[0] - w
    agree(moved[0], eta**2 * plain.sampled_A(g, g2) @ w[0])


# ---------------------------------------------------------------- infinitely many samples


@given(neurons(b=True), st.booleans())
@settings(max_examples=20)
def test_correlations(case, no_bias):
    """Value, gradient by w and derivative by the bias of every h_S; and the integral of the text for them."""
    w, M, b = case
    b = 0.0 if no_bias else b
    p, q = in_two_parts(w, M)
    found, on, gradients = fourier.coefficients(p, q, b), fourier.activity(p, q, b), vectors.gradients(w[None], M, b)
    for S in plain.subsets(len(M), empty=True):
        h, gradient, by_b = plain.moments(S, w, M, b)
        agree(found.h[0, code(S)], h)
        agree(gradients[0, code(S)], gradient)
        agree(on[0, code(S)], by_b)
        agree(found.by_p[0, code(S)] @ M + found.c[0, code(S)] * w, gradient)
        if S:
            agree(plain.correlation(M[list(S)] @ w, np.linalg.norm(w), b), h)


@given(st.integers(4, 6), st.sampled_from([0.0, -0.6, 0.3]), seeds)
@settings(max_examples=8)
def test_correlations_of_more_features(r, b, seed):
    rng = np.random.default_rng(seed)
    p, q = rng.uniform(-1, 1, (1, r)), rng.uniform(0.5, 2, 1)
    found = fourier.coefficients(p, q, b).h[0]
    for S in plain.subsets(r):
        agree(found[code(S)], plain.correlation(p[0, list(S)], np.sqrt(p[0] @ p[0] + q[0] ** 2), b))


@given(neurons(b=True), st.data())
@settings(max_examples=25)
def test_matrix_A_and_its_split(case, given_by):
    w, M, b = case
    law = given_by.draw(laws(len(M)))
    package, pi = law_of(len(M), law), np.zeros(2 ** len(M))
    pi[[code(S) for S in law]] = list(law.values())
    A = plain.matrix_A(w, M, law)
    agree(amplification.exact_A(w, M, package), A)
    agree(amplification.matrices_A(w[None], M, package, b)[0], plain.matrix_A(w, M, law, b))
    c, delta = plain.factors(w, M, law)
    got = amplification.decompose(*in_two_parts(w, M), pi)
    agree(got.c_perp[0], c)
    agree(got.delta[0], delta)
    n = given_by.draw(st.integers(1, 9))
    agree(finite.same_batch_mean(A, n), plain.one_batch(A, n))


@given(neurons(), st.data(), st.floats(0.05, 0.5), st.floats(0.05, 1.0), st.floats(0.05, 1.0))
@settings(max_examples=25)
def test_steps_of_a_neuron(case, given_by, eta, kappa, lam_w):
    """One step with reset heads, for many heads, for one shared head, and at the best weight decay."""
    w, M, _ = case
    law = given_by.draw(laws(len(M)))
    package, (p, q) = law_of(len(M), law), in_two_parts(w, M)

    def ends(expected):
        return M @ expected, np.linalg.norm(expected - M.T @ (M @ expected))

    star = dynamics.lam_w_star(package, eta, kappa)
    agree(star, plain.lam_w_star(law, eta, kappa))
    n = given_by.draw(st.integers(1, 9))
    agree(dynamics.lam_w_star(package, eta, kappa, n), plain.lam_w_star(law, eta, kappa, n))
    for decay in (lam_w, star):
        path_p, path_q = dynamics.run(p, q, package, 1, dynamics.Update(eta, decay, kappa=kappa))
        expected_p, expected_q = ends(plain.step(w, plain.matrix_A(w, M, law) @ w, eta, decay, kappa))
        agree(path_p[1, 0], expected_p)
        agree(path_q[1, 0], expected_q)
        target = package.probs @ tasks.fourier(package.tables)
        shared_p, shared_q = single.one_step(p, q, target, eta, decay, kappa)
        expected_p, expected_q = ends(plain.step(w, plain.drift(law, w, M), eta, decay, kappa))
        agree(shared_p[0], expected_p)
        agree(abs(shared_q[0]), expected_q)


@given(neurons(), st.data(), *[st.floats(0.02, 0.5)] * 3)
@settings(max_examples=15)
def test_recursion(case, given_by, eta, lam_w, lam_a):
    w, M, _ = case
    law = given_by.draw(laws(len(M)))
    p, q = in_two_parts(w, M)
    got = dynamics.run(p, q, law_of(len(M), law), 5, dynamics.Update(eta, lam_w, lam_a))
    path = plain.recursion(p[0], q[0], law, 5, eta, lam_w, lam_a)
    agree(got[0][:, 0], [p for p, _ in path])
    agree(got[1][:, 0], [abs(q) for _, q in path])


def test_not_all_equal():
    """Its coefficients, and one step that finds all features from it."""
    w, M = np.array([0.2, -0.3, 0.1, 1.0, 0.5]), np.eye(3, 5)
    labels = np.where(abs(cube(3).sum(1)) == 3, -1.0, 1.0)
    f = {S: (labels * plain.parity(S, cube(3))).mean() for S in plain.subsets(3, empty=True)}
    agree(single.not_all_equal(3), labels)
    coefficients = tasks.fourier(labels[None].astype(np.float32))[0]
    agree([coefficients[code(S)] for S in f], list(f.values()))
    p, q = single.one_step(*in_two_parts(w, M), coefficients, 0.7, 1.1, 0.4)
    expected = plain.step(w, plain.drift(f, w, M), 0.7, 1.1, 0.4)
    agree(p[0], expected[:3])
    agree(abs(q[0]), np.linalg.norm(expected[3:]))


# ---------------------------------------------------------------- what follows from it


@given(st.integers(1, 4), empties, *[st.floats(0.01, 0.9)] * 3)
def test_rates_and_regimes(r, empty, eta, lam_w, lam_a):
    law, package = plain.uniform(r, empty), tasks.uniform(r, empty)
    agree(regimes.Lambda(package, lam_w, lam_a), plain.Lambda(law, lam_w, lam_a))
    g_q, g_p = plain.rates(law, eta, lam_w, lam_a)
    got = growth.rates(law.get((), 0.0), law[(0,)], eta, lam_w, lam_a)
    agree([got.q, got.p], [g_q, g_p])
    agree(growth.steps_to(0.1, r + 9, r, got), plain.steps_to(0.1, r + 9, r, got.q, got.p))
    still, inside, _ = regimes.neutral_products(package)
    if still:  # at a neutral product the growth is one
        agree(plain.rates(law, eta, still / lam_a, lam_a)[0], 1.0)
    agree(plain.growth(plain.rates(law, eta, 0.0, lam_a)[0], 0.0, eta, lam_a), plain.rates(law, eta, 0.0, lam_a)[0])
    agree(inside - still, law[(0,)] / (2 * math.pi))


def test_neutral_values_along_a_diagonal():
    """2 pi A w / pi(S) has the factor F_k on a neuron that is all but aligned; the values of the text at the limit."""
    for k, limit in enumerate((2, 2 + (2**0.5 - 1) ** 2, 2 + 3 * (3**-0.5 - 1 / 3) ** 2), 1):
        agree([regimes.neutral_product(k, empty) for empty in (True, False)], [limit, limit - 1])
        w = np.append(np.ones(k), 0.15)
        near = 2 * math.pi * 2**k * (plain.matrix_A(w, np.eye(k, k + 1), plain.uniform(k, True)) @ w)[0]
        assert abs(near - limit) < 1e-3  # the part outside is short, not zero


@pytest.mark.parametrize("r, T, empty", [(1, 3, True), (2, 3, True), (2, 4, False), (3, 3, False)])
def test_finitely_many_tasks(r, T, empty):
    """Every draw of T tasks, one by one."""
    law, package, orthants = plain.uniform(r, empty), tasks.uniform(r, empty), cube(r)
    everything = list(plain.all_draws(law, T))
    agree(sum(prob for _, prob in everything), 1.0)

    def mean(what):
        return sum(prob * what(drawn) for drawn, prob in everything)

    def spread(drawn):
        labels = tables_of(drawn, r).astype(float)
        return (labels.T @ labels / T - plain.beta(law, orthants, orthants)) ** 2

    agree(finite.beta_variance(package, T), mean(spread))
    agree(finite.every_singleton_drawn(r, T, empty), mean(lambda drawn: {(j,) for j in range(r)} <= set(drawn)))


@pytest.mark.parametrize("r, d", [(1, 2), (2, 5), (3, 3), (3, 9)])
def test_features_that_a_single_task_leaves_out(r, d):
    law = plain.uniform(r, empty=True)
    agree(single.missed_probability(r), sum(prob for S, prob in law.items() if len(S) < r))
    for S in law:
        if len(S) < r:
            agree(single.captured_bound(d, r, len(S)), min(1, r / (d - len(S))))


# ---------------------------------------------------------------- heads


@given(st.integers(1, 2), st.floats(-1, 1), seeds)
@settings(max_examples=20)
def test_affine_heads(k, c, seed):
    """A parity of some of the features, so that the others keep the tensor rule smooth."""
    u = np.random.default_rng(seed).uniform(0.5, 1, 3) * [1, -1, 1]
    for S in combos(3, k):
        agree(affine.accuracy(u[None], c, code(S))[0], plain.affine_accuracy(S, u, c))
        agree(affine.hinge(u[None], c, code(S))[0], plain.affine_hinge(S, u, c))


def combos(r, k):
    """The subsets of k of r features."""
    return [S for S in plain.subsets(r) if len(S) == k]


@given(st.sampled_from(plain.subsets(4)), st.sampled_from([2.0, 3.0]), st.sampled_from([0.25, 0.5]), seeds)
@settings(max_examples=20)
def test_explicit_head(S, L, grid_step, seed):
    z = np.random.default_rng(seed).uniform(-L, L, (50, 4))
    head = witness.parity_head(4, list(S), L, grid_step)
    expected = plain.parity_head(z, S, L, grid_step)
    agree(head(z), expected)
    assert len(head.a) == 2 ** (len(S) - 1) * (2 * len(S) * L / grid_step + 2)
    target = np.sin(math.pi * z[:, list(S)] / L).prod(1)
    epsilon = math.pi**2 * grid_step**2 / (8 * L**2)
    agree(witness.sup_error(L, grid_step), epsilon)
    assert abs(expected - target).max() <= epsilon


@pytest.mark.parametrize("r", [1, 2, 3])
@pytest.mark.parametrize("m_hat", [1, 2, 3, 5, 8])
def test_labelings(r, m_hat):
    assert counting.labelings(r, m_hat) == plain.labelings(2**r, m_hat)


@given(st.integers(2, 30), st.data())
def test_random_features(d, given_by):
    k = given_by.draw(st.integers(1, min(d, 5)))
    assert random_features.harmonics(d, k) == plain.harmonics(d, k)
    agree(random_features.leading_weight(d, k), plain.leading_weight(d, k))
    m_hat = given_by.draw(st.integers(0, plain.harmonics(d, k)))
    share = plain.leading_weight(d, k) * m_hat / plain.harmonics(d, k)
    assert random_features.capture_bound(d, k, m_hat) <= m_hat / plain.harmonics(d, k) + INDEPENDENT
    agree(random_features.capture_bound(d, k, m_hat), share)
