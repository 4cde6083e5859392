"""The claims about what a representation is good for, and about what one task or one layer cannot do."""

import numpy as np

from mtlcore import store, tasks
from mtlcore.claims.compare import Finding, below, slope, unchanged, within
from mtlcore.claims.entry import Claim
from mtlcore.claims.findings import findings
from mtlcore.claims.theory import FULL_TEXT
from mtlcore.experiments import Controls, Independence, RandomFeatures, Scaling
from mtlcore.population import affine, counting, single, witness
from mtlcore.population.averages import directions


def witness_error(step: float) -> float:
    """Largest distance of the explicit head from the product of sines, over its bound at step 1/4.

    Args:
        step: spacing of the biases.

    Returns:
        The ratio, for parities of one to three features at 20,000 points.
    """
    z = np.random.default_rng(0).uniform(-4, 4, (20_000, 3))
    errors = [
        abs(witness.parity_head(3, S, 4.0, step)(z) - witness.sines(z, S, 4.0)).max() for S in ([0], [0, 2], [0, 1, 2])
    ]
    return float(max(errors) / witness.sup_error(4.0, 0.25))


def explicit_head() -> list[Finding]:
    """Neurons inside row(M) and a head written down explicitly compute any parity."""
    return [within("the explicit head stays within its bound, as a ratio", witness_error(0.25), 1.0)]


def explicit_head_too_coarse() -> list[Finding]:
    """Control: with a quarter of the neurons the bound of the full grid is broken."""
    return [within("the same bound with biases four times as far apart", witness_error(1.0), 1.0)]


def lowest_hinge(code: int) -> float:
    """Lowest exact hinge loss of random affine heads on Mx, r = 3.

    Args:
        code: the subset of the parity.

    Returns:
        The loss.
    """
    generator = np.random.default_rng(code)
    u = generator.standard_normal((300, 3)) * np.exp(generator.uniform(-3, 1, (300, 1)))
    return float(affine.hinge(u, generator.standard_normal(300), code).min())


def affine_heads() -> list[Finding]:
    """No affine head on Mx beats the zero head on a parity of two or more features, in hinge loss."""
    gap = max(1 - lowest_hinge(code) for code in (3, 5, 6, 7))
    best = abs(affine.best_diagonal(2)[0] - 5 / 8)
    return [
        within("the hinge loss of affine heads on a parity of 2 or 3 features is at least 1", gap, 1e-10),
        within("their best accuracy found for a pair is 5/8", best, 1e-10),
    ]


def affine_heads_on_one_feature() -> list[Finding]:
    """Control: a single feature is linearly separable."""
    return [within("the hinge loss of affine heads on one feature is at least 1", 1 - lowest_hinge(1), 1e-10)]


def memorise(r: int, N: int, repetitions: int = 20_000) -> float:
    """Error of memorisation on a random Boolean function against (1/2)(1 - 2^-r)^N, in standard errors.

    Args:
        r: number of features.
        N: number of samples.
        repetitions: number of simulated learners.

    Returns:
        The absolute z value.
    """
    seen = np.random.default_rng(r).integers(2**r, size=(repetitions, N))
    unseen = np.array([2**r - len(np.unique(row)) for row in seen]) / 2**r
    error = unseen / 2
    return float(abs(error.mean() - counting.no_free_lunch(r, N)) / (error.std() / repetitions**0.5))


def exponential_in_r() -> list[Finding]:
    """All Boolean functions of r features need 2^r neurons, and samples of that order."""
    short = max(2 ** (2**r) - counting.labelings(r, 2**r) for r in (2, 3))
    return [
        within(
            "memorising, the best learner, errs as the formula says (standard errors)",
            max(memorise(3, 8), memorise(4, 16)),
            4.5,
        ),
        within("2^r features realise all labellings of the orthants (how many are missing)", float(short), 0.0),
    ]


def fewer_neurons_suffice() -> list[Finding]:
    """Control: with one feature less some labellings are missing."""
    missing = 2 ** (2**3) - counting.labelings(3, 2**3 - 1)
    return [
        within("2^r - 1 features realise all labellings of the orthants (how many are missing)", float(missing), 0.0)
    ]


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


def random_features_depend_on_d() -> list[Finding]:
    """Control: without pretraining the accuracy does not stay."""
    y = store.get(Independence()).accuracy.mean("parity").sel(representation="random")
    text = "random features: accuracy stays within 0.03 from the smallest d to the largest"
    return [unchanged(text, y.isel(d=0), y.isel(d=-1), 0.03, "ours")]


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
        id="explicit-head",
        title="Theorem 3.3, the head",
        statement="A head written down explicitly, on neurons inside row(M), computes any parity, whatever d is.",
        known="Theorem 3.3 is known only by its title, End-to-End Guarantee; " + FULL_TEXT,
        kind="oracle",
        tested="parities of 1 to 3 features, 20,000 points, grid step 1/4",
        regime="W inside row(M) exactly; the theorem has what pretraining leaves",
        tolerance="the interpolation bound omega^2 step^2 / 8",
        chapter="chapters/end-to-end",
        needs=("one-step",),
        check=explicit_head,
        control=explicit_head_too_coarse,
    ),
    Claim(
        id="second-layer",
        title="Remark 3.4",
        statement="On a parity of two or more features no affine head on Mx has hinge loss below 1, the zero head's.",
        known="Remark 3.4 is known only by its title, Necessity of second layer; " + FULL_TEXT,
        kind="search",
        tested="r = 3, all four such parities, 1,200 random heads, exact losses",
        regime="the same: population loss",
        tolerance="1e-10: the integrals' accuracy",
        chapter="chapters/end-to-end",
        needs=(),
        check=affine_heads,
        control=affine_heads_on_one_feature,
    ),
    Claim(
        id="exponential-r",
        title="Remark 3.5",
        statement="For all Boolean functions of r features, 2^r neurons and samples of that order are needed.",
        known="Remark 3.5 is known only by its title, Tightness of exponential complexity in r; " + FULL_TEXT,
        kind="oracle",
        tested="r = 2, 3, 4; exact counts, 20,000 simulated learners",
        regime="the same",
        tolerance="4.5 standard errors; counts are exact",
        chapter="chapters/end-to-end",
        needs=(),
        check=exponential_in_r,
        control=fewer_neurons_suffice,
    ),
    Claim(
        id="one-task",
        title="Theorem 3.6 or 3.7, one task",
        statement="Training on one parity can't tell the features that it lacks from spurious directions.",
        known="one of Theorems 3.6 and 3.7; which one is not known; " + FULL_TEXT,
        kind="identity",
        tested="all 8 parities of r = 3, d = 16, 200 random neurons",
        regime="infinitely many samples, one step; the proof covers any number of steps and samples",
        tolerance="1e-15: rounding of float64 sums; the statement is an identity",
        chapter="chapters/limits",
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
        chapter="chapters/limits",
        needs=("one-step",),
        check=informative_task,
        control=majority_task,
    ),
    Claim(
        id="independence",
        title="Theorem 3.3, independence of d",
        statement="After exact pretraining the accuracy of a linear probe does not depend on d.",
        known="Theorem 3.3 is known only by its title, End-to-End Guarantee; " + FULL_TEXT,
        kind="interval",
        tested="d = 16 ... 1024, r = 2, one exact pretraining step, linear probing, all trials of the record",
        regime="infinitely many pretraining samples; finitely many downstream",
        tolerance="0.03 in accuracy, three standard errors over the trials",
        chapter="chapters/end-to-end",
        needs=("one-step", "explicit-head"),
        check=lambda: findings(store.get(Independence())),
        control=random_features_depend_on_d,
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
        chapter="chapters/limits",
        needs=(),
        check=lambda: findings(store.get(RandomFeatures())),
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
        chapter="chapters/limits",
        needs=("mechanism",),
        check=lambda: findings(store.get(Controls())),
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
        chapter="chapters/limits",
        needs=("one-step",),
        check=lambda: findings(store.get(Scaling())),
        control=error_does_not_depend_on_samples,
    ),
)
