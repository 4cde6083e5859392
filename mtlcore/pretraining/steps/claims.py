"""The claims about one step and many."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from mtlcore.lab import store
from mtlcore.lab.claim import NOT_IN_FULL, OURS, Claim
from mtlcore.lab.comparisons import MARGIN, Finding, below, within
from mtlcore.pretraining import tasks
from mtlcore.pretraining.steps import findings
from mtlcore.pretraining.steps.findings import RATE, phases
from mtlcore.pretraining.steps.phases import Phases
from mtlcore.pretraining.steps.sweeps import (
    SampledDimensions,
    SampledEmptySet,
    SampledHeads,
    SampledLaws,
)
from mtlcore.pretraining.theory.amplification import decompose, kernel
from mtlcore.pretraining.theory.dynamics import Neurons, Update, lam_w_star, run, step
from mtlcore.pretraining.theory.growth import rates
from mtlcore.pretraining.theory.regimes import Lambda
from mtlcore.pretraining.theory.step_noise import step_noise
from mtlcore.pretraining.theory.vectors import directions

BALANCED = "balanced tasks, short weights, biases at zero: every hinge stays active"
#: Step size, weight decay of the heads, and what is left of the transient in the growth per step.
ETA, LAM_A, TRANSIENT = 0.1, 0.5, 2e-5
KNOWN = "Proposition 3.1 is known only up to its assumptions: T tasks, (n1, n2) samples per task"
Sizes = Sequence[int]


def residual(d: int, r: int, neurons: int, lam_w: Callable[[tasks.Law], float]) -> float:
    """Median of q+/|p+| after one step, over random neurons, with a weight decay that depends on the law."""
    law = tasks.uniform(r, empty=True)
    p, q = directions(d, r, neurons, np.random.default_rng(d))
    path_p, path_q = run(p, q, law, 1, Update(ETA, lam_w(law), kappa=ETA))
    return float(np.median(path_q[1] / np.linalg.norm(path_p[1], axis=1)))


def residual_slope(d: Sizes, r: int, neurons: int, lam_w: Callable[[tasks.Law], float]) -> float:
    """Exponent of the residual in d: the least-squares slope on logarithmic axes."""
    return float(np.polyfit(np.log(d), np.log([residual(one, r, neurons, lam_w) for one in d]), 1)[0])


def cancelling_decay(law: tasks.Law) -> float:
    """The weight decay lam_w* of the one-step theorem."""
    return lam_w_star(law, ETA, ETA)


def one_step(d: Sizes, r: int, neurons: int) -> list[Finding]:
    """One step with lam_w* leaves a residual of relative order (r/d)^1.5."""
    gap = abs(residual_slope(d, r, neurons, cancelling_decay) + 1.5)
    return [within("after one step with lam_w* the spurious residual falls as d^-1.5", gap, MARGIN)]


def one_step_forgetting_only(d: Sizes, r: int, neurons: int) -> list[Finding]:
    """Control: lam_w = 1/eta forgets the start but not the empty set's push."""
    gap = abs(residual_slope(d, r, neurons, lambda _: 1 / ETA) + 1.5)
    return [within("the same with lam_w = 1/eta", gap, MARGIN)]


def growth_error(law: tasks.Law, lam_w: float, steps: int) -> float:
    """How far the growth per step of q and p in the exact recursion is from its closed form; the larger of the two."""
    path_p, path_q = run(np.full((1, law.r), 1e-9), np.ones(1), law, steps, Update(ETA, lam_w, LAM_A))
    found = rates(law.probs[0], law.probs[1], ETA, lam_w, LAM_A)
    measured_q, measured_p = path_q[-1, 0] / path_q[-2, 0], path_p[-1, 0, 0] / path_p[-2, 0, 0]
    return float(max(abs(measured_q - found.q), abs(measured_p - found.p)))


def what_grows(law: tasks.Law, values: Sequence[float], steps: int) -> list[tuple[bool, bool]]:
    """What the recursion does at each Lambda, reached by the choice of lam_w, from a random start with d >> r.

    Returns:
        (whether the part inside row(M) grows, whether that outside grows), for each value.
    """
    lam_w = np.array(values) / Lambda(law, 1.0, LAM_A)
    start_p, start_q = np.full((len(values), law.r), 1e-9), np.ones(len(values))
    path_p, path_q = run(start_p, start_q, law, steps, Update(ETA, lam_w, LAM_A))
    grown = path_p[-1, :, 0] > path_p[-2, :, 0], path_q[-1] > path_q[-2]
    return list(zip(*(part.tolist() for part in grown), strict=True))


def regimes(rated: Sequence[tuple[int, float]], r: int, values: Sequence[float], steps: int) -> list[Finding]:
    """Growth rates in closed form, and the three regimes of Lambda."""
    return regimes_of(True, rated, r, values, steps)


def regimes_of(
    empty: bool, rated: Sequence[tuple[int, float]], r: int, values: Sequence[float], steps: int
) -> list[Finding]:
    """The rates and the regimes, with the empty set or without."""
    law = tasks.uniform(r, empty)
    found = what_grows(law, values, steps)
    wrong = sum(grows != (value < 2, value < 1) for value, grows in zip(values, found, strict=True))
    error = max(growth_error(tasks.uniform(features, empty), lam_w, steps) for features, lam_w in rated)
    return [
        within("the exact recursion grows per step as predicted in closed form", error, TRANSIENT),
        within("both parts grow for Lambda < 1, only the features up to 2, neither beyond", float(wrong), 0.0),
    ]


def regimes_without_the_empty_set(**case: Any) -> list[Finding]:
    """Control: without the empty set nothing lengthens a neuron outside row(M), and each bound is one lower."""
    return regimes_of(False, **case)


def pull(
    p: Float[np.ndarray, "neuron feature"], q: Float[np.ndarray, " neuron"], law: tasks.Law
) -> Float[np.ndarray, " neuron"]:
    """H(w) / |w|^2 of unit neurons, in units of pi({0}) / (2 pi)."""
    found = decompose(p, q, law.probs)
    return 2 * np.pi * (found.c_perp + (found.delta * p**2).sum(1)) / float(law.probs[1])


def steepest(law: tasks.Law, starts: int, rounds: int) -> float:
    """The hardest pull that a search finds: w <- A(w) w from random starts."""
    p, q = directions(2 * law.r, law.r, starts, np.random.default_rng(law.r))
    best = 0.0
    for _ in range(rounds):
        best = max(best, float(pull(p, q, law).max()))
        found = decompose(p, q, law.probs)
        p, q = (found.c_perp[:, None] + found.delta) * p, np.maximum(found.c_perp, 0.0) * q
        length = np.sqrt((p**2).sum(1) + q**2)
        p, q = p / length[:, None], q / length
    return best


def full_diagonal(r: Sequence[int], starts: int, rounds: int) -> list[Finding]:
    """No neuron is pulled harder than one along the diagonal of all features; the search comes close to it."""
    return diagonal_of(1.0, r, starts, rounds)


def diagonal_of(singleton: float, r: Sequence[int], starts: int, rounds: int) -> list[Finding]:
    """The same where the first feature's own task is `singleton` times as frequent as each other parity."""
    gaps = []
    for features in r:
        law = tasks.parity_law(features, np.r_[1.0, singleton, np.ones(2**features - 2)])
        diagonal = pull(np.full((1, features), features**-0.5), np.zeros(1), law)
        gaps.append(steepest(law, starts, rounds) - float(diagonal[0]))
    return [
        within("no neuron is pulled harder than one along the diagonal of all features", max(gaps), 1e-9),
        within("the search comes as close to it as to a thousandth", -min(gaps), 1e-3),
    ]


def one_feature_more_often(**case: Any) -> list[Finding]:
    """Control: one feature's own task comes three times as often, so its axis is pulled harder than the diagonal."""
    return diagonal_of(3.0, **case)


def persistent(r: int, neurons: int, Lambdas: Sequence[float], steps: int) -> list[Finding]:
    """With heads that persist and start at zero no q / |p_j| grows and no p_j changes its sign."""
    return persistent_from(0.0, r, neurons, Lambdas, steps)


def persistent_from(start: float, r: int, neurons: int, Lambdas: Sequence[float], steps: int) -> list[Finding]:
    """The same from heads of standard deviation `start`."""
    law, rng = tasks.uniform(r, empty=True), np.random.default_rng(r)
    grown, turned = 0.0, 0
    for value in Lambdas:
        p, q = directions(4 * r, r, neurons, rng)
        update = Update(ETA, value / Lambda(law, 1.0, LAM_A), LAM_A)
        state = Neurons(p, q, start * rng.standard_normal((neurons, 2**r)))
        for _ in range(steps):
            after = step(state, kernel(law), update)
            before = state.q[:, None] / abs(state.p)
            grown = max(grown, float((after.q[:, None] / abs(after.p) / before - 1).max()))
            turned += int((np.sign(after.p) != np.sign(state.p)).sum())
            state = after
    return [
        within("no q / |p_j| grows by more than rounding", grown, 1e-12),
        within("no p_j changes its sign", float(turned), 0.0),
    ]


def heads_from_anywhere(**case: Any) -> list[Finding]:
    """Control: heads that do not start at zero may pull against their correlations."""
    return persistent_from(0.5, **case)


def noise_moments(d: int, r: int, T: int, n: tuple[int, int], count: int) -> list[Finding]:
    """Sampled (u . Delta w)(u . Delta w') of two neurons against their exact mean."""
    return moments_of(False, d, r, T, n, count)


def moments_of(same: bool, d: int, r: int, T: int, n: tuple[int, int], count: int) -> list[Finding]:
    """The same with two batches, or with one for both steps."""
    rng, law, M = np.random.default_rng(d), tasks.uniform(r, empty=True), np.eye(r, d)
    W = rng.standard_normal((2, d))
    u = np.linalg.svd(np.vstack((M, W)))[2][r + 2 :]
    labels = law.tables[rng.integers(2**r, size=(count, T))]

    def batch(size: int) -> tuple[Float[np.ndarray, "step task sample dim"], Float[np.ndarray, "step task sample"]]:
        x = rng.standard_normal((count, T, size, d))
        y = np.take_along_axis(labels, (x[..., :r] > 0) @ (1 << np.arange(r)), -1)
        return x, y

    first = batch(n[0])
    x, y = first if same else batch(n[1])
    heads = (first[1][..., None] * np.maximum(first[0] @ W.T, 0)).mean(2)
    gates = y[..., None] * (x @ W.T > 0)
    noise = np.einsum("itj,itlj,itlu->iju", heads, gates, x @ u.T, optimize=True) / (T * x.shape[2])
    products = np.einsum("iju,iku->ijk", noise, noise) / len(u)
    error = products.std(0) / np.sqrt(count)
    z = abs(products.mean(0) - step_noise(W, M, law, T, n)) / error
    return [within("the moments are the exact ones, in standard errors", float(z.max()), 4.5)]


def one_batch_for_both(**case: Any) -> list[Finding]:
    """Control: when both steps see one batch, heads and gates depend on each other."""
    return moments_of(True, **case)


def dimensions_with_the_empty_set(run: SampledDimensions) -> list[Finding]:
    """Control: the empty set gives all neurons one noise, and the power of d is another."""
    empty = replace(run, pools=("with the empty set",), d=run.d[:2])
    return findings.sampled_dimensions(store.get(empty))


def nothing_in_common(run: SampledEmptySet) -> list[Finding]:
    """Control: without the empty set no task has a part that all neurons share."""
    return findings.sampled_empty_set(store.get(replace(run, pools=("non-empty",), d=run.d[:3])))


def diverse_but_not_balanced(run: SampledLaws) -> list[Finding]:
    """Control: the empty set's labels are not balanced, though the law's diversity is positive."""
    return findings.predicted_by_diversity(store.get(run), ["with the empty set"])


def heads_that_disagree(run: SampledHeads) -> list[Finding]:
    """Control: when each parity comes many times, its heads' errors do not cancel from the row space."""
    often = replace(run, T=24 * run.T, n2=run.n2 // 24, n1=run.n1[:4])
    return findings.few_for_the_heads(store.get(often))


def growth_rates_of_the_other_law(run: Phases) -> list[Finding]:
    """Control: the rates of the law with the empty set are not those without it."""
    ds = store.get(run)
    gap = 1000 * abs(ds.growth - ds.predicted.roll(law=1)).max(("Lambda", "part", "law"))
    return [below(f"all rates are within {RATE} per 1000 steps of the other law's", gap, RATE, "ours")]


CLAIMS = (
    Claim(
        id="one-step",
        title="Theorem 3.2, one step",
        statement="One step with weight decay lam_w* leaves outside row(M) only a part of relative order (r/d)^1.5.",
        known="Theorem 3.2 is known only by its title, Representation Learning; " + NOT_IN_FULL,
        kind="scaling",
        case={"d": (32, 64, 128, 256, 512, 1024), "r": 3, "neurons": 400},
        tested="d = {d}, r = {r}, {neurons} random neurons for each d",
        regime="infinitely many tasks and samples; the theorem has finitely many",
        tolerance=f"{MARGIN} on the exponent: the next order is r/d, about a tenth at d = {{d[0]}}",
        chapter="pretraining/steps",
        needs=("separation",),
        check=one_step,
        control=one_step_forgetting_only,
    ),
    Claim(
        id="regimes",
        title="Theorem 3.2, many steps",
        statement="With persistent heads everything grows for Lambda < 1, only the features for 1 < Lambda < 2, and "
        "above 2 a random start decays.",
        known=OURS,
        kind="oracle",
        case={
            "rated": ((2, 0.05), (3, 0.05), (4, 0.03)),
            "r": 3,
            "values": (0.3, 0.6, 0.9, 1.1, 1.5, 1.9, 2.1, 2.6, 3.0),
            "steps": 500,
        },
        tested="rates for (r, lam_w) = {rated}; regimes for r = {r}, Lambda = {values}; {steps:,} exact steps",
        regime="infinitely many tasks and samples, linear regime",
        tolerance=f"{TRANSIENT:g} on the growth per step: what is left of the transient after {{steps:,}} steps",
        chapter="pretraining/steps",
        needs=("separation",),
        check=regimes,
        control=regimes_without_the_empty_set,
    ),
    Claim(
        id="full-diagonal",
        title="Theorem 3.2, the last regime",
        statement="No neuron is pulled harder than one along the diagonal of all features: a search, not a proof.",
        known=OURS,
        kind="search",
        case={"r": (2, 3, 4), "starts": 60, "rounds": 150},
        tested="r = {r}, {starts} random starts for each, {rounds} rounds that replace w by A(w) w",
        regime="uniform law with the empty set, infinitely many samples",
        tolerance="rounding above it; a thousandth below it, so that the search has found it",
        chapter="pretraining/steps",
        needs=("separation",),
        check=full_diagonal,
        control=one_feature_more_often,
    ),
    Claim(
        id="persistent-heads",
        title="Theorem 3.2, directions with persistent heads",
        statement="With persistent heads that start at zero no q/|p_j| grows and no p_j changes its sign.",
        known=OURS,
        kind="search",
        case={"r": 3, "neurons": 200, "Lambdas": (0.5, 1.5, 2.5), "steps": 60},
        tested="r = {r}, {neurons} random neurons at each Lambda = {Lambdas}, {steps} exact steps",
        regime="infinitely many tasks and samples; the book's main runs start heads at random",
        tolerance="rounding",
        chapter="pretraining/steps",
        needs=("separation",),
        check=persistent,
        control=heads_from_anywhere,
    ),
    Claim(
        id="step-noise",
        title="Proposition 3.1, noise",
        statement="Outside row(M) the noise of one step has the stated second moments, for every pair of neurons.",
        known=OURS,
        kind="oracle",
        case={"d": 7, "r": 2, "T": 2, "n": (3, 5), "count": 40_000},
        tested="d = {d}, r = {r} with the empty set, T = {T}, {n} samples for the two steps, two neurons, "
        "{count:,} steps",
        regime="exact at every size; heads start at zero",
        tolerance="4.5 standard errors over the steps",
        chapter="pretraining/steps",
        needs=(),
        check=noise_moments,
        control=one_batch_for_both,
    ),
    Claim(
        id="one-step-samples",
        title="Proposition 3.1, without the empty set",
        statement="Without the empty set the tangent of the error is sqrt(pi d (2^r - 1) / (2 T n2)) in the limit.",
        known=KNOWN,
        kind="scaling",
        case={"run": SampledDimensions},
        tested="d = {run.d}, T = {run.T}, {run.n1} head samples and {run.n2} others of a task for each dimension, "
        "r = {run.r}, m = {run.m}, "
        "{run.trials} trials, seed {run.seed}",
        regime=BALANCED + "; m and d are finite",
        tolerance=f"{MARGIN} on the exponents of d and T n2; {findings.SIZE:.0%} on the size at this m",
        chapter="pretraining/steps",
        needs=(),
        check=lambda run: findings.sampled_dimensions(store.get(run)),
        control=dimensions_with_the_empty_set,
    ),
    Claim(
        id="empty-set-samples",
        title="Proposition 3.1, with the empty set",
        statement="With the empty set all neurons share a noise that grows like d, so T n2 must exceed (pi/2) 2^r d^2.",
        known=KNOWN,
        kind="scaling",
        case={"run": SampledEmptySet},
        tested="d = {run.d}, T = {run.T}, {run.linear} samples of a task over d and {run.total} of all tasks "
        "over the square of d, {run.n1} head samples over d, "
        "r = {run.r}, m = {run.m}, {run.trials} trials, seed {run.seed}",
        regime=BALANCED + "; m and d are finite, so the threshold is a slope",
        tolerance=f"{MARGIN} on the exponents of d and T n2",
        chapter="pretraining/steps",
        needs=(),
        check=lambda run: findings.sampled_empty_set(store.get(run)),
        control=nothing_in_common,
    ),
    Claim(
        id="diversity",
        title="Proposition 3.1, diversity of the tasks",
        statement="For balanced labels the law counts by one number, the smallest eigenvalue of its singletons' block.",
        known="Proposition 3.1 supposes an assumption on the tasks, whose wording is not known; this one is ours",
        kind="scaling",
        case={"run": SampledLaws},
        tested="{run.pools}; d = {run.d}, r = {run.r}, T = {run.T} tasks drawn, "
        "{run.n1} head samples and {run.n2} others, "
        "m = {run.m}, {run.trials} trials, seed {run.seed}",
        regime="one point of d, T and n2; m and d are finite",
        tolerance=f"{findings.SIZE:.0%} on the tangent of the error: corrections are of order sqrt(r/d) and r/m",
        chapter="pretraining/steps",
        needs=("one-step-samples",),
        check=lambda run: findings.sampled_laws(store.get(run)),
        control=diverse_but_not_balanced,
    ),
    Claim(
        id="head-samples",
        title="Proposition 3.1, samples of the heads",
        statement="When each parity comes once, the head step may see as few samples as two.",
        known=KNOWN,
        kind="scaling",
        case={"run": SampledHeads},
        tested="{run.n1} head samples, {run.n2:,} others, d = {run.d}, r = {run.r}, T = {run.T}, m = {run.m}, "
        "{run.trials} trials, seed {run.seed}",
        regime=BALANCED + "; one d and one n2",
        tolerance=f"a factor of {findings.HEADS:g}: the limit of many dimensions says less, finite d and m add",
        chapter="pretraining/steps",
        needs=(),
        check=lambda run: findings.few_for_the_heads(store.get(run)),
        control=heads_that_disagree,
    ),
    Claim(
        id="growth-rates",
        title="Theorem 3.2, many steps, runs",
        statement="Runs grow and decay inside and outside row(M) at the exact rates, for every Lambda.",
        known=OURS,
        kind="oracle",
        case={"run": Phases},
        tested="Lambda = {run.Lambda}, both laws, d = {run.d}, r = {run.r}, m = {run.m}, {run.n} samples per task, "
        "{run.trials} trials, seed {run.seed}",
        regime=BALANCED,
        tolerance=f"{RATE} per 1000 steps, where rates differ by 4: neurons point a little into row(M) already",
        chapter="pretraining/steps",
        needs=("regimes",),
        check=lambda run: phases(store.get(run)),
        control=growth_rates_of_the_other_law,
    ),
)
