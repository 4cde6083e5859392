"""The claims about what one task and random features cannot do."""

import numpy as np
from jaxtyping import Float

from mtlcore.lab import store
from mtlcore.lab.claim import NOT_IN_FULL, OURS, OVER_TRIALS, Claim
from mtlcore.lab.comparisons import MARGIN, Finding, below, slope, within
from mtlcore.pretraining import tasks
from mtlcore.pretraining.limits.controls import Controls
from mtlcore.pretraining.limits.findings import FOUND, controls, random_features, scaling
from mtlcore.pretraining.limits.random_features import RandomFeatures
from mtlcore.pretraining.limits.scaling import Scaling
from mtlcore.pretraining.theory import single
from mtlcore.pretraining.theory.vectors import directions

#: Rounding of sums in double precision, and what an informative task keeps of its weakest direction.
ROUNDING, KEPT = 1e-15, 0.3


def largest_step_along(feature: int, code: int, r: int, d: int, neurons: int) -> float:
    """The most that a step moves a random neuron along a feature, beyond spurious directions, for one parity alone."""
    p, q = directions(d, r, neurons, np.random.default_rng(1))
    along, _ = single.field(p, q, np.eye(2**r)[code])
    return float(abs(along[:, feature]).max())


def one_task(r: int, d: int, neurons: int) -> list[Finding]:
    """A single parity treats the features that it lacks as it treats spurious directions."""
    lacking = [(feature, code) for code in range(2**r) for feature in range(r) if not code >> feature & 1]
    others = max(largest_step_along(feature, code, r, d, neurons) for feature, code in lacking)
    return [within("one parity gives no feature outside its subset more than a spurious direction", others, ROUNDING)]


def one_task_on_its_own_features(r: int, d: int, neurons: int) -> list[Finding]:
    """Control: it does treat its own features differently."""
    own = largest_step_along(0, 3, r, d, neurons)
    return [within("one parity gives its own features no more than a spurious direction", own, ROUNDING)]


def weakest_direction(values: Float[np.ndarray, " orthant"], r: int, d: int, neurons: int) -> float:
    """Smallest over largest singular value of what one cancelling step leaves in row(M), for one Boolean function."""
    f = tasks.fourier(values[None])[0]
    p, q = directions(d, r, neurons, np.random.default_rng(2))
    lam_w = 1 / 0.1 + 0.1 * f[0] ** 2 / (2 * np.pi)
    after, _ = single.one_step(p, q, f, eta=0.1, lam_w=lam_w, kappa=0.1)
    found = np.linalg.svd(after, compute_uv=False)
    return float(found[-1] / found[0])


def informative_task(r: int, d: int, neurons: int) -> list[Finding]:
    """One step on not-all-equal keeps all features."""
    ratio = weakest_direction(single.not_all_equal(r), r, d, neurons)
    text = f"not-all-equal of {r} features keeps its weakest direction above {KEPT} of the strongest"
    return [within(text, KEPT - ratio, 0.0)]


def majority_task(r: int, d: int, neurons: int) -> list[Finding]:
    """Control: majority keeps one direction only."""
    ratio = weakest_direction(np.where(2 * tasks.sizes(r) > r, 1.0, -1.0), r, d, neurons)
    text = f"majority of {r} features keeps its weakest direction above {KEPT} of the strongest"
    return [within(text, KEPT - ratio, 0.0)]


def learned_features_obey_the_bound(run: RandomFeatures) -> list[Finding]:
    """Control: neurons inside row(M) know M, and hold more than the bound."""
    most = store.get(run).isel(d=-1, m_hat=-1)
    text = "neurons inside row(M) hold no more of a pair's parity than the bound"
    return [below(text, most.learned, most.bound.broadcast_like(most.learned), "ours")]


def one_task_finds_the_subspace(run: Controls) -> list[Finding]:
    """Control of the controls: the same threshold is not met by one task."""
    error = store.get(run).error.isel(iteration=-1).sel(control="one task")
    return [below(f"one task: the error ends below {FOUND}", error, FOUND, "ours")]


def error_does_not_depend_on_samples(run: Scaling) -> list[Finding]:
    """Control: the exponent in n is not zero."""
    ds = store.get(run).sel(law="non-empty")
    return [slope("one step: the error does not depend on n", ds.n, ds.error_n, 0.0)]


CLAIMS = (
    Claim(
        id="one-task",
        title="Theorem 3.6 or 3.7, one task",
        statement="Training on one parity can't tell the features that it lacks from spurious directions.",
        known="one of Theorems 3.6 and 3.7; which one is not known; " + NOT_IN_FULL,
        kind="identity",
        case={"r": 3, "d": 16, "neurons": 200},
        tested="all parities of r = {r} features, d = {d}, {neurons} random neurons",
        regime="infinitely many samples, one step; the proof covers any number of steps and samples",
        tolerance=f"{ROUNDING:g}: rounding of float64 sums; the statement is an identity",
        chapter="pretraining/limits",
        needs=("separation",),
        check=one_task,
        control=one_task_on_its_own_features,
    ),
    Claim(
        id="informative-task",
        title="Remark 3.8",
        statement="One highly informative task, not-all-equal, is enough to find all three features in one step.",
        known="Remark 3.8 is known only by its title, Single-task training with highly informative task; "
        + NOT_IN_FULL,
        kind="search",
        case={"r": 3, "d": 512, "neurons": 64},
        tested="r = {r}, d = {d}, {neurons} random neurons, exact step",
        regime="infinitely many samples",
        tolerance=f"{KEPT} on the ratio of singular values, 1/2 to leading order; rank one gives 0",
        chapter="pretraining/limits",
        needs=("one-step",),
        check=informative_task,
        control=majority_task,
    ),
    Claim(
        id="random-features",
        title="Theorem 3.6 or 3.7, random features",
        statement="Features drawn without knowledge of M hold on average no more of a k-parity than the theorem's "
        "maximum, itself at most m_hat / N(d, k).",
        known="one of Theorems 3.6 and 3.7; an early abstract said exponential in d; " + NOT_IN_FULL,
        kind="interval",
        case={"run": RandomFeatures},
        tested="{run.m_hat} random ReLU neurons, d = {run.d}, parity of k = {run.r} features, exact Gram matrices, "
        "{run.trials} trials, seed {run.seed}",
        regime="fixed r: the bound grows like d^r, not exponentially in d",
        tolerance=OVER_TRIALS,
        chapter="pretraining/limits",
        needs=(),
        check=lambda run: random_features(store.get(run)),
        control=learned_features_obey_the_bound,
    ),
    Claim(
        id="controls",
        title="Negative controls",
        statement="One task, a shared head, zero heads, shuffled labels and random features do not find row(M).",
        known="the summary: single-task pretraining or random features do not offer the same benefits",
        kind="interval",
        case={"run": Controls},
        tested="small training runs, one for each control: d = {run.d}, r = {run.r}, m = {run.m}, {run.n} samples per "
        "task, {run.steps} iterations, {run.trials} trials, seed {run.seed}",
        regime="finitely many tasks and samples",
        tolerance=OVER_TRIALS,
        chapter="pretraining/limits",
        needs=("mechanism",),
        check=lambda run: controls(store.get(run)),
        control=one_task_finds_the_subspace,
    ),
    Claim(
        id="scaling",
        title="Scaling laws",
        statement="After one step the error grows like (d/n)^(1/2); beta converges like T^(-1/2).",
        known=OURS,
        kind="scaling",
        case={"run": Scaling},
        tested="d = {run.d}, n = {run.n}, T = {run.T}, {run.trials} trials, seed {run.seed}",
        regime="one step, finitely many samples",
        tolerance=f"95% intervals within {MARGIN} of the exponent: their own length is up to 0.05",
        chapter="pretraining/limits",
        needs=("one-step",),
        check=lambda run: scaling(store.get(run)),
        control=error_does_not_depend_on_samples,
    ),
)
