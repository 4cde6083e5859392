"""The claims about the pseudo-contrastive loss and its matrix A."""

import numpy as np
import torch

from mtlcore.lab import store
from mtlcore.lab.claim import Claim
from mtlcore.lab.comparisons import Finding, about_the_paper, below, within
from mtlcore.lab.draws import Draws
from mtlcore.pretraining import contrastive, features, network, tasks
from mtlcore.pretraining.algorithm import Hyper, Model, batches, head_step, initial_state, labels, representation_step
from mtlcore.pretraining.configuration import draw_tasks
from mtlcore.pretraining.pseudo_contrastive import findings
from mtlcore.pretraining.pseudo_contrastive.matrix import ContrastiveMatrix
from mtlcore.pretraining.theory import exact_A
from mtlcore.pretraining.theory.amplification import decompose

ROUNDING = "1e-12: rounding of float64 sums; the statement is an identity"
TOLERANCE = "three standard errors of the paired difference over trials, since a figure makes many comparisons"


def one_round(nu_w: float) -> float:
    """One head step from zero heads and one representation step, against w + eta^2 A w.

    Args:
        nu_w: scale of the neurons; a large one makes hinges inactive.

    Returns:
        The largest difference.
    """
    model = Model(T=5, n1=40, n2=40, d=6, m=4, hyper=Hyper(lam_w=0.0, nu_a=0.0, nu_w=nu_w, eta_b=0.0))
    M = features.canonical_subspace(6, 3)
    draws = Draws(0, [0], dtype=torch.float64)
    state, tables = initial_state(model, draws), torch.from_numpy(draw_tasks(tasks.uniform(3), 5, draws)).double()
    (x, codes), (x2, codes2) = batches(200, M, draws, 1)
    y, y2 = labels(tables, codes, 40), labels(tables, codes2, 40)
    after = representation_step(head_step(state, x, y, model), x2, y2, model)
    moved = []
    for w in state.W.unbind(1):
        A = contrastive.sampled_A(contrastive.task_directions(w, x, y), contrastive.task_directions(w, x2, y2))
        moved.append(w + model.hyper.eta**2 * (A @ w[..., None])[..., 0])
    return float((after.W - torch.stack(moved, 1)).abs().max())


def mechanism() -> list[Finding]:
    """The two steps together are w + eta^2 A w while every hinge is active."""
    return [within("one head step and one representation step move each neuron by eta^2 A w", one_round(0.01), 1e-12)]


def mechanism_saturated() -> list[Finding]:
    """Control: with inactive hinges the identity fails."""
    return [within("the same where margins exceed one", one_round(10.0), 1e-12)]


def loss_gradient(factor: float) -> float:
    """Gradient of the pseudo-contrastive loss against -factor A w on shared inputs.

    Args:
        factor: 2 for the identity.

    Returns:
        The largest difference.
    """
    M, law = features.canonical_subspace(6, 3), tasks.uniform(3)
    draws = Draws(1, [0], dtype=torch.float64)
    x = draws.normal("inputs", 300, 6)
    codes = features.orthant(x, M)
    every = torch.from_numpy(law.each_once()).double()
    y = every[:, codes[0]][None]
    w = draws.normal("neuron", 6).requires_grad_()
    h = network.activations(w[:, None], w.new_zeros(1, 1), x)
    beta = torch.from_numpy(tasks.beta(law.tables, law.probs))[codes[0]][:, codes[0]][None]
    (gradient,) = torch.autograd.grad(contrastive.pseudo_contrastive_loss(h, beta).sum(), w)
    shared = x.repeat(1, len(every), 1)
    g = contrastive.task_directions(w.detach(), shared, y)
    A = contrastive.sampled_A(g, g)
    return float((gradient + factor * (A @ w.detach()[..., None])[..., 0]).abs().max())


def pseudo_contrastive() -> list[Finding]:
    """Its gradient is -2 A w, so the algorithm follows half of it."""
    return [within("the gradient of the pseudo-contrastive loss is -2 A w", loss_gradient(2.0), 1e-12)]


def pseudo_contrastive_without_half() -> list[Finding]:
    """Control: without the factor 2 the two differ."""
    return [within("the gradient of the pseudo-contrastive loss is -A w", loss_gradient(1.0), 1e-12)]


def beta_error(law: tasks.Law, empty: bool) -> float:
    """Largest difference of beta from its closed form for a uniform law.

    Args:
        law: the law.
        empty: which closed form: with the empty set, or without.

    Returns:
        The difference.
    """
    same = np.eye(2**law.r)
    formula = same if empty else (2**law.r * same - 1) / (2**law.r - 1)
    return float(abs(tasks.beta(law.tables, law.probs) - formula).max())


def beta_uniform() -> list[Finding]:
    """Beta of the uniform law, without and with the empty set, r = 1 to 8."""
    return [
        within(
            f"beta tells exactly whether two points share all features, {name} the empty set",
            max(beta_error(tasks.uniform(r, empty), empty) for r in range(1, 9)),
            1e-12,
        )
        for name, empty in (("with", True), ("without", False))
    ]


def beta_skewed() -> list[Finding]:
    """Control: under a skewed law beta is something else."""
    return [within("the same for a skew to small sets", beta_error(tasks.by_size(3, 0.5), False), 1e-12)]


def psd_gap(empty: bool) -> float:
    """How far A is below its leading part with the empty set's term, over random neurons.

    Args:
        empty: whether the law has the empty set in.

    Returns:
        Minus the smallest eigenvalue of 2^r 2 pi A - M^T M - what what^T, or 0.
    """
    gap = 0.0
    for r, d in ((2, 8), (3, 16), (4, 16)):
        M, law = features.canonical_subspace(d, r).numpy(), tasks.uniform(r, empty)
        for w in np.random.default_rng(r).standard_normal((20, d)):
            rest = 2**r * 2 * np.pi * exact_A(w, M, law) - M.T @ M - np.outer(w, w) / (w @ w)
            gap = max(gap, -np.linalg.eigvalsh(rest)[0])
    return gap


def limit_of_A() -> list[Finding]:
    """The exact A dominates its leading part."""
    text = "the exact A exceeds (M^T M + u u^T) / (2 pi 2^r) by a positive semi-definite matrix"
    return [within(text, psd_gap(True), 1e-12)]


def limit_of_A_without_empty_set() -> list[Finding]:
    """Control: without the empty set the neuron's own direction is not in A."""
    return [within("the same without the empty set", psd_gap(False), 1e-12)]


def odd_parities() -> list[Finding]:
    """Parities of three, five, ... features are invisible to a neuron without bias."""
    p, q = np.random.default_rng(0).standard_normal((50, 5)), np.ones(50)
    pi = np.where(np.isin(tasks.sizes(5), (3, 5)), 1.0, 0.0)
    found = decompose(p, q, pi / pi.sum())
    return [within("a parity of 3 or 5 features moves no neuron at bias 0", float(abs(found.delta).max()), 1e-12)]


def even_parities() -> list[Finding]:
    """Control: pairs do move neurons."""
    p, q = np.random.default_rng(0).standard_normal((50, 5)), np.ones(50)
    pi = np.where(tasks.sizes(5) == 2, 1.0, 0.0)
    found = decompose(p, q, pi / pi.sum())
    return [within("a parity of 2 features moves no neuron at bias 0", float(abs(found.delta).max()), 1e-12)]


def empty_set_is_harmless() -> list[Finding]:
    """Control: with the empty set in the law, A does not become a projection."""
    error = store.get(ContrastiveMatrix()).error.sel(law="with the empty set", T=1024)
    return [below("with the empty set: at T = 1024 the subspace error is below 0.1", error, 0.1)]


CLAIMS = (
    Claim(
        id="mechanism",
        title="Head step, then representation step",
        statement="While every hinge is active, one round from zero heads moves each neuron by eta^2 A w.",
        known="updating task-specific heads first induces a pseudo-contrastive loss",
        kind="identity",
        tested="T = 5, n = 40, d = 6, m = 4, float64, one draw",
        regime="the same: heads from zero, all hinges active",
        tolerance=ROUNDING,
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
        tested="r = 3, 300 shared inputs, one neuron, against automatic differentiation",
        regime="the same",
        tolerance=ROUNDING,
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
        tested="r = 1 ... 8, all pairs of orthants, without and with the empty set",
        regime="the same: infinitely many tasks",
        tolerance=ROUNDING,
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
        tested="r = 2, 3, 4, d = 8 and 16, 60 random neurons",
        regime="the same: infinitely many tasks and samples, bias 0",
        tolerance=ROUNDING,
        chapter="pretraining/pseudo-contrastive",
        needs=("pseudo-contrastive", "beta"),
        check=limit_of_A,
        control=limit_of_A_without_empty_set,
    ),
    Claim(
        id="odd-parities",
        title="Odd parities are invisible",
        statement="At bias 0 a neuron has no correlation with a parity of an odd number of features, three or more.",
        known="not in what is known of the paper; ours",
        kind="identity",
        tested="r = 5, sizes 3 and 5, 50 random neurons",
        regime="the same: infinitely many samples, bias 0",
        tolerance=ROUNDING,
        chapter="pretraining/pseudo-contrastive",
        needs=(),
        check=odd_parities,
        control=even_parities,
    ),
    Claim(
        id="figure-4",
        title="Figure 4",
        statement="With more tasks, A becomes dominated by its block on row(M).",
        known="caption: A is approximately c M^T M as T grows",
        kind="figure",
        tested="T = 1 ... 1024, d = 16, r = 4, 1000 samples per task and side, 10 neurons, seed 5, non-empty subsets",
        regime="the figure's own scale",
        tolerance=TOLERANCE,
        chapter="pretraining/pseudo-contrastive",
        needs=("beta", "matrix-a"),
        check=lambda: about_the_paper(findings.contrastive_matrix(store.get(ContrastiveMatrix())), ""),
        control=empty_set_is_harmless,
    ),
)
