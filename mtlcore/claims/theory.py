"""The theory's claims: exact identities, inequalities and scalings, each with a case where it must fail."""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from mtlcore import contrastive, data, network, tasks
from mtlcore.claims.compare import Finding, within
from mtlcore.claims.entry import Claim
from mtlcore.population import matrix_A
from mtlcore.population.amplification import decompose
from mtlcore.population.averages import directions, separation
from mtlcore.population.dynamics import lam_w_star, run
from mtlcore.population.growth import rates
from mtlcore.population.regimes import Lambda
from mtlcore.pretrain import Hyper, Model, head_step, initial_state, labels, representation_step

ROUNDING = "1e-12: rounding of float64 sums; the statement is an identity"
FULL_TEXT = "the full statement is not known; this is our executable version"


def one_round(nu_w: float) -> float:
    """One head step from zero heads and one representation step, against w + eta^2 A w.

    Args:
        nu_w: scale of the neurons; a large one makes hinges inactive.

    Returns:
        The largest difference.
    """
    model = Model(T=5, n1=40, n2=40, d=6, m=4, hyper=Hyper(lam_w=0.0, nu_a=0.0, nu_w=nu_w, eta_b=0.0))
    M = data.canonical_subspace(6, 3)
    state = initial_state(model, 0, [0], dtype=torch.float64)
    tables = torch.from_numpy(tasks.uniform(3).sample(5, data.stream(0, "tasks", 0)))[None].double()
    x, x2 = (data.normal([data.stream(0, "data", k)], 200, 6).double() for k in range(2))
    y, y2 = (labels(tables, data.orthant(z, M), 40) for z in (x, x2))
    after = representation_step(head_step(state, x, y, model), x2, y2, model)
    moved = []
    for w in state.W.unbind(1):
        A = contrastive.matrix_A(contrastive.task_directions(w, x, y), contrastive.task_directions(w, x2, y2))
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
    M, law = data.canonical_subspace(6, 3), tasks.uniform(3)
    x = data.normal([data.stream(1, "data", 0)], 300, 6).double()
    codes = data.orthant(x, M)
    every = torch.from_numpy(law.each_once()).double()
    y = every[:, codes[0]][None]
    w = data.normal([data.stream(1, "neuron", 0)], 6).double().requires_grad_()
    h = network.features(w[:, None], w.new_zeros(1, 1), x)
    beta = torch.from_numpy(tasks.beta(law.tables, law.probs))[codes[0]][:, codes[0]][None]
    (gradient,) = torch.autograd.grad(contrastive.pseudo_contrastive_loss(h, beta).sum(), w)
    shared = x.repeat(1, len(every), 1)
    g = contrastive.task_directions(w.detach(), shared, y)
    A = contrastive.matrix_A(g, g)
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
        M, law = data.canonical_subspace(d, r).numpy(), tasks.uniform(r, empty)
        for w in np.random.default_rng(r).standard_normal((20, d)):
            rest = 2**r * 2 * np.pi * matrix_A(w, M, law) - M.T @ M - np.outer(w, w) / (w @ w)
            gap = max(gap, -np.linalg.eigvalsh(rest)[0])
    return gap


def limit_of_A() -> list[Finding]:
    """The exact A dominates its leading part."""
    text = "the exact A exceeds (M^T M + u u^T) / (2 pi 2^r) by a positive semi-definite matrix"
    return [within(text, psd_gap(True), 1e-12)]


def limit_of_A_without_empty_set() -> list[Finding]:
    """Control: without the empty set the neuron's own direction is not in A."""
    return [within("the same without the empty set", psd_gap(False), 1e-12)]


def separation_holds() -> list[Finding]:
    """Random neurons and laws, r = 2 to 5."""
    generator = np.random.default_rng(0)
    worst = 0.0
    for r in (2, 3, 4, 5):
        for _ in range(25):
            pi = generator.dirichlet(np.ones(2**r))
            p, q = generator.standard_normal((40, r)), np.exp(generator.uniform(-6, 3, 40))
            worst = max(worst, separation(p, q, pi))
    return [within("outside row(M) no step gains more than the empty set gives, inside none gains less", worst, 1e-12)]


def separation_with_a_negative_law() -> list[Finding]:
    """Control: weights that are no law (a negative pair) break the inequality."""
    pi = np.array([0.0, 0.6, 0.6, -0.2])
    p, q = np.random.default_rng(0).standard_normal((40, 2)), np.ones(40)
    return [within("the same with a negative weight for the pair", separation(p, q, pi), 1e-12)]


def residual(d: int, lam_w: Callable[[tasks.Law], float], r: int = 3) -> float:
    """Median of q+/|p+| after one step, over random neurons.

    Args:
        d: input dimension.
        lam_w: weight decay as a function of the law.
        r: number of features.

    Returns:
        The median.
    """
    law = tasks.uniform(r, empty=True)
    p, q = directions(d, r, 400, np.random.default_rng(d))
    path_p, path_q = run(p, q, law, 1, eta=0.1, lam_w=lam_w(law), kappa=0.1)
    return float(np.median(path_q[1] / np.linalg.norm(path_p[1], axis=1)))


def residual_slope(lam_w: Callable[[tasks.Law], float]) -> float:
    """Exponent of the residual in d, d = 32 ... 1024.

    Args:
        lam_w: weight decay as a function of the law.

    Returns:
        The least-squares slope on logarithmic axes.
    """
    d = 2 ** np.arange(5, 11)
    return float(np.polyfit(np.log(d), np.log([residual(int(k), lam_w) for k in d]), 1)[0])


def star(law: tasks.Law) -> float:
    """The weight decay of the one-step theorem, for eta = kappa = 0.1.

    Args:
        law: the law over tasks.

    Returns:
        The weight decay.
    """
    return lam_w_star(law, 0.1, 0.1)


def one_step() -> list[Finding]:
    """One step with lam_w* leaves a residual of relative order (r/d)^1.5."""
    slope = residual_slope(star)
    return [within("after one step with lam_w* the spurious residual falls as d^-1.5", abs(slope + 1.5), 0.1)]


def one_step_forgetting_only() -> list[Finding]:
    """Control: lam_w = 1/eta forgets the start but not the empty set's push."""
    slope = residual_slope(lambda law: 10.0)
    return [within("the same with lam_w = 1/eta", abs(slope + 1.5), 0.1)]


def growth_error(lam_a: float, lam_w: float, r: int) -> float:
    """Relative error of the predicted growth per step of q and p, against the exact recursion.

    Args:
        lam_a: weight decay of the heads.
        lam_w: weight decay of the first layer.
        r: number of features.

    Returns:
        The larger of the two relative errors of log growth per step, in units of growth per step.
    """
    law = tasks.uniform(r, empty=True)
    path_p, path_q = run(np.full((1, r), 1e-9), np.ones(1), law, 1500, lam_w=lam_w, lam_a=lam_a)
    found = rates(law.probs[0], law.probs[1], 0.1, lam_w, lam_a)
    measured_q, measured_p = path_q[-1, 0] / path_q[-2, 0], path_p[-1, 0, 0] / path_p[-2, 0, 0]
    return float(max(abs(measured_q - found.q), abs(measured_p - found.p)))


def signs(value: float) -> tuple[bool, bool]:
    """Does the recursion grow inside and outside row(M) at this Lambda, from a random start with d >> r?

    Args:
        value: Lambda, reached by the choice of lam_w.

    Returns:
        (inside grows, outside grows).
    """
    law, lam_a = tasks.uniform(3, empty=True), 0.5
    lam_w = value / Lambda(law, 1.0, lam_a)
    path_p, path_q = run(np.full((1, 3), 1e-9), np.ones(1), law, 1500, lam_w=lam_w, lam_a=lam_a)
    return bool(path_p[-1, 0, 0] > path_p[-2, 0, 0]), bool(path_q[-1, 0] > path_q[-2, 0])


def regimes() -> list[Finding]:
    """Growth rates in closed form, and the three regimes of Lambda."""
    wrong = sum(signs(value) != (value < 2, value < 1) for value in (0.3, 0.6, 0.9, 1.1, 1.5, 1.9, 2.1, 2.6, 3.0))
    error = max(growth_error(0.5, 0.05, 2), growth_error(0.5, 0.05, 3), growth_error(0.5, 0.03, 4))
    return [
        within("the exact recursion grows per step as predicted in closed form", error, 2e-5),
        within("both parts grow for Lambda < 1, only the features up to 2, neither beyond", float(wrong), 0.0),
    ]


def features_grow_beyond_the_window() -> list[Finding]:
    """Control: at Lambda = 2.5 the features decay."""
    return [within("at Lambda = 2.5 the features grow", float(not signs(2.5)[0]), 0.0)]


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


CLAIMS: Sequence[Claim] = (
    Claim(
        id="mechanism",
        title="Head step, then representation step",
        statement="While every hinge is active, one round from zero heads moves each neuron by eta^2 A w.",
        known="updating task-specific heads first induces a pseudo-contrastive loss",
        kind="identity",
        tested="T = 5, n = 40, d = 6, m = 4, float64, one draw",
        regime="the same: heads from zero, all hinges active",
        tolerance=ROUNDING,
        chapter="chapters/contrastive",
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
        chapter="chapters/contrastive",
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
        chapter="chapters/contrastive",
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
        chapter="chapters/contrastive",
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
        chapter="chapters/contrastive",
        needs=(),
        check=odd_parities,
        control=even_parities,
    ),
    Claim(
        id="separation",
        title="Proposition 3.1 (separation)",
        statement="For every law over parities, a step gains at most pi(empty)/(2 pi) outside row(M), and on each "
        "feature at least pi({j})/(2 pi) more than outside.",
        known="Proposition 3.1 is known only up to its assumptions; " + FULL_TEXT,
        kind="search",
        tested="4,000 random neurons, 100 random laws, r = 2 ... 5",
        regime="infinitely many samples, bias 0, hinges active",
        tolerance=ROUNDING + ", here an inequality",
        chapter="chapters/fan-out",
        needs=("matrix-a",),
        check=separation_holds,
        control=separation_with_a_negative_law,
    ),
    Claim(
        id="one-step",
        title="Theorem 3.2, one step",
        statement="One step with weight decay lam_w* leaves outside row(M) only a part of relative order (r/d)^1.5.",
        known="Theorem 3.2 is known only by its title, Representation Learning; " + FULL_TEXT,
        kind="scaling",
        tested="d = 32 ... 1024, r = 3, 400 random neurons for each d",
        regime="infinitely many tasks and samples; the theorem has finitely many",
        tolerance="0.1 on the exponent: the next order is r/d, 10% at the smallest d",
        chapter="chapters/steps",
        needs=("separation",),
        check=one_step,
        control=one_step_forgetting_only,
    ),
    Claim(
        id="regimes",
        title="Theorem 3.2, many steps",
        statement="With persistent heads everything grows for Lambda < 1, only the features for 1 < Lambda < 2, and "
        "above 2 a random start decays.",
        known="not in what is known of the paper; ours",
        kind="oracle",
        tested="r = 2, 3, 4; nine values of Lambda from 0.3 to 3; 1,500 exact steps",
        regime="infinitely many tasks and samples, linear regime",
        tolerance="2e-5 on the growth per step: what is left of the transient after 1,500 steps",
        chapter="chapters/steps",
        needs=("separation",),
        check=regimes,
        control=features_grow_beyond_the_window,
    ),
)
