"""The claims about training in any dimension."""

from dataclasses import replace

from mtlcore.lab import store
from mtlcore.lab.claim import OURS, OVER_TRIALS, Claim
from mtlcore.lab.comparisons import Finding
from mtlcore.pretraining.any_dimension.far import FarDimensions
from mtlcore.pretraining.any_dimension.findings import APART, LEARNED, MISTAKEN, far, same_law
from mtlcore.pretraining.any_dimension.same_law import SameLaw


def two_degrees_of_freedom_too_many(run: SameLaw) -> list[Finding]:
    """Control: the chain of another dimension, two degrees of freedom too many in every chi-square."""
    # fault: "chain of d + 2" -> "chain"
    # noticed by pretraining/test_claims.py::test_the_control_fails[same-law]
    return same_law(store.get(run), "chain of d + 2")


def too_few_samples(run: FarDimensions) -> list[Finding]:
    """Control: the largest dimension with a twenty-fifth of its samples, so that steps add five times the length."""
    return far(store.get(replace(run, d=(max(run.d),), per_dim=run.per_dim / 25)))


CLAIMS = (
    Claim(
        id="same-law",
        title="The chain",
        statement="Training in dimension d and the chain on m (r + m) numbers have one law.",
        known=OURS,
        kind="interval",
        case={"run": SameLaw},
        tested="d = {run.d}, r = {run.r}, m = {run.m}, T = {run.T}, {run.n} samples per task, {run.steps} iterations, "
        "N = {run.N}, {run.trials} trials of each, seed {run.seed}",
        regime="fresh Gaussian inputs, gradient descent with weight decay, d > r + m: as in the theorem",
        tolerance="the largest distance of two distribution functions over error, lengths, heads, biases and "
        f"downstream accuracy; by chance it is exceeded in one of {1 / MISTAKEN:,.0f} data sets",
        chapter="pretraining/any-dimension",
        needs=(),
        check=lambda run: same_law(store.get(run)),
        control=two_degrees_of_freedom_too_many,
    ),
    Claim(
        id="far-dimensions",
        title="Learning in very large dimensions",
        statement="With samples in proportion to d the first layer comes as close to row(M) in a very large dimension "
        "as in a small one.",
        known=OURS,
        kind="interval",
        case={"run": FarDimensions},
        tested="d = {run.d}, r = {run.r}, m = {run.m}, {run.per_dim} d samples in each half-step, "
        "{run.steps} iterations, {run.trials} trials, seed {run.seed}",
        regime="each parity once; every row starts at length one",
        tolerance=f"error below {LEARNED} and within {APART}, {OVER_TRIALS}",
        chapter="pretraining/any-dimension",
        needs=("same-law",),
        check=lambda run: far(store.get(run)),
        control=too_few_samples,
    ),
)
