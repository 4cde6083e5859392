"""The claims about what a representation is good for, and about what one task or one layer cannot do."""

import numpy as np

from mtlcore import tasks
from mtlcore.claims.entry import Claim
from mtlcore.claims.findings import Finding, within
from mtlcore.claims.theory import FULL_TEXT, ROUNDING
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
        within("2^r features realise all labelings of the orthants (how many are missing)", float(short), 0.0),
    ]


def fewer_neurons_suffice() -> list[Finding]:
    """Control: with one feature less some labelings are missing."""
    missing = 2 ** (2**3) - counting.labelings(3, 2**3 - 1)
    return [
        within("2^r - 1 features realise all labelings of the orthants (how many are missing)", float(missing), 0.0)
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
        f: Fourier coefficients of the task.
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
        tolerance=ROUNDING,
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
)
