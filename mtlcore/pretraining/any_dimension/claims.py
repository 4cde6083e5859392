"""The claims about training in any dimension."""

from dataclasses import replace

import xarray as xr

from mtlcore.lab import store
from mtlcore.lab.claim import OURS, OVER_TRIALS, Claim
from mtlcore.lab.comparisons import MARGIN as SLOPE
from mtlcore.lab.comparisons import Finding
from mtlcore.pretraining.algorithm import STATED_R4
from mtlcore.pretraining.any_dimension.far import FarDimensions
from mtlcore.pretraining.any_dimension.findings import (
    APART,
    HALF,
    LATER,
    LEARNED,
    MISTAKEN,
    delay_grows,
    far,
    level_stays,
    same_law,
)
from mtlcore.pretraining.any_dimension.same_law import SameLaw
from mtlcore.pretraining.downstream.dimensions import Dimensions, few_tasks, wide
from mtlcore.pretraining.downstream.findings import together


def two_degrees_of_freedom_too_many(run: SameLaw) -> list[Finding]:
    """Control: the chain of another dimension, two degrees of freedom too many in every chi-square."""
    # fault: "chain of d + 2" -> "chain"
    # noticed by pretraining/test_claims.py::test_the_control_fails[same-law]
    return same_law(store.get(run), "chain of d + 2")


def too_few_samples(run: FarDimensions) -> list[Finding]:
    """Control: the largest dimension with a twenty-fifth of its samples, so that steps add five times the length."""
    return far(store.get(replace(run, d=(max(run.d),), per_dim=run.per_dim / 25)))


def path(run: Dimensions, near: tuple[int, ...] = ()) -> xr.DataArray:
    """The error of multi-task pretraining under the robust values along the iterations.

    Args:
        near: dimensions that come before those of the run, with all that Figure 3 (left) trains there.

    Returns:
        By d, iteration and trial.
    """
    before = [Dimensions(d=near, seed=run.seed, device=run.device)] if near else []
    return together(*map(store.get, [*before, run])).path.sel(representation="multi-task | robust")


def delay_by_other_rates(run: Dimensions, near: tuple[int, ...]) -> list[Finding]:
    """Control: the rates of the stated values, under which a feature gains more slowly on what lies outside."""
    return [delay_grows(path(run, near), run.r, STATED_R4)]


def level_of_few_tasks(run: Dimensions, **_: object) -> list[Finding]:
    """Control: as many tasks in every dimension, so that the samples do not grow with d."""
    return [level_stays(path(replace(few_tasks(), seed=run.seed, device=run.device)))]


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
    Claim(
        id="delay",
        title="The delay",
        statement="Learning is delayed by a time that grows like the logarithm of d, as the rates of growth predict.",
        known=OURS,
        kind="scaling",
        case={"run": wide, "near": Dimensions.d},
        tested="d = {near}, {run.d}, r = {run.r}, m = {run.m}, T growing with d, {run.n} samples for each task, "
        "{run.trials} trials, seed {run.seed}, robust values",
        regime="the rates hold for infinitely many samples and active hinges, while |p| is far below q",
        tolerance=f"the 95% interval of the exponent within {SLOPE} of 1/2; the delay ends at an error of {HALF}",
        chapter="pretraining/any-dimension",
        needs=("same-law",),
        check=lambda run, near: [delay_grows(path(run, near), run.r)],
        control=delay_by_other_rates,
    ),
    Claim(
        id="plateau",
        title="The plateau",
        statement="With samples in proportion to d the error comes down to a level that does not grow with d.",
        known=OURS,
        kind="scaling",
        case={"run": wide, "near": Dimensions.d},
        tested="d = {near}, {run.d}, r = {run.r}, m = {run.m}, T growing with d, {run.n} samples for each task, "
        "{run.trials} trials, seed {run.seed}, robust values",
        regime=f"read {LATER} iterations after the error has fallen below {HALF}, since not all runs have settled",
        tolerance=f"the 95% interval of the exponent of d within {SLOPE} of zero",
        chapter="pretraining/any-dimension",
        needs=("same-law",),
        check=lambda run, near: [level_stays(path(run, near))],
        control=level_of_few_tasks,
    ),
)
