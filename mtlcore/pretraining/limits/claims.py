"""The claims about what one task and random features cannot do."""

import numpy as np

from mtlcore.lab import store
from mtlcore.lab.claim import Claim
from mtlcore.lab.comparisons import Finding, below, slope, within
from mtlcore.pretraining import tasks
from mtlcore.pretraining.limits import findings
from mtlcore.pretraining.limits.controls import Controls
from mtlcore.pretraining.limits.random_features import RandomFeatures
from mtlcore.pretraining.limits.scaling import Scaling
from mtlcore.pretraining.theory import single
from mtlcore.pretraining.theory.vectors import directions

FULL_TEXT = "the full statement is not known; this is our executable version"


def pull(code: int, feature: int) -> float:
    """Largest step along a feature beyond what spurious directions get, when the only task is one parity.

    Args:
        code: the parity's subset.
        feature: the feature.

    Returns:
        The step, over 200 random neurons in d = 16, r = 3.
    """
    p, q = directions(16, 3, 200, np.random.default_rng(1))
    along, _ = single.field(p, q, np.eye(8)[code])
    return float(abs(along[:, feature]).max())


def one_task() -> list[Finding]:
    """A single parity treats the features that it lacks as it treats spurious directions."""
    others = max(pull(code, j) for code in range(8) for j in range(3) if not code >> j & 1)
    return [within("one parity gives no feature outside its subset more than a spurious direction", others, 1e-15)]


def one_task_on_its_own_features() -> list[Finding]:
    """Control: it does treat its own features differently."""
    return [within("one parity gives its own features no more than a spurious direction", pull(3, 0), 1e-15)]


def weakest_direction(f: np.ndarray, d: int = 512) -> float:
    """Smallest over largest singular value of what one cancelling step leaves in row(M), for one task.

    Args:
        f: Fourier coefficients of the task, shape (2^r,).
        d: input dimension.

    Returns:
        The ratio, for 64 random neurons.
    """
    p, q = directions(d, 3, 64, np.random.default_rng(2))
    lam_w = 1 / 0.1 + 0.1 * f[0] ** 2 / (2 * np.pi)
    after, _ = single.one_step(p, q, f, eta=0.1, lam_w=lam_w, kappa=0.1)
    values = np.linalg.svd(after, compute_uv=False)
    return float(values[-1] / values[0])


def informative_task() -> list[Finding]:
    """One step on not-all-equal keeps all three features."""
    ratio = weakest_direction(tasks.fourier(single.not_all_equal(3)[None])[0])
    return [
        within("not-all-equal of 3 features keeps its weakest direction above 0.3 of the strongest", 0.3 - ratio, 0.0)
    ]


def majority_task() -> list[Finding]:
    """Control: majority keeps one direction only."""
    votes = np.where(tasks.sizes(3) >= 2, 1.0, -1.0)[None]
    ratio = weakest_direction(tasks.fourier(votes)[0])
    return [within("majority of 3 features keeps its weakest direction above 0.3 of the strongest", 0.3 - ratio, 0.0)]


def learned_features_obey_the_bound() -> list[Finding]:
    """Control: neurons inside row(M) know M, and hold more than the bound."""
    most = store.get(RandomFeatures()).isel(d=-1, m_hat=-1)
    text = "neurons inside row(M) hold no more of a pair's parity than the bound"
    return [below(text, most.learned, most.bound.broadcast_like(most.learned), "ours")]


def one_task_finds_the_subspace() -> list[Finding]:
    """Control of the controls: the same threshold is not met by one task."""
    error = store.get(Controls()).error.isel(iteration=-1).sel(control="one task")
    return [below("one task: the error ends below 0.1", error, 0.1, "ours")]


def error_does_not_depend_on_samples() -> list[Finding]:
    """Control: the exponent in n is not zero."""
    ds = store.get(Scaling()).sel(law="non-empty")
    return [slope("one step: the error does not depend on n", ds.n, ds.error_n, 0.0)]


CLAIMS = (
    Claim(
        id="one-task",
        title="Theorem 3.6 or 3.7, one task",
        statement="Training on one parity can't tell the features that it lacks from spurious directions.",
        known="one of Theorems 3.6 and 3.7; which one is not known; " + FULL_TEXT,
        kind="identity",
        tested="all 8 parities of r = 3, d = 16, 200 random neurons",
        regime="infinitely many samples, one step; the proof covers any number of steps and samples",
        tolerance="1e-15: rounding of float64 sums; the statement is an identity",
        chapter="pretraining/limits",
        needs=("separation",),
        check=one_task,
        control=one_task_on_its_own_features,
    ),
    Claim(
        id="informative-task",
        title="Remark 3.8",
        statement="One highly informative task, not-all-equal, is enough to find all three features in one step.",
        known="Remark 3.8 is known only by its title, Single-task training with highly informative task; " + FULL_TEXT,
        kind="search",
        tested="r = 3, d = 512, 64 random neurons, exact step",
        regime="infinitely many samples",
        tolerance="0.3 on the ratio of singular values, 1/2 to leading order; rank one gives 0",
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
        known="one of Theorems 3.6 and 3.7; an early abstract said exponential in d; " + FULL_TEXT,
        kind="interval",
        tested="8 ... 512 random ReLU neurons, d = 8, 16, 32, parity of two features, exact Gram matrices, 10 trials",
        regime="fixed r: the bound grows like d^r, not exponentially in d",
        tolerance="three standard errors over the trials",
        chapter="pretraining/limits",
        needs=(),
        check=lambda: findings.random_features(store.get(RandomFeatures())),
        control=learned_features_obey_the_bound,
    ),
    Claim(
        id="controls",
        title="Negative controls",
        statement="One task, a shared head, zero heads, shuffled labels and random features do not find row(M).",
        known="the summary: single-task pretraining or random features do not offer the same benefits",
        kind="interval",
        tested="small training runs, one for each control, all trials of the record",
        regime="finitely many tasks and samples",
        tolerance="three standard errors over the trials",
        chapter="pretraining/limits",
        needs=("mechanism",),
        check=lambda: findings.controls(store.get(Controls())),
        control=one_task_finds_the_subspace,
    ),
    Claim(
        id="scaling",
        title="Scaling laws",
        statement="After one step the error grows like (d/n)^(1/2); beta converges like T^(-1/2).",
        known="not in what is known of the paper; ours",
        kind="scaling",
        tested="d = 12 ... 96, n = 2^13 ... 2^16, T = 64 ... 16384, 20 trials",
        regime="one step, finitely many samples",
        tolerance="95% intervals within 0.1 of the exponent: their own length is up to 0.05",
        chapter="pretraining/limits",
        needs=("one-step",),
        check=lambda: findings.scaling(store.get(Scaling())),
        control=error_does_not_depend_on_samples,
    ),
)
