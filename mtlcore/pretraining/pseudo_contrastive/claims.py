"""The claims about the pseudo-contrastive loss and its matrix A."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from mtlcore.lab import store
from mtlcore.lab.claim import OURS, PAIRED, Claim
from mtlcore.lab.comparisons import Finding, within
from mtlcore.lab.draws import Draws
from mtlcore.pretraining import contrastive, features, network, tasks
from mtlcore.pretraining.algorithm import Hyper, Model, batches, head_step, initial_state, labels, representation_step
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.pseudo_contrastive.findings import READINGS, isolates
from mtlcore.pretraining.pseudo_contrastive.matrix import ContrastiveMatrix
from mtlcore.pretraining.theory import exact_A
from mtlcore.pretraining.theory.amplification import decompose

ROUNDING = 1e-12
IDENTITY = f"{ROUNDING:g}: rounding of float64 sums; the statement is an identity"
#: One round from zero heads; the neurons are so short that every hinge is active.
ROUND = Model(T=5, n1=40, n2=40, d=6, m=4, hyper=Hyper(lam_w=0.0, nu_a=0.0, nu_w=0.01, eta_b=0.0))


def one_round(model: Model, r: int) -> float:
    """Largest difference of w + eta^2 A w from one head step from zero heads and one representation step."""
    M, T, n = features.canonical_subspace(model.d, r), model.T, model.n1
    draws = Draws(0, [0], dtype=torch.float64)
    state, tables = initial_state(model, draws), torch.from_numpy(draw_tasks(tasks.uniform(r), T, draws)).double()
    (x, codes), (x2, codes2) = batches(T * n, M, draws, 1)
    y, y2 = labels(tables, codes, n), labels(tables, codes2, n)
    after = representation_step(head_step(state, x, y, model), x2, y2, model)
    moved = []
    for w in state.W.unbind(1):
        A = contrastive.sampled_A(contrastive.task_directions(w, x, y), contrastive.task_directions(w, x2, y2))
        moved.append(w + model.hyper.eta**2 * (A @ w[..., None])[..., 0])
    return float((after.W - torch.stack(moved, 1)).abs().max())


def mechanism(model: Model, r: int) -> list[Finding]:
    """The two steps together are w + eta^2 A w while every hinge is active."""
    text = "one head step and one representation step move each neuron by eta^2 A w"
    return [within(text, one_round(model, r), ROUNDING)]


def mechanism_saturated(model: Model, r: int) -> list[Finding]:
    """Control: with long neurons hinges become inactive and the identity fails."""
    long = replace(model, hyper=replace(model.hyper, nu_w=10.0))
    return [within("the same where margins exceed one", one_round(long, r), ROUNDING)]


def loss_gradient(factor: float, r: int, d: int, inputs: int) -> float:
    """Largest difference of the pseudo-contrastive loss's gradient from -factor A w on shared inputs."""
    M, law = features.canonical_subspace(d, r), tasks.uniform(r)
    draws = Draws(1, [0], dtype=torch.float64)
    x = draws.normal("inputs", inputs, d)
    codes = features.orthant(x, M)
    every = torch.from_numpy(law.each_once()).double()
    y = every[:, codes[0]][None]
    w = draws.normal("neuron", d).requires_grad_()
    h = network.activations(w[:, None], w.new_zeros(1, 1), x)
    beta = torch.from_numpy(tasks.beta(law.tables, law.probs))[codes[0]][:, codes[0]][None]
    (gradient,) = torch.autograd.grad(contrastive.pseudo_contrastive_loss(h, beta).sum(), w)
    shared = x.repeat(1, len(every), 1)
    g = contrastive.task_directions(w.detach(), shared, y)
    A = contrastive.sampled_A(g, g)
    return float((gradient + factor * (A @ w.detach()[..., None])[..., 0]).abs().max())


def pseudo_contrastive(r: int, d: int, inputs: int) -> list[Finding]:
    """Its gradient is -2 A w, so the algorithm follows half of it."""
    gap = loss_gradient(2.0, r, d, inputs)
    return [within("the gradient of the pseudo-contrastive loss is -2 A w", gap, ROUNDING)]


def pseudo_contrastive_without_half(r: int, d: int, inputs: int) -> list[Finding]:
    """Control: without the factor 2 the two differ."""
    gap = loss_gradient(1.0, r, d, inputs)
    return [within("the gradient of the pseudo-contrastive loss is -A w", gap, ROUNDING)]


def beta_error(law: tasks.Law, empty: bool) -> float:
    """Largest difference of beta from its closed form for a uniform law, with the empty set or without."""
    same = np.eye(2**law.r)
    formula = same if empty else (2**law.r * same - 1) / (2**law.r - 1)
    return float(abs(tasks.beta(law.tables, law.probs) - formula).max())


def beta_uniform(r: Sequence[int]) -> list[Finding]:
    """Beta of the uniform law, without and with the empty set."""
    return [
        within(
            f"beta tells exactly whether two points share all features, {name} the empty set",
            max(beta_error(tasks.uniform(features, empty), empty) for features in r),
            ROUNDING,
        )
        for name, empty in (("with", True), ("without", False))
    ]


def beta_skewed(r: Sequence[int]) -> list[Finding]:
    """Control: under a skewed law beta is something else."""
    error = max(beta_error(tasks.by_size(features, 0.5), False) for features in r)
    return [within("the same for a skew to small sets", error, ROUNDING)]


def psd_gap(sizes: Sequence[tuple[int, int]], neurons: int, empty: bool) -> float:
    """How far A is below its leading part with the empty set's term, over random neurons, r and d.

    Returns:
        Minus the smallest eigenvalue of 2^r 2 pi A - M^T M - what what^T, or 0.
    """
    gap = 0.0
    for r, d in sizes:
        M, law = features.canonical_subspace(d, r).numpy(), tasks.uniform(r, empty)
        for w in np.random.default_rng(r).standard_normal((neurons, d)):
            rest = 2**r * 2 * np.pi * exact_A(w, M, law) - M.T @ M - np.outer(w, w) / (w @ w)
            gap = max(gap, -np.linalg.eigvalsh(rest)[0])
    return gap


def limit_of_A(sizes: Sequence[tuple[int, int]], neurons: int) -> list[Finding]:
    """The exact A dominates its leading part."""
    text = "the exact A exceeds (M^T M + u u^T) / (2 pi 2^r) by a positive semi-definite matrix"
    return [within(text, psd_gap(sizes, neurons, True), ROUNDING)]


def limit_of_A_without_empty_set(sizes: Sequence[tuple[int, int]], neurons: int) -> list[Finding]:
    """Control: without the empty set the neuron's own direction is not in A."""
    return [within("the same without the empty set", psd_gap(sizes, neurons, False), ROUNDING)]


def parities_move_none(sizes: Sequence[int], r: int, neurons: int) -> list[Finding]:
    """Parities of some sizes move no random neuron without bias."""
    p, q = np.random.default_rng(0).standard_normal((neurons, r)), np.ones(neurons)
    pi = np.where(np.isin(tasks.sizes(r), sizes), 1.0, 0.0)
    found = float(abs(decompose(p, q, pi / pi.sum()).delta).max())
    named = " or ".join(map(str, sizes))
    return [within(f"a parity of {named} features moves no neuron at bias 0", found, ROUNDING)]


def pairs_move_none(r: int, neurons: int, **_: object) -> list[Finding]:
    """Control: pairs do move neurons."""
    return parities_move_none((2,), r, neurons)


def figure_4(reading: str) -> Claim:
    """The caption of Figure 4 under one law.

    The control is a law that leaves one feature out: A has a block for the others only.
    """
    law = READINGS[reading]
    return Claim(
        id="figure-4" if law == "non-empty" else f"figure-4-{law.replace(' ', '-')}",
        title="Figure 4",
        statement=f"With more tasks, A becomes dominated by its block on row(M), all of it: {reading}.",
        known="caption: A is approximately c M^T M as T grows",
        kind="figure",
        case={"run": ContrastiveMatrix, "law": law},
        tested="T = {run.T}, d = {run.d}, r = {run.r}, {run.n} samples per task and side, {run.trials} neurons, "
        "seed {run.seed}, the law {law!r}",
        regime="the figure's own scale",
        tolerance=PAIRED,
        chapter="pretraining/pseudo-contrastive",
        needs=(),
        check=lambda run, law: isolates(store.get(run), law),
        control=lambda run, **_: isolates(store.get(run), "one feature left out"),
    )


CLAIMS = (
    Claim(
        id="mechanism",
        title="Head step, then representation step",
        statement="While every hinge is active, one round from zero heads moves each neuron by eta^2 A w.",
        known="updating task-specific heads first induces a pseudo-contrastive loss",
        kind="identity",
        case={"model": ROUND, "r": 3},
        tested="T = {model.T}, n = {model.n1}, d = {model.d}, r = {r}, m = {model.m}, double precision, one draw",
        regime="the same: heads from zero, all hinges active",
        tolerance=IDENTITY,
        chapter="pretraining/pseudo-contrastive",
        needs=(),
        check=mechanism,
        control=mechanism_saturated,
    ),
    Claim(
        id="pseudo-contrastive",
        title="The pseudo-contrastive loss",
        statement="The gradient of -E[beta relu(Wx).relu(Wx')] is -2 A w; the algorithm follows half.",
        known="caption of Figure 4: the gradient takes the form -A w_j",
        kind="identity",
        case={"r": 3, "d": 6, "inputs": 300},
        tested="r = {r}, d = {d}, {inputs} shared inputs, one neuron, against automatic differentiation",
        regime="the same",
        tolerance=IDENTITY,
        chapter="pretraining/pseudo-contrastive",
        needs=("mechanism",),
        check=pseudo_contrastive,
        control=pseudo_contrastive_without_half,
    ),
    Claim(
        id="beta",
        title="Diversity of the tasks",
        statement="For uniform parities beta(x, x') depends only on whether x and x' share all features.",
        known="beta is about 1 if and only if two points share the important features",
        kind="identity",
        case={"r": range(1, 9)},
        tested="r = {r}, all pairs of orthants, without and with the empty set",
        regime="the same: infinitely many tasks",
        tolerance=IDENTITY,
        chapter="pretraining/pseudo-contrastive",
        needs=(),
        check=beta_uniform,
        control=beta_skewed,
    ),
    Claim(
        id="matrix-a",
        title="The matrix A in the limit",
        statement="With the empty set, A exceeds (M^T M + u u^T) / (2 pi 2^r) as a quadratic form.",
        known="A is approximately c M^T M",
        kind="identity",
        case={"sizes": ((2, 8), (3, 16), (4, 16)), "neurons": 20},
        tested="(r, d) = {sizes}, {neurons} random neurons for each",
        regime="the same: infinitely many tasks and samples, bias 0",
        tolerance=IDENTITY,
        chapter="pretraining/pseudo-contrastive",
        needs=("pseudo-contrastive", "beta"),
        check=limit_of_A,
        control=limit_of_A_without_empty_set,
    ),
    Claim(
        id="odd-parities",
        title="Odd parities are invisible",
        statement="At bias 0 a neuron has no correlation with a parity of an odd number of features, three or more.",
        known=OURS,
        kind="identity",
        case={"sizes": (3, 5), "r": 5, "neurons": 50},
        tested="r = {r}, parities of {sizes} features, {neurons} random neurons",
        regime="the same: infinitely many samples, bias 0",
        tolerance=IDENTITY,
        chapter="pretraining/pseudo-contrastive",
        needs=(),
        check=parities_move_none,
        control=pairs_move_none,
    ),
    *map(figure_4, READINGS),
)
