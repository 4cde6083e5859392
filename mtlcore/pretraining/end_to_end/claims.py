"""The claims about the end-to-end guarantee."""

from collections.abc import Sequence

import numpy as np

from mtlcore.lab import store
from mtlcore.lab.claim import NOT_IN_FULL, OVER_TRIALS, Claim
from mtlcore.lab.comparisons import Finding, unchanged, within
from mtlcore.pretraining.end_to_end.findings import CHANGE, independence
from mtlcore.pretraining.end_to_end.independence import Independence
from mtlcore.pretraining.theory import affine, counting, witness

#: The accuracy of the hinge's integrals, and how far a simulated mean may be from its expectation.
INTEGRALS, STANDARD_ERRORS = 1e-10, 4.5


def witness_error(subsets: Sequence[Sequence[int]], points: int, step: float) -> float:
    """Largest distance of the explicit head from the product of sines, over parities of three features.

    Args:
        step: spacing of the biases.
    """
    z = np.random.default_rng(0).uniform(-4, 4, (points, 3))
    errors = [abs(witness.parity_head(3, list(S), 4.0, step)(z) - witness.sines(z, list(S), 4.0)) for S in subsets]
    return float(np.max(errors))


def explicit_head(subsets: Sequence[Sequence[int]], points: int, step: float) -> list[Finding]:
    """Neurons inside row(M) and a head written down explicitly compute any parity."""
    ratio = witness_error(subsets, points, step) / witness.sup_error(4.0, step)
    return [within("the explicit head stays within its bound, as a ratio", ratio, 1.0)]


def explicit_head_too_coarse(subsets: Sequence[Sequence[int]], points: int, step: float) -> list[Finding]:
    """Control: with a quarter of the neurons the bound of the full grid is broken."""
    ratio = witness_error(subsets, points, 4 * step) / witness.sup_error(4.0, step)
    return [within("the same bound with biases four times as far apart", ratio, 1.0)]


def lowest_hinge(code: int, r: int, heads: int) -> float:
    """Lowest exact hinge loss of random affine heads on Mx, for the parity with this code."""
    generator = np.random.default_rng(code)
    u = generator.standard_normal((heads, r)) * np.exp(generator.uniform(-3, 1, (heads, 1)))
    return float(affine.hinge(u, generator.standard_normal(heads), code).min())


def affine_heads(r: int, heads: int) -> list[Finding]:
    """No affine head on Mx beats the zero head on a parity of two or more features, in hinge loss."""
    gap = max(1 - lowest_hinge(code, r, heads) for code in range(2**r) if code.bit_count() >= 2)
    best = abs(affine.best_diagonal(2)[0] - 5 / 8)
    return [
        within("the hinge loss of affine heads on a parity of two or more features is at least 1", gap, INTEGRALS),
        within("their best accuracy found for a pair is 5/8", best, INTEGRALS),
    ]


def affine_heads_on_one_feature(r: int, heads: int) -> list[Finding]:
    """Control: a single feature is linearly separable."""
    gap = 1 - lowest_hinge(1, r, heads)
    return [within("the hinge loss of affine heads on one feature is at least 1", gap, INTEGRALS)]


def memorise(r: int, N: int, learners: int) -> float:
    """Error of memorising N samples of a random Boolean function against the formula, in standard errors."""
    seen = np.random.default_rng(r).integers(2**r, size=(learners, N))
    error = np.array([2**r - len(np.unique(row)) for row in seen]) / 2**r / 2  # half of what was not seen
    return float(abs(error.mean() - counting.no_free_lunch(r, N)) / (error.std() / learners**0.5))


def exponential_in_r(counted: Sequence[int], memorised: Sequence[tuple[int, int]], learners: int) -> list[Finding]:
    """All Boolean functions of r features need 2^r neurons, and samples of that order."""
    missing = max(2 ** (2**r) - counting.labelings(r, 2**r) for r in counted)
    distance = max(memorise(r, N, learners) for r, N in memorised)
    text = "memorising, the best learner, errs as the formula says (standard errors)"
    return [
        within(text, distance, STANDARD_ERRORS),
        within("2^r features realise all labellings of the orthants (how many are missing)", float(missing), 0.0),
    ]


def fewer_neurons_suffice(counted: Sequence[int], **_: object) -> list[Finding]:
    """Control: with one feature less some labellings are missing."""
    missing = max(2 ** (2**r) - counting.labelings(r, 2**r - 1) for r in counted)
    text = "2^r - 1 features realise all labellings of the orthants (how many are missing)"
    return [within(text, float(missing), 0.0)]


def random_features_stay(run: Independence) -> list[Finding]:
    """Control: without pretraining the accuracy falls with d."""
    y = store.get(run).accuracy.mean("parity").sel(representation="random")
    text = f"random features: accuracy stays within {CHANGE} from the smallest d to the largest"
    return [unchanged(text, y.isel(d=0), y.isel(d=-1), CHANGE, "ours")]


CLAIMS = (
    Claim(
        id="explicit-head",
        title="Theorem 3.3, the head",
        statement="A head written down explicitly, on neurons inside row(M), computes any parity, whatever d is.",
        known="Theorem 3.3 is known only by its title, End-to-End Guarantee; " + NOT_IN_FULL,
        kind="oracle",
        case={"subsets": ((0,), (0, 2), (0, 1, 2)), "points": 20_000, "step": 0.25},
        tested="parities of the features {subsets}, {points:,} points, grid step {step}",
        regime="W inside row(M) exactly; the theorem has what pretraining leaves",
        tolerance="the interpolation bound omega^2 step^2 / 8",
        chapter="pretraining/end-to-end",
        needs=("one-step",),
        check=explicit_head,
        control=explicit_head_too_coarse,
    ),
    Claim(
        id="second-layer",
        title="Remark 3.4",
        statement="On a parity of two or more features no affine head on Mx has hinge loss below 1, the zero head's.",
        known="Remark 3.4 is known only by its title, Necessity of second layer; " + NOT_IN_FULL,
        kind="search",
        case={"r": 3, "heads": 300},
        tested="r = {r}, all parities of two or more features, {heads} random heads for each, exact losses",
        regime="the same: population loss",
        tolerance=f"{INTEGRALS:g}: the integrals' accuracy",
        chapter="pretraining/end-to-end",
        needs=(),
        check=affine_heads,
        control=affine_heads_on_one_feature,
    ),
    Claim(
        id="exponential-r",
        title="Remark 3.5",
        statement="For all Boolean functions of r features, 2^r neurons and samples of that order are needed.",
        known="Remark 3.5 is known only by its title, Tightness of exponential complexity in r; " + NOT_IN_FULL,
        kind="oracle",
        case={"counted": (2, 3), "memorised": ((3, 8), (4, 16)), "learners": 20_000},
        tested="exact counts for r = {counted}; {learners:,} simulated learners for (r, N) = {memorised}",
        regime="the same",
        tolerance=f"{STANDARD_ERRORS} standard errors; counts are exact",
        chapter="pretraining/end-to-end",
        needs=(),
        check=exponential_in_r,
        control=fewer_neurons_suffice,
    ),
    Claim(
        id="independence",
        title="Theorem 3.3, independence of d",
        statement="After exact pretraining the accuracy of a linear probe does not depend on d.",
        known="Theorem 3.3 is known only by its title, End-to-End Guarantee; " + NOT_IN_FULL,
        kind="interval",
        case={"run": Independence},
        tested="d = {run.d}, r = {run.r}, m_hat = {run.m_hat}, N = {run.N}, one exact pretraining step, linear "
        "probing, {run.trials} trials, seed {run.seed}",
        regime="infinitely many pretraining samples; finitely many downstream",
        tolerance=f"{CHANGE} in accuracy, {OVER_TRIALS}",
        chapter="pretraining/end-to-end",
        needs=("one-step", "explicit-head"),
        check=lambda run: independence(store.get(run)),
        control=random_features_stay,
    ),
)
