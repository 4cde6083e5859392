"""The claims about the pseudo-contrastive loss and its matrix A."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mtlcore.lab import store
from mtlcore.lab.claim import NOT_IN_FULL, OURS, PAIRED, Claim
from mtlcore.lab.comparisons import Finding, within
from mtlcore.pretraining import tasks
from mtlcore.pretraining.algorithm import STATED, Hyper, Model
from mtlcore.pretraining.pseudo_contrastive import identities, neurons, sampled
from mtlcore.pretraining.pseudo_contrastive.findings import READINGS, isolates
from mtlcore.pretraining.pseudo_contrastive.matrix import ContrastiveMatrix
from mtlcore.pretraining.theory import hinge, quadrature, single
from mtlcore.pretraining.theory.separation import visible

ROUNDING = 1e-12
IDENTITY = f"{ROUNDING:g}: rounding of float64 sums; the statement is an identity"
#: A product rule of this many nodes on each half line has converged to this; differences of it to that.
NODES, CONVERGED, SLOPE = 20, 1e-9, 1e-7
#: The largest z-score that a fixed draw may have: once in 150,000 numbers.
SURE, CHANCE = 4.5, "4.5 standard errors of the simulation"
#: One round from zero heads; the neurons are so short that every hinge is active.
ROUND = Model(T=5, n1=40, n2=40, d=6, m=4, hyper=Hyper(lam_w=0.0, nu_a=0.0, nu_w=0.01, eta_b=0.0))
#: The same with more tasks, all on the same inputs.
SHARED = replace(ROUND, T=8, n1=200, n2=200)
PAGE = "pretraining/pseudo-contrastive"


def with_scales(model: Model, **scales: float) -> Model:
    """The model with other initial scales."""
    return replace(model, hyper=replace(model.hyper, **scales))


def mechanism(model: Model, r: int) -> list[Finding]:
    """The two steps together are w + eta^2 A w while every hinge is active."""
    text = "one head step and one representation step move each neuron by eta^2 A w"
    return [within(text, identities.one_round(model, r), ROUNDING)]


def mechanism_saturated(model: Model, r: int) -> list[Finding]:
    """Control: with long neurons hinges become inactive and the identity fails."""
    gap = identities.one_round(with_scales(model, nu_w=10.0), r)
    return [within("the same where margins exceed one", gap, ROUNDING)]


def induced_loss(model: Model, r: int) -> list[Finding]:
    """The loss after a head step from zero."""
    gap = identities.induced_loss(model, r)
    return [within("after a head step from zero the loss is 1 + eta L(W)", gap, ROUNDING)]


def induced_loss_of_random_heads(model: Model, r: int) -> list[Finding]:
    """Control: heads that do not start at zero hold more than the step wrote into them."""
    gap = identities.induced_loss(with_scales(model, nu_a=0.1), r)
    return [within("the same for heads that start at random", gap, ROUNDING)]


def pseudo_contrastive(model: Model, r: int) -> list[Finding]:
    """Its gradient is -2 A w, so the algorithm follows half of it."""
    gap = identities.loss_gradient(model, r, bias=0.0)
    return [within("the gradient of the pseudo-contrastive loss is -2 A w", gap, ROUNDING)]


def pseudo_contrastive_with_bias(model: Model, r: int) -> list[Finding]:
    """Control: with a bias a correlation is no longer its gradient times w, since it is not homogeneous in w."""
    gap = identities.loss_gradient(model, r, bias=0.5)
    return [within("the same for a neuron with a bias", gap, ROUNDING)]


def beta_uniform(r: Sequence[int]) -> list[Finding]:
    """Beta of the uniform law, without and with the empty set."""
    return [
        within(
            f"beta tells exactly whether two points share all features, {name} the empty set",
            max(identities.beta_error(tasks.uniform(features, empty), empty) for features in r),
            ROUNDING,
        )
        for name, empty in (("with", True), ("without", False))
    ]


def beta_skewed(r: Sequence[int]) -> list[Finding]:
    """Control: under a skewed law beta is something else."""
    error = max(identities.beta_error(tasks.by_size(features, 0.5), False) for features in r)
    return [within("the same for a skew to small sets", error, ROUNDING)]


def beta_of_tasks(r: Sequence[int], T: int, draws: int, copies: int) -> list[Finding]:
    """How far beta_T is from beta in the mean square, for tasks that are taken several times each."""
    off = max(sampled.beta_off(tasks.uniform(features, True), T, draws, copies) for features in r)
    text = f"copies of each task: {copies}; mean squared distance of beta_T from 2^r (2^r - 1) / T, in standard errors"
    return [within(text, off, SURE)]


def beta_of_few_tasks(r: Sequence[int], T: int, draws: int) -> list[Finding]:
    """How far beta_T is from beta in the mean square."""
    return beta_of_tasks(r, T, draws, copies=1)


def beta_of_copied_tasks(r: Sequence[int], T: int, draws: int) -> list[Finding]:
    """Control: tasks that come in pairs of copies are not independent."""
    return beta_of_tasks(r, T, draws, copies=2)


def hinge_bound(m: int, d: int, slopes: Sequence[float], samples: int, start: Model) -> list[Finding]:
    """What the hinge changes: below its bound in a simulation, and nothing at the start of the book's runs."""
    x = sampled.inputs(samples, d, heavy=False)
    return [
        within(
            "what the hinge changes is below its bound: largest ratio",
            max(sampled.over_its_bound(slope, x, m) for slope in slopes),
            1.0,
        ),
        within("at the start of a run the hinge changes no neuron's gradient", start_correction(start), ROUNDING),
    ]


def start_correction(model: Model) -> float:
    """Largest bound on what the hinge changes of a row's gradient, over |a_k|, for a drawn start."""
    rng = np.random.default_rng(0)
    W, a = (
        s * rng.standard_normal(n) for s, n in ((model.hyper.nu_w, (model.m, model.d)), (model.hyper.nu_a, model.m))
    )
    return float((hinge.correction(W, a).rows / abs(a)).max())


def hinge_bound_heavy(m: int, d: int, slopes: Sequence[float], samples: int, start: Model) -> list[Finding]:
    """Control: heavy-tailed inputs are not Gaussian and far outputs are common; long rows leave the hinge no room."""
    x = sampled.inputs(samples, d, heavy=True)
    ratio = max(sampled.over_its_bound(slope, x, m) for slope in slopes)
    long = start_correction(with_scales(start, nu_w=1.0))
    return [
        within("the same for inputs with heavy tails: largest ratio", ratio, 1.0),
        within("the same for long rows: the hinge changes no neuron's gradient", long, ROUNDING),
    ]


def correlations(r: int, count: int, biases: Sequence[float]) -> list[Finding]:
    """The integrals for h_S against a product rule that knows the definition only."""
    rule = quadrature.gaussian(NODES)
    gap = max(neurons.correlations_gap(r, count, b, rule) for b in biases)
    return [within("the integrals for h_S agree with the definition of h_S", gap, CONVERGED)]


def correlations_of_uniform_inputs(r: int, count: int, biases: Sequence[float]) -> list[Finding]:
    """Control: uniform coordinates have the same mean and variance but another characteristic function."""
    gap = max(neurons.correlations_gap(r, count, b, quadrature.uniform(NODES)) for b in biases)
    return [within("the same for uniform hidden coordinates", gap, CONVERGED)]


def correlation_with(sizes: Sequence[int], r: int, count: int, bias: float) -> list[Finding]:
    """Correlations with parities of some sizes, from their definition."""
    found = neurons.largest_correlation(sizes, r, count, bias)
    return [within(f"neurons with bias {bias:g} have no correlation with odd parities", found, ROUNDING)]


def odd_parities(sizes: Sequence[int], r: int, count: int) -> list[Finding]:
    """Correlations with odd parities, without a bias."""
    return correlation_with(sizes, r, count, bias=0.0)


def odd_parities_with_bias(sizes: Sequence[int], r: int, count: int) -> list[Finding]:
    """Control: a bias takes the symmetry x -> -x away."""
    return correlation_with(sizes, r, count, bias=0.7)


def limit_of_A(sizes: Sequence[tuple[int, int]], count: int) -> list[Finding]:
    """The exact A dominates its leading part."""
    text = "the exact A exceeds (M^T M + u u^T) / (2 pi 2^r) by a positive semi-definite matrix"
    return [within(text, neurons.psd_gap(sizes, count, True), ROUNDING)]


def limit_of_A_without_empty_set(sizes: Sequence[tuple[int, int]], count: int) -> list[Finding]:
    """Control: without the empty set the neuron's own direction is not in A."""
    return [within("the same without the empty set", neurons.psd_gap(sizes, count, False), ROUNDING)]


def half_angle_under(law: tasks.Law, d: Sequence[int], count: int) -> list[Finding]:
    """The error of the exact A under a law beside the sine of half the angle between w and row(M)."""
    gap = max(neurons.half_angle_gap(law, dim, count) / np.sqrt(law.r / dim) for dim in d)
    return [within("error of A less sin(theta / 2), in units of sqrt(r / d)", gap, 0.2)]


def half_angle(r: int, d: Sequence[int], count: int) -> list[Finding]:
    """The error of the exact A with the empty set."""
    return half_angle_under(tasks.uniform(r, empty=True), d, count)


def half_angle_without_empty_set(r: int, d: Sequence[int], count: int) -> list[Finding]:
    """Control: without the empty set nothing pulls along w, and the error is that of row(M) itself."""
    return half_angle_under(tasks.uniform(r), d, count)


def separation(r: Sequence[int], laws: int, count: int) -> list[Finding]:
    """Random neurons under random laws over parities."""
    rng = np.random.default_rng(0)
    drawn = [tasks.parity_law(k, rng.dirichlet(np.ones(2**k))) for k in r for _ in range(laws)]
    text = "outside row(M) no step gains more than the empty set gives, inside none gains less than the singletons give"
    return [within(text, neurons.largest_violation(drawn, count), ROUNDING)]


def separation_of_another_task(r: Sequence[int], laws: int, count: int) -> list[Finding]:
    """Control: not-all-equal is no parity, and products of its different correlations have both signs."""
    law = tasks.equally_likely(single.not_all_equal(max(r))[None])
    return [within("the same for the task not-all-equal", neurons.largest_violation([law], laws * count), ROUNDING)]


def which_sets_teach(r: int, count: int, bias: float) -> list[Finding]:
    """Which parity teaches which feature, from the definition of the correlations."""
    gains = neurons.gains(r, count, bias)
    teaches = np.array([visible(np.eye(2**r)[S]) for S in range(2**r)])
    return [
        within(
            "each singleton and even set teaches each of its features: least gain", -gains[:, teaches].min(), -SLOPE
        ),
        within("no other set teaches a feature: largest gain", abs(gains[:, ~teaches]).max(), SLOPE),
    ]


def visible_features(r: int, count: int) -> list[Finding]:
    """Which parity teaches which feature, without a bias."""
    return which_sets_teach(r, count, bias=0.0)


def visible_features_with_bias(r: int, count: int) -> list[Finding]:
    """Control: with a bias odd sets of three teach as well."""
    return which_sets_teach(r, count, bias=0.5)


def stand_still(r: Sequence[int], d: Sequence[int], count: int, aligned: bool) -> list[Finding]:
    """The neutral values of Lambda for neurons at random or inside row(M), under both uniform laws."""
    gap = max(
        neurons.threshold_gap(tasks.uniform(k, empty), dim, count, aligned) * dim / k
        for k in r
        for dim in d
        for empty in (True, False)
    )
    text = "neurons stand still at Lambda = 1 and 2, without the empty set at 0 and 1: gap in units of r / d"
    return [within(text, gap, 1.0)]


def thresholds(r: Sequence[int], d: Sequence[int], count: int) -> list[Finding]:
    """The neutral values of Lambda for random neurons."""
    return stand_still(r, d, count, aligned=False)


def thresholds_once_aligned(r: Sequence[int], d: Sequence[int], count: int) -> list[Finding]:
    """Control: in neurons inside row(M) the even sets act too."""
    return stand_still(r, d, count, aligned=True)


def settled_heads(model: Model, r: int) -> list[Finding]:
    """The least loss over the heads, while margins are below one."""
    excess, _ = identities.settled_heads(model, r)
    return [
        within("the least loss over the heads is 1 + L(W) / (2 lam_a)", abs(excess), ROUNDING),
        *hinge_excess(model, r),
    ]


def hinge_excess(model: Model, r: int) -> list[Finding]:
    """What inactive hinges add to the least loss."""
    excess, most = identities.settled_heads(with_scales(model, nu_w=0.3), r)
    text = "with longer neurons inactive hinges add at most what they add at the formula's heads"
    return [within(text, max(-excess, excess - most), ROUNDING)]


def settled_heads_saturated(model: Model, r: int) -> list[Finding]:
    """Control: with longer neurons the heads' best margins exceed one and hinges turn inactive."""
    excess, _ = identities.settled_heads(with_scales(model, nu_w=0.3), r)
    return [within("the same where margins exceed one", abs(excess), ROUNDING)]


def mean_of_A(n: int, d: int, draws: int, batches: int) -> list[Finding]:
    """The mean of A from one batch for both steps or from one for each."""
    off = sampled.batch_off(n, d, draws, batches)
    text = f"batches: {batches}; mean of A beside (1 - 1/n) A + I / (2n), in standard errors"
    return [within(text, off, SURE)]


def same_batch(n: int, d: int, draws: int) -> list[Finding]:
    """The mean of A from one batch for both steps."""
    return mean_of_A(n, d, draws, batches=1)


def two_batches(n: int, d: int, draws: int) -> list[Finding]:
    """Control: each step has its own batch, so no sample meets itself."""
    return mean_of_A(n, d, draws, batches=2)


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
        chapter=PAGE,
        needs=(),
        check=mechanism,
        control=mechanism_saturated,
    ),
    Claim(
        id="induced-loss",
        title="The loss after the head step",
        statement="While every hinge is active, the loss after a head step from zero is 1 + eta L(W).",
        known="updating task-specific heads first induces a pseudo-contrastive loss",
        kind="identity",
        case={"model": SHARED, "r": 3},
        tested="T = {model.T} on the same {model.n1} inputs, d = {model.d}, r = {r}, m = {model.m}, one draw",
        regime="the same: heads from zero, all hinges active",
        tolerance=IDENTITY,
        chapter=PAGE,
        needs=(),
        check=induced_loss,
        control=induced_loss_of_random_heads,
    ),
    Claim(
        id="pseudo-contrastive",
        title="The pseudo-contrastive loss",
        statement="Without biases the gradient of -E[beta relu(Wx).relu(Wx')] is -2 A w; the algorithm follows half.",
        known="caption of Figure 4: the gradient takes the form -A w_j",
        kind="identity",
        case={"model": SHARED, "r": 3},
        tested="T = {model.T} on the same {model.n1} inputs, d = {model.d}, r = {r}, one neuron, against automatic "
        "differentiation",
        regime="the same",
        tolerance=IDENTITY,
        chapter=PAGE,
        needs=("mechanism",),
        check=pseudo_contrastive,
        control=pseudo_contrastive_with_bias,
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
        chapter=PAGE,
        needs=(),
        check=beta_uniform,
        control=beta_skewed,
    ),
    Claim(
        id="beta-few-tasks",
        title="Beta of few tasks",
        statement="T independent parities leave beta_T at a mean squared distance of 2^r (2^r - 1) / T from beta.",
        known=OURS,
        kind="interval",
        case={"r": (2, 3), "T": 16, "draws": 2000},
        tested="r = {r}, T = {T}, {draws} draws, the empty set in",
        regime="the same",
        tolerance=CHANCE,
        chapter=PAGE,
        needs=("beta",),
        check=beta_of_few_tasks,
        control=beta_of_copied_tasks,
    ),
    Claim(
        id="hinge",
        title="What the hinge changes",
        statement="For Gaussian inputs and short weights the gradient of the hinge loss is that of 1 - y g up to an "
        "exponentially small term.",
        known=OURS,
        kind="oracle",
        case={
            "m": 6,
            "d": 8,
            "slopes": (0.2, 0.25, 0.3, 0.4),
            "samples": 200_000,
            "start": Model(T=1, n1=1, n2=1, hyper=STATED),
        },
        tested="m = {m}, d = {d}, |a| |W|_op = {slopes}, {samples:,} samples; a start with nu_w = {start.hyper.nu_w}",
        regime="the same: Gaussian inputs, biases at zero",
        tolerance=f"ratio one, since the bound is a bound; {ROUNDING:g} at the start",
        chapter=PAGE,
        needs=(),
        check=hinge_bound,
        control=hinge_bound_heavy,
    ),
    Claim(
        id="correlations",
        title="Correlation of a neuron with a parity",
        statement="The integrals for a neuron's correlations with parities are what their definition gives.",
        known=OURS,
        kind="oracle",
        case={"r": 3, "count": 20, "biases": (0.0, 0.7)},
        tested="r = {r}, all subsets, {count} neurons, biases {biases}, against a product rule",
        regime="the same: Gaussian inputs, infinitely many samples",
        tolerance=f"{CONVERGED:g}: the product rule with {NODES} nodes on each half line has converged",
        chapter=PAGE,
        needs=(),
        check=correlations,
        control=correlations_of_uniform_inputs,
    ),
    Claim(
        id="odd-parities",
        title="Odd parities are invisible",
        statement="At bias 0 a neuron has no correlation with a parity of an odd number of features, three or more.",
        known=OURS,
        kind="oracle",
        case={"sizes": (3, 5), "r": 5, "count": 10},
        tested="r = {r}, parities of {sizes} features, {count} neurons, by a product rule that knows the definition "
        "only",
        regime="the same: infinitely many samples, no bias",
        tolerance=IDENTITY,
        chapter=PAGE,
        needs=(),
        check=odd_parities,
        control=odd_parities_with_bias,
    ),
    Claim(
        id="matrix-a",
        title="The matrix A in the limit",
        statement="With the empty set, A exceeds (M^T M + u u^T) / (2 pi 2^r) as a quadratic form.",
        known="A is approximately c M^T M",
        kind="search",
        case={"sizes": ((2, 8), (3, 16), (4, 16)), "count": 20},
        tested="(r, d) = {sizes}, {count} random neurons for each",
        regime="the same: infinitely many tasks and samples, no bias",
        tolerance=f"{ROUNDING:g}: rounding of float64 sums",
        chapter=PAGE,
        needs=("correlations",),
        check=limit_of_A,
        control=limit_of_A_without_empty_set,
    ),
    Claim(
        id="separation",
        title="Separation (towards Proposition 3.1)",
        statement="For every law over parities, a step gains at most pi(empty)/(2 pi) outside row(M), and on each "
        "feature at least pi({j})/(2 pi) more than outside.",
        known="Proposition 3.1 is known only up to its assumptions; " + NOT_IN_FULL,
        kind="search",
        case={"r": (2, 3, 4, 5), "laws": 25, "count": 40},
        tested="{count} random neurons under each of {laws} random laws, for each of r = {r}",
        regime="the same: infinitely many samples, no bias, every hinge active",
        tolerance=f"{ROUNDING:g}: rounding of float64 sums",
        chapter=PAGE,
        needs=("mechanism", "correlations"),
        check=separation,
        control=separation_of_another_task,
    ),
    Claim(
        id="visible-features",
        title="Which sets teach a feature",
        statement="Without a bias the parity of S turns a generic neuron towards feature j if and only if j is in S "
        "and S is a singleton or even.",
        known=OURS,
        kind="oracle",
        case={"r": 3, "count": 20},
        tested="r = {r}, all subsets, {count} neurons, by differences of a product rule",
        regime="the same: infinitely many samples, every hinge active",
        tolerance=f"{SLOPE:g}: error of the differences",
        chapter=PAGE,
        needs=("separation",),
        check=visible_features,
        control=visible_features_with_bias,
    ),
    Claim(
        id="thresholds",
        title="Growth against decay",
        statement="In high dimension random neurons stand still at Lambda = 1 outside row(M) and 2 inside, and one "
        "less without the empty set.",
        known=OURS,
        kind="oracle",
        case={"r": (2, 3, 4), "d": (64, 256, 1024), "count": 100},
        tested="r = {r}, d = {d}, {count} random neurons, both uniform laws",
        regime="the same: settled heads, infinitely many samples, every hinge active",
        tolerance="r / d in the mean over the neurons: what even sets add is of this order",
        chapter=PAGE,
        needs=("separation",),
        check=thresholds,
        control=thresholds_once_aligned,
    ),
    Claim(
        id="half-angle",
        title="The empty set and the error of A",
        statement="With the empty set the leading directions of A miss row(M) by half the angle between the neuron and "
        "row(M).",
        known=OURS,
        kind="oracle",
        case={"r": 4, "d": (16, 64, 256), "count": 10},
        tested="r = {r}, d = {d}, {count} random neurons",
        regime="to leading order in r / d: the even sets move the error by a part of sqrt(r / d)",
        tolerance="a fifth of sqrt(r / d)",
        chapter=PAGE,
        needs=("matrix-a",),
        check=half_angle,
        control=half_angle_without_empty_set,
    ),
    Claim(
        id="settled-heads",
        title="Settled heads",
        statement="The least loss over the heads is 1 + L(W) / (2 lam_a), and inactive hinges add at most what "
        "they add at the heads of that formula.",
        known=OURS,
        kind="identity",
        case={"model": SHARED, "r": 3},
        tested="T = {model.T} on the same {model.n1} inputs, d = {model.d}, r = {r}, m = {model.m}, by many "
        "small steps of the heads",
        regime="the same",
        tolerance=IDENTITY,
        chapter=PAGE,
        needs=("induced-loss",),
        check=settled_heads,
        control=settled_heads_saturated,
    ),
    Claim(
        id="same-batch",
        title="One batch for both steps",
        statement="When both steps see one batch of n samples the mean of A is (1 - 1/n) A + I / (2n).",
        known=OURS,
        kind="interval",
        case={"n": 5, "d": 4, "draws": 40_000},
        tested="n = {n}, d = {d}, one parity of two features, {draws:,} batches",
        regime="the same",
        tolerance=CHANCE,
        chapter=PAGE,
        needs=("correlations",),
        check=same_batch,
        control=two_batches,
    ),
    *map(figure_4, READINGS),
)
