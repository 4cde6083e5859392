"""The claims about the map."""

from mtlcore.lab import store
from mtlcore.lab.claim import OURS, PAIRED, Claim
from mtlcore.lab.comparisons import Finding
from mtlcore.pretraining import tasks
from mtlcore.pretraining.regime_map import findings
from mtlcore.pretraining.regime_map.decays import DecayMap
from mtlcore.pretraining.regime_map.predictions import neutral, one_step_tangent, sine
from mtlcore.pretraining.regime_map.samples import SampleMap


def decay_map(run: DecayMap) -> list[Finding]:
    """Lambda decides what grows, in each cell of the map."""
    return findings.decay_map(store.get(run))


def other_law(run: DecayMap) -> list[Finding]:
    """Control: the neutral values of the law without the empty set, in the units of the one that is run."""
    ds, law = store.get(run), tasks.LAWS[run.law](run.r)
    return findings.lengths(ds, neutral(tasks.uniform(run.r), law))


def sample_map(run: SampleMap) -> list[Finding]:
    """Drawn tasks and samples decide the error."""
    return findings.sample_map(store.get(run))


def not_averaged(run: SampleMap) -> list[Finding]:
    """Control: the error after one step with the same samples, which has averaged over none before."""
    ds = store.get(run)
    return [findings.within_factor(ds, sine(one_step_tangent(ds.N, run.d, tasks.uniform(run.r))))]


CLAIMS = (
    Claim(
        id="decay-map",
        title="A map of the weight decays",
        statement="Over a map of both weight decays Lambda decides what grows: below 2 the features, below 1 the rest "
        "as well; and the number of iterations decides the error.",
        known=OURS,
        kind="interval",
        case={"run": DecayMap},
        tested="r = {run.r}, d = {run.d}, {run.cells} values each of lam_w from {run.lam_w[0]} to {run.lam_w[1]} and "
        "of lam_a from {run.lam_a[0]} to {run.lam_a[1]}, {run.steps} iterations, {run.trials} trials, seed {run.seed}",
        regime="finite samples, the book's starts and biases; the boundaries are those of infinitely many samples, "
        "long before hinges turn inactive",
        tolerance=PAIRED,
        chapter="pretraining/regime-map",
        needs=("regimes",),
        check=decay_map,
        control=other_law,
    ),
    Claim(
        id="sample-map",
        title="A map of tasks and samples",
        statement="Where each feature's own task was drawn the error is that of one step, averaged over the steps in "
        "which the features grow, within a factor of two.",
        known=OURS,
        kind="interval",
        case={"run": SampleMap},
        tested="r = {run.r}, d = {run.d}, T = {run.T}, N = {run.N}, {run.steps} iterations, {run.trials} trials, "
        "seed {run.seed}",
        regime="the prediction is a heuristic: growth by a constant factor, noises of distinct steps independent",
        tolerance=PAIRED,
        chapter="pretraining/regime-map",
        needs=("regimes",),
        check=sample_map,
        control=not_averaged,
    ),
)
